"""Records of any shape as a source of tasks: templates, splits that share no prompt, stable ids."""

from __future__ import annotations

import collections
import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from envs.builtin.datasets.kinds import ANSWERABLE, KINDS
from envs.builtin.datasets.records import Record, Rejected
from envs.builtin.datasets.splits import SPLIT_WORDS
from envs.builtin.datasets.template import Template, as_text
from envs.builtin.math.tasks import ANSWER_FORMATS
from envs.core.errors import GymWarning, UsageError, did_you_mean
from envs.core.sources.procedural import digest, split_of
from envs.core.sources.tasklist import TaskList, checked_split, content_version
from envs.core.task import SPLITS, Task
from envs.judges.parts.exact import ALIASES

FORMATS = {**ANSWER_FORMATS, "none": ("", "{}")}
_HELD_OUT_FIRST = ("test", "dev", "train", None)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Table:
    """One file, or one split of a data set, of records.

    Attributes:
        name: For messages, such as `train.jsonl`.
        split: The split that all of it belongs to; None where a column or the hash decides.
        records: Line and record, or why there is none, as `read_records` yields them.
    """

    name: str
    split: str | None
    records: Iterable[tuple[int, Record | str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a record's fields are for.

    Attributes:
        prompt: Template of the prompt.
        answer: Template of the answer; None where the whole record is what a reward of the user's own looks at.
        verifier: A key of `KINDS`.
        answer_format: A key of `FORMATS`; None for the verifier's own.
        id_column: The field with a stable id; None for a hash of the prompt.
        split_column: The field that says `train`, `dev` (or `validation`) or `test`.
        aliases: The field with further right answers, for `exact`: a list, or text with `|` between them.
    """

    prompt: Template
    answer: Template | None
    verifier: str
    answer_format: str | None = None
    id_column: str | None = None
    split_column: str | None = None
    aliases: str | None = None

    def __post_init__(self) -> None:
        for what, value, known in (("verifier", self.verifier, KINDS), ("answer format", self.format, FORMATS)):
            if value not in known:
                raise UsageError(f"no {what} {value!r}: {did_you_mean(str(value), known)}")

    @property
    def format(self) -> str:
        """How a prompt asks for the answer."""
        return self.answer_format or (KINDS[self.verifier].answer_format if self.verifier in KINDS else "none")


def _several(value: Any) -> list[str]:
    """Returns the answers that a field holds: a list's items, or those of a text with `|` between them."""
    items = value if isinstance(value, list | tuple) else str(value or "").split("|")
    return [text for item in items if (text := as_text(item).strip())]


def _content(task: Task) -> str:
    others = [*task.meta[ALIASES]] if task.meta.get(ALIASES) else []
    return " ".join([task.id, as_text(task.gold), *others, task.prompt])


class TableTasks(TaskList):
    """One split of a data set.

    A prompt belongs to one split and is one task. Records are taken test first, then dev, then the others, out of
    which a hash of the prompt carves those of the two that have no records of their own (10% each). A prompt seen
    again, white space and case aside, is a duplicate and left out, so that what is held out is never trained on; with
    another answer it is a bad row.

    Args:
        name: The data set's, the first half of its task ids.
        split: Which split this is.
        tables: The records.
        columns: What their fields are for.

    Attributes:
        rejected: The rows that were left out, by table and line.
        duplicates: How many rows repeat a prompt, in all splits together.
        crossing: How many of those were in two splits.

    Raises:
        UsageError: An unknown split, a template with an unknown field, or not one usable row in this split.
    """

    def __init__(self, name: str, split: str, tables: list[Table], columns: Columns):
        checked_split(split)
        self.name = name
        self.columns = columns
        self.rejected: list[tuple[str, Rejected]] = []
        self.duplicates = self.crossing = 0
        self._seen: dict[str, tuple[str, Task]] = {}
        self._ids: set[str] = set()
        self._asks, self._answers = FORMATS[columns.format]
        self._load(tables)
        tasks = [task for owner, task in self._seen.values() if owner == split]
        version = content_version(_content(task) for task in tasks)
        empty = f"{name} has no task in split {split!r} that can be used{self._because()}{self._where(split)}"
        super().__init__(split, tasks, f"{name}-{version}", empty=empty)
        self._warn()

    def _load(self, tables: list[Table]) -> None:
        rows = [(table, line, record) for table in tables for line, record in table.records]
        records = [record for _, _, record in rows if isinstance(record, dict)]
        if records:  # otherwise there is nothing but bad rows, which is said with their causes
            self._check_fields(dict.fromkeys(key for record in records for key in record))
        assigned = [(self._assigned(table, record), table, line, record) for table, line, record in rows]
        taken = {split for split, *_ in assigned if split in SPLITS}
        for wanted in _HELD_OUT_FIRST:
            for split, table, line, record in assigned:
                if split == wanted:
                    self._add(table, line, record, split if split in ("dev", "test") else None, taken)
        for split, table, line, _ in assigned:
            if split not in _HELD_OUT_FIRST:
                self._reject(table, line, f"{split!r} in {self.columns.split_column!r} is no split")

    def _check_fields(self, known: Iterable[str]) -> None:
        names = list(known)
        self.columns.prompt.check(names)
        if self.columns.answer is not None:
            self.columns.answer.check(names)
        for column in (self.columns.id_column, self.columns.split_column, self.columns.aliases):
            if column is not None and column not in names:
                raise UsageError(f"no column {column!r}: {did_you_mean(column, names)} (fields: {', '.join(names)})")

    def _assigned(self, table: Table, record: Record | str) -> str | None:
        if self.columns.split_column is None or isinstance(record, str):
            return table.split
        word = str(record.get(self.columns.split_column, "")).strip().lower()
        return SPLIT_WORDS.get(word, word)

    def _add(self, table: Table, line: int, record: Record | str, owner: str | None, taken: set[str]) -> None:
        if isinstance(record, str):
            self._reject(table, line, record)
            return
        try:
            question = self.columns.prompt.render(record).strip()
            if not question:
                raise ValueError("the prompt is empty")
            answer = record if self.columns.answer is None else self.columns.answer.value(record)
            if isinstance(answer, str) and not answer.strip():
                raise ValueError("the answer is empty")
            gold = KINDS[self.columns.verifier].gold(answer)
            key = " ".join(question.split()).casefold()
            task = self._task(table, line, record, question, gold, key)
            self._keep(key, owner or _by_hash(key, taken), task)
        except (ValueError, TypeError) as error:
            self._reject(table, line, str(error))

    def _task(self, table: Table, line: int, record: Record, question: str, gold: Any, key: str) -> Task:
        column = self.columns.id_column
        if column is not None and record.get(column) in (None, ""):
            raise ValueError(f"nothing in id column {column!r}")
        local = f"{digest(key):016x}" if column is None else as_text(record[column])
        meta = {"dataset": self.name, "table": table.name, "line": line, "verifier": self.columns.verifier}
        if self.columns.aliases is not None:
            meta[ALIASES] = _several(record.get(self.columns.aliases))
        return Task(f"{self.name}/{local}", question + self._asks, gold, meta)

    def _keep(self, key: str, owner: str, task: Task) -> None:
        if key in self._seen:
            first_owner, first = self._seen[key]
            self.duplicates += 1
            self.crossing += owner != first_owner
            if json.dumps(first.gold) != json.dumps(task.gold):
                raise ValueError(f"the prompt of {first.meta['table']} line {first.meta['line']} with another answer")
            return
        if task.id in self._ids:
            raise ValueError(f"the id {task.id.partition('/')[2]!r} is another row's already")
        self._ids.add(task.id)
        self._seen[key] = owner, task

    def _reject(self, table: Table, line: int, reason: str) -> None:
        self.rejected.append((table.name, Rejected(line, reason[:200])))

    def _because(self) -> str:
        if not self.rejected:
            return ""
        shown = "; ".join(f"{name} line {row.line}: {row.reason}" for name, row in self.rejected[:_SHOWN])
        return f" ({shown}{'; ...' if len(self.rejected) > _SHOWN else ''})"

    def _where(self, split: str) -> str:
        """Returns where the prompts of a small file are, and what gives the split some."""
        if not self._seen:
            return ""
        counts = collections.Counter(owner for owner, _ in self._seen.values())
        told = ", ".join(f"{count} in {owner}" for owner, count in counts.items())
        more = f"more rows, {split}_data" if split != "train" else "more rows"
        return f" (prompts: {told}; each has its split by a hash): give {more} or split_column"

    def _warn(self) -> None:
        if self.rejected:
            rows = f"{len(self.rejected)} bad row{'s' * (len(self.rejected) != 1)}"
            warnings.warn(f"{self.name}: {rows} left out{self._because()}", GymWarning, stacklevel=4)
        if self.duplicates:
            across = f", {self.crossing} of them from another split" if self.crossing else ""
            warnings.warn(
                f"{self.name}: {self.duplicates} rows repeat a prompt: left out{across}", GymWarning, stacklevel=4
            )

    def solution(self, task: Task) -> str | None:
        """Returns the gold in the form the prompt asks for, or None where it is a pattern, tests or a schema."""
        return self._answers.format(task.gold) if self.columns.verifier in ANSWERABLE else None


def _by_hash(key: str, taken: set[str]) -> str:
    """Returns the split a hash gives a prompt; what falls into a split that has rows of its own is trained on."""
    split = split_of(key)
    return "train" if split in taken else split
