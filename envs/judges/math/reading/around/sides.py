"""What stands on the other side of an equals sign in front of a box."""

from __future__ import annotations

import re

from envs.judges.math.reading.around.neighbours import Place

_REACH = 72
_BEGINS = r"(?:^|[=≈≡:;⇒→∴])"  # what a number or a sum may stand behind; any other sign makes it a part of more
_LITERAL = re.compile(rf"{_BEGINS}\s*(-?\d[\d.,]*)\s*&?\s*(?<![<>!])=\s*$")
_SIGNS = str.maketrans("×·⋅∙−", "***" + "*-")
_INTEGER = re.compile(r"\s*-?\d+\s*")
_WHOLE_SUM = re.compile(
    r"(?:^|[=≈≡;⇒→∴])\s*(-?\d[\d,]*(?:\s*(?:[+*-]|\\times(?![A-Za-z])|\\cdot(?![A-Za-z]))\s*\d[\d,]*)*(?:\.\d+)?)"
    r"\s*&?\s*(?<![<>!])=\s*$"
)


def left_side(place: Place, answer: str) -> str | None:
    """Returns what a box is said to equal: a number in digits, or for a whole number a sum of such."""
    before = place.before.replace("&", " ").translate(_SIGNS)
    if _INTEGER.fullmatch(answer) and "mod" not in before + place.after + place.words_after[:_REACH]:
        found = _WHOLE_SUM.search(before[-_REACH:])
    else:
        found = _LITERAL.search(before)
    return found[1] if found and place.formula else None
