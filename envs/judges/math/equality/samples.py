"""Where functions of variables are compared: sample points that neither side can choose.

What kind of points they are (integers or reals) is decided by the gold alone. Their digits are a hash of gold and
answer together: an answer cannot be written for them, because writing it moves them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from envs.judges.math.grammar.nodes import Node, Num, Op, Sym, symbols, walk

_INTEGER_OPS = frozenset(("fact", "fact2", "binom", "perm", "mod", "gcd", "lcm"))
_POSITIVE = ((0.6, 2.4), (0.05, 0.95), (1.1, 4.7), (3.0, 9.0), (11.0, 40.0))
_MIXED = ((-3.3, -0.2), (-0.95, 0.95), (-7.0, -3.0), (-4.0, 4.0), (-40.0, 40.0))
_INTEGERS = ((3, 9), (5, 24), (10, 40), (20, 70))
_WIDE = 60.0
_FAR_BITS = 400  # how far out, and how near to 0, the far points lie
_FAR_INTEGERS = (100, 3_000)
POINTS = 20  # the usual ones
WIDE_POINTS = range(POINTS, 320)  # for golds that are defined on a narrow strip
FAR_POINTS = range(320, 328)  # where `max(x, -1000)` is no longer x
SMALL_POINTS = range(328, 349)  # whole numbers from 0 on, without a gap


@dataclass(frozen=True, slots=True)
class Samples:
    """The sample points of one comparison.

    Attributes:
        seed: Of gold and answer together.
        integers: Whether the variables are natural numbers.
        several: Whether there are several variables.
    """

    seed: bytes
    integers: bool
    several: bool = False

    def is_positive(self, point: int) -> bool:
        """Whether every variable is positive at a point: there, whatever equals the gold is defined where it is."""
        return self.integers or point % 2 == 0

    def value(self, name: str, point: int) -> float:
        """Returns the value of a variable at a point, exactly a float."""
        unit = self.unit(f"{name}@{point}")
        if point in SMALL_POINTS:
            shift = int(self.unit(name) * len(SMALL_POINTS)) if self.several else 0
            return float((point - SMALL_POINTS.start + shift) % len(SMALL_POINTS))
        if self.integers:
            low, high = _FAR_INTEGERS if point in FAR_POINTS else _INTEGERS[point % len(_INTEGERS)]
            return float(low + int(unit * (high - low + 1)))
        if point in FAR_POINTS:
            return self._far(name, point - FAR_POINTS.start, unit)
        if point in WIDE_POINTS:
            return _WIDE * (2 * unit - 1 if point % 2 else unit)
        ranges = _MIXED if point % 2 else _POSITIVE
        low, high = ranges[point // 2 % len(ranges)]
        return low + (high - low) * unit

    def _far(self, name: str, index: int, unit: float) -> float:
        """Very large and very small numbers of either sign, then every variable for itself."""
        if index < 4:
            size, negative = (1 if index < 2 else -1) * unit, bool(index % 2)
        else:
            size, negative = 2 * unit - 1, bool(index % 2) and self.unit(f"sign of {name}@{index}") < 0.5
        return (-1 if negative else 1) * 2.0 ** (_FAR_BITS * size)

    def unit(self, label: str) -> float:
        """Returns a generic number between 0 and 1 for a label."""
        digest = hashlib.blake2b(label.encode("utf-8", "replace"), digest_size=8, key=self.seed).digest()
        return (int.from_bytes(digest, "big") >> 11) / 2**53


def seed_of(gold: Node, answer: Node) -> bytes:
    """Returns what gold and answer together hash to."""
    found = hashlib.blake2b(digest_size=32)
    for tree in (gold, answer):
        for part in walk(tree):
            found.update(_spelling(part).encode("utf-8", "replace"))
        found.update(b"\0")
    return found.digest()


def _spelling(node: Node) -> str:
    if isinstance(node, Num):  # in hexadecimal: Python refuses to write very long numbers as decimals
        return f"{node.value.numerator:x}/{node.value.denominator:x};"
    if isinstance(node, Op):
        return f"{node.name} {len(node.args)};"
    return f"{type(node).__name__} {getattr(node, 'name', '')};"


def samples_for(gold: Node, answer: Node) -> Samples:
    """Returns the sample points at which an answer is compared with a gold."""
    return Samples(seed_of(gold, answer), any(map(_is_discrete, walk(gold))), len(symbols(gold) | symbols(answer)) > 1)


def _is_discrete(node: Node) -> bool:
    """Whether a part has a meaning for whole numbers only: `n!`, or a negative number to a power with a variable."""
    if not isinstance(node, Op):
        return False
    if node.name in _INTEGER_OPS:
        return bool(symbols(node))
    if node.name != "pow" or not isinstance(node.args[0], Op) or node.args[0].name != "neg":
        return False
    return isinstance(node.args[0].args[0], Num) and any(isinstance(part, Sym) for part in walk(node.args[1]))
