"""Constants of integration: what they may be called, and that any real number may stand in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

from envs.judges.math.grammar.nodes import Listing, Named, Node, Op, Rel, Sym, symbols
from envs.judges.math.values.relations import substitute

_LARGE_CONSTANT = re.compile(r"C_\d")
_CONSTANT_NAMES = frozenset(("C", "c", "K", "k", "C_1", "c_1", "C_0", "D"))
_OF_A_SOLUTION = re.compile(r"C|[Cc]_\d")  # in a gold; any other letter may be one that the question gave
_USUAL = re.compile(r"[ABCDKabck](?:_\d)?")  # in an answer
_MAX_CONSTANTS = 3


def integration_constant(gold: Node, answer: Node) -> Node:
    """Renames the answer's constants of integration to the gold's: `c_1` to `C_1`, and one that both end in."""
    free = symbols(gold) | symbols(answer)
    small = {name.lower(): name for name in symbols(gold) if _LARGE_CONSTANT.fullmatch(name)}
    small = {c: large for c, large in small.items() if c in symbols(answer) and c not in symbols(gold)}
    if small and len(free) > len(small) * 2 and not symbols(answer) & set(small.values()):
        answer = substitute(answer, small)
    ours, theirs = _added_constant(gold), _added_constant(answer)
    if ours is None or theirs is None or ours == theirs or ours in symbols(answer) or theirs in symbols(gold):
        return answer
    return substitute(answer, {theirs: ours})


def _added_constant(node: Node) -> str | None:
    """Returns the name of a lone constant added at the end, as in `x^2 + C`."""
    if not isinstance(node, Op) or node.name != "add":
        return None
    for part, rest in (node.args, node.args[::-1]):
        if isinstance(part, Sym) and part.name in _CONSTANT_NAMES and symbols(rest) - {part.name}:
            return part.name if part.name not in symbols(rest) else None
    return None


def with_constants(gold: Rel, answer: Node) -> Iterator[Node]:
    """Yields an answer to `y = C e^x` with its constants of integration called as the gold's, in every order.

    Args:
        gold: An equation with `y`, or a function's value, on its left.
        answer: As it is written; it is not among what is yielded.
    """
    left, *right = gold.members
    ours = {name for part in right for name in symbols(part) if _OF_A_SOLUTION.fullmatch(name)}
    given = symbols(gold) - ours
    heads = _heads(left)
    if not heads or not ours or len(ours) > _MAX_CONSTANTS or not given - heads:
        return
    theirs = sorted(symbols(answer) - given - heads)
    if len({name.lower() for name in theirs}) != len(ours) or len(theirs) != len(ours):
        return  # C_1 and c_1 are too much alike to be two
    if not all(map(_USUAL.fullmatch, theirs)):
        return
    for names in permutations(sorted(ours)):
        if names != tuple(theirs):
            yield substitute(answer, dict(zip(theirs, names, strict=True)))


def _heads(left: Node) -> frozenset[str]:
    """Returns what the solution of a differential equation is called, without its argument."""
    if left == Sym("y"):
        return frozenset(("y",))
    if isinstance(left, Op) and left.name.startswith("apply:") and all(isinstance(arg, Sym) for arg in left.args):
        return frozenset((left.name.removeprefix("apply:"), "y"))
    return frozenset()


def without_domain(node: Node) -> Node:
    r"""Returns `y = Ce^x, C \in \mathbb{R}` without what it says of its constants, which is nothing new."""
    if not isinstance(node, Listing) or node.word == "or":
        return node
    first, last = node.items[0], node.items[-1]
    if not isinstance(first, Rel) or first.ops != ("=",) or not isinstance(last, Rel) or last.ops != ("in",):
        return node
    names = {item.name for item in (*node.items[1:-1], last.members[0]) if isinstance(item, Sym)}
    constants = all(map(_USUAL.fullmatch, names)) and names <= symbols(first.members[-1])
    plain = constants and len(names) == len(node.items) - 1 and last.members[1] == Named("reals")
    return first if plain else node
