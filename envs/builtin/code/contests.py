"""LiveCodeBench, APPS, CodeContests and LeetCodeDataset from their files or the Hugging Face hub, as environments."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.builtin.code.datasets import WALL, DatasetTasks, Row, file_rows
from envs.builtin.code.env import PARTS, CodeEnv
from envs.builtin.datasets.hub import benchmark_records, is_hub
from envs.builtin.datasets.place import CANONICAL, hub_name, located
from envs.core.errors import UsageError
from envs.core.sources.tasklist import checked_split, content_version
from envs.core.task import Task
from envs.judges.code.rows import ADAPTERS, Problem
from envs.judges.code.verifier import CodeVerifier

SPLIT_WORDS = {"train": "train", "valid": "dev", "validation": "dev", "dev": "dev", "test": "test"}
SUFFIXES = (".jsonl", ".json", ".jsonl.gz", ".json.gz")


@dataclass(frozen=True, slots=True)
class Contest:
    """A published set of problems that a row adapter reads.

    Attributes:
        name: The environment's, and the adapter's.
        ids: Fields that tell a row, the first that it has.
        held_out: Whether all of it is for evaluation.
        summary: One line.
    """

    name: str
    ids: tuple[str, ...]
    held_out: bool
    summary: str

    def rows(self, data: str | None) -> dict[str, list[Row]]:
        """Returns the rows of each split as the place has them; under an empty name those of a place without any.

        Raises:
            UsageError: Nothing is there, or it cannot be read.
        """
        place = hub_name(self.name, located(self.name, data))
        if is_hub(place):
            found = benchmark_records(self.name, place)
            return {_split_word(s): [r for _, r in rows if isinstance(r, dict)] for s, rows in found.items()}
        path = Path(place).expanduser()
        if not path.is_dir():
            return {"": file_rows(path, self.name)}
        files = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES))
        if not files:
            raise UsageError(f"no data file in {path}: {self.name} needs files that end in {', '.join(SUFFIXES)}")
        rows: dict[str, list[Row]] = {}
        for file in files:
            rows.setdefault(_split_word(file.name), []).extend(file_rows(file, self.name))
        return rows

    def split(self, data: str | None, split: str) -> list[tuple[str, Row]]:
        """Returns the (id, row) pairs of one split.

        A split the place names is that split. Where it names none, and for `dev` where it has only `train`, a hash of
        the id decides: eight of ten for `train`, one each for `dev` and `test`.
        """
        places = self.rows(data)
        chosen = []
        for word, rows in places.items():
            for number, row in enumerate(rows):
                if not isinstance(row, dict):
                    raise UsageError(f"{self.name}: row {number + 1} is no JSON object")
                task_id = self._id(row, number)
                if self._owner(word, task_id, places) == split:
                    chosen.append((f"{self.name}/{task_id}", row))
        return chosen

    def _owner(self, word: str, task_id: str, places: dict[str, list[Row]]) -> str:
        if self.held_out:
            return "test"
        tenth = int(hashlib.sha256(task_id.encode("utf-8", "replace")).hexdigest(), 16) % 10
        if word == "":
            return {0: "test", 1: "dev"}.get(tenth, "train")
        return "dev" if word == "train" and "dev" not in places and tenth == 1 else word

    def _id(self, row: Row, number: int) -> str:
        found = next((row[name] for name in self.ids if row.get(name) not in (None, "")), number)
        return str(found)


def _split_word(name: str) -> str:
    """Returns our name of the split that a file's or a hub split's name holds, or an empty text."""
    lowered = name.lower()
    return next((ours for word, ours in SPLIT_WORDS.items() if word in lowered), "")


def asked(problem: Problem) -> str:
    """Returns the prompt for a problem."""
    entry = problem.entry_point.replace("()", "")
    parts = [problem.question.strip()]
    if problem.starter.strip():
        parts.append(f"Begin with this code:\n```python\n{problem.starter.strip()}\n```")
    elif entry:
        kind, _, method = entry.partition(".")
        parts.append(
            f"Write the method `{method}` of the class `{kind}`." if method else f"The function is called `{kind}`."
        )
    else:
        parts.append("Write a program that reads standard input and prints the answer.")
    return "\n\n".join([*parts, "Answer with all of the code in one fenced block."])


def pairs(contest: Contest, rows: Iterable[tuple[str, Row]], skip: Sequence[str]) -> Iterable[tuple[Task, str]]:
    """Yields the task and the first reference solution of each row.

    Raises:
        UsageError: A row cannot be read; the message names it.
    """
    adapter = ADAPTERS[contest.name]
    for task_id, row in rows:
        if task_id in skip:
            continue
        try:
            if not adapter.fits(row):
                raise UsageError("it has no tests of this format")
            problem: Problem = adapter.read(row)
        except UsageError as error:
            raise UsageError(f"{task_id}: {error}; skip={task_id} leaves it out") from error
        task = Task(task_id, asked(problem), problem.gold(), {"family": contest.name, "level": 1})
        yield task, problem.solutions[0] if problem.solutions else ""


_DOC = """Builds `{name}` from files or from the Hugging Face hub.

    Args:
        split: `train`, `dev` or `test`; the place's own where it names them, else by a hash of the id.
        data: A JSON-lines file, a folder of files whose names hold their split, or a data set as `hf:{hub}` (which
            `hf:` alone means); by default `{name}` in the folder that `GRPO_DATA` names.
        timeout: CPU seconds for each program, or for all calls of a function; the wall clock allows six times as many.
        memory_mb: Address space of the judged code.
        partial_credit: Whether the score is the share of tests passed.
        check: Whether to run the reference solutions of the split against their tests first, once for each content.
        skip: Ids of tasks to leave out, such as those whose own solution fails.
        level: The level of isolation; the best to be had where omitted.
        unsafe_exec: `"i-accept"` to run completions without isolation where there is none.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: The data is not there or not in the authors' form, or a solution fails its own tests.
    """


def _build(contest: Contest) -> Callable[..., CodeEnv]:
    def make(
        split: str = "test" if contest.held_out else "train",
        data: str | None = None,
        timeout: float = 10.0,
        memory_mb: int = 1024,
        partial_credit: bool = False,
        check: bool = True,
        skip: str | Sequence[str] = (),
        level: str | None = None,
        unsafe_exec: str | None = None,
        render_mode: str | None = None,
    ) -> CodeEnv:
        left_out = [name.strip() for name in skip.split(",")] if isinstance(skip, str) else list(skip)
        rows = contest.split(data, checked_split(split))
        content = [json.dumps([task_id, row], sort_keys=True, default=str) for task_id, row in rows]
        version = f"{contest.name}-{content_version(content)}"
        tasks = DatasetTasks(contest.name, split, pairs(contest, rows, left_out), version)
        options: dict[str, Any] = {"level": level, "unsafe_exec": unsafe_exec, "cpu_seconds": timeout}
        options |= {"memory_mb": memory_mb, "lists_for_tuples": True, "partial_credit": partial_credit}
        verifier = CodeVerifier(WALL * timeout, **options)
        if check:
            tasks.check_once(verifier, "\n".join([*content, *left_out]).encode())
        env = CodeEnv(tasks, verifier, render_mode=render_mode)
        env.verify_seconds = WALL * timeout + 5.0
        env.summary, env.parts = contest.summary, PARTS
        return env

    make.__doc__ = _DOC.format(name=contest.name, hub=CANONICAL[contest.name])
    return make


make_livecodebench = _build(
    Contest("livecodebench", ("question_id",), True, "LiveCodeBench: contest problems by date, programs and methods")
)
make_apps = _build(Contest("apps", ("problem_id", "id", "url"), False, "APPS and TACO: programs and functions"))
make_code_contests = _build(Contest("code-contests", ("name",), False, "CodeContests: programs of contests"))
make_leetcode = _build(
    Contest("leetcode", ("task_id", "question_id"), False, "LeetCodeDataset: methods of a class Solution")
)
