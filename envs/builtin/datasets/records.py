"""Records of a data file: JSONL, CSV or parquet, read once, with every bad one named by its line."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError

Record = dict[str, Any]


_READ_FOR_KIND = 20
"""Lines of a file that are looked at to tell what it is."""
_READ_FOR_TEXT = 4096
"""Bytes of it that are looked at to tell whether it is text."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be used, and why."""

    line: int
    reason: str


def read_records(path: Path) -> Iterator[tuple[int, Record | str]]:
    """Yields the line of each record of a file and the record, or why there is none.

    Lines count from 1: of the text for JSONL and CSV (where the header is line 1), and rows for parquet.

    Raises:
        UsageError: The file is not there, is of another kind or cannot be read at all.
    """
    if not path.is_file():
        raise UsageError(f"no data file at {path}: give the path of a file that ends in {_known()}")
    if not path.stat().st_size:
        raise UsageError(f"the data file {path} is empty")
    reader = READERS.get(path.suffix)
    if reader is None:
        raise UsageError(f"cannot read {path.name}: a data file ends in {_known()}")
    return reader(path)


def _known() -> str:
    return " or ".join([", ".join(SUFFIXES[:-1]), SUFFIXES[-1]])


def _check_text(path: Path) -> None:
    """Refuses what is no text in UTF-8: replaced by signs for what cannot be read, it would be trained on.

    Raises:
        UsageError: It is not; nothing of it is quoted.
    """
    with path.open("rb") as stream:
        head = stream.read(_READ_FOR_TEXT)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UsageError(f"{path.name} is UTF-16: save it as UTF-8")
        if b"\0" in head:
            raise UsageError(f"{path.name} is not text but binary: a data file ends in {_known()}")
        stream.seek(0)
        for line, text in enumerate(stream, 1):
            try:
                text.decode("utf-8")
            except UnicodeDecodeError:
                raise UsageError(f"{path.name} line {line} is not UTF-8: save it as UTF-8") from None


def _jsonl(path: Path) -> Iterator[tuple[int, Record | str]]:
    _check_text(path)
    with path.open(encoding="utf-8", newline="\n") as stream:
        first = [text.strip() for text in islice((text for text in stream if text.strip()), _READ_FOR_KIND)]
        if first and not any(text.startswith("{") for text in first):
            kind = "; is it CSV? then its name must end in .csv" if "," in first[0] else ""
            raise UsageError(f"{path.name} is not JSON lines: it begins with {first[0][:40]!r}{kind}")
        stream.seek(0)
        for line, text in enumerate(stream, 1):
            if not text.strip():
                continue
            try:
                record = json.loads(text)
            except (ValueError, RecursionError) as error:
                yield line, f"not JSON: {error}"[:200]
                continue
            yield line, record if isinstance(record, dict) else f"not an object but {type(record).__name__}"


def _is_json_object(line: str) -> bool:
    try:
        return line.startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _delimiter(header: str) -> str:
    """Returns what stands between the cells: a comma, or in a header without one what spreadsheets write instead."""
    return next((sign for sign in ",;\t" if sign in header), ",")


def _csv(path: Path) -> Iterator[tuple[int, Record | str]]:
    _check_text(path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline()
        if _is_json_object(first):
            raise UsageError(f"{path.name} holds JSON lines: its name must end in .jsonl")
        delimiter = "\t" if path.suffix == ".tsv" else _delimiter(first)
        rows, read = csv.reader(stream, strict=True, delimiter=delimiter), 0
        stream.seek(0)
        try:
            header = next(rows, [])
            while True:
                line = rows.line_num + 1
                row = next(rows, None)
                if row is None and not read:
                    raise UsageError(f"{path.name} has no rows under its header")
                if row is None:
                    return
                read += bool(row)
                if row and len(row) != len(header):
                    yield line, f"{len(row)} cells under {len(header)} column names"
                elif row:
                    yield line, dict(zip(header, row, strict=True))
        except csv.Error as error:  # a quote that never closes swallows the rest of the file
            yield rows.line_num, f"not CSV: {error}"


def _parquet(path: Path) -> Iterator[tuple[int, Record | str]]:
    import pyarrow
    import pyarrow.parquet

    try:
        line = 0
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches():
            for record in batch.to_pylist():
                line += 1
                yield line, record
    except (pyarrow.ArrowException, OSError) as error:
        raise UsageError(f"cannot read {path}: {error}"[:300]) from error


READERS: dict[str, Callable[[Path], Iterator[tuple[int, Record | str]]]] = {
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".tsv": _csv,
    ".parquet": _parquet,
}
SUFFIXES = tuple(READERS)
