"""Comparators for matrices, numbers in a base, times and ratios."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from envs.judges.math.comparing.comparator import Comparator, paired
from envs.judges.math.comparing.regions import RegionComparator
from envs.judges.math.comparing.vectors import components
from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Clock, Matrix, Node, Num, Op, Pieces, Ratio, Rel, Sym, is_scalar, symbols
from envs.judges.math.values.exact import Inexact, exact
from envs.judges.math.values.opaque import alike
from envs.judges.math.values.sets.piecewise import same_function
from envs.judges.math.values.sets.regions import NotARegion, Region, region_of

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
    """Piecewise definitions: equal values under equal conditions, in any order, or the function in closed form."""

    single = True

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold, said = self.gold.claim.node, self.said(answer)
        if not isinstance(gold, Pieces):
            return False
        if isinstance(said, Pieces):
            return paired(self._cases(gold), self._cases(said), self._same_case)
        return isinstance(said, Op | Sym) and same_function(gold, said, self.climb)

    def _cases(self, pieces: Pieces) -> list[_Case]:
        """Returns the rows with the points where each holds: `otherwise` is where no other row does."""
        regions = [None if condition is None else self._region(condition) for _, condition in pieces.rows]
        known = [region for region in regions if region is not None]
        rest = None
        if len(known) == len(pieces.rows) - 1 and len({region.variable for region in known}) == 1:
            ends = tuple(end for region in known for end in region.ends)
            rest = Region(lambda x: not any(region.contains(x) for region in known), ends, known[0].variable)
        return [
            _Case(value, condition, rest if condition is None else region)
            for (value, condition), region in zip(pieces.rows, regions, strict=True)
        ]

    def _region(self, condition: Node) -> Region | None:
        try:
            return region_of(condition, self.climb.deadline)
        except NotARegion:
            return None

    def _same_case(self, gold: _Case, said: _Case) -> bool:
        return self._hold_together(gold, said) and self.same_item(gold.value, said.value)

    def _hold_together(self, gold: _Case, said: _Case) -> bool:
        if gold.region is not None and said.region is not None:
            return gold.region.variable == said.region.variable and gold.region.same(said.region, self.climb)
        if gold.condition is None or said.condition is None:
            return gold.condition is said.condition
        if alike(gold.condition, said.condition, self.climb):
            return True
        return isinstance(gold.condition, Rel) and self.same_item(gold.condition, said.condition)


@dataclass(frozen=True, slots=True)
class _Case:
    """A row of a piecewise definition: `region` is where it holds, None where that is no set of reals we know."""

    value: Node
    condition: Node | None
    region: Region | None


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
