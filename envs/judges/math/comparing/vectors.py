r"""Vectors written with unit vectors: `2\\mathbf{i} + 3\\mathbf{j}` is `(2, 3)`."""

from __future__ import annotations

from fractions import Fraction

from envs.judges.math.grammar.lexer import UNIT_VECTORS
from envs.judges.math.grammar.nodes import Const, Node, Num, Op, Seq, Sym, children, rebuilt, symbols

_AXES = {"uveci": 0, "uvecj": 1, "uveck": 2}
_PLAIN = {"i": 0, "j": 1, "k": 2}
_ONE, _ZERO = Num(Fraction(1)), Num(Fraction(0))


def has_unit_vectors(node: Node) -> bool:
    """Whether a tree holds a letter that is marked as a unit vector."""
    return bool(symbols(node) & UNIT_VECTORS)


def components(node: Node, size: int = 0, *, plain: bool = False) -> Seq | None:
    """Returns a sum of multiples of unit vectors as a tuple, or None.

    Args:
        node: The sum.
        size: How many components there are; as many as the last axis needs, and two at least, when 0.
        plain: Whether `i`, `j` and `k` are unit vectors without a mark.
    """
    parts: dict[int, Node] = {}
    for term in _terms(node):
        found = _split(term, plain)
        if found is None:
            return None
        axis, factor = found
        parts[axis] = Op("add", (parts[axis], factor)) if axis in parts else factor
    size = size or max(2, *(axis + 1 for axis in parts))
    if max(parts) >= size:
        return None
    return Seq("(", ")", tuple(parts.get(axis, _ZERO) for axis in range(size)))


def _terms(node: Node) -> list[Node]:
    if isinstance(node, Op) and node.name == "add":
        return [*_terms(node.args[0]), *_terms(node.args[1])]
    if isinstance(node, Op) and node.name == "neg":
        return [Op("neg", (term,)) for term in _terms(node.args[0])]
    return [node]


def _split(term: Node, plain: bool) -> tuple[int, Node] | None:
    """Returns the axis of a term and what it is multiplied by."""
    axis = _axis(term, plain)
    if axis is not None:
        return axis, _ONE
    if not isinstance(term, Op) or term.name not in ("mul", "div", "neg"):
        return None
    for index, arg in enumerate(term.args):
        found = _split(arg, plain) if term.name != "div" or not index else None
        if found is not None:
            rest = [*term.args[:index], found[1], *term.args[index + 1 :]]
            if any(_held(part, plain) for part in rest):
                return None
            if term.name == "mul" and found[1] == _ONE:
                return found[0], rest[1 - index]  # 2 times i is 2, not 2 times 1
            return found[0], Op(term.name, tuple(rest))
    return None


def _held(node: Node, plain: bool) -> bool:
    return _axis(node, plain) is not None or any(_held(child, plain) for child in children(node))


def _axis(node: Node, plain: bool) -> int | None:
    name = node.name if isinstance(node, Sym | Const) else ""
    return _AXES.get(name, _PLAIN.get(name) if plain else None)


def named_point(node: Op) -> Seq | None:
    """Returns `A(1, 2)` as a point: a capital letter before two coordinates or more without variables."""
    name = node.name.removeprefix("apply:")
    if name == node.name or len(node.args) < 2 or not name[0].isupper() or symbols(node):
        return None
    return Seq("(", ")", node.args)


def imaginary(node: Node) -> Node:
    """Returns a tree in which a bold `i` that stands alone is the imaginary unit after all."""
    if isinstance(node, Sym):
        return Const("i") if node.name == "uveci" else node
    parts = tuple(map(imaginary, children(node)))
    return rebuilt(node, parts) if parts else node
