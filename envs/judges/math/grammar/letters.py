"""What the gold says about letters: the one rule by which gold and answer are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letters:
    """How letters are read.

    A letter inside an upright text command is a unit, and so is a word of two letters or more. A slanted letter is a
    variable: `2 n` is twice n. Only where there are no variables at all is `5 m` five metres.

    Attributes:
        variables: Letters that stand for themselves: never units, and before a bracket factors.
        functions: Letters that are applied to what stands in brackets behind them.
        units: Whether a slanted letter behind a number and a blank is a unit.
        quantity: Whether the gold is a quantity, so that its answers' units need no blank.
        decimal_comma: Whether `1,5` is one and a half.
    """

    variables: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    units: bool = False
    quantity: bool = False
    decimal_comma: bool = False


NO_GOLD = Letters()  # what is read without one
