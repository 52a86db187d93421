"""Multiplication, division with remainder, and the order of operations."""

from __future__ import annotations

from typing import Any

from envs.builtin.math.families.base import Family
from envs.builtin.math.families.expression import product_steps
from envs.builtin.math.families.operations import Operation, Reduction

SIGNS = ("+", "-")
_TWO = range(2, 100)


class Multiply(Operation):
    """Two factors, the first taken apart by place value."""

    name = "mul"
    shapes = (
        (range(11, 30), "*", range(2, 10)),
        (range(30, 100), "*", range(3, 10)),
        (range(100, 1000), "*", range(3, 10)),
        (range(11, 100), "*", range(11, 100)),
        (range(100, 1000), "*", range(11, 100)),
    )
    wordings = (
        "What is {expression}?",
        "Compute {expression}.",
        "Multiply {a} by {b}.",
        "Find the product of {a} and {b}.",
    )

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the product."""
        return str(params[0] * params[2])

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Multiplies place by place and adds up as it goes."""
        return product_steps(params[0], params[2])


class Divide(Family):
    """Division with remainder: one of the two is asked for, both are one question."""

    name = "div"
    shapes = (
        (range(10, 60), ("//", "%"), range(3, 10)),
        (range(60, 150), ("//", "%"), range(4, 10)),
        (range(100, 1000), ("//", "%"), range(3, 10)),
        (range(1000, 10_000), ("//", "%"), range(6, 100)),
        (range(10_000, 1_000_000), ("//", "%"), range(12, 1000)),
    )
    wordings = (
        "What is the {part} when {a} is divided by {b}?",
        "Divide {a} by {b} and give the {part}.",
        "Find the {part} of {a} divided by {b}.",
    )

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the whole quotient or the remainder."""
        a, part, b = params
        return str(a // b if part == "//" else a % b)

    def key(self, params: tuple[Any, ...]) -> str:
        """Leaves out which part is asked for."""
        return f"div({params[0]},{params[2]})"

    def fields(self, params: tuple[Any, ...]) -> dict[str, object]:
        """Names the operands and the part."""
        a, part, b = params
        return {"a": a, "b": b, "part": "whole quotient" if part == "//" else "remainder"}

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Takes away multiples place by place, from the highest down."""
        rest, _, b = params
        steps = []
        for place in range(len(str(rest // b)) - 1, -1, -1):
            digit = rest // (b * 10**place)
            if digit:
                factor = digit * 10**place
                steps += [f"{b}*{factor}={b * factor}", f"{rest}-{b * factor}={rest - b * factor}"]
                rest -= b * factor
        return steps


class Order(Reduction):
    """Expressions whose value depends on doing the operations in the right order."""

    name = "order"
    shapes = (
        (range(2, 20), "+", range(2, 10), "*", range(2, 10)),
        ("(", range(2, 10), "+", range(2, 10), ")", "*", range(2, 10)),
        (range(2, 10), "*", range(2, 20), SIGNS, range(2, 10), "*", range(2, 10)),
        ("(", range(10, 50), SIGNS, range(2, 20), ")", "*", range(2, 10), SIGNS, range(10, 100)),
        (_TWO, "*", "(", range(10, 100), SIGNS, _TWO, ")", SIGNS, _TWO, "*", _TWO),
    )
    wordings = ("What is {expression}?", "Compute {expression}.", "Evaluate {expression}.")
