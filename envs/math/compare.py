"""One comparator for each kind of gold. Each fails closed: what it does not recognise is wrong."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from envs.math.exact import exact
from envs.math.gold import Gold, Kind
from envs.math.ladder import Climb
from envs.math.nodes import (
    Based,
    Builder,
    Clock,
    Listing,
    Matrix,
    Named,
    Node,
    Num,
    Op,
    Ratio,
    Rel,
    Seq,
    SetOp,
    Sym,
    Words,
    is_scalar,
    symbols,
    walk,
)
from envs.math.policy import Policy
from envs.math.reading import option_letter, plain_words
from envs.math.regions import NotARegion, region_of
from envs.math.relations import equivalent, integration_constant, renamed, same_equation
from envs.math.shape import Claim, claim_of, is_collection, members_of
from envs.math.values import Values


class Comparison:
    """Compares one answer with one gold.

    Args:
        gold: The gold.
        policy: What counts as equal.
        climb: The budget, which also remembers the rung that decided.
    """

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
        """
        if self.gold.kind in (Kind.TEXT, Kind.LETTER):
            return self._text(answer, text)
        if self.policy.rename_variables:
            answer = renamed(answer, self.gold.node)
        return _COMPARATORS[self.gold.kind](self, answer)

    def is_hedge(self, answer: Node) -> bool:
        """Whether an answer says several things where the gold says one."""
        single = (Kind.NUMBER, Kind.EXPRESSION, Kind.EQUATION, Kind.MATRIX, Kind.CLOCK, Kind.BASED, Kind.RATIO)
        return self.gold.kind in single and (
            isinstance(answer, Listing) or isinstance(answer, Op) and is_collection(answer)
        )

    # --- scalars ---

    def _value(self, answer: Node) -> bool:
        gold = self.gold.claim
        if isinstance(answer, Listing):  # 1/2 or 0.5
            return len(answer.items) <= 4 and all(self._value(item) for item in answer.items)
        claim = claim_of(answer, self.climb)
        if not self._labels_agree(gold, claim):
            return False
        if isinstance(claim.node, Based):
            return claim.node.base == 10 and self.values.agree(gold.node, Num(Fraction(int(claim.node.digits))))
        if isinstance(claim.node, Ratio) and len(claim.node.items) == 2:
            return self._value_claim(gold.node, Op("div", claim.node.items))
        if self.gold.kind is Kind.EXPRESSION:
            node = integration_constant(gold.node, claim.node)
            return self._value_claim(gold.node, node)
        return self._value_claim(gold.node, claim.node) or any(
            self._value_claim(gold.node, other) for other in claim.alternatives
        )

    def _value_claim(self, gold: Node, answer: Node) -> bool:
        if isinstance(answer, Op) and answer.name == "mod" and is_scalar(gold):
            answer = answer.args[0]
        return self.values.agree(gold, answer)

    def _labels_agree(self, gold: Claim, answer: Claim) -> bool:
        if self.policy.rename_variables:
            return True
        if isinstance(gold.label, Sym) and isinstance(answer.label, Sym):
            return gold.label == answer.label
        return True

    def _equation(self, answer: Node) -> bool:
        gold = self.gold
        if isinstance(answer, Rel) and answer.ops == ("=",) and isinstance(gold.node, Rel):
            if gold.node.ops == ("=",) and equivalent(gold.node, answer, self.climb):
                return True
            if self._divides(gold.node, answer):
                return same_equation(gold.node, answer, self.climb)
        if gold.claim.label is None:
            return False
        claim = claim_of(answer, self.climb)
        if claim.label is not None and claim.label != gold.claim.label and isinstance(claim.label, Sym):
            return False
        return self.values.agree(gold.claim.node, claim.node)

    def _divides(self, gold: Rel, answer: Rel) -> bool:
        """Whether clearing denominators could make one equation of two."""
        return symbols(gold) == symbols(answer) and any(
            isinstance(part, Op) and part.name == "div" and symbols(part.args[1])
            for side in (gold, answer)
            for part in walk(side)
        )

    # --- relations and sets of reals ---

    def _relation(self, answer: Node) -> bool:
        gold = self.gold.claim.node
        assert isinstance(gold, Rel)
        same = self._region(answer)
        if same is not None and self._has_region(gold):
            return same
        if not isinstance(answer, Rel) or len(answer.ops) != len(gold.ops):
            return False
        if gold.ops == ("==",) and answer.ops == ("==",):
            return self._congruence(gold, answer)
        return equivalent(gold, answer, self.climb)

    def _congruence(self, gold: Rel, answer: Rel) -> bool:
        (left, right), (name, value) = gold.members, answer.members
        if not (isinstance(right, Op) and isinstance(value, Op) and right.name == value.name == "mod"):
            return False
        if left != name or not self.climb.equal(right.args[1], value.args[1]):
            return False
        gap = Op("div", (Op("add", (right.args[0], Op("neg", (value.args[0],)))), right.args[1]))
        return self.climb.equal(gap, Op("floor", (gap,)))

    def _has_region(self, node: Node) -> bool:
        try:
            region_of(node, self.climb.deadline)
        except NotARegion:
            return False
        return True

    def _region(self, answer: Node) -> bool | None:
        """Compares sets of reals; None where one of the two is none."""
        try:
            named = isinstance(self.gold.node, Rel) and self.gold.node.ops == ("=",)
            gold = region_of(self.gold.claim.node if named else self.gold.node, self.climb.deadline)
            said = region_of(self._spelled_out(answer), self.climb.deadline)
        except NotARegion:
            return None
        if gold.variable and said.variable and gold.variable != said.variable and not self.policy.rename_variables:
            return False
        return gold.same(said)

    def _spelled_out(self, answer: Node) -> Node:
        """A bare value or list of values is no interval, and `x in S` is S."""
        if isinstance(answer, Listing) and not any(isinstance(item, Rel | Seq | SetOp) for item in answer.items):
            raise NotARegion
        return answer

    def _region_kind(self, answer: Node) -> bool:
        same = self._region(answer)
        if same is not None:
            return same
        gold, said = self.gold.claim.node, claim_of(answer, self.climb).node
        return self._same_structure(gold, said)

    def _same_structure(self, gold: Node, said: Node) -> bool:
        """Compares piece by piece what has endpoints that are no known numbers."""
        if isinstance(gold, Seq) and isinstance(said, Seq):
            return (gold.open, gold.close) == (said.open, said.close) and self._in_order(gold.items, said.items)
        if isinstance(gold, SetOp) and isinstance(said, SetOp) and gold.name == said.name:
            return len(gold.args) == len(said.args) and self._paired(
                list(gold.args), list(said.args), self._same_structure
            )
        if isinstance(gold, Builder) and isinstance(said, Builder):
            return gold == said
        if isinstance(gold, Listing) and isinstance(said, Listing) and gold.word == said.word:
            return len(gold.items) == len(said.items) and self._paired(
                list(gold.items), list(said.items), self._same_structure
            )
        if isinstance(gold, Rel) and isinstance(said, Rel):
            return len(gold.ops) == len(said.ops) and equivalent(gold, said, self.climb)
        return gold == said or self.values.agree(gold, said)

    # --- collections ---

    def _set(self, answer: Node) -> bool:
        if isinstance(answer, Seq) and answer.open != "{" and not self._is_bracketed_list(answer):
            return False
        gold = members_of(self.gold.node, self.climb)
        said = members_of(answer, self.climb)
        if self.gold.kind is Kind.SET or isinstance(answer, Seq) and answer.open == "{":
            gold, said = self._distinct(gold), self._distinct(said)
        return len(gold) == len(said) and self._paired(gold, said, self._same_claim)

    def _is_bracketed_list(self, answer: Seq) -> bool:
        """Round or square brackets around a list are read as the list only where no order is lost."""
        return False

    def _distinct(self, claims: list[Claim]) -> list[Claim]:
        out: list[Claim] = []
        for claim in claims:
            if not any(self._same_claim(other, claim) for other in out):
                out.append(claim)
        return out

    def _same_claim(self, gold: Claim, said: Claim) -> bool:
        if not self._labels_agree(gold, said):
            return False
        return self._same_item(gold.node, said.node)

    def _list(self, answer: Node) -> bool:
        gold = self.gold.claim.node
        assert isinstance(gold, Listing)
        assigned = _assignments(self.gold.node, self.climb)
        if assigned is not None:
            return self._assignments(assigned, answer)
        if isinstance(answer, Seq) and answer.open in "([" and answer.close in ")]":
            return self._in_order(gold.items, answer.items)
        if self.policy.ordered_lists and isinstance(answer, Listing):
            return self._in_order(gold.items, answer.items)
        return self._set(answer)

    def _assignments(self, gold: dict[str, Node], answer: Node) -> bool:
        said = _assignments(answer, self.climb)
        if said is not None:
            return gold.keys() == said.keys() and all(self._same_item(gold[name], said[name]) for name in gold)
        if isinstance(answer, Seq) and answer.open == "(":
            return self._in_order(tuple(gold[name] for name in sorted(gold)), answer.items)
        return False

    def _tuple(self, answer: Node) -> bool:
        gold = self.gold.claim.node
        assert isinstance(gold, Seq)
        claim = claim_of(answer, self.climb)
        said = _point(claim.node)
        if isinstance(said, Seq):
            round_brackets = gold.open == "(" and said.open == "("
            lists = len(gold.items) > 2 and said.open in "([" and said.close in ")]"
            same = (gold.open, gold.close) == (said.open, said.close)
            return (round_brackets and said.close == ")" or lists or same) and self._in_order(gold.items, said.items)
        if isinstance(said, Matrix) and len(said.rows[0]) == 1:
            return self._in_order(gold.items, tuple(row[0] for row in said.rows))
        if isinstance(said, Listing):
            assigned = _assignments(said, self.climb)
            if assigned is not None:
                order = sorted(assigned) if set(assigned) <= set("xyzw") else list(assigned)
                return self._in_order(gold.items, tuple(assigned[name] for name in order))
            return self._in_order(gold.items, said.items)
        return bool(self._region(answer)) and isinstance(answer, Rel)

    def _in_order(self, gold: tuple[Node, ...], said: tuple[Node, ...]) -> bool:
        return len(gold) == len(said) and all(map(self._same_item, gold, said))

    def _same_item(self, gold: Node, said: Node) -> bool:
        if isinstance(gold, Seq) and isinstance(said, Seq):
            return (gold.open, gold.close) == (said.open, said.close) and self._in_order(gold.items, said.items)
        if isinstance(gold, Rel):
            return isinstance(said, Rel) and len(gold.ops) == len(said.ops) and equivalent(gold, said, self.climb)
        if isinstance(gold, Matrix) or isinstance(said, Matrix):
            return self._matrices(gold, said)
        if isinstance(said, Rel):
            said = claim_of(said, self.climb).node
        return gold == said or self.values.agree(gold, said)

    def _paired(self, gold: list, said: list, same: Callable) -> bool:
        """Whether the items of two lists of one length pair up."""
        left = list(said)
        for item in gold:
            found = next((k for k, other in enumerate(left) if same(item, other)), None)
            if found is None:
                return False
            del left[found]
        return True

    # --- the rest ---

    def _matrix(self, answer: Node) -> bool:
        return self._matrices(self.gold.claim.node, claim_of(answer, self.climb).node)

    def _matrices(self, gold: Node, said: Node) -> bool:
        one, two = as_matrix(gold), as_matrix(said)
        if one is None:
            return False
        if two is None and isinstance(said, Seq) and said.open in "([" and said.close in ")]":
            flat = [cell for row in one.rows for cell in row]
            return min(len(one.rows), len(one.rows[0])) == 1 and self._in_order(tuple(flat), said.items)
        if two is None or one.kind != two.kind or len(one.rows) != len(two.rows):
            return False
        return all(map(self._in_order, one.rows, two.rows))

    def _based(self, answer: Node) -> bool:
        return claim_of(answer, self.climb).node == self.gold.claim.node

    def _clock(self, answer: Node) -> bool:
        gold, said = self.gold.claim.node, claim_of(answer, self.climb).node
        if not (isinstance(gold, Clock) and isinstance(said, Clock)):
            return False
        if gold.meridiem or said.meridiem:
            if not gold.meridiem and gold.hours <= 12:
                return (gold.hours, gold.minutes, gold.seconds) == (said.hours, said.minutes, said.seconds)
            return _in_day(gold) == _in_day(said) and bool(said.meridiem or said.hours > 12 or not gold.meridiem)
        return gold == said

    def _ratio(self, answer: Node) -> bool:
        gold, said = self.gold.claim.node, claim_of(answer, self.climb).node
        assert isinstance(gold, Ratio)
        if isinstance(said, Clock):
            said = Ratio((Num(Fraction(said.hours)), Num(Fraction(said.minutes))))
        if isinstance(said, Ratio):
            if len(gold.items) != len(said.items):
                return False
            first = gold.items[0], said.items[0]
            return all(
                self.climb.equal(Op("mul", (a, first[1])), Op("mul", (b, first[0])))
                for a, b in zip(gold.items[1:], said.items[1:], strict=True)
            )
        return len(gold.items) == 2 and is_scalar(said) and self.climb.equal(Op("div", gold.items), said)

    def _named(self, answer: Node) -> bool:
        gold, said = self.gold.claim.node, claim_of(answer, self.climb).node
        if gold == said:
            return True
        if isinstance(gold, Named) and gold.name in ("reals", "empty"):
            return bool(self._region(answer))
        return False

    def _text(self, answer: Node, text: str) -> bool:
        words = plain_words(text)
        if self.gold.kind is Kind.LETTER:
            letter = self.gold.claim.node
            assert isinstance(letter, Words)
            if isinstance(answer, Sym) and answer.name == letter.letter:
                return True
            return option_letter(text) == letter.letter and not _names_other_letters(words.text, letter.letter)
        if words.text == self.gold.words.text:
            return True
        return bool(self.gold.words.letter) and words.letter == self.gold.words.letter and len(words.text) == 1


