"""Number literals: thousands separators, decimals, repeating decimals."""

from __future__ import annotations

import re
from fractions import Fraction

from envs.judges.math.grammar.limits import ParseError, TooLarge
from envs.judges.math.grammar.nodes import Num

_REPEATING = re.compile(r"(\d*)\.(\d*)(?:\\overline\s*\{(\d+)\}|\((\d+)\))$")
_DOTTED = re.compile(r"(\d*)\.(\d*)\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?$")
_SCIENTIFIC = re.compile(r"([\d.]+)[eE]([+-]?\d+)$")
_MAX_EXPONENT = 400
_OPEN = re.compile(r"(\d*)\.(\d+)\s*(?:\.{3}|\\[lc]?dots)$")


def read_number(text: str) -> Num:
    """Reads a literal as the lexer cut it.

    Raises:
        ParseError: It is no number.
    """
    plain = text.replace(",", "")
    if plain.isdigit():
        return Num(Fraction(int(plain)))
    if found := _SCIENTIFIC.match(plain):
        return _scientific(found[1], int(found[2]))
    whole, point, decimals = plain.partition(".")
    if point and (whole + decimals).isdigit():
        return Num(Fraction(int(whole + decimals or "0"), 10 ** len(decimals)), len(decimals) or None)
    if found := _REPEATING.match(text):
        return Num(_repeating(found[1], found[2], found[3] or found[4]))
    if found := _DOTTED.match(text):
        return Num(_repeating(found[1], found[2], found[3] + (found[4] or "") + (found[5] or "")))
    if found := _OPEN.match(text):
        return _open_ended(found[1], found[2])
    raise ParseError(f"not a number: {text[:40]!r}")


def _scientific(mantissa: str, exponent: int) -> Num:
    if abs(exponent) > _MAX_EXPONENT:
        raise TooLarge("an exponent out of range")
    number = read_number(mantissa)
    places = max((number.places or 0) - exponent, 0)
    return Num(number.value * Fraction(10) ** exponent, places or None)


def _repeating(whole: str, fixed: str, block: str) -> Fraction:
    value = Fraction(int(whole + fixed or "0"), 10 ** len(fixed))
    return value + Fraction(int(block), (10 ** len(block) - 1) * 10 ** len(fixed))


def _open_ended(whole: str, digits: str) -> Num:
    """`0.333...` repeats its last block if that stands there at least twice, and in all three digits or more."""
    for length in range(1, len(digits) // 2 + 1):
        block = digits[-length:]
        repeats = 1
        while digits[: len(digits) - repeats * length].endswith(block):
            repeats += 1
        if repeats >= 2 and repeats * length >= 3:
            return Num(_repeating(whole, digits[: len(digits) - repeats * length], block))
    return Num(Fraction(int(whole + digits), 10 ** len(digits)), len(digits), open_ended=True)
