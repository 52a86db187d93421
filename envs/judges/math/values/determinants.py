"""Determinants and binomials written as arrays: evaluated only where a chain sets them equal to a value."""

from __future__ import annotations

from fractions import Fraction

from envs.judges.math.grammar.nodes import Matrix, Node, Num, Op, is_scalar

_MAX_ORDER = 5


def evaluated_form(node: Node, other: Node) -> Node:
    """Returns a determinant, or a column in brackets that is a binomial, as a value where the other side is one."""
    if not is_scalar(other) or isinstance(other, Op) and any(isinstance(arg, Matrix) for arg in other.args):
        return node
    if isinstance(node, Op) and node.name in ("det", "abs") and isinstance(node.args[0], Matrix):
        return determinant(node.args[0].rows) or node
    if not isinstance(node, Matrix):
        return node
    if node.kind == "det":
        return determinant(node.rows) or node
    column = [row[0] for row in node.rows]
    return Op("binom", tuple(column)) if len(column) == 2 and len(node.rows[0]) == 1 else node


def determinant(rows: tuple[tuple[Node, ...], ...]) -> Node | None:
    """Returns a determinant as a sum of products; None where it has none or is large."""
    order = len(rows)
    if order > _MAX_ORDER or any(len(row) != order for row in rows) or not all(map(is_scalar, sum(rows, ()))):
        return None
    if order == 1:
        return rows[0][0]
    total: Node = Num(Fraction(0))
    for column, cell in enumerate(rows[0]):
        minor = determinant(tuple(row[:column] + row[column + 1 :] for row in rows[1:]))
        if minor is None:
            return None
        part = Op("mul", (cell, minor))
        total = Op("add", (total, Op("neg", (part,)) if column % 2 else part))
    return total
