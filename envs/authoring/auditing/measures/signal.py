"""Whether a policy's samples differ in reward: GRPO learns from nothing else (arXiv 2402.03300, section 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from envs.authoring.auditing.findings import Finding
from envs.core.registry import EnvSpec

Sampler = Callable[[EnvSpec, int, int], list[list[float]]]
"""Plays the tasks of the seeds from 0 on, so many, each in a group of so many; returns the rewards by group."""

_DEAD_SHARE = 0.9
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Signal:
    """What GRPO would see of the environment through one policy.

    Attributes:
        policy: Whose samples they are.
        groups: How many tasks were sampled.
        size: Samples of each.
        zero_variance: Share of groups whose samples all earned the same: their advantage is 0.
        all_wrong: Share of groups that earned 0 throughout.
        mean: Mean reward.
    """

    policy: str
    groups: int
    size: int
    zero_variance: float
    all_wrong: float
    mean: float

    @property
    def verdict(self) -> str:
        """What it means, in one line."""
        share = f"{self.zero_variance:.0%} zero-variance groups"
        if self.zero_variance > _DEAD_SHARE:
            way = "lower the level" if self.mean < 0.5 else "raise the level"
            return f"{share}: this run will not learn; {way}"
        return f"{share}: there is a signal to learn from"

    def findings(self) -> list[Finding]:
        """Returns a finding where there is next to no signal."""
        if self.zero_variance <= _DEAD_SHARE:
            return []
        return [Finding("no-signal", round(self.zero_variance * self.groups), self.groups, self.verdict)]

    def to_json(self) -> dict[str, Any]:
        """Returns plain data."""
        return {name: getattr(self, name) for name in self.__slots__} | {"verdict": self.verdict}


def signal_of(policy: str, groups: Sequence[Sequence[float]]) -> Signal:
    """Summarises the rewards of groups of samples."""
    flat = [score for group in groups for score in group]
    still = sum(max(group) - min(group) < _EQUAL for group in groups)
    wrong = sum(max(group) < _EQUAL for group in groups)
    count = max(1, len(groups))
    return Signal(
        policy,
        len(groups),
        max(map(len, groups), default=0),
        still / count,
        wrong / count,
        sum(flat) / max(1, len(flat)),
    )
