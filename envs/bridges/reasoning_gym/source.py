"""The problems of one data set as a source of tasks, with splits that share no question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.bridges.reasoning_gym.generator import ITEMS
from envs.bridges.reasoning_gym.host import problems
from envs.core.sources.procedural import Draft, ProceduralSource
from envs.core.task import Task

_ASKS = "\n\nGive the final answer, and nothing else, in <answer></answer> tags."


class ReasoningGymTasks(ProceduralSource):
    """Problems of one data set, without end.

    A task's id is `NAME/ITEM`; the item is the seed the package makes it from. Which split owns a task is decided by a
    hash of its question, white space aside, so no question is in two splits whatever seeds they came from; the streams
    of items differ by split as well.

    Args:
        data_set: Its name.
        split: `train`, `dev` or `test`.
        config: Fields of its configuration.

    Raises:
        UsageError: There is no such split.
    """

    def __init__(self, data_set: str, split: str, config: Mapping[str, Any]):
        super().__init__(split)
        self.name = data_set
        settings = ",".join(f"{key}={config[key]}" for key in sorted(config))
        self.version = f"reasoning-gym-1({settings})"
        self.problems = problems(data_set, config)

    def cell(self, rng: np.random.Generator) -> tuple[str, int]:
        """Returns the data set's name: it has no other cells."""
        return self.name, 0

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws an item."""
        return self._draft(int(rng.integers(ITEMS)))

    def rebuild(self, task_id: str) -> Draft | None:
        """Makes the item an id names."""
        name, _, item = task_id.rpartition("/")
        if name != self.name or not (item.isascii() and item.isdigit()) or not int(item) < ITEMS:
            return None
        return self._draft(int(item))

    def _draft(self, item: int) -> Draft:
        question, answer = self.problems.problem(item)
        task = Task(f"{self.name}/{item}", question + _ASKS, answer, {"family": self.name, "item": item})
        return Draft(" ".join(question.split()), lambda: task)

    def solution(self, task: Task) -> str | None:
        """Returns the answer the data set holds for right, or None where it knows none."""
        return None if task.gold is None else f"<answer>{task.gold}</answer>"
