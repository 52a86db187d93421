"""Values of trees as balls: a midpoint and a radius that provably holds the value, at any precision.

Ball arithmetic is FLINT's (`arb` for real numbers, `acb` for complex ones). A real evaluation stays inside the real
domain: a square root of a negative number has no value, so that branch cuts never decide. Trees that contain `i` are
evaluated with complex numbers.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flint import acb, arb, ctx, fmpq, fmpz

from envs.judges.math.equality.samples import Samples
from envs.judges.math.grammar.limits import OutOfTime, TooLarge, Undefined
from envs.judges.math.grammar.nodes import Const, Node, Num, Op, Sym
from envs.judges.math.values.exact import Inexact, exact

_MAX_MAGNITUDE = 1 << 20  # bits of a value that is made an integer
_MAX_BITS_ABOVE = 1 << 34  # before the point of any value, or zeros behind it
_NO_SAMPLES = Samples(b"", integers=False)


class NotNumeric(ArithmeticError):
    """The tree has no value that can be computed, at whatever precision."""


class Unresolved(ArithmeticError):
    """At this precision a ball holds a point where the operation has no value, and others where it has one."""


_lock = threading.RLock()  # the precision is FLINT's own, one for all threads


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Computes with this many bits inside."""
    with _lock:
        before, ctx.prec = ctx.prec, bits
        try:
            yield
        finally:
            ctx.prec = before


def _reset_after_fork() -> None:
    """A lock that another thread held at the fork would stay locked for ever in the child."""
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_reset_after_fork)


class Balls:
    """Evaluates trees at one sample point.

    Args:
        complex_: Whether values are complex numbers.
        deadline: On the clock of `time.monotonic`.
        samples: The values of variables.
        point: Which sample point.
        whole_bits: A ball around a whole number that is narrower than this many bits is that number.

    Attributes:
        magnitude: The largest number of bits, before or behind the point, of any value on the way.
    """

    def __init__(
        self, complex_: bool, deadline: float, samples: Samples = _NO_SAMPLES, point: int = 0, whole_bits: int = 0
    ):
        self.complex = complex_
        self.deadline = deadline
        self.samples = samples
        self.point = point
        self.whole_bits = whole_bits
        self.magnitude = 0

    def value(self, node: Node) -> Any:
        """Returns the ball of a tree.

        Raises:
            NotNumeric: There is an operation without a value.
            Undefined: The point lies outside the domain.
            Unresolved: More bits are needed to tell whether it does.
            TooLarge: The value is too large to compute at all.
            OutOfTime: The deadline has passed.
        """
        if isinstance(node, Op):
            if time.monotonic() > self.deadline:
                raise OutOfTime
            result = self._operation(node)
        elif isinstance(node, Num):
            if node.open_ended:
                raise NotNumeric
            result = self.lift(arb(fmpq(node.value.numerator, node.value.denominator)))
        elif isinstance(node, Sym):
            result = self.lift(arb(self.samples.value(node.name, self.point)))
        elif isinstance(node, Const):
            result = self._constant(node.name)
        else:
            raise NotNumeric
        self._measure(result)
        return result

    def lift(self, value: Any) -> Any:
        """Returns a real value as the kind of value this evaluation has."""
        return acb(value) if self.complex else value

    def real(self, value: Any) -> Any:
        """Returns a value as a real one.

        Raises:
            Undefined: It is none.
            Unresolved: It may be one.
        """
        if not self.complex:
            return value
        if value.imag.is_zero():
            return value.real
        raise Unresolved if value.imag.contains(0) else Undefined("not real")

    def whole(self, value: Any) -> int | None:
        """Returns the whole number that a real value is, None where it is none.

        Raises:
            Unresolved: It may be one, or not.
            TooLarge: It has too many digits.
        """
        low, high = -floor_of(-value.lower()), floor_of(value.upper())
        if low > high:
            return None
        narrow = value.is_exact() or self.whole_bits and (value - low).abs_upper() < arb(2) ** -self.whole_bits
        if low < high or not narrow:
            raise Unresolved
        return low

    def _measure(self, result: Any) -> None:
        if not result.is_finite():
            known = not (result.real if self.complex else result).is_nan()
            if known:
                raise TooLarge("a value too large to compute")
            raise Unresolved
        if not result.is_zero() and abs(bits_above(result)) > _MAX_BITS_ABOVE:
            raise TooLarge("a value too large or too small to compute")  # FLINT may end the process over larger ones
        self.magnitude = max(self.magnitude, magnitude_of(result))

    def _constant(self, name: str) -> Any:
        if name == "pi":
            return self.lift(arb.pi())
        if name == "e":
            return self.lift(arb.const_e())
        if name == "i":
            return acb(0, 1)
        raise NotNumeric

    def _operation(self, node: Op) -> Any:
        from envs.judges.math.equality.rules import RULES, opaque, power

        if node.name == "pow":
            return self._power(node, power)
        if node.name.startswith("apply:"):
            return opaque(self, node.name, [self.value(arg) for arg in node.args])
        rule = RULES.get(node.name)
        if rule is None:
            raise NotNumeric
        args = [self.value(arg) for arg in node.args]
        try:
            return rule(self, *args)
        except TypeError as error:  # a function with too many or too few arguments
            raise NotNumeric from error

    def _power(self, node: Op, power: Any) -> Any:
        base, exponent = node.args
        if base == Const("e"):
            return self.value(exponent).exp()
        try:
            rational = exact(exponent)
        except (Inexact, TooLarge):
            rational = None
        if rational is None:
            return power(self, self.value(base), self.value(exponent))
        self.magnitude = max(self.magnitude, rational.numerator.bit_length(), rational.denominator.bit_length())
        return power(self, self.value(base), rational)


def magnitude_of(value: Any) -> int:
    """Returns how many bits before or behind the point the largest number of a ball needs; 0 for a ball that holds 0.

    What a ball around 0 holds may be 0; how small it is if it is not, more bits tell.
    """
    if value.contains(0):
        return 0
    mantissa, exponent = value.abs_upper().man_exp()
    return abs(int(exponent) + int(mantissa).bit_length())


def bits_above(value: Any) -> int:
    """Returns how many bits the largest number that a ball may hold has before the point; negative for a small one."""
    mantissa, exponent = value.abs_upper().man_exp()
    return int(exponent) + int(mantissa).bit_length()


def floor_of(end: Any) -> int:
    """Returns the whole number below an end of a ball, in Python: FLINT ends the process where one is too large.

    Raises:
        TooLarge: It has too many digits.
    """
    mantissa, exponent = map(int, end.man_exp())
    if mantissa.bit_length() + exponent > _MAX_MAGNITUDE:
        raise TooLarge("a whole number with too many digits")
    return mantissa << exponent if exponent >= 0 else mantissa >> min(-exponent, mantissa.bit_length() + 1)


def has_zero(value: Any) -> bool:
    """Whether a ball holds 0.

    Raises:
        Undefined: It holds nothing else, and what asks divides by it.
    """
    if value.is_zero():
        raise Undefined("division by zero")
    return bool(value.contains(0))


def integer_ball(value: int) -> Any:
    """Returns a whole number as an exact ball."""
    return arb(fmpz(value))
