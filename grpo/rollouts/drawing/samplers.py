"""Which task comes next: in order, uniformly, by pass-rate band, or level by level.

A sampler is a pure function of the run's seed, step, slot and history. Where a step is stands in the history as well
(`position`), since a step may have used up more tasks than its share (refills).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from envs.core.errors import UsageError
from grpo.rollouts.drawing.cells import Cell
from grpo.rollouts.drawing.history import EVIDENCE, Band, History, Stage
from grpo.rollouts.drawing.orders import TaskOrder
from grpo.rollouts.seeds import SEEDS, derive_seed


class Drawn(NamedTuple):
    """A task, and where its order is once it is used up."""

    seed: int
    position: int


class Sampler(Protocol):
    """Chooses the tasks of one environment."""

    def next(self, step: int, slot: int, history: History) -> Drawn:
        """Returns the task of the group in a slot of a step.

        Args:
            step: Counted from 1.
            slot: Counted from 0 over all groups of the step, refills included.
            history: What the step may know, and where the order is.

        Raises:
            RunError: No task fits.
        """
        ...

    def settled(self, history: History) -> History:
        """Returns what is known, with what the sampler keeps of its own, once a batch's results are in it."""
        ...


class InOrder:
    """Every task of a finite split once before any comes twice; fresh ones of a source without end."""

    def __init__(self, order: TaskOrder):
        self.order = order

    def next(self, step: int, slot: int, history: History) -> Drawn:
        """Returns the next task; see `Sampler.next`."""
        return Drawn(self.order.seed(history.position), history.position + 1)

    def settled(self, history: History) -> History:
        """Keeps nothing."""
        return history


class Uniform(InOrder):
    """Any task of a finite split, each as likely; no two groups of a step are of one while there are others."""

    def next(self, step: int, slot: int, history: History) -> Drawn:
        """Returns any task; see `Sampler.next`."""
        if not len(self.order.tasks):  # without end, where any is a fresh one, or none that fits
            return super().next(step, slot, history)
        return Drawn(_picked(self.order, self.order.tasks, "uniform", step, slot), history.position + 1)


class InBand(InOrder):
    """Tasks whose pass rate is not known to lie outside a band, in order; the others at a floor.

    What decides is a task's own pass rate, or, before it was tried, that of its family and level. While no task lies
    in the band, all are drawn. While few of a finite split do, they are not drilled: one of them comes 4 times as often
    as if all were drawn alike, at most, and the other groups are of tasks outside.

    Args:
        order: The tasks.
        band: The band.
        explore: Share of the groups that are of tasks outside it, while there are any.
    """

    most_often = 4

    def __init__(self, order: TaskOrder, band: Band, explore: float):
        super().__init__(order)
        self.band = band
        self.explore = explore
        self._of: Mapping[int, object] | None = None
        self._outside: np.ndarray = order.tasks[:0]

    def next(self, step: int, slot: int, history: History) -> Drawn:
        """Returns a task within the band, or one to look at again; see `Sampler.next`."""
        if _explores(self.order, self._floor(history), step, slot):
            found = self._beyond(step, slot, history)
        else:
            found = self._within(history)
        return found or super().next(step, slot, history)

    def _floor(self, history: History) -> float:
        """Returns which share of the groups is of tasks outside the band."""
        if self.order.size is None:
            return self.explore
        whole = len(self.order.tasks)
        inside = whole - len(self._all_outside(history))
        return max(self.explore, 1 - self.most_often * inside / whole) if inside else 0.0

    def _within(self, history: History) -> Drawn | None:
        if self.order.size is None and all(self._is_outside_cell(cell, history) for cell in self.order.cells):
            return None
        found = self.order.next(history.position, lambda seed: not self._is_outside(seed, history))
        return Drawn(*found) if found else None

    def _beyond(self, step: int, slot: int, history: History) -> Drawn | None:
        if self.order.size is None:
            if not any(self._is_outside_cell(cell, history) for cell in self.order.cells):
                return self._within(history)
            found = self.order.next(history.position, lambda seed: self._is_outside(seed, history))
            return Drawn(*found) if found else None
        outside = self._all_outside(history)
        if not len(outside):
            return self._within(history)
        return Drawn(_picked(self.order, outside, "explore", step, slot), history.position)

    def _all_outside(self, history: History) -> np.ndarray:
        if self._of is not history.tasks:  # the same for all slots of a step
            seeds = [seed for seed in self.order.tasks.tolist() if self._is_outside(seed, history)]
            self._of, self._outside = history.tasks, np.array(seeds, dtype=np.int64)
        return self._outside

    def _is_outside(self, seed: int, history: History) -> bool:
        tally = history.tasks.get(seed) if self.order.size is not None else None
        if tally is not None and tally.rate is not None:
            return not self.band.holds(tally.rate)
        return self._is_outside_cell(self.order.cell(seed), history)

    def _is_outside_cell(self, cell: Cell, history: History) -> bool:
        if len(self.order.cells) < 2:  # which says no more of a task than that it is one
            return False
        tally = history.cells.get(cell)
        if tally is None or tally.rate is None or tally.samples < EVIDENCE:
            return False
        return not self.band.holds(tally.rate)


