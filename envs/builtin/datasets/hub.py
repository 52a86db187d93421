"""Hugging Face data sets as records: from the hub, its cache, or a folder that `save_to_disk` wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from envs.builtin.datasets.place import HUB
from envs.builtin.datasets.records import SUFFIXES, Record
from envs.core.errors import UsageError
from envs.core.extras import require

_SAVED = ("dataset_dict.json", "dataset_info.json")
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "aime": {"Problem": "problem", "Answer": "answer"},  # Maxwell-Jia/AIME_2024
}
"""The benchmark's field by the column that holds it on the hub, where that differs from the authors' files."""
ORDER: Mapping[str, str] = {"mbpp": "task_id"}
"""The number by which the authors' one file is sorted, where the hub has it cut into splits."""


def is_hub(place: str) -> bool:
    """Returns whether a place is read by the package `datasets`: it names the hub, or a folder that it saved."""
    return place.startswith(HUB) or any((Path(place).expanduser() / name).is_file() for name in _SAVED)


def hub_records(name: str) -> dict[str, Iterator[tuple[int, Record | str]]]:
    """Loads a Hugging Face data set and returns its records by split.

    Args:
        name: A name on the hub with its configuration, such as `openai/gsm8k:main` or `hf:openai/gsm8k:main`, or a
            folder `save_to_disk` wrote.

    Raises:
        UsageError: The package `datasets` is not installed, or the data set cannot be loaded.
    """
    named = name.removeprefix(HUB)
    datasets = require("datasets", "datasets", f"the Hugging Face data set {named!r}")
    folder = Path(name).expanduser()
    try:
        if folder.is_dir():
            loaded = datasets.load_from_disk(str(folder))
        else:
            owned, _, configuration = named.partition(":")
            loaded = datasets.load_dataset(owned, configuration or None)
    except Exception as error:  # whatever a hub, a cache or a data set's files raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise UsageError(
            f"cannot load the data set {named!r}: {reason}; a file is named by its path and ends in "
            f"{', '.join(SUFFIXES)}"
        ) from error
    splits = loaded if isinstance(loaded, dict) else {"": loaded}
    return {str(split): iter(enumerate(map(dict, rows), 1)) for split, rows in splits.items()}


def benchmark_records(benchmark: str, name: str) -> dict[str, Iterator[tuple[int, Record | str]]]:
    """Loads the data set of a benchmark, its columns named as in the authors' files; see `hub_records`."""
    fields = COLUMNS.get(benchmark, {})
    return {split: _renamed(records, fields) for split, records in hub_records(name).items()}


def benchmark_rows(benchmark: str, name: str) -> list[Record]:
    """Returns all splits of a benchmark's data set as the rows of the one file that its authors published.

    Raises:
        UsageError: It cannot be loaded, or a row lacks the number it is sorted by.
    """
    rows = [
        row for records in benchmark_records(benchmark, name).values() for _, row in records if isinstance(row, dict)
    ]
    number = ORDER.get(benchmark)
    try:
        return rows if number is None else sorted(rows, key=lambda row: int(row[number]))
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{name}: no number in the column {number!r} of every row") from None


def _renamed(
    records: Iterator[tuple[int, Record | str]], fields: Mapping[str, str]
) -> Iterator[tuple[int, Record | str]]:
    for line, record in records:
        if isinstance(record, dict):
            record = {fields.get(column, column): value for column, value in record.items()}
        yield line, record
