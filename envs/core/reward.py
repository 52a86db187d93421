"""What a verifier says about one completion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_NUMBERS = (int, float)
_PASSED = 1 - 1e-9


class Status(StrEnum):
    """Whether a score can be believed, and who is to blame when it cannot.

    What the completion causes (`timeout`, `error`) is a score of 0. What we cause is `unscorable`: the sample leaves
    its group's baseline and the loss, so that no policy can learn to hide there.
    """

    OK = "ok"
    TIMEOUT = "timeout"
    ERROR = "error"
    UNSCORABLE = "unscorable"


@dataclass(frozen=True, slots=True)
class Reward:
    """One verdict.

    Attributes:
        score: What GRPO sees, in [0, 1].
        parts: Named components of the score, each a finite number.
        status: See `Status`.
        outcome: The verifier's own word for what it found, such as `correct`, `no_answer` or `ambiguous`.
        answer: The answer read from the completion, where there was one.
        reason: One short line for a person.
        truncated: Whether the episode was cut off (by the limit of turns, or for want of context) before it came to
            its own end. Set by the environment, never by a verifier.
    """

    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    status: Status = Status.OK
    outcome: str = ""
    answer: str | None = None
    reason: str = ""
    truncated: bool = False

    @classmethod
    def unscorable(cls, reason: str, outcome: str = "verifier_fault") -> Reward:
        """A verdict that counts against nobody, because the fault is ours."""
        return cls(score=0.0, status=Status.UNSCORABLE, outcome=outcome, reason=reason)

    @property
    def scorable(self) -> bool:
        """Whether the sample may enter a group's baseline and the loss."""
        return self.status is not Status.UNSCORABLE

    @property
    def passed(self) -> bool:
        """Whether the task is solved: the part `correct` is 1, or the score where there is no such part."""
        return self.scorable and float(self.parts.get("correct", self.score)) >= _PASSED


def checked(value: Any) -> Reward:
    """Turns whatever a verifier returned into a `Reward` that can be trusted to be one.

    A bare number in [0, 1] is accepted as a score. Anything else (a string, None, NaN, a score out of range, parts
    that are not finite numbers) is the verifier's fault and comes back `unscorable`, with the reason.
    """
    if isinstance(value, _NUMBERS):  # bool included: a predicate is a fine verifier
        value = Reward(score=float(value))
    if not isinstance(value, Reward):
        reason = f"the verifier returned {type(value).__name__}, not a Reward or a number"
        return Reward.unscorable(reason, "wrong_type")
    if not isinstance(value.score, _NUMBERS) or not math.isfinite(value.score):
        return Reward.unscorable(f"the verifier's score is {value.score!r}, not a finite number", "not_finite")
    if not 0.0 <= value.score <= 1.0:
        return Reward.unscorable(f"the verifier's score {value.score!r} is outside [0, 1]", "out_of_range")
    for name, part in value.parts.items():
        if not isinstance(part, _NUMBERS) or not math.isfinite(part):
            return Reward.unscorable(f"the verifier's part {name!r} is {part!r}, not a finite number", "not_finite")
    return value
