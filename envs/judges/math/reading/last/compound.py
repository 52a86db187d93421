"""One quantity in two units in a sentence: `5 hours and 30 minutes` are neither 5 hours nor 30 minutes."""

from __future__ import annotations

import re
from fractions import Fraction

from envs.judges.math.values.units import conversion, singular

_PAIR = re.compile(
    r"(?<![\w.,/$€£:^])(?P<one>\d+(?:\.\d+)?)\s+(?P<large>[A-Za-z]+)(?P<link>\s*,?\s+(?:and\s+|or\s+)?)"
    r"(?P<two>\d+(?:\.\d+)?)\s+(?P<small>[A-Za-z]+)\b"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def compound(line: str) -> str | None:
    """Returns the quantity that a line says in two units, where it has no other number; nothing is said by one of two.

    `90 minutes or 1.5 hours` is one quantity twice, of which the first stands for both.

    Returns:
        The quantity; an empty text where two different ones are offered; None where there is no such pair.
    """
    found = _PAIR.search(line)
    if found is None or len(_NUMBER.findall(line)) != 2:
        return None
    factor = conversion(singular(found["large"].lower()), singular(found["small"].lower()))
    if "or" in found["link"]:
        same = factor is not None and Fraction(found["one"]) * factor == Fraction(found["two"])
        return f"{found['one']} {found['large']}" if same else "" if factor is not None else None
    if factor is None or factor <= 1:
        return None
    return f"{found['one']} {found['large']} and {found['two']} {found['small']}"
