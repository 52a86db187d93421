r"""Composite units in every spelling: `m/s^2`, `\frac{\text{ft}}{\text{sec}}`, `m\,s^{-1}`, `pages/min`, `a week`."""

from __future__ import annotations

import re

from envs.judges.math.grammar.letters import Letters
from envs.judges.math.values.units import is_unit_word

_FONTS = r"\\(?:text(?:rm|normal|bf|it)?|mbox|math(?:rm|sf|bf|it)|operatorname|rm)"
_SPACING = re.compile(r"\\[,;:! ]|~|\\quad(?![a-z])|[\s{}]+")
_TAIL = re.compile(
    r"(?:[\d})]|\\pi)(?:\\[,;:! ]|~|\s)*"
    rf"(?P<tail>(?:/\s*)?(?:{_FONTS}(?![A-Za-z])|\\[dt]?frac\s*\{{|[A-Za-z¤$]|\\\$).*)$"
)
_GROUP = r"\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_FRACTION = re.compile(rf"\\[dt]?frac{_GROUP}{_GROUP}")
_UPRIGHT = re.compile(rf"{_FONTS}(?![A-Za-z])\s*(?:\{{([^{{}}]*)\}}|([A-Za-z]))")
_POWER = re.compile(r"\^\s*\{\s*(-?\s*\d)\s*\}")
_TOKEN = re.compile(r"\s*(?:(\\cdot|\\times|\*|·|⋅)|(/|\bper\b)|(\()|(\))|(\^-?\d|[²³])|([A-Za-z]+|[¤$]))")
_OVER = frozenset(("a", "an"))
_BEFORE = frozenset("square sq cubic cu".split())
_POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3, "squared": 2, "cubed": 3, "²": 2, "³": 3}
# Symbols by a word that nothing else is spelt like: `min`, `sec` and `in` are functions and operators elsewhere.
_SPELT = {
    "min": "minute", "mins": "minute", "sec": "second", "secs": "second", "in": "inch", "m": "meter", "s": "second",
    "g": "gram", "l": "liter", "L": "liter", "h": "hour", "hr": "hour", "hrs": "hour", "N": "newton", "J": "joule",
    "W": "watt", "V": "volt", "K": "kelvin", "C": "coulomb", "A": "ampere", "¤": "dollar", "$": "dollar",
}  # fmt: skip
_MAX_CHARS = 200
_MAX_UNITS = 6


_IN_A = re.compile(r"\bin(?=\s+an?\b)")  # hours in a day
_MS = re.compile(r"(?<![A-Za-z])ms(?=\s*\^\s*\{?\s*-)")  # physicists' metres a second


def with_rates(text: str, letters: Letters) -> str:
    r"""Spells a composite unit behind a value as one text, `5\text{ meter / second^2}`; other text stays as it is.

    Slanted letters alone, `5 \frac{m}{s}`, are a unit only where a slanted letter is one.

    Args:
        text: As `normalise.clean` returns it.
        letters: What the gold says about letters.
    """
    if len(text) > _MAX_CHARS or "per cent" in text or not _may_divide(text):
        return text
    found = _TAIL.search(text)
    unit = _unit_of(found["tail"], letters) if found else ""
    return f"{text[: found.start('tail')]}\\text{{ {unit}}}" if found and unit else text


def _may_divide(text: str) -> bool:
    return "/" in text or "^{-" in text or "^-" in text or "frac{" in text or " a" in text or "per" in text


def _unit_of(tail: str, letters: Letters) -> str:
    """Returns a composite unit in words, or nothing where a text is none, or divides by nothing."""
    while (found := _FRACTION.search(tail)) is not None:
        tail = f"{tail[: found.start()]} {found[1]} / ({found[2]}) {tail[found.end() :]}"
    tail = _IN_A.sub("", _MS.sub("meter s", tail))
    tail = _UPRIGHT.sub(
        lambda found: f" {_in_words(found[1] if found[1] is not None else found[2])}", _POWER.sub(r"^\1", tail)
    )
    tail = _SPACING.sub(" ", tail.replace("\\$", "¤")).strip(" .")
    items = _items(tail, letters)
    if not items or len(items) > _MAX_UNITS or all(power > 0 for _, power in items):
        return ""
    above = " * ".join(_raised(name, power) for name, power in items if power > 0)
    return f"{above} {' '.join('/ ' + _raised(name, -power) for name, power in items if power < 0)}".strip()


def _items(tail: str, letters: Letters) -> list[tuple[str, int]]:
    """Returns units with their powers in order; nothing where a text holds anything else."""
    items: list[tuple[str, int]] = []
    sign, group, power, known = 1, False, 1, False
    position = 0
    while position < len(tail):
        token = _TOKEN.match(tail, position)
        if token is None:
            return []
        position = token.end()
        times, over, opened, closed, raised, word = token.groups()
        exponent = int(raised[1:]) if raised and raised[0] == "^" else _POWERS.get(raised or word or "", 0)
        if times:
            continue
        if over or word in _OVER and is_unit_word(tail[position:].strip().partition(" ")[0]):
            if sign < 0:
                return []
            sign = -1
        elif opened or closed:
            if bool(opened) == group or opened and sign > 0:
                return []
            group, sign = bool(opened), -1 if opened else 1
        elif word in _BEFORE:
            power = exponent
        elif exponent:
            if not items or abs(items[-1][1]) != 1:
                return []
            items[-1] = items[-1][0], items[-1][1] * exponent
        elif word and (name := _name(word, letters)):
            items.append((name, sign * power))
            known = known or is_unit_word(name)
            sign, power = -1 if group else 1, 1
        else:
            return []
    slanted = [word for word in re.findall(r"[A-Za-z]+", tail) if word not in _POWERS and word not in ("per", *_OVER)]
    plain = any(len(word) > 1 for word in slanted) or letters.units
    return items if known and plain and sign > 0 and not group else []


def _name(word: str, letters: Letters) -> str:
    """Returns a unit or a thing in a word that means nothing else, or nothing."""
    if word in letters.variables:
        return ""
    if word in _SPELT:
        return _SPELT[word]
    return word if len(word) > 1 and (is_unit_word(word) or len(word) > 2 and word.islower()) else ""


def _in_words(content: str) -> str:
    """Returns what a text command holds with its single letters spelt out: they are upright."""
    return re.sub(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])", lambda found: _SPELT.get(found[0], found[0]), content)


def _raised(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"
