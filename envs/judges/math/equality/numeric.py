"""What ball arithmetic decides about two scalars, and what it leaves open.

Unequal is proved: the ball of the difference does not hold 0. Equal is accepted where the difference is smaller than
any that two expressions of this size and shape can have without being equal: below `2 ** -separation` of the
larger of the two values compared. What would need more than `MAX_BITS` is left open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from envs.judges.math.equality.balls import Balls, NotNumeric, Unresolved, magnitude_of, precision
from envs.judges.math.equality.kinks import is_smooth
from envs.judges.math.equality.samples import FAR_POINTS, POINTS, SMALL_POINTS, WIDE_POINTS, samples_for
from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Node, Num, Op, children, contains_const, op_names, symbols, walk

MAX_BITS = 16_384
_FIRST_BITS = 64
_REFUTE_BITS = 4_096  # to tell apart what cannot be proved equal
_FAR_BITS = 1_024  # to tell apart at the far points
_GUARD_BITS = 64
_AGREE = 6
_AGREE_AT_LEAST = 3
_OPEN_AT_MOST = 8  # points at which nothing came out before the first at which something did
_ALGEBRAIC = frozenset(
    ("add", "mul", "neg", "div", "sqrt", "root", "abs", "fact", "fact2", "binom", "perm", "floor", "ceil", "gcd", "lcm",
     "min", "max", "sign", "sgn", "percent", "re", "im")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how near to each other two unequal expressions may come.

    Attributes:
        leaves: How many literals, constants and variables there are.
        bits: Of the longest literal.
        nesting: How many functions that are not algebraic stand around one another.
    """

    leaves: int
    bits: int
    nesting: int

    def separation(self, magnitude: int) -> int:
        """Returns how many bits the difference of two unequal expressions of this shape may reach down.

        Two sums of n terms of b bits differ by about 2^(-n b) where they differ at all; each function that is not
        algebraic, around another, may double that (a sine is flat at its top). Very large and very small values on the
        way count as many bits as they have, so that `5 + e^{-10^4}` asks for more than there are.

        Args:
            magnitude: Bits of the largest or smallest value on the way.
        """
        return _GUARD_BITS + self.leaves * max(magnitude, self.bits, 8) * 2**self.nesting


def shape_of(*nodes: Node) -> Shape:
    """Returns the shape of several expressions together."""
    shapes = [_shape(node) for node in nodes]
    leaves = sum(shape.leaves for shape in shapes)
    return Shape(leaves, max(shape.bits for shape in shapes), max(shape.nesting for shape in shapes))


def _shape(node: Node) -> Shape:
    below = children(node)
    if below:
        shape = shape_of(*below)
        return Shape(shape.leaves, shape.bits, shape.nesting + _is_transcendental(node))
    sizes = (node.value.numerator, node.value.denominator) if isinstance(node, Num) else ()
    return Shape(1, max((size.bit_length() for size in sizes), default=0), 0)


def _is_transcendental(node: Node) -> bool:
    if not isinstance(node, Op) or node.name in _ALGEBRAIC:
        return False
    return node.name != "pow" or not all(isinstance(part, Num) or _is_field(part) for part in walk(node.args[1]))


def _is_field(node: Node) -> bool:
    return isinstance(node, Op) and node.name in ("add", "neg", "mul", "div")


def compare(gold: Node, answer: Node, deadline: float) -> bool | None:
    """Whether an answer is equal to a gold wherever that is defined; None where balls cannot tell.

    Raises:
        TooLarge: The answer is too large to compute.
        OutOfTime: The deadline has passed.
    """
    pair = _Pair(gold, answer, deadline)
    if pair.is_constant:
        return pair.at(0)
    agreed = left_open = 0
    for point in (*range(POINTS), *WIDE_POINTS):
        if agreed == _AGREE or agreed >= _AGREE_AT_LEAST and point in WIDE_POINTS:
            break
        if not pair.gold_defined(point):
            continue
        same = pair.at(point)
        if same is False and not pair.excused:
            return False
        agreed += same is True
        left_open += same is None
        if left_open == _OPEN_AT_MOST and not agreed:
            return None
    if any(map(pair.differs_at, FAR_POINTS)) or pair.samples.integers and any(map(pair.differs_at, SMALL_POINTS)):
        return False
    return True if agreed >= _AGREE_AT_LEAST and pair.is_smooth() else None


