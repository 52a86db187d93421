"""`grpo env`: what environments there are, what one of them asks and rewards, and whether its reward is sound."""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from envs.authoring.arguments import arguments_of
from envs.authoring.cli_args import AsJson, Data, EnvArg, EnvName, ToolFormat, Tools, env_spec, parse_env_args
from envs.core.environment import TextEnv
from envs.core.errors import GymError, UsageError, did_you_mean
from envs.core.registry import EnvEntry, EnvSpec, entries, families, find, make
from envs.core.task import SPLITS

if TYPE_CHECKING:
    from envs.authoring.auditing.cli import MakeSampler

_PIPED = 200
"""Characters of a table's line into a pipe, where no screen is too narrow for an id."""

__all__ = ["env_app", "parse_env_args"]


def env_app(make_sampler: MakeSampler | None = None) -> typer.Typer:
    """Returns the commands; `make_sampler` loads the policy that `audit --ckpt` names."""
    from envs.authoring.auditing.cli import audit_command
    from envs.authoring.checking.cli import check_command
    from envs.authoring.new.cli import new_command
    from envs.authoring.play import play_command
    from envs.authoring.serve import serve_command

    commands = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        help="List, show, play, check, audit, write and serve reward environments.",
    )
    commands.command("list")(list_command)
    commands.command("show")(show_command)
    commands.command("play")(play_command)
    commands.command("check")(check_command)
    commands.command("audit")(audit_command(make_sampler))
    commands.command("new")(new_command)
    commands.command("serve")(serve_command)
    return commands


def list_command(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="A family, such as reasoning-gym: lists its members; or files, such as ./my_env.py."),
    ] = None,
    sizes: Annotated[bool, typer.Option("--sizes", help="Build every environment to count its tasks.")] = False,
    as_json: AsJson = False,
) -> None:
    """List every environment: built in, from plugins, from files."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rows = [_entry_json(entry, sizes=sizes) for entry in _entries(names or [])]
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        print(f"warning: {message}", file=sys.stderr)
    if as_json:
        print(json.dumps(rows))
        return
    whole = Column("name", no_wrap=True), Column("Gymnasium id", overflow="fold")
    table = Table(*whole, "origin", "splits", "what it is")
    for row in rows:
        table.add_row(row["name"], row["id"], row["origin"], _splits_text(row), row["summary"])
    console = Console()
    (console if console.is_terminal else Console(width=_PIPED)).print(table)


def _entries(names: list[str]) -> list[EnvEntry]:
    """Returns the members of the families named; where none is, every environment, a family as one line."""
    members = [member for name in names if not name.endswith(".py") for member in _members(name)]
    for name in names:
        if name.endswith(".py"):
            find(name)
    return members or entries() + [replace(family, name=f"{family.name}/...") for family in families()]


def _members(name: str) -> list[EnvEntry]:
    known = {entry.name: entry for entry in families()}
    if name not in known:
        raise UsageError(f"no family of environments named {name!r}: {did_you_mean(name, known)}")
    return known[name].members()


def _entry_json(entry: EnvEntry, *, sizes: bool = False) -> dict[str, Any]:
    counted = {"sizes": _sizes(entry)} if sizes else {}
    return {
        "name": entry.name,
        "id": entry.gym_id,
        "origin": entry.origin,
        "version": entry.version,
        "splits": list(entry.splits),
        "summary": entry.summary,
        **counted,
    }


def _sizes(entry: EnvEntry) -> dict[str, int | str | None]:
    """Returns the size of each split: None where tasks have no end, and the reason where it cannot be built."""
    target = entry.target if entry.origin == "file" else entry.name
    found: dict[str, int | str | None] = {}
    for split in entry.splits:
        try:
            found[split] = make(target, split=split).tasks.size
        except GymError as error:
            found[split] = str(error)
            if entry.origin.startswith("plugin") and "cannot be imported" in str(error):
                warnings.warn(str(error), stacklevel=2)
    return found


def _splits_text(row: dict[str, Any]) -> str:
    sizes = row.get("sizes")
    if sizes is None:
        return ", ".join(row["splits"])
    if all(isinstance(size, str) for size in sizes.values()):
        return "not to be built as it stands"
    return ", ".join(f"{split} {_size_text(size)}" for split, size in sizes.items() if not isinstance(size, str))


def _size_text(size: int | None) -> str:
    return "endless" if size is None else f"{size:,}"


def show_command(
    name: EnvName,
    seed: Annotated[int, typer.Option(help="Seed of the example task.", min=0)] = 0,
    split: Annotated[str, typer.Option(help="Split of the example task: train, dev or test.")] = "train",
    env_arg: EnvArg = None,
    data: Data = "",
    tools: Tools = "",
    tool_format: ToolFormat = "",
    as_json: AsJson = False,
) -> None:
    """Show an environment: its spec, an example task with its prompt, its reward's parts, the arguments it takes."""
    spec = env_spec(name, env_arg, data, tools, tool_format)
    entry = find(spec.name)
    takes = [asdict(argument) for argument in arguments_of(entry)]
    try:
        env = spec.split(split).build()
    except UsageError:
        if not as_json and not spec.kwargs:  # for want of one of them
            _print_arguments(takes, Console())
        raise
    card = describe(entry, env, seed) | {"sizes": _split_sizes(spec), "arguments": takes}
    card["audit"] = _audit_line(spec)
    if as_json:
        print(json.dumps(card, default=repr))
        return
    _print_card(card, Console())


def _audit_line(spec: EnvSpec) -> str:
    from envs.authoring.auditing.state import audit_state

    return audit_state(spec)


def _split_sizes(spec: EnvSpec) -> dict[str, int | None]:
    """Returns the sizes of the splits that the environment has."""
    found = {}
    for split in SPLITS:
        try:
            found[split] = spec.split(split).build().tasks.size
        except GymError:
            continue
    return found


def _print_card(card: dict[str, Any], console: Console) -> None:
    console.print(Text.assemble((card["name"], "bold"), "  ", card["summary"]))
    console.print(f"id {card['id']}   origin {card['origin']}   tasks version {card['tasks_version']}", highlight=False)
    sizes = ", ".join(f"{split} {_size_text(size)}" for split, size in card["sizes"].items())
    console.print(f"splits {sizes}   {card['audit']}", highlight=False)
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
    _print_arguments(card["arguments"], console)


def _print_arguments(arguments: list[dict[str, str]], console: Console) -> None:
    table = Table("argument (--env-arg)", "type", "default", "meaning")
    for argument in arguments:
        table.add_row(*(Text(argument[column]) for column in ("name", "type", "default", "meaning")))
    if arguments:
        console.print(table)


def describe(entry: EnvEntry, env: TextEnv, seed: int) -> dict[str, Any]:
    """Returns everything `grpo env show` shows of one split, as plain data."""
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
