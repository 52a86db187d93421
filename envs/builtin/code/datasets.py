"""HumanEval and MBPP from their authors' data files or the Hugging Face hub, as environments."""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.builtin.code.checked import is_checked, remember_checked
from envs.builtin.code.env import PARTS, CodeEnv
from envs.builtin.datasets.hub import benchmark_rows, is_hub
from envs.builtin.datasets.place import CANONICAL, hub_hint, hub_name, located
from envs.core.errors import RunError, UsageError, did_you_mean
from envs.core.sources.tasklist import TaskList, checked_split, content_version
from envs.core.task import Task
from envs.judges.code.verifier import CodeVerifier
from envs.judges.sandbox import Outcome

STYLES = ("chat", "completion")
# Wall seconds for each CPU second a completion may use: some of the authors' solutions need several CPU seconds, and
# must pass on a machine where many other things run.
WALL = 6.0
MAX_NAMED = 20
Row = dict[str, Any]


class DatasetTasks(TaskList):
    """One split of a data file: a finite `TaskSource` with the authors' own solutions."""

    def __init__(self, name: str, split: str, pairs: Iterable[tuple[Task, str]], version: str):
        self.name = name
        self._pairs = {task.id: (task, solution) for task, solution in pairs}
        tasks = [task for task, _ in self._pairs.values()]
        super().__init__(split, tasks, version, empty=f"{name} has no tasks in the split {split!r}")

    def _absent(self, task_id: str) -> str:
        return f"{self.name} has no task {task_id!r} in {self.split!r}: {did_you_mean(task_id, self._pairs)}"

    def solution(self, task: Task) -> str | None:
        """Returns the authors' solution in a fenced block."""
        found = self._pairs.get(task.id)
        return f"```python\n{found[1]}\n```" if found and found[1] else None

    def check(self, verifier: CodeVerifier) -> None:
        """Judges every solution by its own tests.

        Raises:
            UsageError: Some fail; the message says why the first does, and names all.
            RunError: There is no sandbox to run them in.
        """
        failing: dict[str, str] = {}
        for task, solution in self._pairs.values():
            if not solution:  # a data set without reference solutions
                continue
            verdict = verifier.verdict(task, f"```python\n{solution}\n```")
            if verdict is None or verdict.score != 1:
                reason = verdict.reason if verdict else "it is empty"
                if verdict is not None and verdict.status is Outcome.REFUSED:
                    raise RunError(reason)
                failing[task.id] = reason
        if failing:
            first, reason = next(iter(failing.items()))
            others = f"; so do those of {', '.join([*failing][1:MAX_NAMED])}" if len(failing) > 1 else ""
            raise UsageError(f"{self.name}: task {first}: its own solution fails its tests: {reason}{others}")

    def check_once(self, verifier: CodeVerifier, content: bytes) -> None:
        """Judges every solution by its own tests, unless those of this content have passed on this machine before.

        Raises:
            UsageError: One fails; the message names the task.
            RunError: There is no sandbox to run them in.
        """
        if is_checked(self.name, self.split, content):
            return
        self.check(verifier)
        verifier.close()  # the environment itself holds no process until it scores something
        remember_checked(self.name, self.split, content)


def file_rows(path: Path, name: str) -> list[Any]:
    """Reads JSON, JSON lines or either of them gzipped.

    Raises:
        UsageError: There is no such file, or it holds neither.
    """
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        if text.lstrip()[:1] == "[":
            return json.loads(text)
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except FileNotFoundError as error:
        raise UsageError(f"no data file at {path}; give its path: --data PATH{hub_hint(name)}") from error
    except (OSError, ValueError, EOFError) as error:
        raise UsageError(f"{path} cannot be read as JSON lines: {error}") from error


def _file(data: str, names: Sequence[str]) -> Path:
    """Returns the data file: `data` itself, or the first of `names` that lies in the folder `data`."""
    path = Path(data).expanduser()
    if path.is_dir():
        return next((path / name for name in names if (path / name).is_file()), path / names[0])
    return path


@dataclass(frozen=True, slots=True)
class Programs:
    """A published set of functions to write.

    Attributes:
        name: The environment's.
        files: What its authors call its file.
        fields: What every row must have.
        more_fields: What a row may have, and what it counts as having where it has not.
        read: Makes a task and its solution of each row of a split.
        summary: One line.
    """

    name: str
    files: tuple[str, ...]
    fields: tuple[str, ...]
    more_fields: Mapping[str, Any]
    read: Callable[[Sequence[Row], str, str], Iterable[tuple[Task, str]]]
    summary: str

    def rows(self, data: str | None) -> list[Row]:
        """Returns the fields of every row, in the authors' order, from their file or from the hub.

        Raises:
            UsageError: It is not there, cannot be read, or a row lacks a field.
        """
        place = hub_name(self.name, located(self.name, data))
        if is_hub(place):
            rows = benchmark_rows(self.name, place)
        else:
            path = _file(place, self.files)
            place, rows = str(path), file_rows(path, self.name)
        return [self._fields(row, number, place) for number, row in enumerate(rows, 1)]

    def _fields(self, row: Any, number: int, place: str) -> Row:
        missing = [name for name in self.fields if name not in row] if isinstance(row, dict) else self.fields
        if missing:
            raise UsageError(f"{place}, row {number}: no field {missing[0]!r}")
        more = {name: row.get(name, default) for name, default in self.more_fields.items()}
        return {name: row[name] for name in self.fields} | more


