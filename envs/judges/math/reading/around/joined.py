r"""What prints as one and is written apart: a base behind its box, the power of a unit in a formula of its own."""

from __future__ import annotations

import re

from envs.judges.math.lexicon.numerals import ONES

_BASE = r"(?P<base>\d{1,2}|[a-z]+)"
_BOX = r"(?P<box>\\(?:boxed|fbox|framebox)\s*\{\s*(?P<digits>[0-9A-Za-z]+)\s*(?:_\s*\{?(?P<own>\w+)\}?\s*)?)\}"
_BEHIND = re.compile(
    rf"{_BOX}(?:\s*_\s*(?:\{{\s*(?:\\(?:text|mathrm)\s*\{{\s*)?{_BASE}\s*(?:\}}\s*)?\}}|(?P<digit>\d))"
    r"|(?P<close>[$.*]*\s*(?:\\\]|\\\))?\s*),?\s*(?:\(\s*(?:in\s+)?base[\s-]*(?P<told>\d{1,2}|[a-z]+)\s*\)"
    r"|in\s+base[\s-]*(?P<said>\d{1,2}|[a-z]+)\b))",
    re.IGNORECASE,
)
_POWER = re.compile(r"(?<=[A-Za-z])\s?\$\^\{?([-−]?\d{1,2})\}?\$")
_UNIT = re.compile(r"(?<=\d)\s*\$\s*\\(?:text|mathrm)\s*\{\s*([A-Za-z/]+)\s*\}(?:\s*\^\{?(-?\d)\}?)?\s*\$")


def joined(text: str) -> str:
    """Returns a text with the base of a box's number in the box, and the power of a unit at the unit."""
    if "$" in text:
        text = _POWER.sub(r"^\1", text)
        text = _UNIT.sub(lambda found: f" {found[1]}" + (f"^{found[2]}" if found[2] else ""), text)
    return _BEHIND.sub(_in_box, text) if "boxed" in text or "fbox" in text else text


def _in_box(found: re.Match[str]) -> str:
    own = _number(found["own"])
    said = next((value for name in ("base", "digit", "told", "said") if (value := _number(found[name]))), 0)
    if not said or own and own != said:
        return found.group()
    return (found["box"] if own else f"{found['box']}_{{{said}}}") + "}" + (found["close"] or "").rstrip()


def _number(word: str | None) -> int:
    """Returns the base that a number or its word names, 0 where it names none."""
    return int(word) if word and word.isdigit() else ONES.get((word or "").lower(), 0)
