"""What every generated source of tasks shares: seeds, splits and addresses.

A generated task has a *key*: the question itself, free of wording, of operand order and of variable names.
The hash of the key decides the split, so two tasks that ask the same thing can never lie on both sides of it.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from envs.core.errors import RunError, UsageError, did_you_mean
from envs.core.task import SPLITS, Task

DEV_PERCENT = 10
TEST_PERCENT = 10
MAX_DRAWS = 10_000  # a split holds a tenth of the keys, so a cell with any key in it is found long before


@dataclass(frozen=True, slots=True)
class Draft:
    """The key that decides a task's split, and how the task is written: most drafts are of another split than asked.

    Attributes:
        key: The same for every task that asks the same thing in other words.
        write: Returns the task.
    """

    key: str
    write: Callable[[], Task]


def digest(*parts: object) -> int:
    """Returns 64 bits that depend on `parts` alone: the same in every process and on every machine."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def split_of(key: str) -> str:
    """Returns the split that owns this key: 80% train, 10% dev, 10% test."""
    bucket = digest("split", key) % 100
    if bucket < TEST_PERCENT:
        return "test"
    return "dev" if bucket < TEST_PERCENT + DEV_PERCENT else "train"


class ProceduralSource(ABC):
    """A `TaskSource` without end, whose tasks are drawn from a seed and rebuilt from their address.

    Args:
        split: One of `envs.core.task.SPLITS`.

    Raises:
        UsageError: There is no such split.
    """

    name: str
    version: str
    size: int | None = None

    def __init__(self, split: str):
        if split not in SPLITS:
            raise UsageError(f"there is no split {split!r}: {did_you_mean(split, SPLITS)}")
        self.split = split

    @abstractmethod
    def cell(self, rng: np.random.Generator) -> tuple[str, int]:
        """Draws the kind and the level a task is to have."""

    @abstractmethod
    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws one task of this kind and level, of whichever split."""

    @abstractmethod
    def rebuild(self, task_id: str) -> Draft | None:
        """Returns the task with this address, of whichever split, or None where nothing has it."""

    def task(self, seed: int) -> Task:
        """Returns the task of `seed`.

        Raises:
            RunError: The cell drawn holds no task of this split.
        """
        rng = np.random.default_rng(digest(self.name, self.version, self.split, seed))
        kind, level = self.cell(rng)  # once, so that rejection leaves the mix of cells as it was asked for
        for _ in range(MAX_DRAWS):
            draft = self.draw(kind, level, rng)
            if split_of(draft.key) == self.split:
                return draft.write()
        raise RunError(f"{self.name}: {kind!r} at level {level} has no task in the split {self.split!r}")

    def get(self, task_id: str) -> Task:
        """Returns the task with this address.

        Raises:
            UsageError: Nothing has this address, or the task belongs to another split.
        """
        draft = self.rebuild(task_id)
        task = draft.write() if draft is not None else None
        if draft is None or task is None or task.id != task_id:
            raise UsageError(f"{self.name} has no task {task_id!r}; an id looks like {self.task(0).id!r}")
        owner = split_of(draft.key)
        if owner != self.split:
            raise UsageError(f"the task {task_id!r} belongs to the split {owner!r}, not {self.split!r}")
        return task


class LevelledSource(ProceduralSource):
    """A source whose tasks differ in level alone: 1 to 5, those asked for equally likely.

    Args:
        split: One of `envs.core.task.SPLITS`.
        levels: Levels to draw from; `default_levels` when None.

    Raises:
        UsageError: A split or a level is unknown.
    """

    default_levels: Sequence[int]

    def __init__(self, split: str = "train", levels: Sequence[int] | None = None):
        super().__init__(split)
        self.levels = checked_levels(self.default_levels if levels is None else levels, range(1, 6))

    def cell(self, rng: np.random.Generator) -> tuple[str, int]:
        """Draws a level."""
        return self.name, self.levels[rng.integers(len(self.levels))]


def checked_levels(levels: Sequence[int], known: range) -> tuple[int, ...]:
    """Returns the levels, sorted and each once.

    Raises:
        UsageError: None is given, or one is outside `known`.
    """
    chosen = tuple(sorted(set(levels)))
    wrong = [level for level in chosen if level not in known]
    if wrong or not chosen:
        raise UsageError(f"levels are {known.start} to {known.stop - 1}, not {list(levels)!r}")
    return chosen


def checked_names(names: tuple[str, ...] | list[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the names in the order of `known`, or all of them for None.

    Raises:
        UsageError: None is given, or one is unknown.
    """
    if names is None:
        return known
    for name in names:
        if name not in known:
            raise UsageError(f"there is no family {name!r}: {did_you_mean(name, known)}")
    if not names:
        raise UsageError("no family is given; known: " + ", ".join(known))
    return tuple(name for name in known if name in names)
