"""Texts made from regular expressions: those that match, and those that keep a backtracking matcher busy.

A pattern with a repeat inside a repeat (`(a+)+$`), or with two repeats that can share a text, is tried in exponentially
many ways on a long run that fails at its end (Davis et al., ESEC/FSE 2018). So for each unbounded repeat of each
pattern there is a text: what leads up to it, what it repeats, many times, and a character that nothing expects.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from re import _constants as _c  # pyright: ignore[reportAttributeAccessIssue]
from re import _parser as _p  # pyright: ignore[reportAttributeAccessIssue]
from typing import Any

RUNS = (28, 60, 1200)
"""Lengths of a run: enough for an exponential pattern, and for one of the third power."""
_LONGEST = 4000
_ENDS = ("!", "\x00", "")
_MOST_PUMPS = 120
_DIGITS = ("1", "9")
_SAMPLES = "a1 A_-.,!?\n'\"<>()[]{}/\\+*=é"


def matching(pattern: str, flags: int = 0) -> list[str]:
    """Returns texts that a pattern matches, as far as these can be made simply; none where it is no pattern."""
    found = []
    for digit in _DIGITS:
        for most in (1, 2):
            parsed = _parsed(pattern, flags)
            if parsed is None:
                return []
            text = _text(parsed, digit, most)
            if text and text not in found and len(text) <= 200:
                found.append(text)
    return found


def pumps(pattern: str, flags: int = 0) -> list[str]:
    """Returns texts of at most 4,000 characters that a backtracking matcher may take long over."""
    parsed = _parsed(pattern, flags)
    if parsed is None:
        return []
    found: dict[str, None] = {}
    for before, inner in _repeats(parsed):
        for unit in dict.fromkeys(_units(inner)):
            for run in RUNS:
                for end in _ENDS:
                    found.setdefault((before + unit * run)[: _LONGEST - 1] + end)
    return list(found)[:_MOST_PUMPS]


GENERIC: tuple[str, ...] = tuple(
    (unit * run)[:_LONGEST] + end
    for run in RUNS
    for unit, end in (
        ("a", "!"), ("1", "!"), ("1", "x"), ("0", "."), (" ", "x"), ("\n", "x"), ("\t ", "!"), ("a ", "!"), ("ab", "!"),
        ("1,", "x"), ("1.", "x"), ("1 ", "x"), ("a,", "!"), ("-", "x"), ("a-", "!"), ("a.", "!"), ("<", "a"),
        ("<answer>", ""),
        ("a@", "!"), ("aA", "!"), ("1a", "!"), (".", "x"), ("/", "!"), ("_", "!"), ("\\", "x"), ("a1 ", "#"), ("x+",
        "!"),
    )
) + (
    "(" * 60 + ")" * 60, "(" * 900, "[" * 900, "{" * 900, "((" * 24 + "1" + "))" * 24, "[[" * 400 + "]]" * 400, "-" *
    900 + "1",
    "9" * 1500, "9" * 3900, "1" + "+1" * 900, "1" + "*2" * 900, "2" + "^2" * 12, "2**2**2**2**2", "9**9**9",
    "9**9**8", "9^9^9^9",
    "10**10**7", "1e99999999", "factorial(10**6)", "2**(10**7)", "'a'*10**9", "[0]*10**9", "range(10**9)",
    "sum(range(10**9))",
    "1" + "," * 900, "x" + "^x" * 24, "sqrt(" * 60 + "2" + ")" * 60, "\\frac{" * 300, "1/" * 900 + "1", "not " * 300
    + "1", "()" * 900,
    "a" * 3900, "ab" * 1900, "\u0301" * 1900, "é" * 1900, "word " * 780, "a\n" * 1900, "1\n" * 1900,
)  # fmt: skip


def _parsed(pattern: str, flags: int) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _p.parse(pattern, flags & ~re.DEBUG)
    except (re.error, RecursionError, OverflowError, ValueError):
        return None


def _units(parsed: Any) -> list[str]:
    """Returns what a repeat may repeat: with and without what is optional, and each of its branches."""
    found = [_text(parsed, "1", most) for most in (0, 1)]
    for operation, argument in parsed:
        for inner in _inside(operation, argument):
            found += _units(inner)
    return [unit for unit in found if unit] or ["a"]


def _repeats(parsed: Any) -> Iterator[tuple[str, Any]]:
    """Yields each unbounded repeat with a text that leads up to it."""
    before = ""
    for item in parsed:
        operation, argument = item
        if operation in (_c.MAX_REPEAT, _c.MIN_REPEAT, getattr(_c, "POSSESSIVE_REPEAT", None)):
            _, most, inner = argument
            if most == _c.MAXREPEAT or most > 20:
                yield before, inner
        for inner in _inside(operation, argument):
            for within, repeated in _repeats(inner):
                yield before + within, repeated
        before += _text([item], "1", 1)


def _inside(operation: Any, argument: Any) -> Sequence[Any]:
    if operation in (_c.MAX_REPEAT, _c.MIN_REPEAT, getattr(_c, "POSSESSIVE_REPEAT", None)):
        return [argument[2]]
    if operation is _c.SUBPATTERN:
        return [argument[-1]]
    if operation is _c.BRANCH:
        return argument[1]
    return [argument[1]] if operation in (_c.ASSERT, _c.ASSERT_NOT) else []


def _text(parsed: Any, digit: str, most: int) -> str:
    """Returns a text that a parsed pattern matches; what it looks behind or back for is left out."""
    found = []
    for operation, argument in parsed:
        if operation is _c.LITERAL:
            found.append(chr(argument))
        elif operation is _c.NOT_LITERAL:
            found.append(next(c for c in _SAMPLES if ord(c) != argument))
        elif operation is _c.ANY:
            found.append("a")
        elif operation is _c.IN:
            found.append(_one_of(argument, digit))
        elif operation is _c.BRANCH:
            found.append(_text(argument[1][0], digit, most))
        elif operation is _c.SUBPATTERN:
            found.append(_text(argument[-1], digit, most))
        elif operation in (_c.MAX_REPEAT, _c.MIN_REPEAT, getattr(_c, "POSSESSIVE_REPEAT", None)):
            least, top, inner = argument
            found.append(_text(inner, digit, most) * min(max(least, most), top, 60))
    return "".join(found)


def _one_of(members: Any, digit: str) -> str:
    """Returns a character of a class, a digit where it takes digits alone."""
    tested = re.compile("[" + "".join(_member(*member) for member in members) + "]")
    return next((c for c in (_SAMPLES.replace("1", digit)) if tested.match(c)), _first(members))


def _member(operation: Any, argument: Any) -> str:
    if operation is _c.NEGATE:
        return "^"
    if operation is _c.LITERAL:
        return re.escape(chr(argument))
    if operation is _c.RANGE:
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    return _CATEGORIES.get(str(argument), r"\w")


def _first(members: Any) -> str:
    for operation, argument in members:
        if operation is _c.LITERAL:
            return chr(argument)
        if operation is _c.RANGE:
            return chr(argument[0])
    return "a"


_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip
