"""Kinds of one-line Python functions: a description, a body, and the same function to compute with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Argument = Callable[[np.random.Generator], Any]
"""Draws one argument of a call."""

LEVELS = range(1, 6)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def integer(rng: np.random.Generator) -> int:
    """Draws a small whole number, negative ones included."""
    return int(rng.integers(-20, 60))


def count(rng: np.random.Generator) -> int:
    """Draws a number of things."""
    return int(rng.integers(1, 30))


def text(rng: np.random.Generator) -> str:
    """Draws a word of letters, from an alphabet small enough for letters to repeat."""
    return "".join(LETTERS[i] for i in rng.integers(0, 8, int(rng.integers(2, 10))))


def numbers(rng: np.random.Generator) -> list[int]:
    """Draws a short list of whole numbers."""
    return [int(value) for value in rng.integers(0, 60, int(rng.integers(3, 8)))]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of function.

    Attributes:
        name: As in task ids.
        level: Its difficulty, 1 to 5.
        space: One range or string of choices per parameter.
        signature: The function's parameters, as written.
        says: What it returns, a template over the parameters.
        body: The expression that returns it, a template over the parameters.
        compute: Takes the parameters and then the arguments of a call.
        arguments: One drawing function per argument.
    """

    name: str
    level: int
    space: tuple[range | str, ...]
    signature: str
    says: str
    body: str
    compute: Callable[..., Any]
    arguments: tuple[Argument, ...]


_SMALL, _WIDE = range(2, 60), range(2, 200)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("plus", 1, (_WIDE,), "x", "x plus {0}", "x + {0}", lambda k, x: x + k, (integer,)),
        Kind("minus", 1, (_WIDE,), "x", "x minus {0}", "x - {0}", lambda k, x: x - k, (integer,)),
        Kind("times", 1, (_WIDE,), "x", "x times {0}", "x * {0}", lambda k, x: x * k, (integer,)),
        Kind("from", 1, (_WIDE,), "x", "{0} minus x", "{0} - x", lambda k, x: k - x, (integer,)),
        Kind(
            "affine", 2, (_SMALL, _SMALL), "x", "x times {0} plus {1}", "x * {0} + {1}",
            lambda k, m, x: x * k + m, (integer,),
        ),
        Kind(
            "scaled_sum", 2, (_SMALL, _SMALL), "x, y", "{0} times x plus {1} times y", "{0} * x + {1} * y",
            lambda k, m, x, y: k * x + m * y, (integer, integer),
        ),
        Kind(
            "square", 2, (_WIDE,), "x", "the square of x plus {0}", "x * x + {0}",
            lambda k, x: x * x + k, (integer,),
        ),
        Kind(
            "divides", 2, (_SMALL, range(2, 6)), "x", "whether x plus {0} is a multiple of {1}",
            "(x + {0}) % {1} == 0", lambda k, m, x: (x + k) % m == 0, (integer,),
        ),
        Kind(
            "larger", 2, (range(-19, 59),), "x", "the larger of x and {0}", "max(x, {0})",
            lambda k, x: max(x, k), (integer,),
        ),
        Kind(
            "repeat", 3, (range(2, 6), LETTERS), "s", "s repeated {0} times, then {1}", "s * {0} + '{1}'",
            lambda k, a, s: s * k + a, (text,),
        ),
        Kind(
            "longer", 3, (_WIDE,), "s", "the length of s plus {0}", "len(s) + {0}",
            lambda k, s: len(s) + k, (text,),
        ),
        Kind(
            "tagged", 3, (LETTERS, LETTERS), "s", "s between {0} and {1}", "'{0}' + s + '{1}'",
            lambda a, b, s: a + s + b, (text,),
        ),
        Kind(
            "swap", 3, (LETTERS[:8], LETTERS), "s", "s with each {0} replaced by {1}",
            "s.replace('{0}', '{1}')", lambda a, b, s: s.replace(a, b), (text,),
        ),
        Kind(
            "mirror", 3, (LETTERS, LETTERS), "s", "s reversed, between {0} and {1}",
            "'{0}' + s[::-1] + '{1}'", lambda a, b, s: a + s[::-1] + b, (text,),
        ),
        Kind(
            "sum_plus", 4, (_WIDE,), "v", "the sum of the list v plus {0}", "sum(v) + {0}",
            lambda k, v: sum(v) + k, (numbers,),
        ),
        Kind(
            "shift", 4, (_WIDE,), "v", "the list v with {0} added to each item", "[x + {0} for x in v]",
            lambda k, v: [x + k for x in v], (numbers,),
        ),
        Kind(
            "above", 4, (_SMALL,), "v", "the items of the list v above {0}", "[x for x in v if x > {0}]",
            lambda k, v: [x for x in v if x > k], (numbers,),
        ),
        Kind(
            "count_above", 4, (_SMALL,), "v", "how many items of the list v are above {0}",
            "sum(1 for x in v if x > {0})", lambda k, v: sum(1 for x in v if x > k), (numbers,),
        ),
        Kind(
            "sum_multiples", 5, (_WIDE,), "n", "the sum of the first n multiples of {0}",
            "sum({0} * i for i in range(1, n + 1))", lambda k, n: k * n * (n + 1) // 2, (count,),
        ),
        Kind(
            "joined", 5, (LETTERS, LETTERS), "s", "the letters of s joined by {0}, then {1}",
            "'{0}'.join(s) + '{1}'", lambda a, b, s: a.join(s) + b, (text,),
        ),
        Kind(
            "weighted", 5, (_SMALL, _SMALL), "v", "the sum of {0} times each item of the list v above {1}",
            "sum({0} * x for x in v if x > {1})", lambda k, m, v: sum(k * x for x in v if x > m), (numbers,),
        ),
        Kind(
            "evens", 5, (_SMALL,), "v", "the even items of the list v, each times {0}",
            "[{0} * x for x in v if x % 2 == 0]", lambda k, v: [k * x for x in v if x % 2 == 0], (numbers,),
        ),
    )
}  # fmt: skip
