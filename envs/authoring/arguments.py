"""What an environment takes: the arguments of its factory, with types, defaults and a line on each."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from envs.core.registry import EnvEntry

_OURS = ("split", "render_mode")
"""Set by commands and by Gymnasium, never by `--env-arg`."""
_SECTION = re.compile(r"^Args:\n(?P<body>(?:[ \t]+.*\n|\n)*)", re.MULTILINE)
_ITEM = re.compile(
    r"^(?P<indent> +)\*{0,2}(?P<name>\w+)(?: \([^)]*\))?:\s*(?P<text>.*(?:\n(?P=indent) +.*)*)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an environment.

    Attributes:
        name: As `--env-arg NAME=VALUE` gives it.
        type: Its annotation, empty where there is none.
        default: As Python writes it, empty where one must be given.
        meaning: Its line in the factory's docstring, empty where it has none.
    """

    name: str
    type: str
    default: str
    meaning: str


def arguments_of(entry: EnvEntry) -> list[Argument]:
    """Returns the arguments that an environment takes, `split` apart.

    Raises:
        UsageError: The environment cannot be imported.
    """
    factory = entry.factory()
    meanings = _meanings(inspect.getdoc(getattr(factory, "func", factory)) or "")
    found = []
    for parameter in inspect.signature(factory).parameters.values():
        if parameter.name in _OURS or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        default = "" if parameter.default is parameter.empty else repr(parameter.default)
        kind = "" if parameter.annotation is parameter.empty else inspect.formatannotation(parameter.annotation)
        found.append(Argument(parameter.name, kind.strip("'"), default, meanings.get(parameter.name, "")))
    return found


def _meanings(doc: str) -> dict[str, str]:
    """Returns the section `Args:` of a docstring in Google's style, by name, each on one line."""
    section = _SECTION.search(doc + "\n")
    items = _ITEM.finditer(section["body"]) if section else ()
    return {item["name"]: " ".join(item["text"].split()) for item in items}
