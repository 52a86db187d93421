"""Judges the rows of a file, in this process or in several, in order."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from envs.judges.math.values.policy import Policy
from envs.judges.math.verifier import MathVerifier

_CHUNK = 64
_AHEAD = 4  # chunks in flight for each worker
Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row's own fields, and the verdict's."""

    line: int
    fields: dict[str, Any]

    @property
    def status(self) -> str:
        """How the row was judged."""
        return self.fields["status"]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be judged."""

    line: int
    reason: str


def judge_rows(path: Path, policy: Policy, workers: int) -> Iterator[JudgedRow | BadRow]:
    """Yields one result for each line that is not blank, in the order of the file.

    Args:
        path: JSONL with `gold` and `completion` in each row, and perhaps `question`.
        policy: What counts as equal.
        workers: Processes; 1 judges in this one.
    """
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
        lines = ((number, line) for number, line in enumerate(stream, 1) if line.strip())
        if workers == 1:
            judge = MathVerifier(policy)
            judge.warm()
            for line in lines:
                yield judge_line(judge, line)
            return
        yield from _in_processes(lines, policy, workers)


def judge_line(judge: MathVerifier, line: Line) -> JudgedRow | BadRow:
    """Judges one line of the file."""
    number, text = line
    try:
        row = json.loads(text)
    except ValueError as error:
        return BadRow(number, f"not JSON: {error}"[:200])
    except RecursionError:
        return BadRow(number, "not JSON: nested too deeply")
    if not isinstance(row, dict):
        return BadRow(number, f"a row is an object, not {type(row).__name__}")
    for name in ("gold", "completion"):
        if name not in row:
            return BadRow(number, f"no field {name!r}")
    gold, completion = row["gold"], row["completion"]
    if isinstance(gold, int | float) and not isinstance(gold, bool):
        gold = str(gold)
    if not isinstance(gold, str) or not isinstance(completion, str):
        return BadRow(number, "gold and completion are text")
    start = time.perf_counter()
    question = row.get("question")
    try:
        verdict = judge(completion, gold, question if isinstance(question, str) else "")
    except Exception as error:  # the judge raises for nothing a row holds; whatever else fails costs this row alone
        return BadRow(number, f"not judged: {type(error).__name__}: {error}"[:200])
    elapsed = round((time.perf_counter() - start) * 1000, 3)
    return JudgedRow(number, {**row, **verdict.to_json(), "ms": elapsed})


_judge: MathVerifier | None = None


def _start_worker(policy: Policy) -> None:
    global _judge
    _judge = MathVerifier(policy)
    _judge.warm()


def _judge_chunk(lines: list[Line]) -> list[JudgedRow | BadRow]:
    assert _judge is not None
    return [judge_line(_judge, line) for line in lines]


def _in_processes(lines: Iterable[Line], policy: Policy, workers: int) -> Iterator[JudgedRow | BadRow]:
    """Keeps a bounded number of chunks in flight, so that a file of any size streams through."""
    chunks = iter(lambda source=iter(lines): list(islice(source, _CHUNK)), [])
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _start_worker, (policy,)) as pool:
        waiting = [pool.apply_async(_judge_chunk, (chunk,)) for chunk in islice(chunks, workers * _AHEAD)]
        while waiting:
            yield from waiting.pop(0).get()
            for chunk in islice(chunks, 1):
                waiting.append(pool.apply_async(_judge_chunk, (chunk,)))
