"""`grpo judge math`: a file of golds and completions in, a file of verdicts out."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from envs.errors import RunError, UsageError
from envs.math.file_judge import BadRow, JudgedRow, judge_rows
from envs.math.policy import preset

_MAX_BAD_SHOWN = 20


def judge_math(
    input_path: Annotated[
        Path, typer.Option("--input", "-i", help="JSONL; each row has `gold` and `completion`.", show_default=False)
    ],
    output_path: Annotated[
        Path | None, typer.Option("--output", "-o", help="JSONL of verdicts; standard output when left out.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-w", help="Processes that judge.", min=1, max=256)] = 1,
    policy: Annotated[
        str, typer.Option("--policy", "-p", help="What counts as equal: default, gsm8k, math or strict.")
    ] = "default",
) -> None:
    """Judge the final answers of completions against golds.

    Every verdict keeps the row's own fields and adds score (0 or 1), status, extracted, rung and ms. A row that cannot
    be read is reported with its line number and the others are judged all the same.
    """
    rules = preset(policy)
    if not input_path.is_file():
        raise UsageError(f"no file at {input_path}: give --input a JSONL file with gold and completion in each row")
    counts: Counter[str] = Counter()
    bad: list[BadRow] = []
    with _open_output(output_path) as sink, _progress(_count_lines(input_path)) as tick:
        for row in judge_rows(input_path, rules, workers):
            tick()
            if isinstance(row, BadRow):
                bad.append(row)
                continue
            counts[row.status] += 1
            _write(sink, row)
        if not counts and not bad:
            raise UsageError(f"{input_path} holds no rows: each line is a JSON object with gold and completion")
    _report(counts, bad)
    if bad and not counts:
        raise UsageError(f"no row of {input_path} could be judged")


class _open_output:  # noqa: N801 - reads as a function where it is used
    """Opens the output: a file that appears only when it is complete, or standard output."""

    def __init__(self, path: Path | None):
        self.path = path
        self.temporary: str | None = None

    def __enter__(self) -> IO[str]:
        if self.path is None:
            return sys.stdout
        try:
            handle, self.temporary = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.", suffix=".tmp")
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {error.strerror}") from error
        self.sink = os.fdopen(handle, "w", encoding="utf-8")
        return self.sink

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.path is None or self.temporary is None:
            return
        self.sink.flush()
        os.fsync(self.sink.fileno())
        self.sink.close()
        if kind is None:
            os.replace(self.temporary, self.path)
        else:
            os.unlink(self.temporary)


class _progress:  # noqa: N801
    """A progress bar on standard error, where that is a terminal."""

    def __init__(self, total: int):
        self.bar = Progress(
            TextColumn("judging"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self.task = self.bar.add_task("judging", total=total)

    def __enter__(self) -> Any:
        self.bar.start()
        return lambda: self.bar.advance(self.task)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def _count_lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for line in stream if line.strip())


def _write(sink: IO[str], row: JudgedRow) -> None:
    try:
        sink.write(json.dumps(row.fields, ensure_ascii=True) + "\n")
    except OSError as error:
        raise RunError(f"cannot write the verdicts: {error.strerror}") from error


def _report(counts: Counter[str], bad: list[BadRow]) -> None:
    console = Console(stderr=True)
    total = sum(counts.values())
    table = Table("status", "rows", "share", title="verdicts")
    for status, count in counts.most_common():
        table.add_row(status, str(count), f"{count / total:.1%}")
    if total:
        table.add_section()
        table.add_row("all", str(total), f"accuracy {counts['correct'] / total:.1%}")
    console.print(table)
    for row in bad[:_MAX_BAD_SHOWN]:
        console.print(f"line {row.line}: {row.reason}", style="yellow", markup=False)
    if len(bad) > _MAX_BAD_SHOWN:
        console.print(f"and {len(bad) - _MAX_BAD_SHOWN} more rows that cannot be read", style="yellow")
