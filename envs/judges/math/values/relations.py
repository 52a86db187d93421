"""Equations and inequalities in several variables, and renaming of variables."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from envs.judges.math.equality import symbolic_client
from envs.judges.math.equality.ladder import Climb
from envs.judges.math.grammar.nodes import (
    Listing,
    Named,
    Node,
    Num,
    Op,
    Rel,
    Seq,
    Sym,
    Words,
    children,
    is_scalar,
    rebuilt,
    symbols,
)
from envs.judges.math.values.identity import identical

_FLIPPED = {">": "<", ">=": "<="}
_DOTS = Named("dots")
_MAX_WRITTEN_OUT = 200
_ONE = Num(Fraction(1))


def _difference(left: Node, op: str, right: Node) -> tuple[Node, str]:
    """Returns `a op b` as `a - b op 0`, pointing to the left."""
    if op in _FLIPPED:
        left, right, op = right, left, _FLIPPED[op]
    return Op("add", (left, Op("neg", (right,)))), op


def equivalent(gold: Rel, answer: Rel, climb: Climb) -> bool:
    """Whether two chains of relations say the same.

    Each link becomes `difference op 0`; two links agree where one difference is a constant multiple of the other, of a
    positive constant for an inequality.
    """
    if not all(map(is_scalar, (*gold.members, *answer.members))) or "mapsto" in gold.ops:
        return gold == answer
    one = [_difference(a, op, b) for a, op, b in zip(gold.members, gold.ops, gold.members[1:], strict=False)]
    two = [_difference(a, op, b) for a, op, b in zip(answer.members, answer.ops, answer.members[1:], strict=False)]
    if len(one) != len(two):
        return False
    forward = all(_multiple(a, b, climb) for a, b in zip(one, two, strict=True))
    return forward or len(one) > 1 and all(_multiple(a, b, climb) for a, b in zip(one, reversed(two), strict=True))


def _multiple(gold: tuple[Node, str], answer: tuple[Node, str], climb: Climb) -> bool:
    """Whether `answer` is a constant times `gold`: the ratio is the same at every sample point."""
    if gold[1] != answer[1] or not symbols(gold[0]) or symbols(gold[0]) != symbols(answer[0]):
        return False
    if identical(gold[0], answer[0]):
        return True
    from envs.judges.math.equality.numeric import signed_ratio

    sign = signed_ratio(gold[0], answer[0], climb.deadline)
    if sign is None:
        return False
    climb.rung = "balls"
    return sign > 0 or gold[1] in ("=", "!=", "~", "==")


def same_equation(gold: Rel, answer: Rel, climb: Climb) -> bool:
    """Whether two equations are one once denominators are cleared: `xy = 1` and `y = 1/x`."""
    if len(gold.members) != 2 or len(answer.members) != 2 or not all(map(is_scalar, (*gold.members, *answer.members))):
        return False
    one, two = (_difference(side.members[0], "=", side.members[1])[0] for side in (gold, answer))
    if _multiple((_fraction(one)[0], "="), (_fraction(two)[0], "="), climb):
        return True
    same = symbolic_client.same_equation(one, two, climb.deadline)
    climb.rung = "sympy"
    return same


def _fraction(node: Node) -> tuple[Node, Node]:
    """Returns a sum or product of fractions as one fraction, not reduced."""
    if not isinstance(node, Op) or node.name not in ("add", "neg", "mul", "div"):
        return node, _ONE
    parts = [_fraction(arg) for arg in node.args]
    if node.name == "neg":
        return Op("neg", (parts[0][0],)), parts[0][1]
    (a, b), (c, d) = parts
    if node.name == "mul":
        return Op("mul", (a, c)), Op("mul", (b, d))
    if node.name == "div":
        return Op("mul", (a, d)), Op("mul", (b, c))
    return Op("add", (Op("mul", (a, d)), Op("mul", (c, b)))), Op("mul", (b, d))


def spread_residues(node: Node) -> Node:
    r"""Returns `n \equiv 1, 5 \pmod 6` as `n \equiv 1 \pmod 6, n \equiv 5 \pmod 6`; so `n \equiv \pm 1 \pmod 6`."""
    items = node.items if isinstance(node, Listing) else (node,)
    first, last = items[0], items[-1]
    if not isinstance(first, Rel) or first.ops != ("==",):
        return node
    modulus = last.members[-1] if isinstance(last, Rel) else last
    if not isinstance(modulus, Op) or modulus.name != "mod":
        return node
    out: list[Node] = []
    for item in items:
        if isinstance(item, Rel) and (item.ops != ("==",) or item.members[0] != first.members[0]):
            return node
        residue = item.members[-1] if isinstance(item, Rel) else item
        if isinstance(residue, Op) and residue.name == "mod":
            if residue.args[1] != modulus.args[1]:
                return node
            residue = residue.args[0]
        values = (residue,)
        if isinstance(residue, Op) and residue.name == "pm" and residue.args[0] == Num(Fraction(0)):
            values = (residue.args[1], Op("neg", residue.args[1:]))
        out.extend(_residue(value, modulus.args[1]) for value in values)
    if len(out) == 1:
        return node
    return Listing(tuple(Rel((first.members[0], residue), ("==",)) for residue in out))


def _residue(value: Node, modulus: Node) -> Node:
    """Returns a residue, where both are whole numbers the least."""
    whole, size = _whole(value), _whole(modulus)
    if whole is not None and size is not None and size > 0:
        value = Num(Fraction(whole % size))
    return Op("mod", (value, modulus))


def spread_chain(node: Node) -> Node:
    """Returns `a = b = 1`, alone or in a list, as `a = 1, b = 1`; what has another form stays as it is."""
    if isinstance(node, Listing):
        parts = [spread_chain(item) for item in node.items]
        items = [one for part in parts for one in (part.items if isinstance(part, Listing) else (part,))]
        return node if len(items) == len(node.items) else Listing(tuple(items), node.word)
    if not isinstance(node, Rel) or len(node.members) < 3 or set(node.ops) != {"="}:
        return node
    *names, value = node.members
    distinct = {name.name for name in names if isinstance(name, Sym)}
    if len(distinct) < len(names) or symbols(value) or isinstance(value, Words):
        return node
    return Listing(tuple(Rel((name, value), ("=",)) for name in names))


def written_out(node: Node) -> Node:
    r"""Returns `1, 2, \ldots, 5` as `1, 2, 3, 4, 5`, where the dots stand for equal steps between whole numbers.

    What is too long for that, or ends in a variable, is shortened to its first two, the dots and the last.
    """
    if isinstance(node, Rel):
        return Rel(tuple(map(written_out, node.members)), node.ops)
    if not isinstance(node, Listing | Seq) or node.items.count(_DOTS) != 1:
        return node
    at = node.items.index(_DOTS)
    items = _filled(node.items[:at], node.items[at + 1 :])
    if items is None:
        return node
    return Listing(items, node.word) if isinstance(node, Listing) else Seq(node.open, node.close, items)


def _filled(front: tuple[Node, ...], back: tuple[Node, ...]) -> tuple[Node, ...] | None:
    """Returns the items of a list with dots between two parts, or None where these show no equal steps."""
    first = [value for value in map(_whole, front) if value is not None]
    if not first or len(first) < len(front) or not back:
        return None
    last = [value for value in map(_whole, back) if value is not None]
    steps = [b - a for part in (first, last) for a, b in pairwise(part)] or [1]
    step = steps[0]
    if not step or len(set(steps)) > 1 or len(steps) < 2 and abs(step) != 1:  # 2, 4, ..., 64 may be powers
        return None
    if len(last) < len(back):
        before = Op("add", (back[-1], Op("neg", (Num(Fraction(step)),))))
        short = len(back) == 1 or len(back) == 2 and step > 0 and back[0] == before
        return (*_numbers(range(first[0], first[0] + 2 * step, step)), _DOTS, back[-1]) if short else None
    count, over = divmod(last[0] - first[-1], step)
    if over or count < 1:
        return None
    whole = range(first[0], last[-1] + step, step)
    if len(whole) <= _MAX_WRITTEN_OUT:
        return _numbers(whole)
    return (*_numbers(whole[:2]), _DOTS, *_numbers(whole[-1:]))


def _numbers(values: range) -> tuple[Node, ...]:
    return tuple(Num(Fraction(value)) if value >= 0 else Op("neg", (Num(Fraction(-value)),)) for value in values)


def _whole(node: Node) -> int | None:
    sign = -1 if isinstance(node, Op) and node.name == "neg" else 1
    inner = node.args[0] if isinstance(node, Op) and sign < 0 else node
    return sign * int(inner.value) if isinstance(inner, Num) and inner.value.denominator == 1 else None


def _parameter(node: Node) -> str:
    """Returns the name of an integer that a list declares at its end: `x = 2k pi, k in Z`."""
    last = node.items[-1] if isinstance(node, Listing) else None
    if isinstance(last, Rel) and last.ops == ("in",) and isinstance(last.members[0], Sym):
        return last.members[0].name if isinstance(last.members[1], Named) else ""
    return ""


def with_parameter(answer: Node, gold: Node) -> Node:
    """Renames the integer that an answer declares to the one that the gold declares."""
    own, name = _parameter(answer), _parameter(gold)
    return substitute(answer, {own: name}) if own and name and name not in symbols(answer) else answer


def renamed(answer: Node, gold: Node) -> Node:
    """Renames the answer's variables to the gold's in order of first appearance."""
    ours, theirs = _in_order(gold), _in_order(answer)
    if len(ours) != len(theirs):
        return answer
    return substitute(answer, dict(zip(theirs, ours, strict=True)))


def _in_order(node: Node) -> list[str]:
    if isinstance(node, Sym):
        return [node.name]
    names: list[str] = []
    for child in children(node):
        names.extend(name for name in _in_order(child) if name not in names)
    return names


def substitute(node: Node, names: dict[str, str]) -> Node:
    """Returns a tree with its variables renamed."""
    if isinstance(node, Sym):
        return Sym(names.get(node.name, node.name))
    parts = tuple(substitute(child, names) for child in children(node))
    return rebuilt(node, parts) if parts else node
