"""Rows of a data set: JSONL or parquet, read once, with every bad row named by its line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.errors import UsageError

QUESTION_FIELDS = ("question", "problem", "prompt", "query", "input")
ANSWER_FIELDS = ("answer", "final_answer", "expected_answer", "gold", "target", "label", "solution", "output")
SUFFIXES = (".jsonl", ".parquet")


@dataclass(frozen=True, slots=True)
class Row:
    """One question and its answer, as the file has them."""

    line: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be used, and why."""

    line: int
    reason: str


def read_rows(path: Path, question: str | None = None, answer: str | None = None) -> Iterator[Row | Rejected]:
    """Yields one entry for each row of a file, in order.

    Args:
        path: A `.jsonl` or `.parquet` file.
        question: Name of the question's field; found among the usual names when None.
        answer: Name of the answer's field; found among the usual names when None.

    Raises:
        UsageError: The file is not there, is of another kind, or no row has the fields.
    """
    if not path.is_file():
        raise UsageError(f"no data file at {path}: give the path of a .jsonl or .parquet file")
    records = _parquet(path) if path.suffix == ".parquet" else _jsonl(path)
    names: tuple[str, str] | None = None
    for line, record in records:
        if isinstance(record, str):
            yield Rejected(line, record)
            continue
        if names is None:
            names = _field_names(path, record, question, answer)
        yield _row(line, record, names)


def _jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    if path.suffix != ".jsonl":
        raise UsageError(f"cannot read {path.name}: a data file ends in {' or '.join(SUFFIXES)}")
    with path.open(encoding="utf-8", errors="replace", newline="\n") as stream:
        for line, text in enumerate(stream, 1):
            if not text.strip():
                continue
            try:
                record = json.loads(text)
            except (ValueError, RecursionError) as error:
                yield line, f"not JSON: {error}"[:200]
                continue
            yield line, record if isinstance(record, dict) else f"not an object but {type(record).__name__}"


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    import pyarrow
    import pyarrow.parquet

    try:
        batches = pyarrow.parquet.ParquetFile(path).iter_batches()
        line = 0
        for batch in batches:
            for record in batch.to_pylist():
                line += 1
                yield line, record
    except (pyarrow.ArrowException, OSError) as error:
        raise UsageError(f"cannot read {path}: {error}"[:300]) from error


def _field_names(path: Path, record: dict[str, Any], question: str | None, answer: str | None) -> tuple[str, str]:
    found = []
    for asked, usual, flag in ((question, QUESTION_FIELDS, "question"), (answer, ANSWER_FIELDS, "answer")):
        name = asked or next((name for name in usual if name in record), None)
        if name is None or name not in record:
            what = f"no field {asked!r}" if asked else f"no {flag} field"
            raise UsageError(f"{path.name} has {what}: it has {', '.join(record)}; name it with {flag}_field=...")
        found.append(name)
    return found[0], found[1]


def _row(line: int, record: dict[str, Any], names: tuple[str, str]) -> Row | Rejected:
    values = []
    for name in names:
        value = record.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            return Rejected(line, f"no text in field {name!r}")
        values.append(value)
    return Row(line, values[0], values[1])
