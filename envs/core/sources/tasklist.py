"""What every source of tasks shares that holds a fixed list of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from envs.core.errors import UsageError, did_you_mean
from envs.core.task import SPLITS, Task


class TaskList:
    """A `TaskSource` of one split whose tasks are all known: files of questions, rows of one's own, programs.

    Args:
        split: `train`, `dev` or `test`.
        tasks: The tasks of this split in order; of two with one id the first is kept.
        version: Changes whenever the same seed would give another task; see `content_version`.
        empty: What to say where there is none.

    Raises:
        UsageError: There is no such split, or no task in it.
    """

    def __init__(self, split: str, tasks: Iterable[Task], version: str, *, empty: str):
        self.split = checked_split(split)
        self._tasks: dict[str, Task] = {}
        for task in tasks:
            self._tasks.setdefault(task.id, task)
        if not self._tasks:
            raise UsageError(empty)
        self._order = list(self._tasks.values())
        self.size: int | None = len(self._order)
        self.version = version

    def __iter__(self) -> Iterator[Task]:
        return iter(self._order)

    def task(self, seed: int) -> Task:
        """Returns the task of a seed; beyond `size` they come round again."""
        return self._order[seed % len(self._order)]

    def get(self, task_id: str) -> Task:
        """Returns the task with this id.

        Raises:
            UsageError: There is no such task in this split.
        """
        if task_id not in self._tasks:
            raise UsageError(self._absent(task_id))
        return self._tasks[task_id]

    def _absent(self, task_id: str) -> str:
        return f"no task {task_id!r} in split {self.split!r}: ids look like {self._order[0].id}"


def checked_split(split: str) -> str:
    """Returns the split.

    Raises:
        UsageError: There is no such split.
    """
    if split not in SPLITS:
        raise UsageError(f"no split {split!r}: {did_you_mean(split, SPLITS)}")
    return split


def content_version(lines: Iterable[str]) -> str:
    """Returns 12 hex digits that depend on these lines and their order alone."""
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:12]
