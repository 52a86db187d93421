"""One derivation of every seed, so that a resumed run draws what an uninterrupted one draws."""

from __future__ import annotations

import hashlib

SEEDS = 2**62
"""How many seeds there are."""


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