class Curriculum(InOrder):
    """Tasks of one level, beginning with the lowest; others at a floor.

    Once 32 samples of a level are in since it was entered, a pass rate above the band moves on to the next level, one
    below it back to the level before.

    Args:
        order: The tasks, of two levels at least.
        band: The band.
        explore: Share of the groups that are of other levels.

    Raises:
        UsageError: The tasks are not of several levels.
    """

    def __init__(self, order: TaskOrder, band: Band, explore: float):
        super().__init__(order)
        self.band = band
        self.explore = explore
        if len(order.levels) < 2:
            found = f"all are of level {order.levels[0]}" if order.levels else "they have none"
            raise UsageError(
                f"--sampler curriculum needs tasks of several levels, and {found}: take --sampler band, or an "
                "environment with levels"
            )

    def next(self, step: int, slot: int, history: History) -> Drawn:
        """Returns a task of the level, or of another; see `Sampler.next`."""
        level = self.stage(history).level
        if _explores(self.order, self.explore, step, slot):
            if self.order.size is not None:
                return Drawn(_picked(self.order, self._others(level), "explore", step, slot), history.position)
            found = self.order.next(history.position, lambda seed: self.order.cell(seed).level != level)
        else:
            found = self.order.next(history.position, lambda seed: self.order.cell(seed).level == level)
        return Drawn(*found) if found else super().next(step, slot, history)

    def stage(self, history: History) -> Stage:
        """Returns where the curriculum is."""
        known = history.stage
        return known if known is not None and known.level in self.order.levels else Stage(self.order.levels[0])

    def settled(self, history: History) -> History:
        """Moves on to the next level, or back, where the band has been left."""
        stage = self.stage(history)
        rate, levels = stage.tally.rate, self.order.levels
        place = levels.index(stage.level)
        if rate is not None and stage.tally.samples >= EVIDENCE:
            if rate > self.band.high and place + 1 < len(levels):
                stage = Stage(levels[place + 1])
            elif rate < self.band.low and place:
                stage = Stage(levels[place - 1])
        return replace(history, stage=stage)

    def _others(self, level: int) -> np.ndarray:
        return np.array([seed for seed in self.order.tasks.tolist() if self.order.cell(seed).level != level])


def sampler_of(name: str, order: TaskOrder, band: Band, explore: float) -> Sampler:
    """Returns a sampler by its name: `in_order`, `uniform`, `band` or `curriculum`.

    Raises:
        UsageError: The tasks do not suit it.
    """
    if name == "band":
        return InBand(order, band, explore)
    if name == "curriculum":
        return Curriculum(order, band, explore)
    return Uniform(order) if name == "uniform" else InOrder(order)


def _explores(order: TaskOrder, share: float, step: int, slot: int) -> bool:
    return derive_seed(order.run_seed, "explores", step, slot) < share * SEEDS


def _picked(order: TaskOrder, seeds: np.ndarray | Sequence[int], why: str, step: int, slot: int) -> int:
    """Returns one of these tasks: another in each slot of a step, until all have come up."""
    lap, place = divmod(slot, len(seeds))
    return int(np.random.default_rng(derive_seed(order.run_seed, why, step, lap)).permutation(seeds)[place])
