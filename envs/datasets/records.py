"""Records of a data set: JSONL, CSV, parquet or Hugging Face, read once, with every bad one named by its line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.errors import UsageError
from envs.extras import require

Record = dict[str, Any]


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
    reader = READERS.get(path.suffix)
    if reader is None:
        raise UsageError(f"cannot read {path.name}: a data file ends in {_known()}")
    return reader(path)


def _known() -> str:
    return " or ".join([", ".join(SUFFIXES[:-1]), SUFFIXES[-1]])


def _jsonl(path: Path) -> Iterator[tuple[int, Record | str]]:
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


def _csv(path: Path) -> Iterator[tuple[int, Record | str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        rows = csv.reader(stream, strict=True)
        try:
            header = next(rows, [])
            while True:
                line = rows.line_num + 1
                row = next(rows, None)
                if row is None:
                    return
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
    ".parquet": _parquet,
}
SUFFIXES = tuple(READERS)


def hub_records(name: str) -> dict[str, Iterator[tuple[int, Record | str]]]:
    """Loads a Hugging Face data set and returns its records by split.

    Args:
        name: A name on the hub with its configuration, such as `openai/gsm8k:main`, or a folder `save_to_disk` wrote.

    Raises:
        UsageError: The package `datasets` is not installed, or the data set cannot be loaded.
    """
    datasets = require("datasets", "datasets", f"the Hugging Face data set {name!r}")
    try:
        if Path(name).is_dir():
            loaded = datasets.load_from_disk(name)
        else:
            hub_name, _, configuration = name.partition(":")
            loaded = datasets.load_dataset(hub_name, configuration or None)
    except Exception as error:  # whatever a hub, a cache or a data set's files raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise UsageError(
            f"cannot load the data set {name!r}: {reason}; a file is named by its path and ends in {_known()}"
        ) from error
    splits = loaded if isinstance(loaded, dict) else {"": loaded}
    return {str(split): iter(enumerate(map(dict, rows), 1)) for split, rows in splits.items()}
