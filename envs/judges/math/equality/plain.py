"""Scalar trees as JSON data, for the way to another process."""

from __future__ import annotations

from typing import Any

from envs.judges.math.grammar.nodes import Const, Node, Num, Op, Sym


def to_plain(node: Node) -> list[Any]:
    """Returns a scalar tree as JSON data.

    Raises:
        TypeError: The tree is not a scalar.
    """
    if isinstance(node, Num) and not node.open_ended:
        return [
            "num",
            f"{node.value.numerator:x}",
            f"{node.value.denominator:x}",
        ]  # no length is too long in hexadecimal
    if isinstance(node, Sym | Const):
        return ["sym" if isinstance(node, Sym) else "const", node.name]
    if isinstance(node, Op):
        return ["op", node.name, *[to_plain(arg) for arg in node.args]]
    raise TypeError(f"no scalar: {type(node).__name__}")
