"""Sums, integrals and limits that nobody evaluates: each equals itself, up to spelling and a renamed index."""

from __future__ import annotations

import re

from envs.judges.math.equality.ladder import Climb
from envs.judges.math.grammar.limits import TooLarge
from envs.judges.math.grammar.nodes import Big, Node, Op, children, is_scalar, rebuilt, symbols
from envs.judges.math.values.names import holds_big, opaque
from envs.judges.math.values.relations import substitute

_MAX_BIGS = 12
_MAX_INDICES = 2  # that stand side by side in a subscript
_LETTERS = re.compile(r"[A-Za-z]+")


def resolve(node: Node, known: list[Big], climb: Climb) -> Node:
    """Returns a tree with a variable for each sum, integral and limit: one variable for those that are equal.

    Args:
        node: The tree.
        known: Those that have a variable already; new ones are appended.
        climb: The budget of comparing them.

    Raises:
        TooLarge: There are more than a dozen different ones.
    """
    if not holds_big(node):
        return node
    if isinstance(node, Big):
        for index, other in enumerate(known):
            if same_big(other, node, climb):
                return opaque(index)
        if len(known) >= _MAX_BIGS:
            raise TooLarge("too many sums and integrals")
        known.append(node)
        return opaque(len(known) - 1)
    return rebuilt(node, tuple(resolve(child, known, climb) for child in children(node)))


def same_big(one: Big, two: Big, climb: Climb) -> bool:
    """Whether two say the same in the same form: equal bounds and equal bodies once their indices have one name."""
    if one.name != two.name or bool(one.bound) != bool(two.bound):
        return False
    if one.bound != two.bound:
        if one.bound in symbols(two):
            return False
        two = _renamed(two, one.bound)
    pairs = ((one.low, two.low), (one.high, two.high), (one.body, two.body))
    return all(a is b if a is None or b is None else alike(a, b, climb) for a, b in pairs)


def _renamed(node: Big, name: str) -> Big:
    names = {old: _subscripted(old, node.bound, name) for old in symbols(node)}
    low, high = (None if part is None else substitute(part, names) for part in (node.low, node.high))
    return Big(node.name, low, high, substitute(node.body, names), name)


def _subscripted(name: str, index: str, new: str) -> str:
    """Returns a name with an index renamed, in its subscript as well: `a_k`, `a_{ij}`, `F_{n-k-1}`."""
    if name == index:
        return new
    head, mark, below = name.partition("_")
    return head + mark + _LETTERS.sub(lambda run: _reindexed(run.group(), index, new), below)


def _reindexed(run: str, index: str, new: str) -> str:
    return run.replace(index, new) if len(run) <= _MAX_INDICES else run  # the x of x_max is no index


def alike(one: Node, two: Node, climb: Climb) -> bool:
    """Whether two trees have one structure and equal scalars in its places."""
    if one == two:
        return True
    if is_scalar(one) and is_scalar(two) and not _is_structural(one) and not _is_structural(two):
        known: list[Big] = []
        return climb.equal(resolve(one, known, climb), resolve(two, known, climb))
    if isinstance(one, Big) and isinstance(two, Big):
        return same_big(one, two, climb)
    ones, twos = children(one), children(two)
    if type(one) is not type(two) or len(ones) != len(twos) or not ones or rebuilt(one, twos) != two:
        return False
    return all(alike(a, b, climb) for a, b in zip(ones, twos, strict=True))


def _is_structural(node: Node) -> bool:
    return isinstance(node, Op) and (node.name in ("integrand", "index") or node.name.startswith("side"))
