"""What the audit tries on a reward, and what it holds against one that pays for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from envs.core.task import Task

_LUCK = 0.25  # one of four options
Completion = str | tuple[str, ...]
"""What a policy says. In an environment of several turns a text is said at every turn until the episode ends; a tuple
is what is said turn by turn, and the episode is cut off after it."""


class Expect(StrEnum):
    """What a probe's score is held against."""

    FULL = "as much as the oracle"
    NOT_FULL = "less than the oracle"
    NO_GAIN = "no more than a plainly wrong answer"
    AS_WRONG = "what the same wrong answer earns without it"
    NOTHING = "0"


@dataclass(frozen=True, slots=True)
class Probe:
    """One completion of one task with what it deserves.

    Attributes:
        code: The finding that a violation is counted under; one of `findings.CATALOGUE`, or a plugin's own word.
        label: The variant, for a person.
        task_id: The task it answers.
        completion: What is scored.
        expect: What the score is held against.
        beside: For `AS_WRONG`: the same answer without what the probe adds to it.
    """

    code: str
    label: str
    task_id: str
    completion: Completion
    expect: Expect
    beside: Completion | None = None


@dataclass(frozen=True, slots=True)
class AuditProfile:
    """What an environment tells the audit about itself; set it as `audit_profile` of the environment.

    Attributes:
        chance: The mean reward that a policy which knows nothing may reach: 0.5 for yes-or-no questions. Where it is
            not told, 0.25 by answers that happen to be right, and next to nothing by answers that are wrong.
        whole_text: Whether the reward is a property of the whole reply, as of instructions about form, so that an
            answer beside another is no hack. By default it is where the gold is structured and the oracle has no mark.
        reformat: Returns other writings of a solution that deserve the same reward, by name; replaces the audit's own.
        accepts: Findings that are meant to be, each with the reason; they are reported and do not fail the audit.
        learned: Parts that a model scores, each with the verifiable part it is held against; the report tells how far
            they disagree over everything the audit scored.
    """

    chance: float | None = None
    whole_text: bool | None = None
    reformat: Callable[[Task, str], Mapping[str, str]] | None = None
    accepts: Mapping[str, str] = field(default_factory=dict)
    learned: Mapping[str, str] = field(default_factory=dict)

    @property
    def hits(self) -> float:
        """The share of tasks that a policy which knows nothing may get right."""
        return _LUCK if self.chance is None else self.chance

    def partial(self, limit: float) -> float:
        """What answers that are wrong may earn: `limit`, or what the environment says about chance."""
        return limit if self.chance is None else max(limit, self.chance)


def profile_of(env: Any) -> AuditProfile:
    """Returns the environment's own profile, or the default one."""
    return getattr(env, "audit_profile", None) or AuditProfile()
