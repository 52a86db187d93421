"""Addition, subtraction and chains of both."""

from __future__ import annotations

from typing import Any

from envs.builtin.math.families.expression import reduce
from envs.builtin.math.families.operations import Operation, Reduction

SIGNS = ("+", "-")


class Add(Operation):
    """Two numbers added column by column, from the units up."""

    name = "add"
    shapes = (
        (range(10, 100), "+", range(2, 10)),
        (range(10, 100), "+", range(10, 100)),
        (range(100, 1000), "+", range(10, 1000)),
        (range(1000, 10_000), "+", range(100, 10_000)),
        (range(10_000, 1_000_000), "+", range(10_000, 1_000_000)),
    )
    wordings = (
        "What is {expression}?",
        "Compute {expression}.",
        "Add {a} and {b}.",
        "Find the sum of {a} and {b}.",
    )

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the sum."""
        return str(params[0] + params[2])

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Adds column by column, the carry last."""
        first, second = str(params[0])[::-1], str(params[2])[::-1]
        steps, carry = [], 0
        for column in range(max(len(first), len(second))):
            digits = [int(text[column]) for text in (first, second) if column < len(text)]
            if carry:
                digits.append(carry)
            total = sum(digits)
            steps.append("+".join(map(str, digits)) + (f"={total}" if len(digits) > 1 else ""))
            carry = total // 10
        return steps


class Subtract(Operation):
    """One number taken from another, column by column; the result is negative only from level 4 on."""

    name = "sub"
    shapes = (
        (range(10, 100), "-", range(2, 10)),
        (range(20, 100), "-", range(10, 100)),
        (range(100, 1000), "-", range(10, 1000)),
        (range(100, 10_000), "-", range(1000, 10_000)),
        (range(10_000, 1_000_000), "-", range(10_000, 1_000_000)),
    )
    wordings = (
        "What is {expression}?",
        "Compute {expression}.",
        "Subtract {b} from {a}.",
        "What is {a} minus {b}?",
    )

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Keeps the result at or above zero up to level 3."""
        return params[0] >= params[2] or level > 3

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the difference."""
        return str(params[0] - params[2])

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Takes the smaller from the larger column by column, ten lent where a column falls short."""
        larger, smaller = max(params[0], params[2]), min(params[0], params[2])
        above, below = str(larger)[::-1], str(smaller)[::-1]
        steps, lent = [], 0
        for column in range(len(above)):
            top = int(above[column]) - lent
            if column >= len(below):
                steps.append(str(top % 10))
                lent = int(top < 0)
                continue
            bottom = int(below[column])
            lent = int(top < bottom)
            top += 10 * lent
            steps.append(f"{top}-{bottom}={top - bottom}")
        return steps


class Chain(Reduction):
    """Sums and differences from left to right."""

    name = "chain"
    shapes = (
        (range(2, 20), SIGNS, range(2, 10), SIGNS, range(2, 10)),
        (range(10, 100), SIGNS, range(2, 20), SIGNS, range(2, 20)),
        (range(10, 100), SIGNS, range(10, 100), SIGNS, range(10, 100)),
        (range(10, 100), SIGNS, range(10, 100), SIGNS, range(10, 100), SIGNS, range(10, 100)),
        (range(100, 1000), SIGNS, range(10, 1000), SIGNS, range(10, 1000), SIGNS, range(10, 1000)),
    )
    wordings = ("What is {expression}?", "Compute {expression}.", "Evaluate {expression}.")

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Keeps every partial result at or above zero up to level 3."""
        return level > 3 or all(not step.split("=")[1].startswith("-") for step in reduce(params)[0])
