"""The tasks of an environment in the order of a run, and which of them may be drawn at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from envs.core.errors import RunError
from grpo.rollouts.drawing.cells import Cell
from grpo.rollouts.seeds import derive_seed

_TRIES = 1000
_CELLS_LOOKED_AT = 256
"""Tasks of a source without end that are drawn to see which families and levels it has."""


def plain_seed(run_seed: int, position: int, passed: int = 0) -> int:
    """Returns the task seed at a position of a source without end, after so many were passed over there."""
    return derive_seed(run_seed, "task", position, *([passed] if passed else []))


class TaskOrder:
    """The task seeds of a training run, by position.

    An endless source gets a fresh seed at every position. A finite one gets the seeds 0 .. size-1 in a new order each
    epoch, so that every task comes up once before any comes up twice. A task that does not fit is passed over: in an
    epoch's order by the next one, in an endless source by another that belongs to its position.

    Args:
        run_seed: The run's.
        size: How many tasks there are; None without end.
        fits: Whether the task of a seed can be sampled; all can where it is left out.
        cell: Family and level of the task of a seed; all have one where it is left out.
        chosen: Whether the task of a seed is among those to train on; all are where it is left out.

    Attributes:
        passed_over: Tasks of an endless source that did not fit, among all that were asked for.
    """

    def __init__(
        self,
        run_seed: int,
        size: int | None,
        fits: Callable[[int], bool] | None = None,
        cell: Callable[[int], Cell] | None = None,
        chosen: Callable[[int], bool] | None = None,
    ):
        self.run_seed = run_seed
        self.size = size
        self.cell = cell or (lambda seed: Cell())
        self._fits = fits or (lambda seed: True)
        self._chosen = chosen or (lambda seed: True)
        self.passed_over = 0
        self._epoch = -1
        self.tasks = np.arange(size or 0, dtype=np.int64)
        """Seeds of a finite split that may be drawn, in the split's order; none of a source without end."""
        if size is not None:
            drawable = [seed for seed in range(size) if self._chosen(seed) and self._fits(seed)]
            self.tasks = np.array(drawable, dtype=np.int64)
        self._order = self.tasks
        self._in_epoch = len(self._order)

    def seed(self, position: int) -> int:
        """Returns the task seed at a position, counted from 0 over the whole run.

        Raises:
            RunError: No task fits.
        """
        if self.size is None:
            found = self._fresh(position)
            if found is None:
                raise RunError(
                    f"{_TRIES} tasks in a row have prompts that do not fit, or are not among those selected: raise "
                    "--max-prompt-tokens, or leave out --select"
                )
            return found
        if not self._in_epoch:
            raise RunError("no task of the split has a prompt that fits: raise --max-prompt-tokens")
        epoch, offset = divmod(position, self._in_epoch)
        if epoch != self._epoch:
            rng = np.random.default_rng(derive_seed(self.run_seed, "epoch", epoch))
            shuffled = rng.permutation(self.size)
            self._epoch, self._order = epoch, shuffled[np.isin(shuffled, self._order)]
        return int(self._order[offset])

    def next(self, position: int, wanted: Callable[[int], bool]) -> tuple[int, int] | None:
        """Returns the next task that is wanted, and the position after it; None where it does not come up.

        Of a finite split the first from that position on, in two epochs' worth at most; of a source without end the
        first fresh one, which belongs to that position.

        Args:
            position: Where to begin.
            wanted: Whether the task of a seed is.
        """
        if self.size is None:
            found = self._fresh(position, wanted)
            return None if found is None else (found, position + 1)
        # Two epochs' worth: the rest of one and the beginning of the next may miss the only task there is.
        for place in range(position, position + 2 * self._in_epoch):
            if wanted(seed := self.seed(place)):
                return seed, place + 1
        return None

    def _fresh(self, position: int, wanted: Callable[[int], bool] = lambda seed: True) -> int | None:
        for passed in range(_TRIES):
            seed = plain_seed(self.run_seed, position, passed)
            if not self._chosen(seed) or not wanted(seed):
                continue
            if self._fits(seed):
                return seed
            self.passed_over += 1
        return None

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The families and levels of the tasks that may be drawn, sorted; of a source without end those of a sample."""
        seeds = self.tasks.tolist()
        if self.size is None:
            looked_at = (derive_seed(0, "cell", place) for place in range(_CELLS_LOOKED_AT))
            seeds = [seed for seed in looked_at if self._chosen(seed)]
        cells = {self.cell(seed) for seed in seeds}
        return tuple(sorted(cells, key=lambda cell: (cell.family, -1 if cell.level is None else cell.level)))

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """The levels among them, sorted."""
        return tuple(sorted({cell.level for cell in self.cells if cell.level is not None}))
