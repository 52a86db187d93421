"""Comparators for matrices, numbers in a base, times and ratios."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from envs.judges.math.comparing.comparator import Comparator, paired
from envs.judges.math.comparing.regions import RegionComparator
from envs.judges.math.comparing.vectors import components
from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Clock, Matrix, Node, Num, Op, Pieces, Ratio, Rel, is_scalar, symbols
from envs.judges.math.values.exact import Inexact, exact
from envs.judges.math.values.opaque import alike
from envs.judges.math.values.sets.regions import NotARegion, region_of

_ZERO = Num(Fraction(0))


class MatrixComparator(Comparator):
    """Matrices and determinants, cell by cell."""

    single = True

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold, said = self.gold.claim.node, self.said(answer)
        if is_scalar(said) and isinstance(gold, Matrix):
            said = components(said, max(len(gold.rows), len(gold.rows[0])), plain=True) or said
        return self.same_matrix(gold, said)


class PiecesComparator(RegionComparator):
    """Piecewise definitions: the same values under the same conditions, in any order."""

    single = True

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold, said = self.gold.claim.node, self.said(answer)
        return isinstance(gold, Pieces) and isinstance(said, Pieces) and paired(gold.rows, said.rows, self._same_row)

    def _same_row(self, gold: tuple[Node, Node | None], said: tuple[Node, Node | None]) -> bool:
        if gold[1] is None or said[1] is None:
            return gold[1] is said[1] and self.same_item(gold[0], said[0])
        return self._same_condition(gold[1], said[1]) and self.same_item(gold[0], said[0])

    def _same_condition(self, gold: Node, said: Node) -> bool:
        try:
            one, two = (region_of(node, self.climb.deadline) for node in (gold, said))
            return one.variable == two.variable and one.same(two, self.climb)
        except NotARegion:
            return alike(gold, said, self.climb) or isinstance(gold, Rel) and self.same_item(gold, said)


class BasedComparator(Comparator):
    """Numbers in a stated base: the digits and the base must both be there."""

    single = True

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        return self.said(answer) == self.gold.claim.node


class ClockComparator(Comparator):
    """Times of day: `2:45 PM` is `14:45`, and a gold without a meridiem, before noon, takes either."""

    single = True

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold, said = self.gold.claim.node, self.said(answer)
        if not (isinstance(gold, Clock) and isinstance(said, Clock)):
            return False
        if not gold.meridiem and (1 <= gold.hours <= 12 or not said.meridiem):
            return (gold.hours, gold.minutes, gold.seconds) == (said.hours, said.minutes, said.seconds)
        return _in_day(gold) == _in_day(said) and bool(said.meridiem or said.hours > 12 or said.hours == 0)


def _in_day(clock: Clock) -> tuple[int, int, int]:
    hours = clock.hours
    if clock.meridiem:
        hours = hours % 12 + (12 if clock.meridiem == "pm" else 0)
    return hours, clock.minutes, clock.seconds


class RatioComparator(Comparator):
    """Ratios: equal where their items are proportional; a ratio of two is also their quotient."""

    single = True

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold, said = self.gold.claim.node, self.said(answer)
        assert isinstance(gold, Ratio)
        if isinstance(said, Clock):
            if said.meridiem or said.minutes < 10:
                return False  # 2:03 is a time of day, 2:3 a ratio
            said = Ratio((Num(Fraction(said.hours)), Num(Fraction(said.minutes))))
        if isinstance(said, Ratio):
            return self._proportional(gold, said)
        return len(gold.items) == 2 and is_scalar(said) and self.climb.equal(Op("div", gold.items), said)

    def _proportional(self, gold: Ratio, said: Ratio) -> bool:
        """Compares all pairs, for any one item may be 0; where all are, nothing is told."""
        if len(gold.items) != len(said.items) or not any(map(self._is_something, said.items)):
            return False
        return all(
            self.climb.equal(Op("mul", (a, d)), Op("mul", (b, c)))
            for (a, c), (b, d) in combinations(zip(gold.items, said.items, strict=True), 2)
        )

    def _is_something(self, item: Node) -> bool:
        try:
            return exact(item) != 0
        except Undefined:
            return False
        except (Inexact, TooLarge):
            pass
        try:
            return not self.climb.equal(_ZERO, item)
        except TooLarge:
            return bool(symbols(item))
