"""What goes on behind a box and belongs to its value: a smaller unit, a remainder, a letter it is multiplied by."""

from __future__ import annotations

import re

from envs.judges.math.values.units import conversion, singular

_TEXT = re.compile(r"\\(?:text|mbox|textrm|mathrm|textnormal)\s*\{([^{}\n]*)\}")
_SPACING = re.compile(r"\\[,;:! ]|[$~]")
SMALLER_UNIT = re.compile(
    r"\s*(?P<unit>[A-Za-z]+)\.?,?\s+(?:and\s+)?(?:an?\s+)?(?P<value>[\d.,/]+|half)\s*(?P<below>[A-Za-z]+)"
    r"(?!\w|\s+(?:is|are|was|were|will|remains?|stays?|goe?s?|has|have)\b)"  # what has a verb is said of itself
)
_MORE = re.compile(
    r"\s*(?:(?:,|and)?\s*(?:with\s+)?(?:an?\s+)?(?:remainder|rem\.?)(?:\s+(?:of|is))?\s*-?\d+|[rR]\s?\d+\b"
    r"|and\s+(?:some\s+|a\s+)?(?:change|bit|then some|counting)\b|times over\b|odd\b(?=\s+[a-z])"
    r"|,?\s*(?:give or take|plus or minus|±)\s+\w+)"
)
# A letter that is no unit and no article, or an abbreviation of a multiple, alone behind a box.
_FACTOR = re.compile(r"\s+(?:bn|mn|pi|π|\\pi|[eijknpqruvwxyz])(?=[\s.!]*(?:$|\n))")
_REACH = 80


def with_more(answer: str, tail: str) -> str:
    """Returns a box's answer with what the text behind it adds to its value."""
    line = _SPACING.sub(" ", _TEXT.sub(r"\1", tail[:_REACH].partition("\n")[0])).lstrip("}")
    smaller = SMALLER_UNIT.match(line)
    if smaller and not conversion(singular(smaller["unit"].lower()), singular(smaller["below"].lower())):
        smaller = None  # 170 pounds 2 years ago
    found = smaller or _MORE.match(line) or _FACTOR.match(line)
    return f"{answer} {found.group().strip()}" if found else answer
