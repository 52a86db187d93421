"""Arguments that the commands of `grpo env` share."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from envs.builtin.datasets.place import anchored
from envs.core.errors import UsageError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
EnvArg = Annotated[
    list[str] | None,
    typer.Option("--env-arg", help="Argument of the environment, such as levels=1,2; repeat it for more."),
]
EnvName = Annotated[
    str,
    typer.Argument(help="A name from `grpo env list`, or the path of a .py file.", metavar="ENV", show_default=False),
]


def parse_env_args(pairs: list[str]) -> dict[str, Any]:
    """Reads `levels=1,2` as {"levels": [1, 2]}: values are JSON where they are JSON, lists where they have commas.

    Text with a blank or a brace in it, such as the template `Sum it, please: {question}`, is no list. Paths of data
    become absolute, so that they can travel.

    Raises:
        UsageError: A pair without `=`.
    """
    parsed = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--env-arg {pair!r}: write it as NAME=VALUE, such as levels=1,2")
        parsed[name.strip().replace("-", "_")] = _value(text)
    return anchored(parsed)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        is_list = "," in text and not any(char.isspace() or char in "{}" for char in text)
        return [_value(part) for part in text.split(",")] if is_list else text
