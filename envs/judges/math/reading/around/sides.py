"""What stands on the other side of an equals sign in front of a box."""

from __future__ import annotations

import re

from envs.judges.math.reading.around.neighbours import Place

_REACH = 72
_LITERAL = re.compile(r"(?:^|[^\w\s.,^_{}()+*/$\\-])\s*(-?\d[\d.,]*)\s*&?\s*(?<![<>!])=\s*$")


_INTEGER = re.compile(r"\s*-?\d+\s*")
_WHOLE_SUM = re.compile(
    r"(?:^|[^\w\s.,^_{}()+*/$\\:%!-])\s*(-?\d[\d,]*(?:\s*(?:[+*-]|\\times(?![A-Za-z])|\\cdot(?![A-Za-z]))\s*\d[\d,]*)*(?:\.\d+)?)"
    r"\s*&?\s*(?<![<>!])=\s*$"
)


def left_side(place: Place, answer: str) -> str | None:
    """Returns what a box is said to equal: a number in digits, or for a whole number a sum of such."""
    before = place.before.replace("&", " ")
    if _INTEGER.fullmatch(answer) and "mod" not in before + place.after + place.words_after[:_REACH]:
        found = _WHOLE_SUM.search(before[-_REACH:])
    else:
        found = _LITERAL.search(before)
    return found[1] if found and place.formula else None
