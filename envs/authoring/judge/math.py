"""`grpo judge math`: a file of golds and completions in, a file of verdicts out."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from envs.authoring.judge.math_rows import BadRow, JudgedRow, judge_rows
from envs.authoring.judge.verdict_files import Output, print_summary, verdict_sink
from envs.core.errors import RunError, UsageError
from envs.judges.math.values.policy import preset
from envs.judges.math.verdict import Outcome

_TABLES = (".csv", ".tsv", ".parquet")


def judge_math(
    input_path: Annotated[
        Path, typer.Option("--input", "-i", help="JSONL; each row has `gold` and `completion`.", show_default=False)
    ],
    output_path: Output = None,
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
    if input_path.suffix in _TABLES:
        raise UsageError(
            f"{input_path} is no JSONL: give --input a file with a JSON object in each line, with gold and completion"
        )
    counts: Counter[str] = Counter()
    bad: list[BadRow] = []
    with verdict_sink(output_path) as sink, _progress(_count_lines(input_path)) as tick:
        for row in judge_rows(input_path, rules, workers):
            tick()
            if isinstance(row, BadRow):
                bad.append(row)
                continue
            counts[row.status] += 1
            _write(sink, row)
        if not counts and not bad:
            raise UsageError(f"{input_path} holds no rows: each line is a JSON object with gold and completion")
    accuracy = counts[Outcome.CORRECT] / max(counts.total(), 1)
    print_summary("verdicts", dict(counts.most_common()), [(row.line, row.reason) for row in bad], accuracy)
    if bad and not counts:
        raise UsageError(f"no row of {input_path} could be judged")


class _progress:  # noqa: N801
    """A progress bar on standard error, where that is a terminal."""

    def __init__(self, total: int):
        self.total = total
        self.bar: Progress | None = None  # a bar that is only disabled still ends its line, with some releases of rich

    def __enter__(self) -> Any:
        if not sys.stderr.isatty():
            return lambda: None
        columns = (TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = bar = Progress(*columns, console=Console(stderr=True), transient=True)
        task = bar.add_task("judging", total=self.total)
        bar.start()
        return lambda: bar.advance(task)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def _count_lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for line in stream if line.strip())


def _write(sink: IO[str], row: JudgedRow) -> None:
    try:
        sink.write(json.dumps(row.fields, ensure_ascii=True) + "\n")
    except OSError as error:
        raise RunError(f"cannot write the verdicts: {error.strerror}") from error
