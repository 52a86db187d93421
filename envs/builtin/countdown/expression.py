r"""Expressions over whole numbers: read by a small recursive descent, evaluated exactly, never by Python's own reader.

    steps      = expression | equation+          equations may be separated by commas, semicolons or white space
    equation   = expression "=" number
    expression = term (("+" | "-") term)*
    term       = factor (("*" | "/") factor)*
    factor     = number | "(" expression ")"

There is no power, no sign and no decimal point, and text is bounded before it is read, so no value can grow beyond a
few hundred digits. Digits are ASCII. `×`, `·`, `÷`, `−`, `\times`, `\cdot` and `\div` are read as the operators they
stand for, and dollar signs as white space.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

MAX_CHARS = 300
MAX_DEPTH = 12
MAX_DIGITS = 6

_TOKEN = re.compile(r"\s*(?:(?P<number>[0-9]+)|(?P<symbol>[-+*/()=,;]))")
_SPELLINGS = (
    ("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("×", "*"), ("·", "*"), ("⋅", "*"), ("÷", "/"), ("−", "-"),
    ("$", " "),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """Two expressions joined by an operator."""

    operator: str
    left: Expression
    right: Expression


Expression = int | Node


@dataclass(frozen=True, slots=True)
class Step:
    """An expression, and the number it is said to equal, None where nothing is said."""

    expression: Expression
    result: int | None


class BadExpression(ValueError):
    """The text is no expression, or one without a value; the message says why."""


def read_steps(text: str) -> list[Step]:
    """Reads one expression, or equations one after another.

    Raises:
        BadExpression: The text is neither.
    """
    parser = _Parser(_tokens(text))
    steps = [parser.step()]
    while parser.peek() is not None:
        while parser.peek() in (",", ";"):
            parser.advance()
        if parser.peek() is not None:
            steps.append(parser.step())
    if len(steps) > 1 and any(step.result is None for step in steps):
        raise BadExpression("several expressions: each step of several needs its result, such as 3+5=8")
    return steps


def evaluate(expression: Expression) -> Fraction:
    """Returns the exact value.

    Raises:
        BadExpression: It divides by zero.
    """
    if isinstance(expression, int):
        return Fraction(expression)
    left, right = evaluate(expression.left), evaluate(expression.right)
    match expression.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if not right:
        raise BadExpression("a division by zero")
    return left / right


def numbers_of(expression: Expression) -> Counter[int]:
    """Returns how often each number stands in an expression."""
    if isinstance(expression, int):
        return Counter([expression])
    return numbers_of(expression.left) + numbers_of(expression.right)


def render(expression: Expression) -> str:
    """Writes an expression with no more parentheses than it needs."""
    if isinstance(expression, int):
        return str(expression)
    tight = expression.operator in "*/"
    left, right = render(expression.left), render(expression.right)
    if isinstance(expression.left, Node) and tight and expression.left.operator in "+-":
        left = f"({left})"
    if isinstance(expression.right, Node) and (tight or expression.operator == "-"):
        if expression.right.operator in "+-" or tight:
            right = f"({right})"
    return f"{left}{expression.operator}{right}"


def fault_of(steps: Sequence[Step], numbers: Sequence[int]) -> str:
    """Returns why steps are no use of the numbers, each exactly once, or nothing where they are.

    Each step takes its numbers from those given and from the results before it; the last leaves nothing over.

    Raises:
        BadExpression: A step divides by zero.
    """
    left = Counter(numbers)
    for step in steps:
        used = numbers_of(step.expression)
        if not used <= left:
            return f"{min((used - left).elements())} is not there, or used too often"
        value = evaluate(step.expression)
        if step.result is not None and value != step.result:
            return f"{render(step.expression)} is not {step.result}"
        left -= used
        if step is not steps[-1]:
            left[int(value)] += 1
    return f"{min(left.elements())} is not used" if left.total() else ""


def _tokens(text: str) -> list[str]:
    if len(text) > MAX_CHARS:
        raise BadExpression(f"longer than {MAX_CHARS} characters")
    for spelling, symbol in _SPELLINGS:
        text = text.replace(spelling, symbol)
    text = text.rstrip()
    tokens, position = [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise BadExpression(f"no expression: {text[position:][:20].strip()!r}")
        if found["number"] and len(found["number"]) > MAX_DIGITS:
            raise BadExpression(f"a number of more than {MAX_DIGITS} digits")
        tokens.append(found["number"] or found["symbol"])
        position = found.end()
    return tokens


class _Parser:
    """Reads tokens left to right."""

    def __init__(self, tokens: list[str]):
        self._tokens = tokens
        self._position = 0

    def peek(self) -> str | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def advance(self) -> str | None:
        token = self.peek()
        self._position += 1
        return token

    def step(self) -> Step:
        expression = self._sum(0)
        if self.peek() != "=":
            return Step(expression, None)
        self.advance()
        return Step(expression, self._number())

    def _number(self) -> int:
        token = self.advance()
        if token is None or not token[0].isdigit():
            raise BadExpression(
                f"a number is missing before {token!r}" if token else "it ends where a number is missing"
            )
        return int(token)

    def _sum(self, depth: int) -> Expression:
        value = self._product(depth)
        while (token := self.peek()) in ("+", "-"):
            self.advance()
            value = Node(str(token), value, self._product(depth))
        return value

    def _product(self, depth: int) -> Expression:
        value = self._factor(depth)
        while (token := self.peek()) in ("*", "/"):
            self.advance()
            value = Node(str(token), value, self._factor(depth))
        return value

    def _factor(self, depth: int) -> Expression:
        if self.peek() != "(":
            return self._number()
        if depth == MAX_DEPTH:
            raise BadExpression(f"nested deeper than {MAX_DEPTH}")
        self.advance()
        value = self._sum(depth + 1)
        if self.advance() != ")":
            raise BadExpression("a parenthesis is not closed")
        return value
