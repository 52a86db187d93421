"""A data set's records by split, wherever it lies: a file, a folder of files named after splits, or the hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from envs.builtin.datasets.hub import benchmark_records, is_hub
from envs.builtin.datasets.place import HUB, hub_hint, hub_name, located
from envs.builtin.datasets.records import SUFFIXES, Record, read_records
from envs.core.errors import UsageError

SPLIT_WORDS = {
    "train": "train", "training": "train",
    "dev": "dev", "validation": "dev", "valid": "dev", "val": "dev",
    "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SplitRecords:
    """The records of a data set by split.

    Attributes:
        name: The data set's: what its file, its folder or the hub calls it.
        place: Where it lies, for messages.
        parts: Lines and records, as `read_records` yields them, by split; of no split, under the empty name.
    """

    name: str
    place: str
    parts: Mapping[str, Iterator[tuple[int, Record | str]]]

    def all(self) -> Iterator[tuple[int, Record | str]]:
        """Yields the records of every split."""
        return chain.from_iterable(self.parts.values())


def find_records(benchmark: str, data: str | None, *, one_file: bool = False) -> SplitRecords:
    """Finds the records of a benchmark.

    Args:
        benchmark: Its name.
        data: Where they are said to be; see `place.located`.
        one_file: Whether a file is the whole data set; otherwise it stands for the folder it lies in.

    Raises:
        UsageError: Nothing is there, or it cannot be read.
    """
    place = located(benchmark, data)
    if is_hub(place):
        return _on_hub(benchmark, place)
    path = Path(place).expanduser()
    if path.is_file() and not one_file:
        if path not in split_files(path.parent):
            raise UsageError(
                f"{path.name} is not named after a split: {benchmark} needs train.jsonl and test.jsonl, in one folder"
            )
        path = path.parent
    if not path.is_dir():
        if path.suffix not in SUFFIXES and not path.is_file():
            raise UsageError(
                f"no folder {path}: {benchmark} needs the folder with its train and test files{hub_hint(benchmark)}"
            )
        return SplitRecords(path.stem, path.name, {"": read_records(path)})
    parts: dict[str, Iterator[tuple[int, Record | str]]] = {}
    for file in split_files(path):
        parts.setdefault(SPLIT_WORDS[file.stem], read_records(file))
    return SplitRecords(path.stem, str(path), parts)


def _on_hub(benchmark: str, place: str) -> SplitRecords:
    name = hub_name(benchmark, place)
    parts = {SPLIT_WORDS.get(split, split): records for split, records in benchmark_records(benchmark, name).items()}
    return SplitRecords(hub_stem(name), name, parts)


def hub_stem(name: str) -> str:
    """Returns what task ids call a data set: `gsm8k` for `hf:openai/gsm8k:main`, a saved folder's own name."""
    return Path(name.removeprefix(HUB).partition(":")[0]).stem or "dataset"


def split_files(folder: Path) -> list[Path]:
    """Returns a folder's files that are named after splits, such as `train.jsonl`; JSONL before CSV before parquet."""
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if path.suffix in SUFFIXES and path.stem in SPLIT_WORDS]
    return sorted(files, key=lambda path: (SUFFIXES.index(path.suffix), path.name))
