"""Families whose problem is an expression: what it is worth, and when two ask the same."""

from __future__ import annotations

from typing import Any

from envs.builtin.math.families.base import Family
from envs.builtin.math.families.expression import canonical, reduce


class Expression(Family):
    """An expression, which is one question however its terms and factors are ordered."""

    def key(self, params: tuple[Any, ...]) -> str:
        """Sorts terms and factors."""
        return canonical(params)


class Operation(Expression):
    """One operation on two numbers, which the wordings may name as `a` and `b`."""

    def fields(self, params: tuple[Any, ...]) -> dict[str, object]:
        """Names the operands too."""
        return {**super().fields(params), "a": params[0], "b": params[2]}


class Reduction(Expression):
    """Several operations, worked out one at a time in the right order."""

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the value."""
        return str(reduce(params)[1])

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Does one operation at a time."""
        return reduce(params)[0]
