"""Inequalities in one variable: where membership may change, exactly.

Sums, products, quotients, small powers and absolute values of a variable are handled; every end is a rational root, a
root of a quadratic, or the root of a linear function with any constants. Everything else has no known ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from envs.judges.math.equality.ladder import approximate
from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Node, Num, Op, Sym, symbols, walk
from envs.judges.math.values.exact import Inexact, exact

_MAX_DEGREE = 8
_MAX_ABS = 3
_MAX_COEFFICIENT = 10**6  # whose divisors are tried as rational roots
END_BITS = 4_096
_ZERO = Fraction(1, 2**3_072)  # what an end's own error makes of a zero is far below; no literal reaches so near one

Poly = list[Fraction]  # lowest power first


class Unsolved(ValueError):
    """The ends are not known."""


def ends_of(node: Node, name: str) -> list[Node]:
    """Returns every point where the sign of a tree in one variable may change, as constants.

    Raises:
        Unsolved: They are not known.
    """
    inner = [part.args[0] for part in walk(node) if isinstance(part, Op) and part.name == "abs"]
    if len(inner) > _MAX_ABS:
        raise Unsolved
    ends: list[Node] = []
    for signs in product((1, -1), repeat=len(inner)):
        for part in (node, *inner):
            ends.extend(_zeros(part, name, iter(signs)))
    return ends


def _zeros(node: Node, name: str, signs: Iterator[int]) -> list[Node]:
    signed = _without_abs(node, signs)
    try:
        top, bottom = _rational(signed, name)
        return [*_roots(top), *_roots(bottom)]
    except (Inexact, Undefined, TooLarge):
        slope, rest = _linear(signed, name)
        return [Op("div", (Op("neg", (rest,)), Num(slope)))] if slope else []


def _without_abs(node: Node, signs: Iterator[int]) -> Node:
    if not isinstance(node, Op):
        return node
    if node.name == "abs" and symbols(node):
        sign = next(signs, 1)
        inner = _without_abs(node.args[0], signs)
        return inner if sign > 0 else Op("neg", (inner,))
    return Op(node.name, tuple(_without_abs(arg, signs) for arg in node.args))


def _rational(node: Node, name: str) -> tuple[Poly, Poly]:
    """Returns a tree as a quotient of polynomials."""
    if isinstance(node, Sym) and node.name == name:
        return [Fraction(0), Fraction(1)], [Fraction(1)]
    if not symbols(node):
        return [exact(node)], [Fraction(1)]
    if not isinstance(node, Op):
        raise Unsolved
    if node.name == "pow":
        return _power(node, name)
    parts = [_rational(arg, name) for arg in node.args]
    if node.name == "neg":
        return [-c for c in parts[0][0]], parts[0][1]
    if node.name not in ("add", "mul", "div"):
        raise Unsolved
    (a, b), (c, d) = parts
    if node.name == "mul":
        return _times(a, c), _times(b, d)
    if node.name == "div":
        return _times(a, d), _times(b, c)
    return _plus(_times(a, d), _times(c, b)), _times(b, d)


def _power(node: Op, name: str) -> tuple[Poly, Poly]:
    exponent = exact(node.args[1])
    if exponent.denominator != 1 or abs(exponent) > _MAX_DEGREE:
        raise Unsolved
    top, bottom = _rational(node.args[0], name)
    if exponent < 0:
        top, bottom = bottom, top
    out: tuple[Poly, Poly] = [Fraction(1)], [Fraction(1)]
    for _ in range(abs(exponent.numerator)):
        out = _times(out[0], top), _times(out[1], bottom)
    return out


def _plus(a: Poly, b: Poly) -> Poly:
    size = max(len(a), len(b))
    return [(a[k] if k < len(a) else 0) + (b[k] if k < len(b) else Fraction(0)) for k in range(size)]


def _times(a: Poly, b: Poly) -> Poly:
    if len(a) + len(b) > _MAX_DEGREE * 4:
        raise Unsolved
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def _linear(node: Node, name: str) -> tuple[Fraction, Node]:
    """Returns the rational slope and the constant of a linear function with constants of any kind."""
    if isinstance(node, Sym) and node.name == name:
        return Fraction(1), Num(Fraction(0))
    if not symbols(node):
        return Fraction(0), node
    if not isinstance(node, Op) or node.name not in ("add", "neg", "mul", "div"):
        raise Unsolved
    parts = [_linear(arg, name) for arg in node.args]
    if node.name == "neg":
        return -parts[0][0], Op("neg", (parts[0][1],))
    (a, b), (c, d) = parts
    if node.name == "add":
        return a + c, Op("add", (b, d))
    try:
        if node.name == "div":
            return a / exact(d), Op("div", (b, d))
        factor = exact(d if a else b)
    except (Inexact, Undefined, TooLarge, ZeroDivisionError):
        raise Unsolved from None
    if a and c:
        raise Unsolved
    return (a or c) * factor, Op("mul", (b, d))


# --- roots ---


def _roots(poly: Poly) -> list[Node]:
    """Returns the real roots of a polynomial as constants."""
    while len(poly) > 1 and not poly[-1]:
        poly = poly[:-1]
    if len(poly) > _MAX_DEGREE + 1:
        raise Unsolved
    roots: list[Node] = []
    for root in _rational_roots(poly):
        while len(poly) > 1 and not _value(poly, root):
            poly = _divided(poly, root)
        roots.append(Num(root))
    if len(poly) == 1:
        return roots
    if len(poly) == 3:
        return roots + _quadratic(poly)
    if len(poly) == 5 and not poly[1] and not poly[3]:
        squares = _quadratic([poly[0], poly[2], poly[4]])
        return roots + [root for square in squares for root in _both_roots(square)]
    raise Unsolved


def _rational_roots(poly: Poly) -> list[Fraction]:
    if len(poly) == 2:
        return [-poly[0] / poly[1]]
    roots = [Fraction(0)] if not poly[0] else []
    while len(poly) > 1 and not poly[0]:
        poly = poly[1:]
    scale = math.lcm(*(c.denominator for c in poly))
    first, last = abs(int(poly[0] * scale)), abs(int(poly[-1] * scale))
    if max(first, last) > _MAX_COEFFICIENT:
        return roots
    tops, bottoms = _divisors(first), _divisors(last)
    if len(tops) * len(bottoms) > 400:
        return roots
    found = {Fraction(sign * top, bottom) for top in tops for bottom in bottoms for sign in (1, -1)}
    return roots + [root for root in sorted(found) if len(poly) > 1 and not _value(poly, root)]


def _divisors(n: int) -> list[int]:
    small = [k for k in range(1, math.isqrt(n) + 1) if n % k == 0]
    return sorted({*small, *(n // k for k in small)})


def _value(poly: Poly, x: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(poly):
        total = total * x + coefficient
    return total


def _divided(poly: Poly, root: Fraction) -> Poly:
    out: Poly = []
    carry = Fraction(0)
    for coefficient in reversed(poly):
        carry = carry * root + coefficient
        out.append(carry)
    return out[:-1][::-1]


def _quadratic(poly: Poly) -> list[Node]:
    c, b, a = poly
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return []
    root = Op("sqrt", (Num(discriminant),))
    return [
        Op("div", (Op("add", (Num(-b), part)), Num(2 * a)))
        for part in ((root, Op("neg", (root,))) if discriminant else (Num(Fraction(0)),))
    ]


def _both_roots(square: Node) -> list[Node]:
    value = approximate(square, math.inf)
    if value is None or value < 0:
        return []
    root = Op("sqrt", (square,))
    return [root, Op("neg", (root,))]


def value_at(node: Node, name: str, x: Fraction, deadline: float) -> Fraction:
    """Returns the value of a tree in one variable at a point, 0 where it is less than an end's own error can be.

    Raises:
        Undefined: It has none.
        Unsolved: It has an operation that is not handled here.
    """
    value = _value_at(node, name, x, deadline)
    return Fraction(0) if abs(value) < _ZERO else value


def _value_at(node: Node, name: str, x: Fraction, deadline: float) -> Fraction:
    if isinstance(node, Sym) and node.name == name:
        return x
    if not symbols(node):
        value = approximate(node, deadline, bits=END_BITS)
        if value is None:
            raise Unsolved
        return value
    if not isinstance(node, Op):
        raise Unsolved
    args = [_value_at(arg, name, x, deadline) for arg in node.args]
    if node.name == "add":
        return args[0] + args[1]
    if node.name == "neg":
        return -args[0]
    if node.name == "mul":
        return args[0] * args[1]
    if node.name == "abs":
        return abs(args[0])
    if node.name == "pow" and args[1].denominator == 1 and abs(args[1]) <= _MAX_DEGREE:
        if args[1] <= 0 and abs(args[0]) < _ZERO:
            raise Undefined("a pole")
        return args[0] ** int(args[1])
    if node.name != "div":
        raise Unsolved
    if abs(args[1]) < _ZERO:
        raise Undefined("a pole")
    return args[0] / args[1]
