"""`grpo env play`: a person in the policy's place."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from envs.authoring.cli_args import AsJson, Data, EnvArg, EnvName, ToolFormat, Tools, env_spec
from envs.core.environment import TextEnv


def play_command(
    name: EnvName,
    seed: Annotated[int, typer.Option(help="Seed of the first task.", min=0)] = 0,
    split: Annotated[str, typer.Option(help="Split of the tasks: train, dev or test.")] = "train",
    rounds: Annotated[int, typer.Option(help="How many tasks to play.", min=1)] = 1,
    env_arg: EnvArg = None,
    data: Data = "",
    tools: Tools = "",
    tool_format: ToolFormat = "",
    as_json: AsJson = False,
) -> None:
    """Play tasks yourself and see the reward's parts. An answer ends with an empty line, or with the input's end."""
    env = env_spec(name, env_arg, data, tools, tool_format).split(split).build()
    console = Console(stderr=as_json)
    for number in range(rounds):
        ended = _episode(env, seed + number, console)
        if ended is None:
            return
        if as_json:
            print(json.dumps(ended))
        else:
            _show(ended, env, console)


def _episode(env: TextEnv, seed: int, console: Console) -> dict[str, Any] | None:
    """Plays one episode to its end; None where the person leaves."""
    observation, first = env.reset(seed=seed)
    title = f"task {first['task_id']}"
    while True:
        console.print(Panel(Text(observation), title=title, title_align="left"))
        answer = _read(console)
        if answer is None:
            return None
        observation, score, terminated, truncated, info = env.step(answer)
        title = "the environment answers"
        if terminated or truncated:
            return {"task_id": first["task_id"], "score": score, "truncated": truncated, **_plain(info)}


def _read(console: Console) -> str | None:
    """Reads lines up to an empty one or the input's end; None where there is nothing more to read."""
    console.print("your answer, then an empty line:", style="dim")
    lines: list[str] = []
    for line in sys.stdin:
        if not line.strip():
            break
        lines.append(line.rstrip("\n"))
    else:
        if not lines:
            return None
    return "\n".join(lines)


def _plain(info: dict[str, Any]) -> dict[str, Any]:
    return {name: info[name] for name in ("status", "outcome", "answer", "reason", "parts") if name in info}


def _show(ended: dict[str, Any], env: TextEnv, console: Console) -> None:
    table = Table("reward part", "value", "meaning")
    for part, value in ended.get("parts", {}).items():
        table.add_row(part, f"{value:g}", env.parts.get(part, ""))
    console.print(
        f"reward {ended['score']:g}   {ended.get('outcome', '')}   status {ended.get('status', '')}", style="bold"
    )
    if ended.get("answer") is not None:
        console.print(Text(f"read as {ended['answer']!r}"))
    if ended.get("reason"):
        console.print(Text(str(ended["reason"])))
    console.print(table)
    solution = env.tasks.solution(env.tasks.get(ended["task_id"]))
    if isinstance(solution, str):
        console.print(Text.assemble("a solution  ", (solution, "green")))