def read_humaneval(rows: Sequence[Row], split: str, style: str) -> Iterable[tuple[Task, str]]:
    """Yields the tasks of HumanEval (arXiv 2107.03374) with their solutions; all of them are held out."""
    if split != "test":
        return
    for row in rows:
        prompt = row["prompt"]
        asked = (
            prompt
            if style == "completion"
            else (
                f"Complete this Python function. Answer with the whole function in one fenced block.\n\n"
                f"```python\n{prompt}```"
            )
        )
        gold = {
            "entry_point": row["entry_point"],
            "tests": row["test"],
            "prompt": prompt,
            "context": prompt.rstrip() + "\n    pass\n",
        }
        task = Task(row["task_id"], asked, gold, {"family": "humaneval", "level": 1})
        yield task, prompt + row["canonical_solution"]


def read_mbpp(rows: Sequence[Row], split: str, style: str) -> Iterable[tuple[Task, str]]:
    """Yields the tasks of sanitized MBPP (arXiv 2108.07732): ids up to 510 are test; every tenth of the rest is dev."""
    for row in rows:
        task_id, prompt, code = row["task_id"], row["prompt"], row["code"]
        owner = "test" if int(task_id) <= 510 else "dev" if int(task_id) % 10 == 0 else "train"
        if owner != split:
            continue
        tests = [*row["test_imports"], *row["test_list"]]
        entry = _called(tests, code)
        shown = f"{prompt}\nThe function is called {entry}; it must pass this test:\n{row['test_list'][0]}"
        asked = (
            f'"""\n{shown}\n"""\n'
            if style == "completion"
            else (f"{shown}\nAnswer with the whole function in one fenced block.")
        )
        gold = {"entry_point": entry, "tests": "\n".join(tests)}
        yield Task(f"MBPP/{task_id}", asked, gold, {"family": "mbpp", "level": 1}), code


def _called(tests: list[str], code: str) -> str:
    """Returns the function of the authors' code that the tests call."""
    defined = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    used = {node.id for test in tests for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Name)}
    return next((name for name in reversed(defined) if name in used), defined[-1] if defined else "")


_DOC = """Builds `{name}` from its authors' data file, or from the Hugging Face hub.

    Args:
        split: See `read_{name}`.
        data: Path of the authors' file or of the folder it lies in, or a data set as `hf:{hub}` (which `hf:` alone
            means); by default `{name}` in the folder that `GRPO_DATA` names.
        style: `chat` asks for a fenced block, `completion` gives a base model text to continue.
        timeout: CPU seconds for all tests of a completion; the wall clock allows six times as many.
        partial_credit: Whether the score is the share of checks passed.
        check: Whether to run every solution of the split against its tests first, once for each content of the data.
        level: The level of isolation; the best to be had where omitted.
        unsafe_exec: `"i-accept"` to run completions without isolation where there is none.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: The data is not there or not in the authors' form, or a solution fails its own tests.
    """


def _build(programs: Programs) -> Callable[..., CodeEnv]:
    def make(
        split: str = "test",
        data: str | None = None,
        style: str = "chat",
        timeout: float = 10.0,
        partial_credit: bool = False,
        check: bool = True,
        level: str | None = None,
        unsafe_exec: str | None = None,
        render_mode: str | None = None,
    ) -> CodeEnv:
        rows = programs.rows(data)
        if style not in STYLES:
            raise UsageError(f"no prompt style {style!r}: {did_you_mean(style, STYLES)}")
        pairs = programs.read(rows, checked_split(split), style)
        content = [json.dumps(row, sort_keys=True) for row in rows]
        tasks = DatasetTasks(programs.name, split, pairs, f"{programs.name}-{content_version(content)}")
        options: dict[str, Any] = {"level": level, "unsafe_exec": unsafe_exec, "cpu_seconds": timeout}
        verifier = CodeVerifier(WALL * timeout, partial_credit=partial_credit, **options)
        if check:
            tasks.check_once(verifier, "\n".join(content).encode())
        env = CodeEnv(tasks, verifier, render_mode=render_mode)
        env.verify_seconds = WALL * timeout + 5.0  # to start the sandbox, should this be the first completion
        env.summary, env.parts = programs.summary, PARTS
        return env

    make.__doc__ = _DOC.format(name=programs.name, hub=CANONICAL[programs.name])
    return make


make_humaneval = _build(
    Programs(
        name="humaneval",
        files=("HumanEval.jsonl.gz", "HumanEval.jsonl"),
        fields=("task_id", "prompt", "entry_point", "canonical_solution", "test"),
        more_fields={},
        read=read_humaneval,
        summary="HumanEval: 164 functions, from a data file",
    )
)
make_mbpp = _build(
    Programs(
        name="mbpp",
        files=("sanitized-mbpp.json", "mbpp.json"),
        fields=("task_id", "prompt", "code", "test_list"),
        more_fields={"test_imports": []},
        read=read_mbpp,
        summary="Sanitized MBPP: 427 functions, from a data file",
    )
)
