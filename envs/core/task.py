"""Tasks, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Task:
    """One problem.

    Attributes:
        id: Stable address within its environment: the same id is the same task on every machine.
        prompt: What the policy reads, as the user's message.
        gold: What the verifier compares with; plain data, never shown to the policy.
        meta: Facts for reports, such as `family` and `level`; plain data.
    """

    id: str
    prompt: str
    gold: Any
    meta: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class TaskSource(Protocol):
    """One split of tasks, addressed by seed or by id.

    `size` is the number of tasks, or None where they are generated without end. `version` changes whenever the same
    seed would give another task.
    """

    split: str
    size: int | None
    version: str

    def task(self, seed: int) -> Task:
        """Returns the task of `seed`; for a finite source the seeds 0 .. size-1 are each task exactly once."""
        ...

    def get(self, task_id: str) -> Task:
        """Returns the task with this id.

        Raises:
            UsageError: There is no such task in this split.
        """
        ...

    def solution(self, task: Task) -> str | None:
        """Returns a completion that deserves the full reward, or None where the source knows none."""
        ...