class _Pair:
    """A gold and an answer at sample points."""

    def __init__(self, gold: Node, answer: Node, deadline: float):
        self.gold, self.answer, self.deadline = gold, answer, deadline
        names = op_names(gold) | op_names(answer)
        self.is_constant = not (
            symbols(gold) or symbols(answer) or "log" in names or any(name.startswith("apply:") for name in names)
        )
        self.samples = samples_for(gold, answer)
        self.shape = shape_of(gold, answer)
        self.complex_gold = contains_const(gold, "i")
        self.complex_answer = self.complex_gold or contains_const(answer, "i")
        if self.is_constant and not self.complex_gold and not self.gold_defined(0):
            self.complex_gold = self.complex_answer = True
        self.excused = False

    def gold_defined(self, point: int) -> bool:
        """Whether the gold has a value at a point: the answer has no part in this."""
        try:
            with precision(_FIRST_BITS):
                self._balls(self.complex_gold, point, 0).value(self.gold)
        except Undefined:
            return False
        except (Unresolved, NotNumeric, TooLarge):
            return self.is_constant
        return True

    def at(self, point: int, most: int = MAX_BITS) -> bool | None:
        """Whether the two agree at a point; None where that is open after this many bits.

        Sets `excused` where the answer has no value at a point that nobody has to cover.
        """
        self.excused = False
        bits, need = _FIRST_BITS, 0
        while True:
            with precision(bits):
                run = self._balls(self.complex_gold, point, need)
                other = self._balls(self.complex_answer, point, need)
                try:
                    x, y = run.value(self.gold), other.value(self.answer)
                except Undefined:
                    self.excused = self._excuses(point)
                    return False
                except NotNumeric:
                    return None
                except Unresolved:
                    need = self.shape.separation(max(run.magnitude, other.magnitude))
                    if bits >= min(_REFUTE_BITS, most):
                        return False if need <= bits else None  # so near to such a point is at it
                    bits *= 4
                    continue
                gap = x - y
                if not gap.contains(0):
                    return False
                need = self.shape.separation(max(run.magnitude, other.magnitude))
                if need < bits and _is_small(gap, x, y, need):
                    return True
            if bits >= (most if need <= MAX_BITS else min(_REFUTE_BITS, most)):
                return None
            bits = max(4 * bits, need + _GUARD_BITS) if need <= MAX_BITS else 8 * bits

    def differs_at(self, point: int) -> bool:
        """Whether it is proved that the two differ at a point, where not everything need be small enough to compute."""
        try:
            return self.gold_defined(point) and self.at(point, _FAR_BITS) is False and not self.excused
        except TooLarge:
            return False

    def is_smooth(self) -> bool:
        """Whether agreement at points is evidence: see `kinks`."""

        def same(a: Node, b: Node, up_to_a_factor: bool) -> bool:
            if up_to_a_factor:
                return signed_ratio(a, b, self.deadline) == 1
            return compare(a, b, self.deadline) is True

        return is_smooth(self.gold, self.answer, self.samples.integers, same, self._vanishes)

    def _vanishes(self, part: Node) -> bool:
        """Whether a part is 0 at all sample points, or at too many to tell."""
        for point in range(POINTS):
            try:
                with precision(4 * _FIRST_BITS):
                    if not self._balls(self.complex_answer, point, 0).value(part).contains(0):
                        return False
            except (Undefined, Unresolved, NotNumeric, TooLarge):
                continue
        return True

    def _excuses(self, point: int) -> bool:
        """Whether an answer need not have a value here.

        It need not where a variable is negative, nor among the smallest whole numbers, where `n (n - 1)!` has none,
        nor where the gold is a zero by convention, as 2 over 3.
        """
        if self.is_constant:
            return False
        return (
            point in SMALL_POINTS
            or not self.samples.is_positive(point)
            or (self.samples.integers and self._balls(self.complex_gold, point, 0).value(self.gold).is_zero())
        )

    def _balls(self, complex_: bool, point: int, whole_bits: int) -> Balls:
        return Balls(complex_, self.deadline, self.samples, point, whole_bits)


