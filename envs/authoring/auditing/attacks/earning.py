"""What a policy that knows nothing earned, held against luck and against a wrong answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from envs.authoring.auditing.measures.intervals import Z_95, mean, wilson


@dataclass(frozen=True, slots=True)
class Earning:
    """What one policy earned.

    Being right by luck and being paid for a wrong answer are two things. A guess among four options is right once in
    four; a wrong answer is worth nothing however often it is tried. So each has a limit of its own.

    Attributes:
        name: The policy, for a person.
        code: The finding that it is where it earns too much.
        mean: Mean reward over `count` tasks.
        low: Lower end of the mean's 95% interval.
        high: Upper end.
        limit: What the lower end of the share paid in full may reach.
        full: Share of tasks paid in full.
        partial: Mean of what is paid for less than the full score.
        partial_low: Lower end of its 95% interval.
        partial_limit: What that may reach.
    """

    name: str
    code: str
    mean: float
    low: float
    high: float
    count: int
    limit: float
    full: float = 0.0
    partial: float = 0.0
    partial_low: float = 0.0
    partial_limit: float = 0.0

    @property
    def lucky(self) -> bool:
        """Whether it is right more often than luck explains."""
        return wilson(self.full, self.count)[0] > self.limit

    @property
    def too_much(self) -> bool:
        """Whether the policy earns more than one that knows nothing may."""
        return self.lucky or self.partial_low > self.partial_limit

    def told(self) -> str:
        """Returns what was seen, in one line."""
        if self.lucky:
            low, high = wilson(self.full, self.count)
            return (
                f"{self.name} is paid in full at {self.full:.0%} of the tasks [{low:.2f}, {high:.2f}];"
                f" the limit is {self.limit:g}"
            )
        return (
            f"{self.name} earns {self.partial:.2f} (at least {self.partial_low:.2f}) for what is not right;"
            f" the limit is {self.partial_limit:.2g}"
        )

    @classmethod
    def of(
        cls, name: str, code: str, scores: Sequence[float], full: Sequence[bool], limit: float, partial_limit: float
    ) -> Earning:
        """Summarises the scores of a policy; `full` says which of them are the oracle's, none where it is empty."""
        count = len(scores)
        right = list(full) or [False] * count
        rest = [0.0 if hit else score for score, hit in zip(scores, right, strict=True)]
        average, partial = mean(scores), mean(rest)
        spread = math.sqrt(sum((value - partial) ** 2 for value in rest) / max(1, count - 1))
        low = partial - Z_95 * spread / math.sqrt(max(1, count))
        return cls(
            name, code, average, *wilson(min(1.0, average), count), count, limit,
            mean([float(hit) for hit in right]), partial, max(0.0, low), partial_limit,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Returns plain data."""
        return {name: getattr(self, name) for name in self.__slots__} | {"too_much": self.too_much}
