"""Sets of real numbers: intervals, unions, inequalities in one variable. Compared by membership, not by spelling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from envs.judges.math.equality.ladder import Climb, approximate
from envs.judges.math.grammar.limits import Undefined
from envs.judges.math.grammar.nodes import (
    Builder,
    Const,
    Listing,
    Named,
    Node,
    Op,
    Rel,
    Seq,
    SetOp,
    Sym,
    is_scalar,
    symbols,
    walk,
)
from envs.judges.math.values.sets.inequalities import END_BITS, Unsolved, ends_of, value_at

_SAME = Fraction(1, 2 ** (END_BITS - 64))  # ends are known to `END_BITS`, and to be no closer without being equal
_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


End = tuple[Fraction, Node]


class NotARegion(ValueError):
    """The tree is no set of real numbers with known endpoints."""


@dataclass(slots=True)
class Region:
    """A set of reals.

    Attributes:
        contains: Membership of a point.
        ends: Every point where membership may change: its value to `END_BITS`, and the constant it is.
        variable: The name of the variable it was stated for, empty where there is none.
    """

    contains: Callable[[Fraction], bool]
    ends: tuple[End, ...]
    variable: str = ""

    def same(self, other: Region, climb: Climb) -> bool:
        """Whether two regions have the same points: tested at every end, between ends and beyond them.

        Ends that are neither far apart nor proved equal make two regions unequal.
        """
        known = distinct_ends((*self.ends, *other.ends), climb)
        if known is None:
            return False
        ends = [value for value, _ in known]
        if not ends:
            return self.contains(Fraction(0)) == other.contains(Fraction(0))
        between = [(low + high) / 2 for low, high in zip(ends, ends[1:], strict=False)]
        points = [ends[0] - 1, *ends, *between, ends[-1] + 1]
        return all(self.contains(point) == other.contains(point) for point in points)


def distinct_ends(ends: tuple[End, ...], climb: Climb) -> list[End] | None:
    """Returns the ends in order, without repetition, None where two are too close to tell apart."""
    out: list[End] = []
    for end in sorted(ends, key=lambda end: end[0]):
        if not out or not _equal(end[0], out[-1][0]):
            out.append(end)
        elif not climb.equal(end[1], out[-1][1]):
            return None
    return out


def _equal(a: Fraction, b: Fraction) -> bool:
    return a == b or abs(a - b) <= _SAME * max(abs(a), abs(b))


def region_of(node: Node, deadline: float) -> Region:
    """Returns the region a tree describes.

    Raises:
        NotARegion: It describes none, or one whose ends are not known numbers.
    """
    if isinstance(node, Seq):
        return _bracketed(node, deadline)
    if isinstance(node, SetOp):
        return _combined(node, deadline)
    if isinstance(node, Named) and node.name in ("reals", "empty"):
        everything = node.name == "reals"
        return Region(lambda _: everything, ())
    if isinstance(node, Builder):
        region = region_of(node.condition, deadline)
        if region.variable != (node.variable.name if isinstance(node.variable, Sym) else ""):
            raise NotARegion  # { x | w > 3 }
        return Region(region.contains, region.ends)
    if isinstance(node, Rel):
        return _relation(node, deadline)
    if isinstance(node, Listing):
        return _listed(node, deadline)
    raise NotARegion


def _bracketed(node: Seq, deadline: float) -> Region:
    if node.open == "{":
        return _points([_end(item, deadline) for item in node.items])
    if len(node.items) != 2:
        raise NotARegion
    ends = [_end(item, deadline) for item in node.items]
    low, high = (None if end is None else end[0] for end in ends)
    closed_low, closed_high = node.open == "[", node.close == "]"
    if low is not None and high is not None and low >= high and not (closed_low and closed_high and low == high):
        raise NotARegion
    if low is None and not _is_infinite(node.items[0], -1) or high is None and not _is_infinite(node.items[1], 1):
        raise NotARegion
    if low is None and closed_low or high is None and closed_high:  # infinity is no real number
        raise NotARegion

    def contains(x: Fraction) -> bool:
        above = low is None or (closed_low if _equal(x, low) else x > low)
        below = high is None or (closed_high if _equal(x, high) else x < high)
        return above and below

    return Region(contains, tuple(end for end in ends if end is not None))


def _is_infinite(node: Node, sign: int) -> bool:
    negative = isinstance(node, Op) and node.name == "neg"
    inner = node.args[0] if isinstance(node, Op) and negative else node
    return isinstance(inner, Const) and inner.name == "inf" and (sign < 0) == negative


def _end(node: Node, deadline: float) -> End | None:
    """Returns an endpoint, None for an infinite one."""
    if _is_infinite(node, 1) or _is_infinite(node, -1):
        return None
    value = None if symbols(node) else approximate(node, deadline, bits=END_BITS)
    if value is None:
        raise NotARegion
    return value, node


def _points(ends: list[End | None]) -> Region:
    known = [end for end in ends if end is not None]
    if len(known) != len(ends):
        raise NotARegion
    return Region(lambda x: any(_equal(x, value) for value, _ in known), tuple(known))


def _combined(node: SetOp, deadline: float) -> Region:
    parts = [region_of(arg, deadline) for arg in node.args]
    ends = tuple(end for part in parts for end in part.ends)
    if node.name == "union":
        return Region(lambda x: any(part.contains(x) for part in parts), ends)
    if node.name == "intersection":
        return Region(lambda x: all(part.contains(x) for part in parts), ends)
    return Region(lambda x: parts[0].contains(x) and not any(part.contains(x) for part in parts[1:]), ends)


def _relation(node: Rel, deadline: float) -> Region:
    if node.ops == ("in",) and isinstance(node.members[0], Sym):
        region = region_of(node.members[1], deadline)
        return Region(region.contains, region.ends, node.members[0].name)
    parts = [
        _comparison(left, op, right, deadline)
        for left, op, right in zip(node.members, node.ops, node.members[1:], strict=False)
    ]
    names = {part.variable for part in parts}
    if len(names) != 1:
        raise NotARegion
    ends = tuple(end for part in parts for end in part.ends)
    return Region(lambda x: all(part.contains(x) for part in parts), ends, names.pop())


def _name(node: Node) -> str:
    """Returns the name of a variable or of a function's value, such as `f(x)`, or an empty string."""
    if isinstance(node, Sym):
        return node.name
    return node.name if isinstance(node, Op) and node.name.startswith("apply:") else ""


