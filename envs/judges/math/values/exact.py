"""Exact values: rational arithmetic on trees without variables, with every size estimated before it is computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from envs.judges.math.grammar.limits import MAX_BITS, MAX_FACTORIAL, TooLarge, Undefined
from envs.judges.math.grammar.nodes import Node, Num, Op


class Inexact(ArithmeticError):
    """The tree has no rational value that this rung can find."""


def exact(node: Node) -> Fraction:
    """Returns the rational value of a tree.

    Raises:
        Inexact: It has none, or one that needs more than arithmetic.
        TooLarge: Its value has more than `MAX_BITS` bits.
        Undefined: A division by zero, or 0 to the power 0.
    """
    if isinstance(node, Num):
        if node.open_ended:
            raise Inexact
        return node.value
    if not isinstance(node, Op):
        raise Inexact
    rule = _RULES.get(node.name)
    if rule is None:
        raise Inexact
    args = [exact(arg) for arg in node.args]
    try:
        return rule(*args)
    except TypeError as error:  # a function with too many or too few arguments
        raise Inexact from error


def integer(value: Fraction) -> int:
    """Returns a value as an integer.

    Raises:
        Inexact: It is none.
    """
    if value.denominator != 1:
        raise Inexact
    return value.numerator


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _small(value: Fraction) -> Fraction:
    if _bits(value) > MAX_BITS:
        raise TooLarge("a value with too many digits")
    return value


def _div(a: Fraction, b: Fraction) -> Fraction:
    if not b:
        raise Undefined("division by zero")
    return _small(a / b)


def _pow(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        return _root_power(base, exponent)
    power = exponent.numerator
    if not base:
        if power <= 0:
            raise Undefined("0 to a power that is not positive")
        return base
    if abs(base) == 1:
        return base if power % 2 else Fraction(1)
    if _bits(base) * abs(power) > MAX_BITS:
        raise TooLarge("a power with too many digits")
    return base**power


def _root_power(base: Fraction, exponent: Fraction) -> Fraction:
    return _pow(_root(base, Fraction(exponent.denominator)), Fraction(exponent.numerator))


def _sqrt(value: Fraction) -> Fraction:
    if value < 0:
        raise Inexact
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top != value.numerator or bottom * bottom != value.denominator:
        raise Inexact
    return Fraction(top, bottom)


def _root(value: Fraction, index: Fraction) -> Fraction:
    degree = integer(index)
    if degree == 2:
        return _sqrt(value)
    if not 2 < degree <= 64 or (value < 0 and degree % 2 == 0):
        raise Inexact
    sign = -1 if value < 0 else 1
    return Fraction(sign * _integer_root(abs(value.numerator), degree), _integer_root(value.denominator, degree))


def _integer_root(value: int, degree: int) -> int:
    """Newton's iteration on integers; the answer must be exact."""
    if value < 2:
        return value
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            break
        guess = better
    if guess**degree != value:
        raise Inexact
    return guess


def _fact(value: Fraction) -> Fraction:
    n = integer(value)
    if n < 0:
        raise Undefined("the factorial of a negative number")
    if n > MAX_FACTORIAL:
        raise TooLarge("a factorial with too many digits")
    return _small(Fraction(math.factorial(n)))


def _double_factorial(value: Fraction) -> Fraction:
    n = integer(value)
    if not 0 <= n <= MAX_FACTORIAL:
        raise TooLarge("a double factorial out of range")
    return _small(Fraction(math.prod(range(n, 0, -2))))


def _binom(n: Fraction, k: Fraction) -> Fraction:
    top, bottom = integer(n), integer(k)
    if bottom < 0 or top < 0:
        raise Inexact
    if min(bottom, top - bottom) * max(top.bit_length(), 1) > MAX_BITS:
        raise TooLarge("a binomial with too many digits")
    return Fraction(math.comb(top, bottom))


def _perm(n: Fraction, k: Fraction) -> Fraction:
    top, bottom = integer(n), integer(k)
    if not 0 <= bottom <= top:
        raise Inexact
    if bottom * max(top.bit_length(), 1) > MAX_BITS:
        raise TooLarge("a product with too many digits")
    return Fraction(math.perm(top, bottom))


def _lcm(*values: Fraction) -> Fraction:
    return _small(Fraction(math.lcm(*map(integer, values))))


def _log(value: Fraction, base: Fraction) -> Fraction:
    """`log_2 8`: the power is estimated, and then it must be exact; irrational ones are left to the next rung."""
    if value <= 0 or base <= 0 or base == 1:
        raise Undefined("a logarithm outside its domain")
    bits = _log2(base)
    power = round(_log2(value) / bits) if abs(bits) > 1e-9 else 0
    if _bits(base) * abs(power) > 2 * MAX_BITS or base**power != value:
        raise Inexact
    return Fraction(power)


def _log2(value: Fraction) -> float:
    return math.log2(value.numerator) - math.log2(value.denominator)


_RULES: dict[str, Callable[..., Fraction]] = {
    "add": lambda a, b: _small(a + b),
    "neg": lambda a: -a,
    "mul": lambda a, b: _small(a * b),
    "div": _div,
    "pow": _pow,
    "sqrt": _sqrt,
    "root": _root,
    "abs": lambda a: abs(a),
    "fact": _fact,
    "fact2": _double_factorial,
    "binom": _binom,
    "perm": _perm,
    "floor": lambda a: Fraction(math.floor(a)),
    "ceil": lambda a: Fraction(math.ceil(a)),
    "gcd": lambda *values: Fraction(math.gcd(*map(integer, values))),
    "lcm": _lcm,
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "logb": _log,
    "log10": lambda a: _log(a, Fraction(10)),
    "percent": lambda a: a / 100,
}
