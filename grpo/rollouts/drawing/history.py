"""What a run knows of how hard tasks are: pass rates by task, family, level and environment, the old forgotten.

A value: learning of a batch gives another one. What is counted is whole numbers, summed up over a batch before anything
is forgotten, so the order of a batch's results changes no bit.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from grpo.rollouts.drawing.cells import Cell

EVIDENCE = 32
"""Samples before a family and level, or a stage of a curriculum, is judged: four groups of 8."""

K = TypeVar("K", bound=Hashable)


class Band(NamedTuple):
    """Pass rates from `low` to `high`, both included: what can teach."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g}:{self.high:g}"

    def holds(self, rate: float) -> bool:
        """Whether a rate lies within."""
        return self.low <= rate <= self.high


@dataclass(frozen=True, slots=True)
class GroupResult:
    """What a group came to, as plain data.

    Attributes:
        env: The place of its environment among the run's.
        seed: Of its task.
        family: Of its task, empty where it has none.
        level: Of its task, None where it has none.
        passed: Members that solved the task.
        tried: Members that could be scored.
    """

    env: int
    seed: int
    family: str
    level: int | None
    passed: int
    tried: int

    @property
    def cell(self) -> Cell:
        """Family and level."""
        return Cell(self.family, self.level)


@dataclass(frozen=True, slots=True)
class Tally:
    """Samples of something, the old ones weighing less.

    Attributes:
        passed: Weight of those that passed.
        tried: Weight of all.
        samples: How many there ever were.
    """

    passed: float = 0.0
    tried: float = 0.0
    samples: int = 0

    @property
    def rate(self) -> float | None:
        """The pass rate; None before the first sample."""
        return self.passed / self.tried if self.tried else None

    def after(self, passed: int, tried: int, forget: float) -> Tally:
        """Returns the tally once more samples are in, which leave the old ones `1 - forget` of their weight."""
        if not tried:
            return self
        kept = 1.0 - forget
        return Tally(self.passed * kept + passed, self.tried * kept + tried, self.samples + tried)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a curriculum is: its level, and what came out there since it was entered."""

    level: int
    tally: Tally = Tally()


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one environment.

    Attributes:
        whole: Of all its tasks.
        tasks: By seed, for a finite split; of a source without end no task comes twice.
        families: By name.
        levels: By level.
        cells: By family and level.
        stage: A curriculum's, None elsewhere.
        position: How far its order of tasks is used up. Known at once, unlike results: a draw moves it.
    """

    whole: Tally = Tally()
    tasks: Mapping[int, Tally] = field(default_factory=dict)
    families: Mapping[str, Tally] = field(default_factory=dict)
    levels: Mapping[int, Tally] = field(default_factory=dict)
    cells: Mapping[Cell, Tally] = field(default_factory=dict)
    stage: Stage | None = None
    position: int = 0

    def after(self, results: Sequence[GroupResult], forget: float, by_task: bool = True) -> History:
        """Returns what is known once a batch's results are in.

        Args:
            results: Those of this environment.
            forget: Share of a tally's weight that is lost whenever a batch adds to it.
            by_task: Whether single tasks are told apart.
        """
        levelled = [(one.level, one) for one in results if one.level is not None]
        stage = self.stage
        if stage is not None:
            here = [one for one in results if one.level == stage.level]
            stage = replace(stage, tally=stage.tally.after(*_total(here), forget))
        return replace(
            self,
            whole=self.whole.after(*_total(results), forget),
            tasks=_more(self.tasks, ((one.seed, one) for one in results), forget) if by_task else self.tasks,
            families=_more(self.families, ((one.family, one) for one in results if one.family), forget),
            levels=_more(self.levels, levelled, forget),
            cells=_more(self.cells, ((one.cell, one) for one in results), forget),
            stage=stage,
        )

    def shares(self, band: Band) -> dict[str, float]:
        """Returns which share of the tasks that were tried lies below, within and above a band."""
        rates = [rate for tally in self.tasks.values() if (rate := tally.rate) is not None]
        if not rates:
            return {}
        below, above = sum(rate < band.low for rate in rates), sum(rate > band.high for rate in rates)
        counts = {"below": below, "within": len(rates) - below - above, "above": above}
        return {name: count / len(rates) for name, count in counts.items()}

    def to_json(self) -> dict[str, Any]:
        """Returns plain data that `from_json` reads back to the bit; without the position, which is kept elsewhere."""
        return {
            "whole": _plain(self.whole),
            "tasks": {str(seed): _plain(tally) for seed, tally in self.tasks.items()},
            "families": {name: _plain(tally) for name, tally in self.families.items()},
            "levels": {str(level): _plain(tally) for level, tally in self.levels.items()},
            "cells": [[*cell, *_plain(tally)] for cell, tally in self.cells.items()],
            "stage": [self.stage.level, *_plain(self.stage.tally)] if self.stage else None,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> History:
        """Reads what `to_json` gave."""
        stage = saved["stage"]
        return cls(
            whole=Tally(*saved["whole"]),
            tasks={int(seed): Tally(*tally) for seed, tally in saved["tasks"].items()},
            families={name: Tally(*tally) for name, tally in saved["families"].items()},
            levels={int(level): Tally(*tally) for level, tally in saved["levels"].items()},
            cells={Cell(family, level): Tally(*tally) for family, level, *tally in saved["cells"]},
            stage=Stage(stage[0], Tally(*stage[1:])) if stage else None,
        )


def _plain(tally: Tally) -> list[float]:
    return list(asdict(tally).values())


def _total(results: Sequence[GroupResult]) -> tuple[int, int]:
    return sum(one.passed for one in results), sum(one.tried for one in results)


def _summed(named: Iterable[tuple[K, GroupResult]]) -> dict[K, tuple[int, int]]:
    sums: dict[K, tuple[int, int]] = {}
    for name, one in named:
        passed, tried = sums.get(name, (0, 0))
        sums[name] = (passed + one.passed, tried + one.tried)
    return sums


def _more(known: Mapping[K, Tally], named: Iterable[tuple[K, GroupResult]], forget: float) -> Mapping[K, Tally]:
    sums = {name: counts for name, counts in _summed(named).items() if counts[1]}
    more = {name: known.get(name, Tally()).after(*counts, forget) for name, counts in sums.items()}
    return {**known, **more} if more else known
