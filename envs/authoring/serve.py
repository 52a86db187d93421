"""`grpo env serve`: an environment as a server in OpenEnv's form, for OpenEnv's clients and who trains with them."""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Annotated

import typer

from envs.authoring.cli_args import Data, EnvArg, EnvName, env_spec
from envs.core.errors import UsageError


def serve_command(
    name: EnvName,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for a free one.", min=0, max=65535)] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other machines reach none by default.")
    ] = "127.0.0.1",
    split: Annotated[str, typer.Option(help="Split of the tasks: train, dev or test.")] = "train",
    workers: Annotated[int, typer.Option(help="Completions judged at the same time.", min=1, max=256)] = 2,
    deadline: Annotated[float, typer.Option(help="Seconds one completion may take to judge.", min=0.1)] = 10.0,
    sessions: Annotated[int, typer.Option(help="Most sessions at a time.", min=1, max=10_000)] = 64,
    key_variable: Annotated[
        str, typer.Option(help="Environment variable with the bearer token that clients must send, where it is set.")
    ] = "OPENENV_TOKEN",
    open_to_all: Annotated[bool, typer.Option("--open", help="Let other machines in without a token.")] = False,
    env_arg: EnvArg = None,
    data: Data = "",
) -> None:
    """Serve an environment in OpenEnv's form: its clients reset it, step it and get the judge's reward."""
    from envs.bridges.openenv.application import application, listening, run
    from envs.bridges.openenv.server import Judge
    from envs.core.extras import require

    token = os.environ.get(key_variable, "").strip()
    if not token and not open_to_all and not _is_loopback(host):
        raise UsageError(
            f"whoever reaches {host} could use the judge: set a token in {key_variable}, or say --open to let all in"
        )
    for package in ("starlette", "uvicorn", "websockets"):
        require(package, "openenv", "serving in OpenEnv's form")
    spec = env_spec(name, env_arg, data).split(split)
    listener = listening(host, port)
    judge = None
    try:
        judge = Judge(spec, workers, deadline)
        app = application(judge, sessions=sessions, token=token)
        place = f"[{host}]" if ":" in host else host
        print(f"serving {name} ({split}) at http://{place}:{listener.getsockname()[1]}", flush=True)
        print("OpenEnv's clients take that as base_url; Ctrl-C ends it", file=sys.stderr, flush=True)
        run(app, listener)
    finally:
        listener.close()
        if judge is not None:
            judge.close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