def _is_small(gap: Any, x: Any, y: Any, bits: int) -> bool:
    """Whether a gap is below `2^-bits` of the larger of the values compared; of 1 where both of them may be 0."""
    scale = max(abs(x).abs_lower(), abs(y).abs_lower())
    if scale.is_zero():
        scale = arb(1)
    return bool(abs(gap).abs_upper() < scale * arb(2) ** -bits)


def signed_ratio(gold: Node, answer: Node, deadline: float) -> int | None:
    """Returns the sign of `answer / gold` where that is one constant everywhere, and None where it is not or unknown.

    The sign is 0 where the constant is not real.

    Raises:
        TooLarge: The answer is too large to compute.
        OutOfTime: The deadline has passed.
    """
    samples, shape = samples_for(gold, answer), shape_of(gold, answer)
    if not _Pair(gold, answer, deadline).is_smooth():
        return None
    complex_gold = contains_const(gold, "i")
    complex_ = complex_gold or contains_const(answer, "i")
    for bits in _ratio_bits():
        with precision(bits):
            ratios: list[Any] = []
            need = 0
            for point in range(POINTS):
                run, other = Balls(complex_gold, deadline, samples, point), Balls(complex_, deadline, samples, point)
                try:
                    x = run.value(gold)
                except (Undefined, Unresolved, NotNumeric, TooLarge):
                    continue
                if x.contains(0):
                    continue
                try:
                    y = other.value(answer)
                except Undefined:
                    if samples.is_positive(point):
                        return None
                    continue
                except (Unresolved, NotNumeric):
                    return None
                if y.contains(0):
                    return None
                ratios.append(y / x)
                if not (ratios[-1] - ratios[0]).contains(0):
                    return None
                need = max(need, shape.separation(max(run.magnitude, other.magnitude)))
                if len(ratios) == _AGREE:
                    break
            if len(ratios) < _AGREE_AT_LEAST:
                return None
            if need < bits and all(_is_small(ratio - ratios[0], ratio, ratios[0], need) for ratio in ratios[1:]):
                return _sign(ratios[0], complex_)
    return None


def _ratio_bits() -> Iterator[int]:
    yield _FIRST_BITS
    bits = 512
    while bits <= _REFUTE_BITS * 2:
        yield bits
        bits *= 4


def _sign(ratio: Any, complex_: bool) -> int:
    if complex_:
        if not ratio.imag.contains(0):
            return 0
        ratio = ratio.real
    return 1 if ratio > 0 else -1 if ratio < 0 else 0


def enclosure(node: Node, deadline: float, bits: int) -> Fraction | None:
    """Returns the value of a constant tree to this many bits, or None where it has none that is real and so sure.

    Raises:
        OutOfTime: The deadline has passed.
    """
    if symbols(node) or contains_const(node, "i"):
        return None
    shape, work = shape_of(node), bits + _GUARD_BITS
    while work <= 2 * MAX_BITS:
        run = Balls(complex_=False, deadline=deadline, whole_bits=bits)
        with precision(work):
            try:
                value = run.value(node)
            except Unresolved:
                work *= 2
                continue
            except (NotNumeric, Undefined, TooLarge):
                return None
            if shape.separation(run.magnitude) > MAX_BITS:
                return None
            sure = value.contains(0) and value.abs_upper() < arb(2) ** -bits
            if sure or value.rad() < value.abs_lower() * arb(2) ** -bits:
                return Fraction(0) if sure else _fraction(value)
        work *= 2
    return None


def _fraction(value: Any) -> Fraction | None:
    if magnitude_of(value) > 100_000:
        return None
    mantissa, exponent = value.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
