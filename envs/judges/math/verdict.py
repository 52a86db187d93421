"""What the judge says about one completion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from envs.core.reward import Reward, Status


class Outcome(StrEnum):
    """How a completion was judged.

    `correct` is the only one worth a point. `limit` and `timeout` are answers too large or too slow to evaluate,
    which is the completion's doing; `bad_gold` is ours.
    """

    CORRECT = "correct"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"
    AMBIGUOUS = "ambiguous"
    LIMIT = "limit"
    TIMEOUT = "timeout"
    BAD_GOLD = "bad_gold"


_REWARD_STATUS = {
    Outcome.LIMIT: Status.ERROR,
    Outcome.TIMEOUT: Status.TIMEOUT,
    Outcome.BAD_GOLD: Status.UNSCORABLE,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict.

    Attributes:
        status: See `Outcome`.
        extracted: The final answer as it stands in the completion, None where there is none.
        rung: What decided: `extract`, `parse`, `kind`, or the rung of the ladder (`string`, `exact`, `modular`,
            `balls`, `sympy`).
        reason: One short line for a person.
        ours: Whether the fault is ours: sympy was not loaded in time.
    """

    status: Outcome
    extracted: str | None = None
    rung: str = ""
    reason: str = ""
    ours: bool = False

    @property
    def score(self) -> int:
        """1 for `correct`, 0 for everything else."""
        return int(self.status is Outcome.CORRECT)

    def to_reward(self) -> Reward:
        """Returns the verdict as a reward: what is our fault is unscorable, everything else is the completion's."""
        if self.ours:
            return Reward.unscorable(self.reason, str(self.status))
        return Reward(
            score=float(self.score),
            parts={"correct": float(self.score)},
            status=_REWARD_STATUS.get(self.status, Status.OK),
            outcome=str(self.status),
            answer=self.extracted,
            reason=self.reason,
        )

    def to_json(self) -> dict[str, Any]:
        """Returns plain data for a JSONL row."""
        return {
            "score": self.score,
            "status": str(self.status),
            "extracted": self.extracted,
            "rung": self.rung,
            "reason": self.reason,
        }
