"""What n samples of a task say about k of them: pass@k and maj@k."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np

from envs.core.errors import UsageError

_ENUMERATE_UP_TO = 1_000
_DRAWS = 500


def pass_at_k(samples_T: np.ndarray, passes_T: np.ndarray, k: int) -> np.ndarray:
    """Estimates, for each task, the chance that at least one of k samples passes; unbiased.

    `1 - C(n-c, k) / C(n, k)`, the estimator of Chen et al., "Evaluating Large Language Models Trained on Code"
    (arXiv 2107.03374, equation 1), as a product so that nothing overflows. `1 - (1 - c/n)**k` would be biased.

    Args:
        samples_T: Samples drawn for each task (n), (T,).
        passes_T: How many of them passed (c), (T,).
        k: Samples a user would draw.

    Returns:
        One probability for each task, (T,).

    Raises:
        UsageError: k is below 1 or above the fewest samples of any task, or c is not in [0, n].
    """
    samples_T = np.asarray(samples_T, dtype=np.int64)
    passes_T = np.asarray(passes_T, dtype=np.int64)
    if k < 1:
        raise UsageError(f"pass@k needs k of at least 1, not {k}")
    if samples_T.size and k > samples_T.min():
        raise UsageError(f"pass@{k} needs at least {k} samples per task, there are {samples_T.min()}: raise --n")
    if np.any((passes_T < 0) | (passes_T > samples_T)):
        raise UsageError("a task cannot pass more often than it was sampled")
    # C(n-c, k) / C(n, k) = prod over i < k of (n - c - i) / (n - i); a factor below 0 stands for C = 0.
    steps_K = np.arange(k)
    misses_TK = np.maximum(samples_T[:, None] - passes_T[:, None] - steps_K, 0)
    return 1.0 - np.prod(misses_TK / (samples_T[:, None] - steps_K), axis=1)


def maj_at_k(answers: Sequence[str | None], scores: Sequence[float], k: int, seed: int = 0) -> float:
    """Estimates the expected score of the most frequent answer among k samples of one task.

    Self-consistency of Wang et al. (arXiv 2203.11171), averaged over which k of the n samples are looked at: over all
    subsets where there are at most 1,000, over 500 seeded ones otherwise. Samples without an answer have no vote; tied
    answers share it; a subset without any answer scores 0. Answers are compared as text: spelling `1/2` and `0.5`
    splits the vote, because merging by verdict would use the reference.

    Args:
        answers: The answer of each sample, None where it gave none.
        scores: The score of each sample, in [0, 1].
        k: Samples that vote.
        seed: Chooses the subsets where there are too many to enumerate.

    Raises:
        UsageError: k is below 1 or above the number of samples, or the lengths differ.
    """
    n = len(answers)
    if n != len(scores):
        raise UsageError(f"{n} answers and {len(scores)} scores: each sample has one of both")
    if not 1 <= k <= n:
        raise UsageError(f"maj@{k} needs between 1 and {n} samples to vote: raise --n or lower k")
    votes = [None if answer is None else answer.strip() for answer in answers]
    if comb(n, k) <= _ENUMERATE_UP_TO:
        subsets = [list(subset) for subset in combinations(range(n), k)]
    else:
        rng = np.random.default_rng(seed)
        subsets = [rng.permutation(n)[:k].tolist() for _ in range(_DRAWS)]
    return float(np.mean([_vote(votes, scores, subset) for subset in subsets]))


def _vote(votes: Sequence[str | None], scores: Sequence[float], subset: Sequence[int]) -> float:
    ballots: dict[str, list[float]] = {}
    for index in subset:
        vote = votes[index]
        if vote is not None:
            ballots.setdefault(vote, []).append(scores[index])
    if not ballots:
        return 0.0
    most = max(map(len, ballots.values()))
    winners = [sum(ballot) / most for ballot in ballots.values() if len(ballot) == most]
    return sum(winners) / len(winners)
