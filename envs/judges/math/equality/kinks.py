r"""Parts of an answer that agreement at sample points proves nothing about: it may change where no point lies.

A function without a kink that agrees with another on an interval agrees wherever both are defined. `\max(x, g)`,
`|g|`, a step or a root of a square may be x at every sample point and something else between two of them, and
`0^{|n-7|}` vanishes at all points but one. Such a part is harmless where the gold has it too, or where what is inside
shows that it has no kink; every other one leaves the comparison to algebra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import lcm

from flint import fmpq, fmpq_poly

from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Node, Num, Op, Sym, op_names, symbols, walk
from envs.judges.math.values.exact import Inexact, exact
from envs.judges.math.values.identity import identical

_STEPS = frozenset(("floor", "ceil"))
_KINKED = frozenset(("min", "max", "abs", "sign", "sgn", "gcd", "lcm", "mod")) | _STEPS
_ROOTS = frozenset(("sqrt", "root"))
_ARCS = frozenset(("arcsin", "arccos", "arcsec", "arccsc"))
_PERIODIC = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
_LOGARITHMS = frozenset(("ln", "log", "log10", "logb"))
_MAX_PERIOD = 12  # of steps that the small whole numbers, all of which are tried, run through
_MAX_DEGREE = 40
Same = Callable[[Node, Node, bool], bool]
Vanishes = Callable[[Node], bool]


def is_smooth(gold: Node, answer: Node, integers: bool, same: Same, vanishes: Vanishes) -> bool:
    """Whether agreement at points is evidence for an answer.

    Args:
        gold: Whose own kinks the answer may have.
        answer: The answer.
        integers: Whether its variables are whole numbers.
        same: Whether two trees are equal, or, when asked, equal up to a positive factor.
        vanishes: Whether a tree is 0 at the sample points.
    """
    parts = [part for part in _parts(answer) if not _is_harmless(part, vanishes)]
    if not parts:
        return True
    if integers and _period([part for part in parts if part.name in _STEPS]) <= _MAX_PERIOD:
        parts = [part for part in parts if part.name not in _STEPS]
    known = list(_parts(gold))
    return all(any(_alike(own, part, same) for own in known) for part in parts)


def _parts(node: Node) -> Iterator[Op]:
    """Yields the parts that may have a kink, or vanish at nearly all points."""
    stack = [node]
    while stack:
        top = stack.pop()
        if not isinstance(top, Op) or not symbols(top):
            continue
        if _may_turn(top):
            yield top
        inside_log = top.name in _LOGARITHMS and isinstance(top.args[0], Op) and top.args[0].name == "abs"
        # ln|f| is half of ln f^2, which has no kink
        stack.extend(top.args[0].args if inside_log and isinstance(top.args[0], Op) else top.args)


def _may_turn(node: Op) -> bool:
    if node.name in _KINKED | _ROOTS or node.name in ("binom", "perm"):
        return True
    if node.name in _ARCS:
        return bool(op_names(node.args[0]) & _PERIODIC)
    return node.name == "pow" and (bool(symbols(node.args[1])) or _even_root(node.args[1]))


def _even_root(exponent: Node) -> bool:
    try:
        return exact(exponent).denominator % 2 == 0
    except (Inexact, TooLarge, Undefined):
        return True


def _is_harmless(part: Op, vanishes: Vanishes) -> bool:
    """Whether what is inside shows that a part has no kink, or one at 0 alone, on both sides of which points lie."""
    if part.name == "abs":
        return isinstance(part.args[0], Sym)
    if part.name in _ROOTS:
        even = part.name == "sqrt" or _even_root(Op("div", (Num(Fraction(1)), part.args[1])))
        return not even or _is_square_free(part.args[0])
    if part.name in ("binom", "perm"):
        return not vanishes(part)
    if part.name == "pow":
        return not vanishes(part.args[0]) if symbols(part.args[1]) else _is_square_free(part.args[0])
    return False


def _alike(own: Op, part: Op, same: Same) -> bool:
    """Whether two parts turn in the same places: roots and absolute values where what is inside is 0 to even order."""
    one, two = _turning(own), _turning(part)
    if one is not None and two is not None:
        return identical(one, two) or same(one, two, True)
    if own.name != part.name or len(own.args) != len(part.args):
        return False
    return all(identical(a, b) or same(a, b, False) for a, b in zip(own.args, part.args, strict=True))


def _turning(part: Op) -> Node | None:
    """Returns what an absolute value or an even root is a root of."""
    if part.name == "abs":
        return Op("pow", (part.args[0], Num(Fraction(2))))
    return part.args[0] if part.name in _ROOTS or part.name == "pow" and not symbols(part.args[1]) else None


def _is_square_free(node: Node) -> bool:
    """Whether a root of this is smooth inside its domain: no factor is the even power of anything but a variable.

    Polynomials are told along a generic line; of the rest what is written counts.
    """
    rest = [part for part in _factors(node) if not isinstance(part, Sym)]
    if any(isinstance(part, Op) and part.name == "pow" and bool(symbols(part)) for part in rest):
        return False
    product: fmpq_poly | None = fmpq_poly([1])
    for part in rest:
        poly = _polynomial(part)
        if poly is None:
            return not op_names(part) & _KINKED
        product = product * poly if product is not None else None
    assert product is not None
    return product.degree() < 2 or product.gcd(product.derivative()).degree() == 0


def _factors(node: Node) -> Iterator[Node]:
    """Yields the factors of a product or quotient; a power of a variable as the variable."""
    if isinstance(node, Op) and node.name in ("mul", "div", "neg"):
        for arg in node.args:
            yield from _factors(arg)
    elif isinstance(node, Op) and node.name == "pow" and isinstance(node.args[0], Sym):
        yield node.args[0]
    else:
        yield node


def _polynomial(node: Node) -> fmpq_poly | None:
    """Returns a polynomial along a line through the space of its variables, or None where it is none."""
    if isinstance(node, Num):
        return fmpq_poly([fmpq(node.value.numerator, node.value.denominator)])
    if isinstance(node, Sym):
        total = sum(map(ord, node.name))
        return fmpq_poly([fmpq(total * total % 1009, 7), fmpq(total % 97 + 1, 3)])
    if not isinstance(node, Op):
        return None
    if node.name == "pow":
        base, power = _polynomial(node.args[0]), node.args[1]
        if base is None or not isinstance(power, Num) or power.value.denominator != 1:
            return None
        small = 0 <= power.value and power.value * max(base.degree(), 1) <= _MAX_DEGREE
        return base ** int(power.value) if small else None
    parts: list[fmpq_poly] = []
    for arg in node.args:
        part = _polynomial(arg)
        if part is None or part.degree() > _MAX_DEGREE:
            return None
        parts.append(part)
    if node.name == "neg":
        return -parts[0]
    if node.name == "add":
        return parts[0] + parts[1]
    if node.name == "mul":
        return parts[0] * parts[1]
    if node.name == "div" and parts[1].degree() == 0:
        return parts[0] / parts[1][0]
    return None


def _period(steps: list[Op]) -> int:
    """Returns after how many whole numbers steps go on in the same way; more than allowed where they may not."""
    period = 1
    for step in steps:
        poly = _slope(step.args[0])
        if poly is None:
            return _MAX_PERIOD + 1
        period = lcm(period, poly)
    return period


def _slope(node: Node) -> int | None:
    """Returns the common denominator of the coefficients of a linear tree; None where it is not linear."""
    if any(isinstance(part, Op) and part.name not in ("add", "neg", "mul", "div") for part in walk(node)):
        return None
    names = sorted(symbols(node))
    if len(names) != 1:
        return None
    try:
        at = [exact(_placed(node, Fraction(value))) for value in (0, 1, 2)]
    except (Inexact, TooLarge, Undefined):
        return None
    if at[0] + at[2] != 2 * at[1]:
        return None
    return lcm(at[0].denominator, (at[1] - at[0]).denominator)


def _placed(node: Node, value: Fraction) -> Node:
    if isinstance(node, Sym):
        return Num(value)
    return Op(node.name, tuple(_placed(arg, value) for arg in node.args)) if isinstance(node, Op) else node
