"""Which comparator judges which kind of gold."""

from __future__ import annotations

from envs.math.comparator import Comparator
from envs.math.compare_collections import ListComparator, SetComparator, TupleComparator
from envs.math.compare_regions import NamedComparator, RegionComparator, RelationComparator
from envs.math.compare_shapes import BasedComparator, ClockComparator, MatrixComparator, RatioComparator
from envs.math.compare_values import EquationComparator, LetterComparator, TextComparator, ValueComparator
from envs.math.gold import Gold, Kind
from envs.math.ladder import Climb
from envs.math.nodes import Listing, Node, Op, op_names
from envs.math.policy import Policy
from envs.math.relations import renamed

_COMPARATORS: dict[Kind, type[Comparator]] = {
    Kind.NUMBER: ValueComparator,
    Kind.EXPRESSION: ValueComparator,
    Kind.EQUATION: EquationComparator,
    Kind.RELATION: RelationComparator,
    Kind.REGION: RegionComparator,
    Kind.SET: SetComparator,
    Kind.LIST: ListComparator,
    Kind.TUPLE: TupleComparator,
    Kind.MATRIX: MatrixComparator,
    Kind.BASED: BasedComparator,
    Kind.CLOCK: ClockComparator,
    Kind.RATIO: RatioComparator,
    Kind.NAMED: NamedComparator,
    Kind.TEXT: TextComparator,
    Kind.LETTER: LetterComparator,
}


class Comparison:
    """Compares answers with one gold.

    Args:
        gold: The gold.
        policy: What counts as equal.
        climb: The budget, which also remembers the rung that decided.
    """

    def __init__(self, gold: Gold, policy: Policy, climb: Climb):
        self.gold = gold
        self.policy = policy
        self.comparator = _COMPARATORS[gold.kind](gold, policy, climb)

    def matches(self, answer: Node, text: str) -> bool:
        """Whether an answer, given as a tree and as text, is the gold; raises as `Comparator.matches` does."""
        if self.policy.rename_variables:
            answer = renamed(answer, self.gold.node)
        return self.comparator.matches(answer, text)

    def is_hedge(self, answer: Node) -> bool:
        """Whether an answer says several things where the gold says one."""
        signs = isinstance(answer, Op) and bool(op_names(answer) & {"pm", "mp"})
        return self.comparator.single and (isinstance(answer, Listing) or signs)
