"""Comparators for relations, for sets of real numbers, and for things with names."""

from __future__ import annotations

from envs.judges.math.comparing.comparator import Comparator, paired
from envs.judges.math.grammar.nodes import Builder, Listing, Named, Node, Op, Rel, Seq, SetOp, Sym, op_names
from envs.judges.math.values.relations import equivalent
from envs.judges.math.values.sets.regions import NotARegion, Region, is_solved, region_of


class RegionComparator(Comparator):
    """Intervals, unions, differences, sets built from conditions."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`; ends that are no known numbers are compared piece by piece."""
        same = self.same_region(answer)
        if same is not None:
            return same
        return self._same_structure(self.gold.claim.node, self.said(answer))

    def same_region(self, answer: Node) -> bool | None:
        """Compares sets of reals by their points; None where one of the two is no such set."""
        gold, said = self._gold_region(), self._said_region(answer)
        if gold is None or said is None:
            return None
        if gold.variable and said.variable and gold.variable != said.variable:
            return self.policy.rename_variables and gold.same(said, self.climb)
        return gold.same(said, self.climb)

    def _gold_region(self) -> Region | None:
        node = self.gold.node
        if isinstance(node, Rel) and node.ops == ("=",):
            node = self.gold.claim.node
        try:
            return region_of(node, self.climb.deadline)
        except NotARegion:
            return None

    def _said_region(self, answer: Node) -> Region | None:
        if isinstance(answer, Listing) and not any(isinstance(item, Rel | Seq | SetOp) for item in answer.items):
            return None  # bare values are no interval
        if is_solved(self.gold.node) and not is_solved(answer):
            return None  # the question once more
        try:
            return region_of(answer, self.climb.deadline)
        except NotARegion:
            return None

    def _same_structure(self, gold: Node, said: Node) -> bool:
        if isinstance(gold, Seq) and isinstance(said, Seq):
            return (gold.open, gold.close) == (said.open, said.close) and self.in_order(gold.items, said.items)
        if isinstance(gold, SetOp) and isinstance(said, SetOp):
            return gold.name == said.name and paired(gold.args, said.args, self._same_structure)
        if isinstance(gold, Listing) and isinstance(said, Listing):
            return gold.word == said.word and paired(gold.items, said.items, self._same_structure)
        if isinstance(gold, Rel) and isinstance(said, Rel):
            return self.same_relation(gold, said)
        if isinstance(gold, Builder) and isinstance(said, Builder):
            return gold.variable == said.variable and self._same_structure(gold.condition, said.condition)
        return gold == said or self.values.agree(gold, said)


class RelationComparator(RegionComparator):
    """Inequalities and congruences; those in one variable are sets of reals."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold = self.gold.claim.node
        assert isinstance(gold, Rel)
        if self._gold_region() is not None and (same := self.same_region(answer)) is not None:
            return same
        if gold.ops == ("==",) and isinstance(gold.members[0], Sym) and isinstance(answer, Op) and answer.name == "mod":
            answer = Rel((gold.members[0], answer), ("==",))  # 3 (mod 7), without the name
        if not isinstance(answer, Rel) or len(answer.ops) != len(gold.ops):
            return False
        if _all_alike(gold, answer):
            return True
        if gold.ops == ("==",) and answer.ops == ("==",) and op_names(gold) & {"mod"}:
            return self._congruent(gold, answer)
        return equivalent(gold, answer, self.climb)

    def _congruent(self, gold: Rel, answer: Rel) -> bool:
        """`x = 3 (mod 7)` is `x = 10 (mod 7)`: the gap is a whole number of moduli."""
        (left, right), (name, value) = gold.members, answer.members
        if not (isinstance(right, Op) and isinstance(value, Op) and right.name == value.name == "mod"):
            return False
        if left != name or not self.climb.equal(right.args[1], value.args[1]):
            return False
        if self.climb.equal(right.args[0], value.args[0]):
            return True
        gap = Op("div", (Op("add", (right.args[0], Op("neg", (value.args[0],)))), right.args[1]))
        return self.climb.equal(gap, Op("floor", (gap,)))


def _all_alike(gold: Rel, answer: Node) -> bool:
    """Whether both say that the same things are equal: `a = b = c` in any order."""
    if not isinstance(answer, Rel) or {*gold.ops, *answer.ops} != {"="}:
        return False
    ours, theirs = ([name for part in node.members if (name := _symbol(part))] for node in (gold, answer))
    return len(gold.members) == len(ours) > 2 and len(answer.members) == len(theirs) and sorted(ours) == sorted(theirs)


def _symbol(node: Node) -> str:
    return node.name if isinstance(node, Sym) else ""


class NamedComparator(RegionComparator):
    """The empty set, the reals, `undefined`, yes and no."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold = self.gold.claim.node
        if gold == self.said(answer):
            return True
        if gold == Named("empty") and answer == Sym("phi"):
            return True  # how many write the sign of the empty set
        return isinstance(gold, Named) and gold.name in ("reals", "empty") and bool(self.same_region(answer))
