"""`grpo train`: flags and config file in, a run out."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from envs.authoring.cli import parse_env_args
from envs.core.errors import UsageError
from envs.core.extras import heavy_imports
from envs.tools.box import envs_with_tools
from grpo.console.names import check_names
from grpo.console.request import MakeEvaluator, TrainRequest
from grpo.policy.builtin import recipe_for
from grpo.runs.rundir import RunDir
from grpo.settings.algorithm import AlgorithmConfig
from grpo.settings.chats import ChatConfig, parse_chat_args
from grpo.settings.config import TrainConfig, load_config
from grpo.settings.drawing import DrawingConfig
from grpo.settings.environments import OWN, WEIGHTS, beside_tables
from grpo.settings.file import REPEATED, run_dir_in

_WEIGHTS_HELP = "How often groups of each environment are drawn, such as 2,1."
_OWN_HELP = (
    "Setting of one environment, such as math.max_tokens=48: max_tokens, max_prompt_tokens, system, verify_deadline. "
    "Repeat it for more."
)
_TOOLS_HELP = (
    "Tools to call before the answer, such as calculator or ./mine.py:f; commas between several. They go around every "
    "environment of --env."
)
_FORMAT_HELP = "Syntax in which tools are called: a name from `grpo tools format`. \\[hermes]"
_PANELS = {"The algorithm": AlgorithmConfig, "Prompts and chats": ChatConfig, "Which tasks": DrawingConfig}


def train_options() -> list[inspect.Parameter]:
    """Returns one typed flag for every field of `TrainConfig`, explained by the field's docstring."""
    parameters, recipe = [], recipe_for(TrainConfig.model_fields["model"].default)
    for name, field in TrainConfig.model_fields.items():
        flag, kind = "--" + name.replace("_", "-"), field.annotation
        default = field.get_default(call_default_factory=True)
        shown = f"a built-in policy's recipe, else {default}" if name in recipe else default
        text = field.description or "" if default == "" else f"{field.description} \\[{shown}]"
        if name in REPEATED:
            flag, kind = flag.removesuffix("s"), list[str]
            text = f"{field.description} Repeat it for more: {REPEATED[name]}"
        elif typing.get_origin(kind) is typing.Literal:
            kind = str
        elif kind is bool:
            flag = f"{flag}/--no-{name.replace('_', '-')}"
        panel = next((panel for panel, part in _PANELS.items() if name in part.model_fields), "The run")
        option = typer.Option(flag, help=text, show_default=False, rich_help_panel=panel)
        parameters.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
            )
        )
    return parameters


def train_app(make_evaluator: MakeEvaluator) -> typer.Typer:
    """Returns the `grpo train` command; `make_evaluator` is given, because the trainer does not import the evals."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    command = functools.partial(_train, make_evaluator)
    app.command(name="train", help="Train a policy with GRPO in a reward environment.")(_with_config_flags(command))
    return app


def _train(
    make_evaluator: MakeEvaluator,
    config: Annotated[Path | None, typer.Option(help="TOML file with any of the settings below; flags win.")] = None,
    run_dir: Annotated[Path | None, typer.Option(help="Where the run is written. [runs/ENV-TIME]")] = None,
    weights: Annotated[str | None, typer.Option(help=_WEIGHTS_HELP)] = None,
    own: Annotated[list[str] | None, typer.Option("--for", help=_OWN_HELP)] = None,
    tools: Annotated[str | None, typer.Option(help=_TOOLS_HELP)] = None,
    tool_format: Annotated[str | None, typer.Option(help=_FORMAT_HELP)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --run-dir.")] = False,
    resume_from: Annotated[
        str,
        typer.Option(help="Go on in --run-dir with a run from the hub, OWNER/NAME@REVISION, pushed with its state."),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Resume even with settings that make it another run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object on stdout.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what the libraries print.")] = False,
    **flags: Any,
) -> None:
    given = {name: value for name, value in flags.items() if value is not None}
    if tools or tool_format:
        given |= _with_tools(given, tools or "", tool_format or "", config is not None or resume)
    given |= _environments(given.pop("env", None), weights, own or [])
    if "env_args" in given:
        given["env_args"] = _labelled(given["env_args"])
    if "engine_args" in given:
        given["engine_args"] = parse_env_args(given["engine_args"], "--engine-arg", "block_size=32")
    if "chat_args" in given:
        given["chat_args"] = parse_chat_args(given["chat_args"])
    run_dir = run_dir or run_dir_in(config)
    if resume_from:
        resume = _taken_up(resume_from, run_dir, resume, str(given.get("env", "")))
    if resume and run_dir is None:
        raise UsageError("--resume needs to know the run: add --run-dir DIR")
    if resume and run_dir is not None:
        settings = load_config(config, beside_tables(given), under=RunDir(run_dir).config().model_dump())
    else:
        settings = load_config(config, given)
    check_names(settings, run_dir, resume)
    if resume and config is not None:
        print(f"the run goes on with its own settings, in {run_dir}/config.toml: not with {config}", file=sys.stderr)
    with heavy_imports():
        from grpo.console.command import train_command

    request = TrainRequest(settings, given, run_dir, resume, force, as_json, verbose)
    code = train_command(request, make_evaluator)
    raise typer.Exit(code)


def _taken_up(name: str, run_dir: Path | None, resume: bool, env: str) -> bool:
    """Makes the run's folder of what lies on the hub, from which it is then resumed."""
    if resume:
        raise UsageError("--resume goes on in --run-dir, --resume-from begins there: leave out one of them")
    if run_dir is None:
        raise UsageError("--resume-from needs to know where the run goes on: add --run-dir DIR")
    if os.environ.get("RANK"):
        raise UsageError("--resume-from is for one process: fetch the run so, then go on by torchrun and --resume")
    with heavy_imports():
        from grpo.runs.hub.arrival import take_up

    take_up(name, run_dir, lambda line: print(line, file=sys.stderr, flush=True), env)
    return True


def _environments(names: list[str] | None, weights: str | None, own: list[str]) -> dict[str, Any]:
    """Returns what flags say of environments as settings; `grpo.settings.environments` makes tables of it."""
    for pair in own:
        if "." not in pair.partition("=")[0]:
            raise UsageError(f"--for {pair}: write it as NAME.SETTING=VALUE, such as math.max_tokens=48")
    return {
        **({"env": ",".join(names)} if names else {}),
        **({WEIGHTS: weights} if weights is not None else {}),
        **({OWN: _labelled(own)} if own else {}),
    }


def _with_tools(given: dict[str, Any], tools: str, tool_format: str, settled: bool) -> dict[str, Any]:
    """Returns the flags `--env` and `--env-arg` with tools around the environments."""
    if settled and not given.get("env"):
        raise UsageError("--tools goes around the environments of --env: name them beside it, as in --env math")
    names, arguments = envs_with_tools(",".join(given.get("env") or ["math"]), tools, tool_format)
    return {"env": [names], "env_args": [*arguments, *(given.get("env_args") or [])]}


def _labelled(pairs: list[str]) -> dict[str, Any]:
    """Reads `levels=1,2`, and `math-2.levels=1`, whose label is left as it is."""
    parsed = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        label, dot, name = key.rpartition(".")
        parsed |= {f"{label}{dot}{name}": value for name, value in parse_env_args([f"{name}{equals}{text}"]).items()}
    return parsed


def _with_config_flags(function: Callable[..., None]) -> Callable[..., None]:
    """Returns a command with one flag for each config field in its signature, which is where Typer reads options."""
    own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + train_options()

    def command(**flags: Any) -> None:
        function(**flags)

    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command
