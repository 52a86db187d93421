"""Comparators for golds of several parts: sets, lists and tuples."""

from __future__ import annotations

from envs.judges.math.comparing.comparator import assignments, is_plain_row, paired, systems
from envs.judges.math.comparing.gold import Kind
from envs.judges.math.comparing.regions import RegionComparator
from envs.judges.math.comparing.vectors import components, named_point
from envs.judges.math.grammar.nodes import (
    Builder,
    Listing,
    Matrix,
    Named,
    Node,
    Op,
    Rel,
    Seq,
    SetOp,
    Sym,
    contains_const,
    is_scalar,
)
from envs.judges.math.reading.shape import Claim, claim_of, members_of
from envs.judges.math.values.names import name_of


class SetComparator(RegionComparator):
    """Sets, and values with a plus-minus: order and repetition do not matter."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        if isinstance(answer, SetOp):
            return not self._are_points() and bool(self.same_region(answer))
        if isinstance(answer, Seq) and answer.open != "{":
            return False
        gold = members_of(self.gold.node, self.climb)
        said = members_of(answer, self.climb)
        if len(gold) == len(said) and all(map(self._same_claim, gold, said)):
            return True  # however large the members are: none had to be told apart from its neighbours
        if self.gold.kind is Kind.SET or isinstance(answer, Seq):
            gold, said = self._distinct(gold), self._distinct(said)
        return paired(gold, said, self._same_claim)

    def _are_points(self) -> bool:
        """Whether the gold lists pairs that nothing shows to be intervals."""
        gold = self.gold.claim.node
        pairs = gold.items if isinstance(gold, Listing) else ()
        return bool(pairs) and all(
            isinstance(item, Seq) and item.open + item.close == "()" and not contains_const(item, "inf")
            for item in pairs
        )

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
        if self.gold.shared is not None and not isinstance(answer, Listing | Seq | Rel):
            return self.same_item(self.gold.shared, answer)
        several = systems(self.gold.node, self.climb)
        if several is not None:
            return self._solutions(several, answer)
        assigned = assignments(self.gold.node, self.climb)
        if assigned is not None:
            return self._assigned(assigned, answer)
        if isinstance(answer, Listing) and (values := _numbered(list(map(_name, gold.items)), answer)):
            return paired([claim_of(item, self.climb).node for item in gold.items], values, self.same_item)
        if (said := systems(answer, self.climb)) is not None and all(isinstance(item, Seq) for item in gold.items):
            points = [Seq("(", ")", tuple(one[name] for name in coordinates(list(one)))) for one in said]
            return paired(gold.items, points, self.same_item)
        if isinstance(answer, Seq) and answer.open in "([" and answer.close in ")]":
            return self.in_order(gold.items, answer.items)
        if isinstance(answer, Listing) and (self.policy.ordered_lists or Named("dots") in gold.items):
            return self.in_order(gold.items, answer.items)
        return super().matches(answer, text)

    def _assigned(self, gold: dict[str, Node], answer: Node) -> bool:
        """Named values: by their names, or without names in the order of the gold."""
        said = assignments(answer, self.climb)
        if said is not None:
            return gold.keys() == said.keys() and all(self.same_item(gold[name], said[name]) for name in gold)
        if isinstance(answer, Listing) and (values := _numbered(list(gold), answer)):
            return self.in_order([*gold.values()], values)
        label = claim_of(answer, self.climb).label
        unnamed = self.said(answer)
        if label is not None and not isinstance(label, Seq):
            return False
        if isinstance(label, Seq):
            return self._same_solution(gold, _by_name(label, unnamed))
        if isinstance(unnamed, Seq) and unnamed.open == "(":
            return self.in_order([gold[name] for name in coordinates(list(gold))], unnamed.items)
        return isinstance(unnamed, Listing) and is_plain_row(unnamed) and self.in_order([*gold.values()], unnamed.items)

    def _same_solution(self, gold: dict[str, Node], said: dict[str, Node] | None) -> bool:
        return said is not None and gold.keys() == said.keys() and all(self.same_item(gold[k], said[k]) for k in gold)

    def _solutions(self, gold: list[dict[str, Node]], answer: Node) -> bool:
        """Several solutions of a system, in any order: by name, or as points."""
        said = systems(answer, self.climb)
        if said is not None:
            return paired(gold, said, self._same_solution)
        claim = claim_of(answer, self.climb)
        points = claim.node.items if isinstance(claim.node, Listing | Seq) else ()
        if isinstance(claim.node, Seq) and claim.node.open != "{":
            return False
        order = coordinates(list(gold[0]))
        return paired(gold, points, lambda one, two: self._is_point(order, one, two))

    def _is_point(self, order: list[str], gold: dict[str, Node], said: Node) -> bool:
        claim = claim_of(said, self.climb)
        if not isinstance(claim.node, Seq) or claim.node.open != "(":
            return False
        if isinstance(claim.label, Seq):
            return self._same_solution(gold, _by_name(claim.label, claim.node))
        return claim.label is None and self.in_order([gold[name] for name in order], claim.node.items)


def coordinates(names: list[str]) -> list[str]:
    """Returns names in the order of a point's coordinates: x before y, and otherwise as they are written."""
    return sorted(names) if set(names) <= set("wxyz") else names


