"""One derivation of every seed, so that a resumed run draws what an uninterrupted one draws."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from envs.core.errors import RunError

_TRIES = 1000


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
