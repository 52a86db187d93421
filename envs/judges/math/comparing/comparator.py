"""What every comparator shares: how items, rows and labels are compared. All fail closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

from envs.judges.math.comparing.gold import Gold
from envs.judges.math.equality.ladder import Climb
from envs.judges.math.grammar.nodes import Listing, Matrix, Node, Num, Op, Rel, Seq, Words, is_scalar, symbols
from envs.judges.math.reading.shape import Claim, claim_of
from envs.judges.math.values.exact import exact
from envs.judges.math.values.names import is_opaque, name_of, same_name
from envs.judges.math.values.opaque import alike
from envs.judges.math.values.policy import Policy
from envs.judges.math.values.relations import equivalent
from envs.judges.math.values.values import Values

_G = TypeVar("_G")
_A = TypeVar("_A")


class Comparator:
    """Compares one answer with one gold of one kind.

    Args:
        gold: The gold.
        policy: What counts as equal.
        climb: The budget, which also remembers the rung that decided.

    Attributes:
        single: Whether the gold says one thing, so that an answer that says several is a hedge.
    """

    single = False

    def __init__(self, gold: Gold, policy: Policy, climb: Climb):
        self.gold = gold
        self.policy = policy
        self.climb = climb
        self.values = Values(policy, climb)

    def matches(self, answer: Node, text: str) -> bool:
        """Whether an answer, given as a tree and as text, is the gold.

        Raises:
            FalseChain: The answer contradicts itself.
            TooLarge: It is too large to compute.
            OutOfTime: The deadline has passed.
            NotReady: Sympy was needed and not loaded in time.
        """
        raise NotImplementedError

    def said(self, answer: Node) -> Node:
        """Returns what an answer says, without the name it gives to that; nothing where that is not the gold's name."""
        claim, gold = claim_of(answer, self.climb), self.gold.claim
        point = isinstance(gold.label, Seq) != isinstance(claim.label, Seq)  # P = (1, 2) for (x, y) = (1, 2)
        return claim.node if point or self.labels_agree(gold, claim) else Words("")

    def labels_agree(self, gold: Claim, answer: Claim) -> bool:
        """Whether two names may be the same thing: `y = 5` does not answer `x = 5`."""
        if self.policy.rename_variables or gold.label is None or answer.label is None:
            return True
        if gold.label == answer.label:
            return True
        if any(is_opaque(name) for name in symbols(answer.label)):  # the integral that was asked for
            return not any(is_opaque(name) for name in symbols(gold.label))
        return same_name(gold.label, answer.label)

    def in_order(self, gold: Sequence[Node], said: Sequence[Node]) -> bool:
        """Whether two sequences agree item by item."""
        return len(gold) == len(said) and all(map(self.same_item, gold, said))

    def same_item(self, gold: Node, said: Node) -> bool:
        """Whether two items of collections agree."""
        if isinstance(gold, Seq) and isinstance(said, Seq):
            return (gold.open, gold.close) == (said.open, said.close) and self.in_order(gold.items, said.items)
        if isinstance(gold, Rel):
            return isinstance(said, Rel) and self.same_relation(gold, said)
        if isinstance(gold, Matrix) or isinstance(said, Matrix):
            return self.same_matrix(gold, said)
        if isinstance(said, Rel):
            said = self.said(said)
        return gold == said or self.values.agree(gold, said)

    def same_relation(self, gold: Rel, said: Rel) -> bool:
        """Whether two relations inside a collection agree, or two assignments of a name that agrees."""
        if len(gold.ops) == len(said.ops) and equivalent(gold, said, self.climb):
            return True
        one, two = claim_of(gold, self.climb), claim_of(said, self.climb)
        if one.label is None or two.label is None or not name_of(one.label):
            return alike(gold, said, self.climb)
        return self.labels_agree(one, two) and self.same_item(one.node, two.node)

    def same_matrix(self, gold: Node, said: Node) -> bool:
        """Whether two matrices agree; a row or column may be written as a tuple."""
        one, two = as_matrix(gold), as_matrix(said)
        if one is None:
            return False
        if two is None and isinstance(said, Seq) and said.open in "([" and said.close in ")]":
            flat = [cell for row in one.rows for cell in row]
            return min(len(one.rows), len(one.rows[0])) == 1 and self.in_order(flat, said.items)
        if two is None or one.kind != two.kind or len(one.rows) != len(two.rows):
            return False
        return all(map(self.in_order, one.rows, two.rows))


