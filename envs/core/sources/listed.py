"""A list of questions and answers as a source of tasks: the shortest way to an environment of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from envs.core.errors import UsageError, did_you_mean
from envs.core.sources.procedural import digest, split_of
from envs.core.sources.tasklist import TaskList, checked_split, content_version
from envs.core.task import Task

Row = Mapping[str, Any]


class ListedTasks(TaskList):
    """Rows made into the tasks of one split.

    A hash of the prompt is a task's id and decides its split (80% train, 10% dev, 10% test), so that a task stays in
    its split when rows are added, and a row that occurs twice is one task.

    Args:
        split: `train`, `dev` or `test`.
        rows: What the tasks are made of.
        prompt: A template over a row's fields, such as `"What is {a} plus {b}?"`.
        gold: The field with the gold.
        solution: A template of a completion that deserves the full reward, or a function of the task that writes it.
        key: A template whose value decides the split where the prompt should not, such as `"{word}"` for a word that is
            asked about in several wordings.

    Raises:
        UsageError: There is no such split, no task in it, or a template names a field that a row lacks.
    """

    def __init__(
        self,
        split: str,
        rows: Iterable[Row],
        *,
        prompt: str,
        gold: str = "answer",
        solution: str | Callable[[Task], str] = "<answer>{gold}</answer>",
        key: str | None = None,
    ):
        checked_split(split)
        self._solution = solution
        tasks: dict[str, Task] = {}
        for number, row in enumerate(rows, 1):
            text = _filled(prompt, row, number)
            if split_of(_filled(key, row, number) if key else text) != split:
                continue
            if gold not in row:
                raise UsageError(f"row {number} has no field {gold!r}: {did_you_mean(gold, row)}")
            task = Task(f"{digest(text):016x}", text, row[gold])
            tasks.setdefault(task.id, task)
        version = content_version(f"{task.id} {task.gold}" for task in tasks.values())
        empty = f"no task falls into the split {split!r}: a split is a tenth of the rows, so give more rows"
        super().__init__(split, tasks.values(), version, empty=empty)

    def solution(self, task: Task) -> str:
        """Returns a completion that deserves the full reward."""
        if callable(self._solution):
            return self._solution(task)
        return self._solution.format(gold=task.gold)


def _filled(template: str, row: Row, number: int) -> str:
    try:
        return template.format(**row)
    except (KeyError, IndexError) as error:
        field = str(error.args[0])
        raise UsageError(
            f"the template names a field {field!r} that row {number} lacks: {did_you_mean(field, row)}"
        ) from error