def _name(item: Node) -> str:
    return name_of(item.members[0]) if isinstance(item, Rel) and item.ops == ("=",) else ""


def _numbered(names: list[str], said: Listing) -> list[Node]:
    r"""Returns the values of `\lambda = 1, 3`, whose names are `\lambda_1` and `\lambda_2`, or nothing."""
    first, *rest = said.items
    if not isinstance(first, Rel) or first.ops != ("=",) or not isinstance(first.members[0], Sym) or said.word == "or":
        return []
    numbered = [f"{first.members[0].name}_{index}" for index in range(1, len(said.items) + 1)]
    return [first.members[1], *rest] if names == numbered and not any(isinstance(part, Rel) for part in rest) else []


def _by_name(label: Seq, said: Node) -> dict[str, Node] | None:
    """Returns `(x, y) = (1, 2)` by name."""
    if not isinstance(said, Seq) or len(said.items) != len(label.items):
        return None
    return {name_of(name): item for name, item in zip(label.items, said.items, strict=True)}


class TupleComparator(RegionComparator):
    """Tuples, points and vectors; a pair may be an open interval as well."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold = self.gold.claim.node
        assert isinstance(gold, Seq)
        claim = claim_of(answer, self.climb)
        said = claim.node
        if isinstance(said, Op) and (point := named_point(said)) is not None:
            claim, said = Claim(point, Sym(said.name.removeprefix("apply:"))), point
        if is_scalar(said):
            said = components(said, len(gold.items), plain=True) or said
        label = self.gold.claim.label
        if isinstance(label, Seq) and isinstance(claim.label, Seq):  # (a, b) = (1, 2) is (b, a) = (2, 1)
            named, own = _by_name(label, gold), _by_name(claim.label, said)
            return named is not None and own is not None and self._same_by_name(named, own)
        if not self._named_alike(claim):
            return False
        if isinstance(said, Seq):
            return self._brackets_agree(gold, said) and self.in_order(gold.items, said.items)
        if isinstance(said, Matrix) and len(said.rows[0]) == 1:
            return self.in_order(gold.items, [row[0] for row in said.rows])
        if isinstance(said, Listing):
            return self._listed(gold, said)
        return isinstance(answer, Rel | Builder) and bool(self.same_region(answer))

    def _named_alike(self, said: Claim) -> bool:
        """Whether a tuple's label, `(x, y)` or the name of a point, is the gold's where both have one."""
        gold = self.gold.claim
        return isinstance(gold.label, Seq) != isinstance(said.label, Seq) or self.labels_agree(gold, said)

    def _same_by_name(self, gold: dict[str, Node], said: dict[str, Node]) -> bool:
        return gold.keys() == said.keys() and all(self.same_item(gold[name], said[name]) for name in gold)

    def _brackets_agree(self, gold: Seq, said: Seq) -> bool:
        """Three items and more cannot be an interval, so square brackets are as good as round ones."""
        if (gold.open, gold.close) == (said.open, said.close):
            return True
        if len(gold.items) == 2 and said.open + said.close == "][":  # the open interval that a pair may be
            return True
        return len(gold.items) > 2 and said.open in "([" and said.close in ")]"

    def _listed(self, gold: Seq, said: Listing) -> bool:
        assigned = assignments(said, self.climb)
        if assigned is None:
            return is_plain_row(said) and self.in_order(gold.items, said.items)
        label = self.gold.claim.label
        if isinstance(label, Seq):
            names = [name_of(item) for item in label.items]
            return set(names) == set(assigned) and self.in_order(gold.items, [assigned[name] for name in names])
        return self.in_order(gold.items, [assigned[name] for name in coordinates(list(assigned))])
