"""Identity by random evaluation modulo a large prime: exact for sums, products, quotients, integer powers and surds.

The map from the field of rational functions in the variables, pi and e over Q(i, sqrt 2, sqrt 3, ...) to the integers
modulo a prime p is a ring homomorphism, so equal trees have equal images; unequal ones collide with probability about
degree / p (Schwartz-Zippel). p is a prime that is 1 modulo 8 and modulo every odd prime below 100: by quadratic
reciprocity -1 and all those primes are squares modulo p, so `sqrt(12) = 2 sqrt(3)` holds there too.
"""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction
from functools import lru_cache

from envs.judges.math.grammar.limits import MAX_BITS, MAX_EXPONENT_BITS, TooLarge, Undefined
from envs.judges.math.grammar.nodes import Const, Node, Num, Op, Sym
from envs.judges.math.values.exact import Inexact, exact

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)
P = 40 * math.prod(_PRIMES[1:]) + 1  # 126 bits
_NON_SQUARE = 103
_TRIAL_LIMIT = 1000


class NotModular(ArithmeticError):
    """The tree has an operation that is no ring operation."""


def modular(node: Node) -> int:
    """Returns the image of a tree modulo `P`, at a fixed pseudo-random point.

    Raises:
        NotModular: The tree has an operation, such as a sine, that has no image.
        TooLarge: An exponent is too large to be computed.
        Undefined: A division by zero.
    """
    if isinstance(node, Num):
        if node.open_ended:
            raise NotModular
        return _fraction(node.value)
    if isinstance(node, Sym):
        return _point("x:" + node.name)
    if isinstance(node, Const):
        return _constant(node.name)
    if not isinstance(node, Op):
        raise NotModular
    return _operation(node)


def _operation(node: Op) -> int:
    name, args = node.name, node.args
    if name == "add":
        return (modular(args[0]) + modular(args[1])) % P
    if name == "neg":
        return -modular(args[0]) % P
    if name == "mul":
        return modular(args[0]) * modular(args[1]) % P
    if name == "div":
        return modular(args[0]) * _inverse(modular(args[1])) % P
    if name == "pow":
        return _power(args[0], args[1])
    if name == "sqrt":
        return _square_root(args[0])
    if name == "percent":
        return modular(args[0]) * _inverse(100) % P
    if name == "fact":
        return _factorial(args[0])
    if name.startswith("apply:"):
        return _point(name + "".join(f":{modular(arg)}" for arg in args))
    try:
        return _fraction(exact(node))
    except Inexact:
        raise NotModular from None


def _fraction(value: Fraction) -> int:
    return value.numerator % P * _inverse(value.denominator) % P if value.denominator != 1 else value.numerator % P


def _inverse(value: int) -> int:
    value %= P
    if not value:
        raise Undefined("division by zero")
    return pow(value, -1, P)


def _constant(name: str) -> int:
    if name == "i":
        return _root_of_prime(-1)
    if name == "inf":
        raise NotModular
    return _point("const:" + name)


def _power(base: Node, exponent: Node) -> int:
    try:
        power = exact(exponent)
    except Inexact:
        raise NotModular from None
    if power.numerator.bit_length() > MAX_EXPONENT_BITS:
        raise TooLarge("an exponent with too many digits")
    if power.denominator == 1:
        value = modular(base)
        if not value and power <= 0:
            raise Undefined("0 to a power that is not positive")
        return pow(value, power.numerator, P)
    if power.denominator != 2:
        raise NotModular
    return pow(_square_root(base), power.numerator, P)


def _factorial(node: Node) -> int:
    try:
        return _fraction(exact(Op("fact", (node,))))
    except Inexact:
        raise NotModular from None


def _square_root(node: Node) -> int:
    try:
        value = exact(node)
    except Inexact:
        raise NotModular from None
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS // 100:
        raise NotModular
    root = _root_of_integer(value.numerator * value.denominator)
    return root * _inverse(value.denominator) % P


@lru_cache(4096)
def _root_of_integer(value: int) -> int:
    if not value:
        return 0
    root = _root_of_prime(-1) if value < 0 else 1
    value = abs(value)
    square = math.isqrt(value)
    if square * square == value:
        return root * square % P
    for prime in _PRIMES:
        while value % prime == 0:
            value //= prime
            root = root * _root_of_prime(prime) % P
    factor = 101
    while factor < _TRIAL_LIMIT and factor * factor <= value:
        while value % factor == 0:
            value //= factor
            root = root * _root_of_prime(factor) % P
        factor += 2
    if value == 1:
        return root
    if value >= _TRIAL_LIMIT**2:  # may be composite: its root would depend on how it is written
        square = math.isqrt(value)
        if square * square == value:
            return root * square % P
        raise NotModular
    return root * _root_of_prime(value) % P


@lru_cache(1024)
def _root_of_prime(value: int) -> int:
    """Returns one fixed square root modulo `P`, by the algorithm of Tonelli and Shanks."""
    value %= P
    if pow(value, (P - 1) // 2, P) != 1:
        raise NotModular
    odd, twos = P - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    generator = pow(_NON_SQUARE, odd, P)
    root, rest, order = pow(value, (odd + 1) // 2, P), pow(value, odd, P), twos
    while rest != 1:
        step, square = 0, rest
        while square != 1:
            square, step = square * square % P, step + 1
        factor = pow(generator, 1 << (order - step - 1), P)
        root, generator, order = root * factor % P, factor * factor % P, step
        rest = rest * generator % P
    return min(root, P - root)


@lru_cache(4096)
def _point(label: str) -> int:
    """Returns a fixed pseudo-random residue for a name, the same in every process."""
    return int.from_bytes(hashlib.blake2b(label.encode("utf-8", "replace"), digest_size=32).digest(), "big") % P
