"""How far a learned reward agrees with one that can be checked.

A learned part that puts wrong completions above right ones teaches the policy to be wrong. Nothing here needs a model:
it reads the parts that rewards already carry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from envs.core.errors import UsageError, did_you_mean
from envs.core.reward import Reward

HIGH = 0.8
LOW = 0.2


@dataclass(frozen=True, slots=True)
class Case:
    """One completion that the two rewards see differently.

    Attributes:
        task_id: Its task.
        index: Its position in the list that was compared.
        learned: The learned score.
        verifiable: The verifiable score.
    """

    task_id: str
    index: int
    learned: float
    verifiable: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two parts of the same rewards compare.

    Attributes:
        learned: Name of the learned part.
        verifiable: Name of the verifiable part.
        count: Completions compared.
        left_out: Completions that were unscorable or lack a part.
        rank_correlation: Spearman's rho over all of them; None where one of the two does not vary.
        pairs: Pairs of completions of one task that the verifiable part tells apart.
        opposite: Share of those pairs that the learned part puts in the other order; None without pairs.
        undecided: Share of those pairs that the learned part scores alike; None without pairs.
        fooled: Cases where the learned score is at least 0.8 and the verifiable one is 0, worst first.
        missed: Cases where the verifiable score is 1 and the learned one is at most 0.2, worst first.
    """

    learned: str
    verifiable: str
    count: int
    left_out: int
    rank_correlation: float | None
    pairs: int
    opposite: float | None
    undecided: float | None
    fooled: tuple[Case, ...]
    missed: tuple[Case, ...]

    def to_json(self) -> dict[str, Any]:
        """Returns everything as plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Returns a report for a person, a line a fact."""
        shown = "-" if self.rank_correlation is None else f"{self.rank_correlation:+.3f}"
        told = [
            f"{self.learned} against {self.verifiable}: {self.count} completions, {self.left_out} left out",
            f"rank correlation            {shown}",
        ]
        if self.opposite is not None and self.undecided is not None:
            told.append(f"pairs in the opposite order {self.opposite:7.1%} of {self.pairs}")
            told.append(f"pairs scored alike          {self.undecided:7.1%}")
        told.append(f"high though worth nothing   {len(self.fooled):7d}")
        told.append(f"low though right            {len(self.missed):7d}")
        return told


def agreement(task_ids: Sequence[str], rewards: Sequence[Reward], learned: str, verifiable: str) -> Agreement:
    """Compares two parts of a rubric over completions that were scored with both.

    Args:
        task_ids: The task of each completion; completions of one task are compared in pairs.
        rewards: Their rewards, whose `parts` hold both names.
        learned: Name of the learned part.
        verifiable: Name of the verifiable part.

    Raises:
        UsageError: The two lists differ in length, or no reward has both parts.
    """
    if len(task_ids) != len(rewards):
        raise UsageError(f"{len(task_ids)} task ids for {len(rewards)} rewards: give one each")
    cases = [
        Case(task_id, index, reward.parts[learned], reward.parts[verifiable])
        for index, (task_id, reward) in enumerate(zip(task_ids, rewards, strict=True))
        if reward.scorable and learned in reward.parts and verifiable in reward.parts
    ]
    if not cases:
        names = sorted({name for reward in rewards for name in reward.parts})
        missing = learned if learned not in names else verifiable
        raise UsageError(f"no scorable reward has both parts: {missing!r}: {did_you_mean(missing, names)}")
    signs = [_order(one, other) for one, other in _pairs(cases)]
    fooled = [case for case in cases if case.learned >= HIGH and case.verifiable == 0]
    missed = [case for case in cases if case.verifiable == 1 and case.learned <= LOW]
    return Agreement(
        learned=learned,
        verifiable=verifiable,
        count=len(cases),
        left_out=len(rewards) - len(cases),
        rank_correlation=_spearman([case.learned for case in cases], [case.verifiable for case in cases]),
        pairs=len(signs),
        opposite=signs.count(-1) / len(signs) if signs else None,
        undecided=signs.count(0) / len(signs) if signs else None,
        fooled=tuple(sorted(fooled, key=lambda case: -case.learned)),
        missed=tuple(sorted(missed, key=lambda case: case.learned)),
    )


def _pairs(cases: Iterable[Case]) -> Iterable[tuple[Case, Case]]:
    by_task: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_task[case.task_id].append(case)
    for group in by_task.values():
        yield from ((one, other) for one, other in combinations(group, 2) if one.verifiable != other.verifiable)


def _order(one: Case, other: Case) -> int:
    """Returns 1 where the learned part orders two cases as the verifiable one does, -1 the other way, 0 for a tie."""
    learned, verifiable = one.learned - other.learned, one.verifiable - other.verifiable
    return 0 if learned == 0 else 1 if (learned > 0) == (verifiable > 0) else -1


def _spearman(learned: Sequence[float], verifiable: Sequence[float]) -> float | None:
    if len(set(learned)) < 2 or len(set(verifiable)) < 2:
        return None
    from scipy.stats import spearmanr

    return float(spearmanr(learned, verifiable).statistic)  # pyright: ignore[reportAttributeAccessIssue]
