"""One derivation of every seed, so that a resumed run draws what an uninterrupted one draws."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from envs.core.errors import RunError

_TRIES = 1000
_SEEDS = 2**62


def derive_seed(run_seed: int, *path: int | str) -> int:
    """Returns a seed in [0, 2**62) for one place in a run, such as `derive_seed(0, "sample", step, task_id, 3)`.

    Unlike `hash`, the same on every machine and in every process.
    """
    text = "/".join([str(run_seed), *map(str, path)])
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2


def turn_seed(seed: int, turn: int) -> int:
    """Returns the seed of an episode's turn, counted from 0; that of the first is the episode's own."""
    return derive_seed(seed, "turn", turn) if turn else seed


class TaskOrder:
    """The task seeds of a training run, by position.

    An endless source gets a fresh seed at every position. A finite one gets the seeds 0 .. size-1 in a new order each
    epoch, so that every task comes up once before any comes up twice. A task that does not fit is passed over: in an
    epoch's order by the next one, in an endless source by another that belongs to its position.

    Args:
        run_seed: The run's.
        size: How many tasks there are; None without end.
        fits: Whether the task of a seed can be sampled; all can where it is left out.

    Attributes:
        passed_over: Tasks of an endless source that did not fit, among all that were asked for.
    """

    def __init__(self, run_seed: int, size: int | None, fits: Callable[[int], bool] | None = None):
        self.run_seed = run_seed
        self.size = size
        self._fits = fits or (lambda seed: True)
        self.passed_over = 0
        self._epoch = -1
        self._order = np.arange(size or 0, dtype=np.int64)
        if size is not None:
            self._order = np.array([seed for seed in range(size) if self._fits(seed)], dtype=np.int64)
        self._in_epoch = len(self._order)

    def seed(self, position: int) -> int:
        """Returns the task seed at a position, counted from 0 over the whole run.

        Raises:
            RunError: No task fits.
        """
        if self.size is None:
            for passed in range(_TRIES):
                seed = derive_seed(self.run_seed, "task", position, *([passed] if passed else []))
                if self._fits(seed):
                    return seed
                self.passed_over += 1
            raise RunError(f"{_TRIES} tasks in a row have prompts that do not fit: raise --max-prompt-tokens")
        if not self._in_epoch:
            raise RunError("no task of the split has a prompt that fits: raise --max-prompt-tokens")
        epoch, offset = divmod(position, self._in_epoch)
        if epoch != self._epoch:
            rng = np.random.default_rng(derive_seed(self.run_seed, "epoch", epoch))
            shuffled = rng.permutation(self.size)
            self._epoch, self._order = epoch, shuffled[np.isin(shuffled, self._order)]
        return int(self._order[offset])


class Draw(NamedTuple):
    """What a group is sampled of: the place of an environment among the run's, and the seed of a task of it."""

    env: int
    seed: int


def drawn_environment(run_seed: int, weights: Sequence[float], step: int, slot: int) -> int:
    """Returns which environment the group in a slot of a step is of, with probability its share of the weights.

    A pure function of its arguments: it knows nothing of what was drawn before, or scored.
    """
    if len(weights) == 1:
        return 0
    bounds = list(accumulate(weights))
    point = derive_seed(run_seed, "environment", step, slot) / _SEEDS * bounds[-1]
    return min(bisect_right(bounds, point), len(weights) - 1)  # the last: where rounding has made the point the end


def drawn_counts(run_seed: int, weights: Sequence[float], steps: int, slots: int) -> list[int]:
    """Returns how many groups of each environment the first steps of a run draw, with so many slots in each."""
    counts = [0] * len(weights)
    for step in range(1, steps + 1):
        for slot in range(slots):
            counts[drawn_environment(run_seed, weights, step, slot)] += 1
    return counts


class Draws:
    """What a run draws: for each slot of each step an environment, and of it the next task of its own order.

    So the tasks of an environment come in the order they would come in alone, and each task of a finite split comes up
    once before any comes up twice.

    Args:
        run_seed: The run's.
        weights: How often each environment is drawn.
        orders: The tasks of each.
        positions: Tasks of each that are used up; part of a checkpoint, since refills use up more than a step's share.
    """

    def __init__(
        self, run_seed: int, weights: Sequence[float], orders: Sequence[TaskOrder], positions: Sequence[int] = ()
    ):
        self.run_seed = run_seed
        self.weights = list(weights)
        self.orders = list(orders)
        self.positions = list(positions or [0] * len(self.orders))

    @property
    def passed_over(self) -> int:
        """Tasks of sources without end that did not fit, among all that were asked for."""
        return sum(order.passed_over for order in self.orders)

    def next(self, step: int, slot: int) -> Draw:
        """Returns what the group in a slot of a step is sampled of, and uses it up.

        Raises:
            RunError: No task of the environment fits.
        """
        env = drawn_environment(self.run_seed, self.weights, step, slot)
        seed = self.orders[env].seed(self.positions[env])
        self.positions[env] += 1
        return Draw(env, seed)