def _point(node: Node) -> Node:
    """Drops the name of a point: `A(1, 2)`."""
    if isinstance(node, Op) and node.name == "mul" and isinstance(node.args[0], Sym) and isinstance(node.args[1], Seq):
        return node.args[1] if node.args[0].name[:1].isupper() else node
    return node


def _names_other_letters(text: str, letter: str) -> bool:
    if set(text.split()) & {"wrong", "incorrect", "not", "false", "no", "never", "neither"}:
        return True
    others = [word for word in text.split() if len(word) == 1 and word.isalpha() and word.upper() != letter]
    return " or " in f" {text} " or " and " in f" {text} " and bool(others)


def _assignments(node: Node, climb: Climb) -> dict[str, Node] | None:
    """Returns `x = 1, y = 2` by name, or None where the node is anything else."""
    if not isinstance(node, Listing):
        return None
    out: dict[str, Node] = {}
    for item in node.items:
        claim = claim_of(item, climb)
        if not isinstance(item, Rel) or not isinstance(claim.label, Sym) or claim.label.name in out:
            return None
        out[claim.label.name] = claim.node
    return out


def as_matrix(node: Node) -> Matrix | None:
    """Returns a matrix, a multiple of one carried out, or rows in brackets as a matrix."""
    if isinstance(node, Matrix):
        return node
    if isinstance(node, Op) and node.name in ("mul", "div") and len(node.args) == 2:
        left, right = node.args
        if isinstance(right, Matrix) and is_scalar(left) and node.name == "mul":
            return Matrix(tuple(tuple(_product(left, cell) for cell in row) for row in right.rows), right.kind)
        return None
    if isinstance(node, Op) and node.name == "neg" and isinstance(node.args[0], Matrix):
        inner = node.args[0]
        return Matrix(tuple(tuple(_product(Num(Fraction(-1)), cell) for cell in row) for row in inner.rows), inner.kind)
    if isinstance(node, Seq) and node.items and all(isinstance(item, Seq) for item in node.items):
        rows = tuple(item.items for item in node.items if isinstance(item, Seq) and item.open == node.open)
        if len(rows) == len(node.items) and len({len(row) for row in rows}) == 1 and node.open in "[(":
            return Matrix(rows)
    return None


def _product(factor: Node, cell: Node) -> Node:
    product = Op("mul", (factor, cell))
    try:
        return Num(exact(product))
    except ArithmeticError:
        return product


def _in_day(clock: Clock) -> tuple[int, int, int]:
    hours = clock.hours
    if clock.meridiem:
        hours = hours % 12 + (12 if clock.meridiem == "pm" else 0)
    return hours, clock.minutes, clock.seconds


_COMPARATORS: dict[Kind, Callable[[Comparison, Node], bool]] = {
    Kind.NUMBER: Comparison._value,
    Kind.EXPRESSION: Comparison._value,
    Kind.EQUATION: Comparison._equation,
    Kind.RELATION: Comparison._relation,
    Kind.REGION: Comparison._region_kind,
    Kind.SET: Comparison._set,
    Kind.LIST: Comparison._list,
    Kind.TUPLE: Comparison._tuple,
    Kind.MATRIX: Comparison._matrix,
    Kind.BASED: Comparison._based,
    Kind.CLOCK: Comparison._clock,
    Kind.RATIO: Comparison._ratio,
    Kind.NAMED: Comparison._named,
}
