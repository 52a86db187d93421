"""Reading one thing out of a turn: the only tag of a name, the only whole number in it."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_DECORATION = " \t\r\n*$`"


def visible(turn: str) -> str:
    """Returns a turn without its thinking; one whose thinking never ends says nothing."""
    said = turn.rpartition("</think>")[2]
    return "" if "<think>" in said else said


def only_tag(turn: str, name: str) -> str | None:
    """Returns the content of the only `<name>` in a turn, or None where there is none, several or half of one.

    A turn that gives several does not get to choose among them.
    """
    said = visible(turn)
    before, opened, rest = said.partition(f"<{name}>")
    inside, closed, after = rest.partition(f"</{name}>")
    if not opened or not closed:
        return None
    if any(mark in part for part in (before, inside, after) for mark in (f"<{name}>", f"</{name}>")):
        return None
    return inside


def whole_number(text: str) -> int | None:
    """Returns the whole number that a text is, decoration such as `**37**` or `37.` apart; None for anything else."""
    bare = text.strip(_DECORATION).removesuffix(".").strip(_DECORATION)
    return int(bare) if _WHOLE.fullmatch(bare) else None


def answered_number(turn: str) -> int | None:
    """Returns the whole number in the only `<answer>` of a turn, or None."""
    inside = only_tag(turn, "answer")
    return None if inside is None else whole_number(inside)
