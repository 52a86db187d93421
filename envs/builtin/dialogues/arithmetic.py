"""A calculator for hostile text: exact, bounded in every direction, and nothing but the four operations."""

from __future__ import annotations

import re
from fractions import Fraction

MAX_CHARS = 200
MAX_DEPTH = 20
MAX_DIGITS = 30
_TOKEN = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|[-+*/()])")
_VALUE = re.compile(r"\s*([+-]?(?:[0-9]{1,60}|[0-9]{1,3}(?:,[0-9]{3}){1,19})(?:\.[0-9]{1,30})?)(?:/([0-9]{1,60}))?\s*")
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-"})


class NotArithmetic(ValueError):
    """The text is no expression that this calculator takes; the message is fit for the policy to read."""


def evaluate(text: str) -> Fraction:
    """Returns the exact value of an expression in whole numbers, decimals, `+ - * /` and brackets.

    The work is bounded: at most 200 characters, 30 digits a number and 20 levels of brackets or signs.

    Raises:
        NotArithmetic: It is no such expression, it is over a limit, or it divides by zero.
    """
    if len(text) > MAX_CHARS:
        raise NotArithmetic(f"longer than {MAX_CHARS} characters")
    parser = _Parser(_tokens(text.translate(_SIGNS)))
    value = parser.sum()
    if parser.peek():
        raise NotArithmetic("not an expression")
    return value


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    text = text.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found:
            raise NotArithmetic("only numbers, + - * / and brackets")
        if len(found[1]) > MAX_DIGITS:
            raise NotArithmetic(f"a number longer than {MAX_DIGITS} digits")
        tokens.append(found[1])
        place = found.end()
    return tokens


class _Parser:
    """Recursive descent over sums, products, signs and brackets."""

    def __init__(self, tokens: list[str]):
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.place += 1
        return token

    def sum(self) -> Fraction:
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Fraction:
        value = self.signed()
        while self.peek() in ("*", "/"):
            if self.take() == "*":
                value *= self.signed()
            elif divisor := self.signed():
                value /= divisor
            else:
                raise NotArithmetic("division by zero")
        return value

    def signed(self) -> Fraction:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotArithmetic(f"more than {MAX_DEPTH} levels deep")
        try:
            if self.peek() in ("+", "-"):
                return self.signed() if self.take() == "+" else -self.signed()
            return self.atom()
        finally:
            self.depth -= 1

    def atom(self) -> Fraction:
        token = self.take()
        if token == "(":
            value = self.sum()
            if self.take() != ")":
                raise NotArithmetic("a bracket is not closed")
            return value
        if not token or not token[0].isdigit():
            raise NotArithmetic("not an expression")
        return Fraction(token)


def read_value(text: str) -> Fraction | None:
    """Returns the number that a text is: `-12`, `1,234`, `7/2` or `3.5`; None for anything else."""
    found = _VALUE.fullmatch(text.translate(_SIGNS))
    if not found:
        return None
    divisor = Fraction(found[2] or 1)
    return Fraction(found[1].replace(",", "")) / divisor if divisor else None


def show(value: Fraction) -> str:
    """Returns a value exactly: a whole number, or a fraction in lowest terms."""
    return str(value)