def _comparison(left: Node, op: str, right: Node, deadline: float) -> Region:
    if _name(right) and not _name(left):
        left, right, op = right, left, _FLIP.get(op, op)
    name = _name(left)
    if op not in _FLIP:
        raise NotARegion
    if not name or symbols(right):
        return _solved(left, op, right, deadline)
    end = _end(right, deadline)
    if end is None:
        if op in "<>":  # x < inf says nothing
            return Region(lambda _: True, (), name)
        raise NotARegion
    value = end[0]
    tests: dict[str, Callable[[Fraction], bool]] = {
        "<": lambda x: x < value and not _equal(x, value),
        ">": lambda x: x > value and not _equal(x, value),
        "<=": lambda x: x < value or _equal(x, value),
        ">=": lambda x: x > value or _equal(x, value),
        "=": lambda x: _equal(x, value),
        "!=": lambda x: not _equal(x, value),
    }
    return Region(tests[op], (end,), name)


_SIGNS: dict[str, Callable[[Fraction], bool]] = {
    "<": lambda v: v < 0, ">": lambda v: v > 0, "<=": lambda v: v <= 0, ">=": lambda v: v >= 0, "!=": lambda v: v != 0,
}  # fmt: skip


def _solved(left: Node, op: str, right: Node, deadline: float) -> Region:
    """Returns where an inequality such as `x^2 < 9` or `|x - 1| >= 2` holds."""
    gap = Op("add", (left, Op("neg", (right,))))
    names = symbols(gap)
    if len(names) != 1 or op not in _SIGNS or not is_scalar(left) or not is_scalar(right):
        raise NotARegion
    (name,) = names
    try:
        ends = [_end(end, deadline) for end in ends_of(gap, name)]
    except Unsolved:
        raise NotARegion from None

    def contains(x: Fraction) -> bool:
        try:
            return _SIGNS[op](value_at(gap, name, x, deadline))
        except Undefined:
            return False

    return Region(contains, tuple(end for end in ends if end is not None), name)


def is_solved(node: Node) -> bool:
    """Whether every relation in a tree has a variable alone, or its absolute value, on one side.

    What has not, such as `x^2 < 9`, is a question; it answers only a gold that is one itself.
    """
    relations = [part for part in walk(node) if isinstance(part, Rel)]
    return all(not symbols(member) or _is_alone(member) for part in relations for member in part.members)


def _is_alone(node: Node) -> bool:
    if isinstance(node, Op) and node.name == "abs":
        node = node.args[0]
    return bool(_name(node)) or not is_scalar(node)


def _listed(node: Listing, deadline: float) -> Region:
    """`x < 2 or x > 3` is a union; `x > 2 and x < 3` is an intersection; so is `x != 1, 2`."""
    items = list(node.items)
    first = items[0]
    if isinstance(first, Rel) and first.ops == ("!=",):
        items = [item if isinstance(item, Rel) else Rel((first.members[0], item), ("!=",)) for item in items]
        parts = [region_of(item, deadline) for item in items]
        union = False
    else:
        parts = [region_of(item, deadline) for item in items]
        union = node.word == "or" or all(isinstance(item, Seq) for item in items)
    names = {part.variable for part in parts}
    if len(names) != 1 or (node.word == "," and not union and not isinstance(first, Rel)):
        raise NotARegion
    ends = tuple(end for part in parts for end in part.ends)
    combine = any if union else all
    return Region(lambda x: combine(part.contains(x) for part in parts), ends, names.pop())
