"""Arithmetic over a flat row of tokens such as `(3, "+", 4, "*", 5)`: its value step by step, and its key."""

from __future__ import annotations

from collections.abc import Sequence

Tokens = Sequence[int | str]

_APPLY = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}


def reduce(tokens: Tokens) -> tuple[list[str], int]:
    """Evaluates by the usual precedence, one operation at a time.

    Returns:
        The steps, such as `["4*5=20", "3+20=23"]`, and the value.
    """
    row, steps = list(tokens), []
    while len(row) > 1:
        start, end = _innermost(row)
        at = _next_operator(row, start, end)
        left, symbol, right = row[at - 1 : at + 2]
        value = _APPLY[str(symbol)](left, right)
        steps.append(f"{left}{symbol}{right}={value}")
        row[at - 1 : at + 2] = [value]
        if start and end - start == 3:  # the bracket holds one number now
            row[start - 1 : start + 2] = [value]
    return steps, int(row[0])


def _innermost(row: list[int | str]) -> tuple[int, int]:
    """Returns the span inside the first closed bracket, or the whole row."""
    if ")" not in row:
        return 0, len(row)
    end = row.index(")")
    return max(i for i in range(end) if row[i] == "(") + 1, end


def _next_operator(row: list[int | str], start: int, end: int) -> int:
    for symbols in (("*",), ("+", "-")):
        for at in range(start, end):
            if row[at] in symbols:
                return at
    raise ValueError(f"no operator in {row}")


def product_steps(a: int, b: int, whole: bool = False) -> list[str]:
    """Returns the steps of `a * b`, place by place, or the one step of the `whole` product."""
    if whole:
        return [f"{a}*{b}={a * b}"]
    steps, total = [], 0
    for low, digit in enumerate(str(b)[::-1]):
        for high, other in reversed(list(enumerate(str(a)[::-1]))):
            left, right = int(other) * 10**high, int(digit) * 10**low
            if not left or not right:
                continue
            steps.append(f"{left}*{right}={left * right}")
            if total:
                steps.append(f"{total}+{left * right}={total + left * right}")
            total += left * right
    return steps


def canonical(tokens: Tokens) -> str:
    """Returns a text that is the same for every order of terms and factors, such as `sum(+3,+mul(4,5))`."""
    text, rest = _sum(list(tokens))
    if rest:
        raise ValueError(f"not an expression: {tokens}")
    return text


def _sum(row: list[int | str]) -> tuple[str, list[int | str]]:
    sign, terms = "+", []
    while True:
        term, row = _product(row)
        terms.append(sign + term)
        if not row or row[0] not in ("+", "-"):
            break
        sign, row = str(row[0]), row[1:]
    return (terms[0][1:] if len(terms) == 1 else f"sum({','.join(sorted(terms))})"), row


def _product(row: list[int | str]) -> tuple[str, list[int | str]]:
    factors = []
    while True:
        if row[0] == "(":
            factor, row = _sum(row[1:])
            row = row[1:]
        else:
            factor, row = str(row[0]), row[1:]
        factors.append(factor)
        if not row or row[0] != "*":
            break
        row = row[1:]
    return (factors[0] if len(factors) == 1 else f"mul({','.join(sorted(factors))})"), row
