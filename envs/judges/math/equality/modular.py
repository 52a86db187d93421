"""Identity by random evaluation modulo a large prime: exact for sums, products, quotients, integer powers and surds.

The map from the field of rational functions in the variables, pi and e over Q(i, sqrt 2, sqrt 3, ...) to the integers
modulo a prime p is a ring homomorphism, so equal trees have equal images; unequal ones collide with probability about
degree / p (Schwartz-Zippel). p is a prime that is 1 modulo 8 and modulo every odd prime below 100: by quadratic
reciprocity -1 and all those primes are squares modulo p, so `sqrt(12) = 2 sqrt(3)` holds there too.

One field is known to everybody and only rejects. What it does not reject is looked at again in a field whose prime and
points are a hash of gold and answer: an answer that adds a multiple of the prime moves the prime.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from envs.judges.math.equality.samples import seed_of
from envs.judges.math.grammar.limits import MAX_BITS, MAX_EXPONENT_BITS, TooLarge, Undefined
from envs.judges.math.grammar.nodes import Const, Node, Num, Op, Sym
from envs.judges.math.values.exact import Inexact, exact

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)
_STEP = 8 * math.prod(_PRIMES[1:])  # a prime is one more than a multiple of it
_KNOWN_PRIME = 5 * _STEP + 1  # 126 bits
_SEED_BYTES = 16  # of the multiple of a prime that is made for one pair
_TRIAL_LIMIT = 1000


class NotModular(ArithmeticError):
    """The tree has an operation that is no ring operation."""


def same_image(gold: Node, answer: Node) -> bool:
    """Whether two trees are one element of the field of rational functions.

    Raises:
        NotModular: One has an operation, such as a sine, that has no image.
        TooLarge: An exponent is too large to be computed.
        Undefined: A division by zero.
    """
    if _KNOWN.image(gold) != _KNOWN.image(answer):
        return False
    own = _field_of(seed_of(gold, answer))
    return own.image(gold) == own.image(answer)


def _field_of(seed: bytes) -> Field:
    """Makes the field of one pair: a prime that nobody knows before gold and answer are written."""
    from flint import fmpz

    for count in range(10_000):
        digest = hashlib.blake2b(b"%d" % count, digest_size=_SEED_BYTES, key=seed).digest()
        prime = int.from_bytes(digest, "big") * _STEP + 1
        if fmpz(prime).is_probable_prime():
            return Field(prime, seed)
    raise NotModular


class Field:
    """The integers modulo a prime that is 1 modulo `_STEP`, and an image in them for every name.

    Args:
        prime: The modulus.
        seed: Decides the images.
    """

    def __init__(self, prime: int, seed: bytes):
        self.prime = prime
        self.seed = seed
        self.root_of_integer: Callable[[int], int] = cache(self._root_of_integer)
        self.root_of_prime: Callable[[int], int] = cache(self._root_of_prime)

    def image(self, node: Node) -> int:
        """Returns the image of a tree; raises as `same_image` does."""
        if isinstance(node, Num):
            if node.open_ended:
                raise NotModular
            return self._fraction(node.value)
        if isinstance(node, Sym):
            return self._point("x:" + node.name)
        if isinstance(node, Const):
            return self._constant(node.name)
        if not isinstance(node, Op):
            raise NotModular
        return self._operation(node)

    def _operation(self, node: Op) -> int:
        name, args = node.name, node.args
        if name == "add":
            return (self.image(args[0]) + self.image(args[1])) % self.prime
        if name == "neg":
            return -self.image(args[0]) % self.prime
        if name == "mul":
            return self.image(args[0]) * self.image(args[1]) % self.prime
        if name == "div":
            return self.image(args[0]) * self._inverse(self.image(args[1])) % self.prime
        if name == "pow":
            return self._power(args[0], args[1])
        if name == "sqrt":
            return self._square_root(args[0])
        if name == "percent":
            return self.image(args[0]) * self._inverse(100) % self.prime
        if name.startswith("apply:"):
            return self._point(name + "".join(f":{self.image(arg)}" for arg in args))
        try:
            return self._fraction(exact(node))
        except Inexact:
            raise NotModular from None

    def _fraction(self, value: Fraction) -> int:
        if value.denominator == 1:
            return value.numerator % self.prime
        return value.numerator % self.prime * self._inverse(value.denominator) % self.prime

    def _inverse(self, value: int) -> int:
        value %= self.prime
        if not value:
            raise Undefined("division by zero")
        return pow(value, -1, self.prime)

    def _constant(self, name: str) -> int:
        if name == "i":
            return self.root_of_prime(-1)
        if name == "inf":
            raise NotModular
        return self._point("const:" + name)

    def _power(self, base: Node, exponent: Node) -> int:
        try:
            power = exact(exponent)
        except Inexact:
            raise NotModular from None
        if power.numerator.bit_length() > MAX_EXPONENT_BITS:
            raise TooLarge("an exponent with too many digits")
        if power.denominator == 1:
            value = self.image(base)
            if not value and power <= 0:
                raise Undefined("0 to a power that is not positive")
            return pow(value, power.numerator, self.prime)
        if power.denominator != 2:
            raise NotModular
        return pow(self._square_root(base), power.numerator, self.prime)

    def _square_root(self, node: Node) -> int:
        try:
            value = exact(node)
        except Inexact:
            raise NotModular from None
        if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS // 100:
            raise NotModular
        root = self.root_of_integer(value.numerator * value.denominator)
        return root * self._inverse(value.denominator) % self.prime

    def _root_of_integer(self, value: int) -> int:
        if not value:
            return 0
        root = self.root_of_prime(-1) if value < 0 else 1
        value = abs(value)
        square = math.isqrt(value)
        if square * square == value:
            return root * square % self.prime
        for factor in (*_PRIMES, *range(101, _TRIAL_LIMIT, 2)):
            while value % factor == 0:
                value //= factor
                root = root * self.root_of_prime(factor) % self.prime
            if factor * factor > value:
                break
        if value == 1:
            return root
        if value >= _TRIAL_LIMIT**2:  # may be composite: its root would depend on how it is written
            square = math.isqrt(value)
            if square * square == value:
                return root * square % self.prime
            raise NotModular
        return root * self.root_of_prime(value) % self.prime

    def _root_of_prime(self, value: int) -> int:
        """Returns one fixed square root, by the algorithm of Tonelli and Shanks."""
        prime = self.prime
        value %= prime
        if pow(value, (prime - 1) // 2, prime) != 1:
            raise NotModular
        odd, twos = prime - 1, 0
        while odd % 2 == 0:
            odd, twos = odd // 2, twos + 1
        generator = pow(self._non_square(), odd, prime)
        root, rest, order = pow(value, (odd + 1) // 2, prime), pow(value, odd, prime), twos
        while rest != 1:
            step, square = 0, rest
            while square != 1:
                square, step = square * square % prime, step + 1
            factor = pow(generator, 1 << (order - step - 1), prime)
            root, generator, order = root * factor % prime, factor * factor % prime, step
            rest = rest * generator % prime
        return min(root, prime - root)

    def _non_square(self) -> int:
        """Returns the least number that is no square: a prime above those that all are."""
        return next(n for n in range(101, 100_000, 2) if pow(n, (self.prime - 1) // 2, self.prime) == self.prime - 1)

    def _point(self, label: str) -> int:
        """Returns a fixed pseudo-random residue for a name, the same in every process."""
        digest = hashlib.blake2b(label.encode("utf-8", "replace"), digest_size=48, key=self.seed).digest()
        return int.from_bytes(digest, "big") % self.prime


_KNOWN = Field(_KNOWN_PRIME, b"known")
