"""Arguments that the commands of `grpo env` share."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from envs.builtin.datasets.place import anchored, checked_data, data_arguments
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from envs.tools.box import with_tools

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
EnvArg = Annotated[
    list[str] | None,
    typer.Option("--env-arg", help="Argument of the environment, such as levels=1,2; repeat it for more."),
]
Data = Annotated[
    str,
    typer.Option(help="Data of the environment: a file, a folder, the folder of such folders, or hf: for the hub."),
]
Tools = Annotated[
    str,
    typer.Option(help="Tools to call before the answer, such as calculator or ./mine.py:f; commas between several."),
]
ToolFormat = Annotated[
    str, typer.Option(help="Syntax in which tools are called: a name from `grpo tools format`. [hermes]")
]
EnvName = Annotated[
    str,
    typer.Argument(help="A name from `grpo env list`, or the path of a .py file.", metavar="ENV", show_default=False),
]


def env_spec(name: str, pairs: list[str] | None, data: str, tools: str = "", tool_format: str = "") -> EnvSpec:
    """Returns the environment that a command names, with `--env-arg`, `--data`, `--tools` and `--tool-format`.

    Raises:
        UsageError: There is no such environment or tool, nothing lies where the data is said to be, or a pair is none.
    """
    name, asked = with_tools(name, tools, tool_format)
    return EnvSpec(name, {**asked, **data_arguments(checked_data(data), name), **parse_env_args(pairs or [])})


def parse_env_args(pairs: list[str], flag: str = "--env-arg", such_as: str = "levels=1,2") -> dict[str, Any]:
    """Reads `levels=1,2` as {"levels": [1, 2]}: values are JSON where they are JSON, lists where they have commas.

    Text with a blank or a brace in it, such as the template `Sum it, please: {question}`, is no list. Paths of data
    become absolute, so that they can travel.

    Args:
        pairs: As the command line has them.
        flag: Which flag of it, for messages.
        such_as: One that is written well.

    Raises:
        UsageError: A pair without `=`.
    """
    parsed = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{flag} {pair!r}: write it as NAME=VALUE, such as {such_as}")
        parsed[name.strip().replace("-", "_")] = _value(text)
    return anchored(parsed)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        is_list = "," in text and not any(char.isspace() or char in "{}" for char in text)
        return [_value(part) for part in text.split(",")] if is_list else text
