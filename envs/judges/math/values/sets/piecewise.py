"""Whether two functions of one real variable are equal where either may be given piece by piece.

The line is cut wherever a condition, an absolute value, a maximum or a sign may change. Between two cuts both sides are
one expression without such parts, and at a cut both have a value: each is left to the comparator of expressions.
"""

from __future__ import annotations

from fractions import Fraction

from envs.judges.math.equality.ladder import Climb, approximate
from envs.judges.math.grammar.limits import Undefined
from envs.judges.math.grammar.nodes import Node, Num, Op, Pieces, Sym, children, is_scalar, rebuilt, symbols, walk
from envs.judges.math.values.sets.inequalities import END_BITS, Unsolved, ends_of
from envs.judges.math.values.sets.regions import End, NotARegion, Region, distinct_ends, region_of

_SPLIT = frozenset(("abs", "max", "min", "sign"))
_STEPS = frozenset(("floor", "ceil", "mod", "fact", "binom", "gcd", "lcm", "re", "im", "arg"))
_MAX_ROWS = 8
_MAX_CUTS = 12
_TWO = Num(Fraction(2))


def same_function(gold: Node, said: Node, climb: Climb) -> bool:
    """Whether two definitions are proved to be one function of one variable; what cannot be cut is not proved."""
    names = _variables(gold) | _variables(said)
    if len(names) != 1:
        return False
    (name,) = names
    try:
        sides = [_Function(node, name, climb) for node in (gold, said)]
        cuts = distinct_ends(tuple(cut for side in sides for cut in side.cuts), climb)
        if cuts is None or len(cuts) > _MAX_CUTS:
            return False
        return all(_agree(sides, point, Num(point), climb) for point in _between(cuts)) and all(
            _agree_at(sides, cut, climb) for cut in cuts
        )
    except (NotARegion, Unsolved, Undefined):
        return False


def _variables(node: Node) -> set[str]:
    parts = [part for row in node.rows for part in row if part is not None] if isinstance(node, Pieces) else [node]
    return {name for part in parts for name in symbols(part)}


class _Function:
    """One side: its rows, and every point where what it says may change."""

    def __init__(self, node: Node, name: str, climb: Climb):
        rows = node.rows if isinstance(node, Pieces) else ((node, None),)
        if len(rows) > _MAX_ROWS:
            raise NotARegion
        self.name = name
        self.climb = climb
        self.rows: list[tuple[Node, Region | None]] = []
        self.cuts: list[End] = []
        for value, condition in rows:
            region = None if condition is None else region_of(condition, climb.deadline)
            if region is not None and region.variable != name:
                raise NotARegion
            value = _with_abs(value)
            self.rows.append((value, region))
            self.cuts.extend(region.ends if region is not None else ())
            self.cuts.extend(_kinks(value, name, climb))

    def at(self, point: Fraction) -> Node | None:
        """Returns the row that holds at a point; None where none does, or several differ."""
        held = [value for value, region in self.rows if region is not None and region.contains(point)]
        if not held:
            held = [value for value, region in self.rows if region is None]
        return held[0] if held and all(value == held[0] for value in held) else None


def _kinks(value: Node, name: str, climb: Climb) -> list[End]:
    """Returns where a part of an expression may turn.

    Raises:
        NotARegion: It has steps, or what turns cannot be solved.
    """
    out: list[End] = []
    for part in walk(value):
        if not is_scalar(part) or isinstance(part, Op) and part.name in _STEPS:
            raise NotARegion
        if not isinstance(part, Op) or part.name not in _SPLIT or not symbols(part):
            continue
        if part.name in ("max", "min"):
            if len(part.args) != 2:
                raise NotARegion
            turning: Node = Op("add", (part.args[0], Op("neg", (part.args[1],))))
        else:
            turning = part.args[0]
        for end in ends_of(turning, name):
            known = approximate(end, climb.deadline, bits=END_BITS)
            if known is None:
                raise NotARegion
            out.append((known, end))
    return out


def _with_abs(node: Node) -> Node:
    """Returns an expression with its roots of squares as absolute values."""
    if not isinstance(node, Op):
        return node
    args = tuple(map(_with_abs, node.args))
    inner = args[0]
    if node.name == "sqrt" and isinstance(inner, Op) and inner.name == "pow" and inner.args[1] == _TWO:
        return Op("abs", (inner.args[0],))
    return Op(node.name, args)


def _between(cuts: list[End]) -> list[Fraction]:
    """Returns a point between any two cuts and one beyond either end."""
    values = [value for value, _ in cuts]
    if not values:
        return [Fraction(1)]
    inner = [(low + high) / 2 for low, high in zip(values, values[1:], strict=False)]
    return [Fraction(int(values[0]) - 2), *map(_short, inner, values, values[1:]), Fraction(int(values[-1]) + 2)]


def _short(middle: Fraction, low: Fraction, high: Fraction) -> Fraction:
    """Returns a point between two others with few digits."""
    for digits in (0, 2, 8, 32, 256):
        rounded = Fraction(round(middle * 10**digits), 10**digits)
        if low < rounded < high:
            return rounded
    return middle


def _agree(sides: list[_Function], point: Fraction, where: Node, climb: Climb) -> bool:
    """Whether both sides are one expression around a point that lies between the cuts."""
    values = [side.at(point) for side in sides]
    one, two = values
    if one is None or two is None:
        return one is two
    forms = [_unfolded(value, sides[0].name, point, climb) for value in (one, two)]
    if any(approximate(_put(form, sides[0].name, where), climb.deadline) is None for form in forms):
        return False
    return climb.equal(forms[0], forms[1])


def _agree_at(sides: list[_Function], cut: End, climb: Climb) -> bool:
    values = [side.at(cut[0]) for side in sides]
    one, two = values
    if one is None or two is None:
        return one is two
    return climb.equal(_put(one, sides[0].name, cut[1]), _put(two, sides[0].name, cut[1]))


def _unfolded(node: Node, name: str, point: Fraction, climb: Climb) -> Node:
    """Returns what an expression is around a point where none of its parts turns."""
    if not isinstance(node, Op):
        return node
    args = tuple(_unfolded(arg, name, point, climb) for arg in node.args)
    if node.name not in _SPLIT or not symbols(node):
        return Op(node.name, args)
    if node.name in ("max", "min"):
        first = _is_positive(Op("add", (args[0], Op("neg", (args[1],)))), name, point, climb)
        return args[0] if first == (node.name == "max") else args[1]
    positive = _is_positive(args[0], name, point, climb)
    if node.name == "sign":
        return Num(Fraction(1)) if positive else Op("neg", (Num(Fraction(1)),))
    return args[0] if positive else Op("neg", (args[0],))


def _is_positive(node: Node, name: str, point: Fraction, climb: Climb) -> bool:
    value = approximate(_put(node, name, Num(point)), climb.deadline)
    if value is None:
        raise NotARegion
    return value > 0


def _put(node: Node, name: str, value: Node) -> Node:
    """Returns a tree with a value in a variable's place."""
    if isinstance(node, Sym):
        return value if node.name == name else node
    parts = tuple(_put(child, name, value) for child in children(node))
    return rebuilt(node, parts) if parts else node
