"""Caps on what one answer may cost, and the ways in which reading or computing one can end early."""

from __future__ import annotations

MAX_COMPLETION_CHARS = 400_000  # beyond this only the end is read: the final answer stands there
MAX_ANSWER_CHARS = 2_000
MAX_TOKENS = 1_200
MAX_NODES = 1_500
MAX_DEPTH = 48  # of brackets, powers and commands around one another
MAX_TREE_DEPTH = 120  # of a tree: a long sum is as deep as it is long
MAX_DIGITS = 1_000  # of one literal
MAX_BITS = 24_000  # of one exact value
MAX_EXPONENT_BITS = 2_048  # of an exponent that is only reduced modulo a prime
MAX_FACTORIAL = 3_000
MAX_ITEMS = 200  # of a set, list or matrix


class ParseError(ValueError):
    """The text is not mathematics that we read."""


class TooLarge(ArithmeticError):
    """An estimate says that the next step would cost more than one answer may."""


class Undefined(ArithmeticError):
    """The value does not exist: a division by zero, or a point outside the domain."""


class OutOfTime(Exception):
    """The deadline of the verdict has passed."""
