"""Do a benchmark's own solutions pass? Asked before any model is blamed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from envs.core.environment import TextEnv
from envs.core.episode import Episode
from envs.core.errors import UsageError
from envs.core.task import Task
from envs.workers.pool import VerifierPool
from evals.results.result import has_passed


@dataclass(frozen=True, slots=True)
class GoldReport:
    """How a benchmark's reference solutions fare.

    Attributes:
        tasks: Tasks looked at.
        checked: Tasks that come with a solution.
        passed: Solutions that solve their task.
        failures: The others: task id, status, outcome, reason, and the solution.
    """

    tasks: int
    checked: int
    passed: int
    failures: tuple[dict[str, str], ...]

    @property
    def sound(self) -> bool:
        """Whether every solution passes, and there is at least one."""
        return self.checked > 0 and self.passed == self.checked

    def sentence(self) -> str:
        """Returns the result in words."""
        if not self.checked:
            return f"none of {self.tasks} tasks comes with a solution: nothing to check"
        text = f"{self.passed} of {self.checked} reference solutions pass"
        return (
            text
            if self.checked == self.tasks
            else f"{text}; {self.tasks - self.checked} of {self.tasks} tasks have none"
        )

    def to_json(self) -> dict[str, Any]:
        """Returns plain data."""
        return {**asdict(self), "failures": list(self.failures), "sound": self.sound}


def gold_check(
    env: TextEnv,
    pool: VerifierPool,
    tasks: Sequence[Task],
    progress: Callable[[str, int, int], None] | None = None,
) -> GoldReport:
    """Scores each task's reference solution with the environment's own verifier.

    Args:
        env: The environment, for its solutions.
        pool: Verifier workers of the same environment.
        tasks: Which tasks.
        progress: Told how far it is.

    Raises:
        UsageError: No tasks.
    """
    if not tasks:
        raise UsageError("no tasks to check")
    solved = [(task, tuple(turn for _, turn in played)) for task in tasks if (played := env.oracle(task)) is not None]
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress("gold", done, len(solved))

    rewards = pool.finish([Episode(task.id, turns) for task, turns in solved], count)
    failures = [
        {
            "task_id": task.id,
            "status": str(reward.status),
            "outcome": reward.outcome,
            "reason": reward.reason,
            "solution": "\n".join(turns),
        }
        for (task, turns), reward in zip(solved, rewards, strict=True)
        if not has_passed(reward)
    ]
    return GoldReport(len(tasks), len(solved), len(solved) - len(failures), tuple(failures))


def merged(reports: Sequence[GoldReport]) -> GoldReport:
    """Returns the reports of several splits as one."""
    return GoldReport(
        sum(report.tasks for report in reports),
        sum(report.checked for report in reports),
        sum(report.passed for report in reports),
        tuple(failure for report in reports for failure in report.failures),
    )
