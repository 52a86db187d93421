"""Linear equations in one unknown."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any

from envs.builtin.math.families.base import Family, spaced

SIGNS = ("+", "-")
UNKNOWNS = ("x", "y", "n", "t")


class Linear(Family):
    """Equations `ax + b = cx + d`; the unknown's name is part of the address and no part of the question."""

    name = "linear"
    shapes = (
        (UNKNOWNS, SIGNS, range(2, 20), "=", range(2, 40)),
        (range(2, 10), UNKNOWNS, SIGNS, range(1, 20), "=", range(2, 60)),
        (range(2, 10), UNKNOWNS, SIGNS, range(1, 100), "=", range(2, 100)),
        (range(2, 13), UNKNOWNS, SIGNS, range(1, 50), "=", range(1, 12), UNKNOWNS, SIGNS, range(1, 50)),
        (range(2, 50), UNKNOWNS, SIGNS, range(1, 200), "=", range(1, 50), UNKNOWNS, SIGNS, range(1, 200)),
    )
    wordings = (
        "Solve {expression} for {unknown}.",
        "Find {unknown} if {expression}.",
        "What is {unknown} when {expression}?",
    )

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Asks for one solution: whole up to level 4, above zero up to level 2."""
        a, b, c, d, unknowns = self._read(params)
        if a <= c or len(unknowns) != 1:
            return False
        if level < 5 and (d - b) % (a - c):
            return False
        return level > 2 or d > b

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the solution."""
        a, b, c, d, _ = self._read(params)
        return str(Fraction(d - b, a - c))

    def key(self, params: tuple[Any, ...]) -> str:
        """Forgets the unknown's name and any common factor; `x + b = d` is the difference `d - b`."""
        a, b, c, d, _ = self._read(params)
        if (a, c) == (1, 0):
            return f"sum({','.join(sorted((f'+{d}', f'{-b:+d}')))})"
        shared = gcd(a, b, c, d)
        return "linear(" + ",".join(str(value // shared) for value in (a, b, c, d)) + ")"

    def fields(self, params: tuple[Any, ...]) -> dict[str, object]:
        """Names the unknown too."""
        *_, unknowns = self._read(params)
        return {"expression": spaced(self.encode(params)), "unknown": min(unknowns)}

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Gathers the unknown on the left, the numbers on the right, and divides."""
        a, b, c, d, unknowns = self._read(params)
        name = min(unknowns)
        steps = []
        if c:
            steps.append(f"{a}{name}-{c}{name}={a - c}{name}")
        steps.append(f"{d}{-b:+d}={d - b}")
        if a - c != 1:
            steps.append(f"{d - b}/{a - c}={Fraction(d - b, a - c)}")
        return steps

    @staticmethod
    def _read(params: tuple[Any, ...]) -> tuple[int, int, int, int, set[str]]:
        """Returns a, b, c, d and the names used for the unknown."""
        equals = params.index("=")
        (a, b), (c, d) = (_side(params[:equals]), _side(params[equals + 1 :]))
        return a, b, c, d, {param for param in params if param in UNKNOWNS}


def _side(tokens: tuple[Any, ...]) -> tuple[int, int]:
    """Returns the coefficient and the constant of one side of an equation."""
    coefficient, constant, sign = 0, 0, 1
    for at, token in enumerate(tokens):
        if token in SIGNS:
            sign = 1 if token == "+" else -1
        elif isinstance(token, int):
            if at + 1 < len(tokens) and tokens[at + 1] in UNKNOWNS:
                coefficient += sign * token
            else:
                constant += sign * token
        elif at == 0 or not isinstance(tokens[at - 1], int):
            coefficient += sign
    return coefficient, constant
