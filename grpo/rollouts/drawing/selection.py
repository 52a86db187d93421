"""Profiles: how often a policy solves each task, or each family and level; and which of them a run trains on.

`grpo profile` makes them (`evals.results.profile`). A profile is a parquet file, whose metadata says what it is of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.core.errors import UsageError
from grpo.rollouts.drawing.cells import Cell
from grpo.rollouts.drawing.history import Band

if TYPE_CHECKING:
    import pandas as pd

FACTS_KEY = b"grpo.profile"
"""Where a profile's metadata says what it is of."""
SAME = ("version", "size", "ids_sha256")
"""What of an environment's manifest a profile and a run must have in common."""
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tasks of an environment a run trains on.

    Attributes:
        seeds: Of a finite split's tasks; None where cells decide.
        cells: Families and levels of a source without end.
        said: One line that says how many are kept, and how hard they are.
    """

    seeds: frozenset[int] | None
    cells: frozenset[Cell]
    said: str

    def keeps(self, seed: int, cell: Callable[[int], Cell]) -> bool:
        """Whether the task of a seed is trained on, given what tells family and level."""
        return seed in self.seeds if self.seeds is not None else cell(seed) in self.cells


@dataclass(frozen=True)
class Profile:
    """How often a policy solved what.

    Attributes:
        path: The file.
        frame: One row for each task, or for each family and level: `pass_rate`, and `seed`, or `family` and `level`.
        facts: What it is of: `env` with its `manifest`, `by` (`task` or `cell`), the policy, the settings.
    """

    path: Path
    frame: pd.DataFrame
    facts: dict[str, Any]

    def difference(self, manifest: Mapping[str, Any]) -> str | None:
        """Returns how the environment it was made of differs from one with this manifest; None where it does not."""
        own = self.facts["manifest"]
        if Path(own["env"]["name"]).stem != Path(manifest["env"]["name"]).stem:  # a file may be named from elsewhere
            return f"it is of {own['env']['name']}"
        if own["split"] != manifest["split"]:
            return f"it is of the split {own['split']!r}"
        differing = [name for name in SAME if own[name] != manifest[name]]
        if not differing:
            return None
        then, now = own["env"]["kwargs"], manifest["env"]["kwargs"]
        told = [name for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name)]
        if told and differing[0] != "version":
            return f"its {told[0]} was {then.get(told[0], 'the default')}, here it is {now.get(told[0], 'the default')}"
        return f"its {differing[0]} was {own[differing[0]]}"

    def select(self, band: Band) -> Selection:
        """Returns the tasks, or families and levels, whose pass rate lies in a band.

        Raises:
            UsageError: None does; with how their pass rates are spread.
        """
        by_task = self.facts["by"] == "task"
        frame = self.frame.dropna(subset=["pass_rate"])
        kept = frame[[band.holds(rate) for rate in frame["pass_rate"].tolist()]]
        what = "tasks" if by_task else "families and levels"
        if kept.empty:
            counts = histogram(frame["pass_rate"].tolist())
            spread = ", ".join(f"{count} at {label}" for label, count in counts if count)
            raise UsageError(
                f"--select {self.path}: none of {len(frame)} {what} has a pass rate within {band} ({spread}): widen "
                "--pass-rate"
            )
        rates = kept["pass_rate"].tolist()
        mean = sum(rates) / len(rates)
        said = f"{len(kept)} of {len(self.frame)} {what} are kept, pass rate within {band}, {mean:.2f} on average"
        if by_task:
            return Selection(frozenset(map(int, kept["seed"].tolist())), frozenset(), said)
        cells = zip(kept["family"].tolist(), kept["level"].tolist(), strict=True)
        return Selection(None, frozenset(Cell(family, _level(level)) for family, level in cells), said)


def read_profile(path: Path) -> Profile:
    """Reads a profile.

    Raises:
        UsageError: It is not there, or is no profile.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
        facts = json.loads(metadata[FACTS_KEY])
        frame = pd.read_parquet(path)
    except FileNotFoundError:
        raise UsageError(f"--select {path}: nothing is there; make it with `grpo profile --env NAME`") from None
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise UsageError(
            f"--select {path} is no profile ({type(error).__name__}): give the profile.parquet of `grpo profile`"
        ) from error
    return Profile(path, frame, facts)


def select_tasks(
    profiles: Sequence[Profile], band: Band, manifests: Mapping[str, Mapping[str, Any]]
) -> dict[str, Selection]:
    """Returns what profiles select of a run's environments, by label; those that none is of are not restricted.

    Args:
        profiles: One of an environment at most.
        band: The pass rates to keep.
        manifests: Of the environments, by label.

    Raises:
        UsageError: A profile is of none of them, two are of one, or one selects nothing.
    """
    found: dict[str, Selection] = {}
    for profile in profiles:
        differences = {label: profile.difference(manifest) for label, manifest in manifests.items()}
        labels = [label for label, difference in differences.items() if difference is None]
        if not labels:
            name = profile.facts["manifest"]["env"]["name"]
            close = [label for label, manifest in manifests.items() if manifest["env"]["name"] == name]
            told = differences[close[0] if close else next(iter(differences))]
            trained = ", ".join(str(manifest["env"]["name"]) for manifest in manifests.values())
            raise UsageError(
                f"--select {profile.path} was not made of what is trained on, {trained} as it is now: {told}; profile "
                "it again with `grpo profile`, or leave out --select"
            )
        for label in labels:
            if label in found:
                raise UsageError(f"--select names two profiles of {label or 'one environment'}: leave out one")
            found[label] = profile.select(band)
    return found


def histogram(rates: Sequence[float]) -> list[tuple[str, int]]:
    """Counts pass rates: exactly 0, the tenths between, exactly 1."""
    counts = [0] * (_TENTHS + 2)
    for rate in rates:
        tenth = 0 if rate <= 0 else _TENTHS + 1 if rate >= 1 else 1 + min(_TENTHS - 1, int(rate * _TENTHS))
        counts[tenth] += 1
    between = [f"{low / _TENTHS:.1f} to {(low + 1) / _TENTHS:.1f}" for low in range(_TENTHS)]
    return list(zip(["0", *between, "1"], counts, strict=True))


def _level(level: Any) -> int | None:
    return None if level is None or level != level else int(level)
