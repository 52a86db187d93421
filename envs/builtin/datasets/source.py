"""A file of questions as a source of tasks, with splits that share no question."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from envs.builtin.datasets.records import Rejected
from envs.builtin.datasets.rows import Row
from envs.builtin.math.tasks import ANSWER_FORMATS
from envs.core.errors import GymWarning, UsageError, did_you_mean
from envs.core.sources.procedural import digest, split_of
from envs.core.sources.tasklist import TaskList, checked_split, content_version
from envs.core.task import Task
from envs.judges.math.comparing.gold import BadGold, parse_gold

_SHOWN = 3


class QuestionTasks(TaskList):
    r"""One split of a file of questions.

    A task's id is the data set's name and a hash of its question, so it survives reordering and added rows; a question
    that occurs twice is one task. Golds are parsed at load: a row whose gold cannot be judged is left out and named.

    Args:
        name: The data set's.
        split: Which split this is.
        rows: What `rows.rows_of` yields.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.

    Attributes:
        rejected: The rows that were left out, with their lines.

    Raises:
        UsageError: An unknown split or format, or not one row that can be used.
    """

    def __init__(self, name: str, split: str, rows: Iterable[Row | Rejected], answer_format: str = "boxed"):
        checked_split(split)
        if answer_format not in ANSWER_FORMATS:
            raise UsageError(f"no answer format {answer_format!r}: {did_you_mean(answer_format, ANSWER_FORMATS)}")
        self.rejected: list[Rejected] = []
        self._asks, self._answers = ANSWER_FORMATS[answer_format]
        tasks: dict[str, Task] = {}
        for row in rows:
            task = self._read(name, row)
            if task is not None:
                tasks.setdefault(task.id, task)
        version = f"{name}-{content_version(f'{task.id} {task.gold}' for task in tasks.values())}"
        empty = f"{name} has no task in split {split!r} that can be used{_because(self.rejected)}"
        super().__init__(split, tasks.values(), version, empty=empty)
        if self.rejected:
            warnings.warn(
                f"{name}: {len(self.rejected)} rows left out{_because(self.rejected)}", GymWarning, stacklevel=3
            )

    def _read(self, name: str, row: Row | Rejected) -> Task | None:
        if isinstance(row, Rejected):
            self.rejected.append(row)
            return None
        try:
            gold = parse_gold(row.answer)
        except BadGold as error:
            self.rejected.append(Rejected(row.line, str(error)))
            return None
        task_id = f"{name}/{digest(row.question.strip()):016x}"
        meta = {"dataset": name, "line": row.line, "kind": str(gold.kind)}
        return Task(task_id, row.question.strip() + self._asks, gold.answer, meta)

    def solution(self, task: Task) -> str:
        """Returns the gold in the form the prompt asks for."""
        return self._answers.format(task.gold)


def only(rows: Iterable[Row | Rejected], splits: Iterable[str]) -> Iterable[Row | Rejected]:
    """Yields the rows whose question a hash puts in these splits: 80% train, 10% dev, 10% test."""
    wanted = frozenset(splits)
    return (row for row in rows if isinstance(row, Rejected) or split_of(row.question.strip()) in wanted)


def _because(rejected: list[Rejected]) -> str:
    if not rejected:
        return ""
    shown = "; ".join(f"line {row.line}: {row.reason}" for row in rejected[:_SHOWN])
    return f" ({shown}{'; ...' if len(rejected) > _SHOWN else ''})"