def paired(gold: Sequence[_G], said: Sequence[_A], same: Callable[[_G, _A], bool]) -> bool:
    """Whether the items of two lists pair up, each with one of the other."""
    if len(gold) != len(said):
        return False
    left = list(said)
    for item in gold:
        found = next((k for k, other in enumerate(left) if same(item, other)), None)
        if found is None:
            return False
        del left[found]
    return True


def assignments(node: Node, climb: Climb) -> dict[str, Node] | None:
    """Returns `x = 1, y = 2` by name, or None where the node is anything else."""
    if isinstance(node, Rel) and len(node.members) > 2 and set(node.ops) == {"="}:  # a = b = 1
        names = [name_of(member) for member in node.members[:-1]]
        return dict.fromkeys(names, node.members[-1]) if all(names) else None
    if not isinstance(node, Listing) or node.word == "or":
        return None
    out: dict[str, Node] = {}
    for item in node.items:
        claim = claim_of(item, climb)
        name = name_of(claim.label) if claim.label is not None else ""
        if not isinstance(item, Rel) or not name or name in out:
            return None
        if any(_unnumbered(name) == _unnumbered(other) for other in out):
            return None  # x_1 = 2, x_2 = 3 are two solutions, not two unknowns
        out[name] = claim.node
    return out


def is_plain_row(node: Node) -> bool:
    """Whether a list gives values in an order, without names and without alternatives: `1, 2`."""
    return isinstance(node, Listing) and node.word != "or" and not any(isinstance(item, Rel) for item in node.items)


def systems(node: Node, climb: Climb) -> list[dict[str, Node]] | None:
    """Returns several solutions of a system, `x = 1, y = 2; x = 2, y = 1`, each by name, or None."""
    if not isinstance(node, Listing):
        return None
    names = {name_of(item.members[0]) for item in node.items if isinstance(item, Rel)}
    size = len(names)
    if size < 2 or len(node.items) % size or len(node.items) == size:
        return None
    out: list[dict[str, Node]] = []
    for start in range(0, len(node.items), size):
        solution = assignments(Listing(node.items[start : start + size]), climb)
        if solution is None or solution.keys() != names:
            return None
        out.append(solution)
    return out


def _unnumbered(name: str) -> str:
    """Returns the unknown that a numbered solution is one of; numbered coefficients keep their numbers."""
    bare = name.rstrip("0123456789")
    return bare if bare[:1] in "xyzt" and bare[1:] in ("", "_") else name


def as_matrix(node: Node) -> Matrix | None:
    """Returns a matrix, a multiple of one carried out, or rows in brackets as a matrix."""
    if isinstance(node, Matrix):
        return node
    if isinstance(node, Op) and node.name == "mul":
        left, right = node.args
        return _scaled(left, right) if isinstance(right, Matrix) and is_scalar(left) else None
    if isinstance(node, Op) and node.name == "neg" and isinstance(node.args[0], Matrix):
        return _scaled(Num(Fraction(-1)), node.args[0])
    if isinstance(node, Seq) and node.open in "[(" and node.items:
        rows = tuple(item.items for item in node.items if isinstance(item, Seq) and item.open == node.open)
        if len(rows) == len(node.items) and len({len(row) for row in rows}) == 1:
            return Matrix(rows)
    return None


def _scaled(factor: Node, matrix: Matrix) -> Matrix:
    return Matrix(tuple(tuple(_product(factor, cell) for cell in row) for row in matrix.rows), matrix.kind)


def _product(factor: Node, cell: Node) -> Node:
    product = Op("mul", (factor, cell))
    try:
        return Num(exact(product))
    except ArithmeticError:
        return product
