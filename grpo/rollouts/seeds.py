"""One derivation of every seed, so that a resumed run draws what an uninterrupted one draws."""

from __future__ import annotations

import hashlib

import numpy as np


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
    epoch, so that every task comes up once before any comes up twice.
    """

    def __init__(self, run_seed: int, size: int | None):
        self.run_seed = run_seed
        self.size = size
        self._epoch = -1
        self._order = np.empty(0, dtype=np.int64)

    def seed(self, position: int) -> int:
        """Returns the task seed at a position, counted from 0 over the whole run."""
        if self.size is None:
            return derive_seed(self.run_seed, "task", position)
        epoch, offset = divmod(position, self.size)
        if epoch != self._epoch:
            rng = np.random.default_rng(derive_seed(self.run_seed, "epoch", epoch))
            self._epoch, self._order = epoch, rng.permutation(self.size)
        return int(self._order[offset])
