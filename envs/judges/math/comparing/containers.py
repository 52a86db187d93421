"""Comparators for golds of several parts: sets, lists and tuples."""

from __future__ import annotations

from envs.judges.math.comparing.comparator import assignments, paired
from envs.judges.math.comparing.gold import Kind
from envs.judges.math.comparing.regions import RegionComparator
from envs.judges.math.grammar.nodes import Listing, Matrix, Node, Op, Rel, Seq, SetOp, Sym
from envs.judges.math.reading.shape import Claim, members_of


class SetComparator(RegionComparator):
    """Sets, and values with a plus-minus: order and repetition do not matter."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        if isinstance(answer, SetOp):
            return bool(self.same_region(answer))
        if isinstance(answer, Seq) and answer.open != "{":
            return False
        gold = members_of(self.gold.node, self.climb)
        said = members_of(answer, self.climb)
        if len(gold) == len(said) and all(map(self._same_claim, gold, said)):
            return True  # however large the members are: none had to be told apart from its neighbours
        if self.gold.kind is Kind.SET or isinstance(answer, Seq):
            gold, said = self._distinct(gold), self._distinct(said)
        return paired(gold, said, self._same_claim)

    def _distinct(self, claims: list[Claim]) -> list[Claim]:
        out: list[Claim] = []
        for claim in claims:
            if not any(self._same_claim(other, claim) for other in out):
                out.append(claim)
        return out

    def _same_claim(self, gold: Claim, said: Claim) -> bool:
        return self.labels_agree(gold, said) and self.same_item(gold.node, said.node)


class ListComparator(SetComparator):
    """Items without brackets: in any order, unless the policy or the answer's brackets give one."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold = self.gold.claim.node
        assert isinstance(gold, Listing)
        assigned = assignments(self.gold.node, self.climb)
        if assigned is not None:
            return self._assigned(assigned, answer)
        if isinstance(answer, Seq) and answer.open in "([" and answer.close in ")]":
            return self.in_order(gold.items, answer.items)
        if self.policy.ordered_lists and isinstance(answer, Listing):
            return self.in_order(gold.items, answer.items)
        return super().matches(answer, text)

    def _assigned(self, gold: dict[str, Node], answer: Node) -> bool:
        said = assignments(answer, self.climb)
        if said is not None:
            return gold.keys() == said.keys() and all(self.same_item(gold[name], said[name]) for name in gold)
        tuple_ = self.said(answer)
        if isinstance(tuple_, Seq) and tuple_.open == "(":
            return self.in_order([gold[name] for name in sorted(gold)], tuple_.items)
        return False


class TupleComparator(RegionComparator):
    """Tuples, points and vectors; a pair may be an open interval as well."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold = self.gold.claim.node
        assert isinstance(gold, Seq)
        said = _without_name(self.said(answer))
        if isinstance(said, Seq):
            return self._brackets_agree(gold, said) and self.in_order(gold.items, said.items)
        if isinstance(said, Matrix) and len(said.rows[0]) == 1:
            return self.in_order(gold.items, [row[0] for row in said.rows])
        if isinstance(said, Listing):
            return self._listed(gold, said)
        return isinstance(answer, Rel) and bool(self.same_region(answer))

    def _brackets_agree(self, gold: Seq, said: Seq) -> bool:
        """Three items and more cannot be an interval, so square brackets are as good as round ones."""
        if (gold.open, gold.close) == (said.open, said.close):
            return True
        return len(gold.items) > 2 and said.open in "([" and said.close in ")]"

    def _listed(self, gold: Seq, said: Listing) -> bool:
        assigned = assignments(said, self.climb)
        if assigned is None:
            return self.in_order(gold.items, said.items)
        order = sorted(assigned) if set(assigned) <= set("wxyz") else list(assigned)
        return self.in_order(gold.items, [assigned[name] for name in order])


def _without_name(node: Node) -> Node:
    """Drops the name of a point: `A(1, 2)`."""
    if isinstance(node, Op) and node.name == "mul" and isinstance(node.args[0], Sym) and isinstance(node.args[1], Seq):
        return node.args[1] if node.args[0].name[:1].isupper() else node
    return node
