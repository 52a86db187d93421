"""Fractions and percentages."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from envs.builtin.math.families.base import Family
from envs.builtin.math.families.expression import product_steps, reduce

SIGNS = ("+", "-")


class Fractions(Family):
    """Two fractions added, subtracted or multiplied; the value counts, not its form."""

    name = "frac"
    shapes = (
        (range(1, 12), "/", range(5, 13), SIGNS, range(1, 12), "/", range(5, 13)),
        (range(1, 6), "/", range(2, 7), SIGNS, range(1, 6), "/", range(2, 7)),
        (range(1, 10), "/", range(2, 13), SIGNS, range(1, 10), "/", range(2, 13)),
        (range(1, 20), "/", range(2, 20), (*SIGNS, "*"), range(1, 20), "/", range(2, 20)),
        (range(1, 100), "/", range(2, 100), (*SIGNS, "*"), range(1, 100), "/", range(2, 100)),
    )
    wordings = ("What is {expression}?", "Compute {expression}.", "Work out {expression}.")

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Asks for proper fractions, of one denominator at level 1 only; no negative value up to 3."""
        a, _, b, symbol, c, _, d = params
        if a >= b or c >= d or (level == 1) != (b == d):
            return False
        return symbol != "-" or level >= 4 or a * d >= c * b

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the value in lowest terms."""
        a, _, b, symbol, c, _, d = params
        left, right = Fraction(a, b), Fraction(c, d)
        if symbol == "*":
            return str(left * right)
        return str(left + right if symbol == "+" else left - right)

    def key(self, params: tuple[Any, ...]) -> str:
        """Reduces both fractions and sorts them."""
        a, _, b, symbol, c, _, d = params
        left, right = Fraction(a, b), Fraction(c, d)
        if symbol == "*":
            return f"mul({','.join(sorted((str(left), str(right))))})"
        return f"sum({','.join(sorted((f'+{left}', f'{symbol}{right}')))})"

    def fields(self, params: tuple[Any, ...]) -> dict[str, object]:
        """Keeps each fraction together."""
        a, _, b, symbol, c, _, d = params
        return {"expression": f"{a}/{b} {symbol} {c}/{d}"}

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Brings both to one denominator; the answer need not be in lowest terms."""
        a, _, b, symbol, c, _, d = params
        if symbol == "*":
            return [f"{a}*{c}={a * c}", f"{b}*{d}={b * d}"]
        if b == d:
            return reduce((a, symbol, c))[0]
        left, right = a * d, c * b
        return [f"{a}*{d}={left}", f"{c}*{b}={right}", *reduce((left, symbol, right))[0], f"{b}*{d}={b * d}"]

    def worked_answer(self, params: tuple[Any, ...]) -> str:
        """Returns the value over the denominator that the steps arrive at."""
        a, _, b, symbol, c, _, d = params
        if symbol == "*":
            return f"{a * c}/{b * d}"
        if b == d:
            return f"{a + c if symbol == '+' else a - c}/{b}"
        return f"{a * d + c * b if symbol == '+' else a * d - c * b}/{b * d}"


class Percent(Family):
    """A share of a number."""

    name = "percent"
    shapes = (
        (range(10, 100, 10), "% of ", range(20, 320, 10)),
        (range(10, 100, 10), "% of ", range(320, 1000, 10)),
        (range(1, 100), "% of ", range(100, 1000, 100)),
        (range(1, 100), "% of ", range(10, 1000)),
        (range(1, 250), "% of ", range(10, 10_000)),
    )
    wordings = ("What is {expression}?", "Compute {expression}.", "Find {expression}.")

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the share, with at most two decimals."""
        share = Decimal(params[0] * params[2]).scaleb(-2)
        return f"{share.normalize():f}"

    def key(self, params: tuple[Any, ...]) -> str:
        """Sorts: `a% of b` is `b% of a`."""
        low, high = sorted((params[0], params[2]))
        return f"percent({low},{high})"

    def fields(self, params: tuple[Any, ...]) -> dict[str, object]:
        """Leaves the words as they are."""
        return {"expression": self.encode(params)}

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Takes a tenth so many times where both are round; else multiplies and divides by a hundred."""
        tenths, tenth = params[0] // 10, params[2] // 10
        if params[0] % 10 == 0 and params[2] % 10 == 0 and tenths < 10:
            return [f"{params[2]}/10={tenth}", *product_steps(tenth, tenths, whole=tenth < 32)]
        product = params[0] * params[2]
        return [f"{params[0]}*{params[2]}={product}", f"{product}/100={self.answer(params)}"]
