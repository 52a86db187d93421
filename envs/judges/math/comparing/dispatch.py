"""Which comparator judges which kind of gold."""

from __future__ import annotations

from envs.judges.math.comparing.comparator import Comparator
from envs.judges.math.comparing.constants import without_domain
from envs.judges.math.comparing.containers import ListComparator, SetComparator, TupleComparator
from envs.judges.math.comparing.gold import Gold, Kind
from envs.judges.math.comparing.left_sides import check_left_sides
from envs.judges.math.comparing.regions import NamedComparator, RegionComparator, RelationComparator
from envs.judges.math.comparing.scalars import EquationComparator, LetterComparator, TextComparator, ValueComparator
from envs.judges.math.comparing.shapes import (
    BasedComparator,
    ClockComparator,
    MatrixComparator,
    PiecesComparator,
    RatioComparator,
)
from envs.judges.math.comparing.vectors import has_unit_vectors, imaginary
from envs.judges.math.equality.ladder import Climb
from envs.judges.math.grammar.nodes import Listing, Node, Op, op_names
from envs.judges.math.values.names import as_equation, chosen_options, function_name
from envs.judges.math.values.opaque import resolve
from envs.judges.math.values.policy import Policy
from envs.judges.math.values.relations import renamed, spread_chain, spread_residues, with_parameter, written_out

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
    Kind.PIECES: PiecesComparator,
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
        self.climb = climb
        self.comparator = _COMPARATORS[gold.kind](gold, policy, climb)

    def matches(self, answer: Node, text: str) -> bool:
        """Whether an answer, given as a tree and as text, is the gold; raises as `Comparator.matches` does."""
        answer = as_equation(answer, function_name(self.gold.claim.label))
        check_left_sides(answer, self.climb.deadline)
        answer = resolve(answer, list(self.gold.bigs), self.climb)
        answer = with_parameter(without_domain(answer), self.gold.node)
        if has_unit_vectors(answer) and self.gold.kind in (Kind.NUMBER, Kind.EXPRESSION):
            answer = imaginary(answer)
        if self.policy.rename_variables:
            answer = renamed(answer, self.gold.node)
        if self.gold.kind in (Kind.LIST, Kind.TUPLE, Kind.SET):
            answer = written_out(answer if self.gold.kind is Kind.SET else spread_chain(spread_residues(answer)))
        if (options := chosen_options(self.gold.node)) and options == chosen_options(answer):
            return True
        return self.comparator.matches(answer, text)

    def is_hedge(self, answer: Node) -> bool:
        """Whether an answer says several things where the gold says one."""
        signs = isinstance(answer, Op) and bool(op_names(answer) & {"pm", "mp"})
        return self.comparator.single and (isinstance(answer, Listing) or signs)
