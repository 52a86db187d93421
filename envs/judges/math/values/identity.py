"""Whether two scalars are one expression, as it is written. No value is computed, so no size is too large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from envs.judges.math.grammar.nodes import Node, Num, Op, is_scalar, walk

_ORDERLESS = frozenset(("add", "mul", "gcd", "lcm", "min", "max"))


def identical(a: Node, b: Node) -> bool:
    """Whether two trees of scalars differ only in the order and the brackets of sums, products and their like."""
    if a == b:
        return True
    return all(is_scalar(part) for tree in (a, b) for part in walk(tree)) and _form(a) == _form(b)


def _form(node: Node) -> tuple[Any, ...]:
    """Returns what all orders of a tree's sums and products share; forms can be compared and sorted."""
    if isinstance(node, Num):
        return (
            "Num",
            node.value,
            (node.places or 0) if node.open_ended else -1,
        )  # 0.5 is 0.50; 3.1... may not be 3.10...
    if not isinstance(node, Op):
        return type(node).__name__, node.name  # pyright: ignore[reportAttributeAccessIssue]
    if node.name in _ORDERLESS:
        return "Op", node.name, *sorted(map(_form, _terms(node)))
    return "Op", node.name, *map(_form, node.args)


def _terms(node: Op) -> Iterator[Node]:
    """Yields the terms of a sum, or the factors of a product, through the brackets."""
    stack: list[Node] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Op) and top.name == node.name:
            stack.extend(top.args)
        else:
            yield top
