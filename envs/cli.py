"""`grpo env`: what environments there are, and what one of them asks and rewards."""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from envs.environment import TextEnv
from envs.errors import UsageError, did_you_mean
from envs.registry import EnvEntry, entries, families, find, make
from envs.task import SPLITS

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="List, show and check reward environments.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
EnvArg = Annotated[
    list[str] | None,
    typer.Option("--env-arg", help="Argument of the environment, such as levels=1,2; repeat it for more."),
]


@app.command("list")
def list_command(
    family: Annotated[str | None, typer.Argument(help="A family, such as reasoning-gym: lists its members.")] = None,
    as_json: AsJson = False,
) -> None:
    """List every environment: built in, from plugins; a family of them is one line."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = entries() + [_family_line(entry) for entry in families()] if family is None else _members(family)
    for warning in caught:
        print(f"warning: {warning.message}", file=sys.stderr)
    if as_json:
        print(json.dumps([_entry_json(entry) for entry in found]))
        return
    table = Table("name", "Gymnasium id", "origin", "what it is")
    for entry in found:
        table.add_row(entry.name, entry.gym_id, entry.origin, entry.summary)
    Console().print(table)


def _family_line(entry: EnvEntry) -> EnvEntry:
    return replace(entry, name=f"{entry.name}/...")


def _members(name: str) -> list[EnvEntry]:
    known = {entry.name: entry for entry in families()}
    if name not in known:
        raise UsageError(f"no family of environments named {name!r}: {did_you_mean(name, known)}")
    return known[name].members()


def _entry_json(entry: EnvEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "id": entry.gym_id,
        "origin": entry.origin,
        "version": entry.version,
        "summary": entry.summary,
    }


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="A name from `grpo env list`, or the path of a .py file.")],
    seed: Annotated[int, typer.Option(help="Seed of the example task.", min=0)] = 0,
    split: Annotated[str, typer.Option(help="Split of the example task: train, dev or test.")] = "train",
    env_arg: EnvArg = None,
    as_json: AsJson = False,
) -> None:
    """Show an environment: its spec, an example task with its prompt, its reward's parts."""
    env = make(name, **parse_env_args(env_arg or []), split=split)
    card = describe(find(name), env, seed)
    if as_json:
        print(json.dumps(card))
        return
    console = Console()
    console.print(Text.assemble((card["name"], "bold"), "  ", card["summary"]))
    console.print(f"id {card['id']}   origin {card['origin']}   tasks version {card['tasks_version']}", highlight=False)
    console.print(f"splits {', '.join(SPLITS)}   size of {split}: {card['size'] or 'endless'}", highlight=False)
    example = card["example"]
    console.print(Panel(Text(example["prompt"]), title=f"task {example['task_id']}", title_align="left"))
    console.print(Text.assemble("gold      ", (str(example["gold"]), "green")))
    if example["solution"] is not None:
        console.print(Text.assemble("solution  ", (example["solution"], "green")))
        console.print(f"reward    {example['solution_reward']}", highlight=False)
    table = Table("reward part", "meaning")
    for part, meaning in card["parts"].items():
        table.add_row(part, meaning)
    console.print(table)


def describe(entry: EnvEntry, env: TextEnv, seed: int) -> dict[str, Any]:
    """Returns everything `grpo env show` shows, as plain data."""
    task = env.tasks.task(seed)
    solution = env.tasks.solution(task)
    reward = env.score(task, solution) if solution is not None else None
    return {
        **_entry_json(entry),
        "summary": entry.summary or env.summary,
        "tasks_version": env.tasks.version,
        "split": env.tasks.split,
        "size": env.tasks.size,
        "parts": dict(env.parts),
        "example": {
            "task_id": task.id,
            "seed": seed,
            "prompt": task.prompt,
            "gold": task.gold,
            "meta": dict(task.meta),
            "solution": solution,
            "solution_reward": None if reward is None else reward.score,
        },
    }


def parse_env_args(pairs: list[str]) -> dict[str, Any]:
    """Reads `levels=1,2` as {"levels": [1, 2]}: values are JSON where they are JSON, lists where they have commas.

    Text with a blank or a brace in it, such as the template `Sum it, please: {question}`, is no list.

    Raises:
        UsageError: A pair without `=`.
    """
    parsed = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--env-arg {pair!r}: write it as NAME=VALUE, such as levels=1,2")
        parsed[name.strip().replace("-", "_")] = _value(text)
    return parsed


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        is_list = "," in text and not any(char.isspace() or char in "{}" for char in text)
        return [_value(part) for part in text.split(",")] if is_list else text
