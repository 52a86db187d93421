"""Whether what a program printed is what was expected, by the rule its tests declare.

The expected text alone decides what a number is: a token written there as a decimal number with a point, or with an
exponent that has a sign as Python and C print it, agrees with any decimal within the tolerances. Every other token must
be the same text: `7e2` is as likely a piece of a hash, `1.0.0` a version. White space is ASCII's; bytes that are no
UTF-8 come as lone surrogates, and so agree with no character. The rules:

- `tokens` (the default): lines that are not blank, each as the tokens between white space.
- `words`: the tokens of the whole text, whatever lines they are on.
- `unordered`: as `tokens`, the lines in any order.
- `lines`: lines without the white space at their ends, blank lines at the end left out; no tolerance.
- `exact`: the same bytes, but for a line feed at the end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from envs.core.errors import UsageError, did_you_mean

_REAL = re.compile(r"[+-]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d{1,4})?|\d+[eE][+-]\d{1,4})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Output:
    """A rule of comparison.

    Attributes:
        rule: A key of `RULES`.
        checker: Source of a function `check(stdin, stdout, expected)` that returns True for a right answer, run in the
            sandbox in place of a rule; an empty text where there is none.
    """

    rule: str = "tokens"
    checker: str = ""

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise UsageError(f"output: no rule {self.rule!r}: {did_you_mean(str(self.rule), RULES)}")
        if not isinstance(self.checker, str):
            raise UsageError("checker: must be the source of a function check(stdin, stdout, expected)")

    def same(self, expected: str, found: str, rel_tol: float, abs_tol: float) -> bool:
        """Returns whether the printed text `found` is the expected one."""

        def token(wanted: str, got: str) -> bool:
            if wanted == got:
                return True
            if not _REAL.fullmatch(wanted) or not _NUMBER.fullmatch(got) or len(got) > 400:
                return False
            a, b = float(wanted), float(got)
            return math.isfinite(a) and math.isfinite(b) and math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)

        return RULES[self.rule](expected, found, token)


Token = Callable[[str, str], bool]
Lines = list[list[str]]


BLANK = " \t\r\n\v\f"
"""White space between tokens: what `isspace` of C knows; Python's own `str.split` also parts at, say, U+00A0."""
_GAP = re.compile(f"[{BLANK}]+")


def _split(text: str) -> list[str]:
    return [token for token in _GAP.split(text) if token]


def _lines(text: str) -> Lines:
    return [tokens for line in text.split("\n") if (tokens := _split(line))]


def _alike(expected: Lines, found: Lines, token: Token) -> bool:
    return len(expected) == len(found) and all(
        len(a) == len(b) and all(map(token, a, b)) for a, b in zip(expected, found, strict=True)
    )


def _tokens(expected: str, found: str, token: Token) -> bool:
    return _alike(_lines(expected), _lines(found), token)


def _words(expected: str, found: str, token: Token) -> bool:
    return _alike([_split(expected)], [_split(found)], token)


def _unordered(expected: str, found: str, token: Token) -> bool:
    return _alike(sorted(_lines(expected)), sorted(_lines(found)), token)


def _ends(expected: str, found: str, token: Token) -> bool:
    one, other = ([line.rstrip(BLANK) for line in text.rstrip(BLANK).split("\n")] for text in (expected, found))
    return one == other


def _exact(expected: str, found: str, token: Token) -> bool:
    return expected.removesuffix("\n") == found.removesuffix("\n")


RULES: dict[str, Callable[[str, str, Token], bool]] = {
    "tokens": _tokens,
    "words": _words,
    "unordered": _unordered,
    "lines": _ends,
    "exact": _exact,
}
