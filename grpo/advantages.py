"""Advantages: how much better a rollout did than its siblings."""

from __future__ import annotations

import numpy as np

ADVANTAGE_EPS = 1e-4
"""Added to a group's standard deviation before dividing by it."""


def group_advantages(rewards_PG: np.ndarray, scorable_PG: np.ndarray) -> np.ndarray:
    """Returns the group-normalised advantages of GRPO (Shao et al. 2024, arXiv:2402.03300, section 4.1.2).

    `A = (R - mean(R)) / (std(R) + eps)` over the scorable members of each group, with the sample standard deviation
    (ddof 1) and `eps` = `ADVANTAGE_EPS`. A member that could not be scored gets advantage 0 and takes no part in its
    group's baseline. A group with fewer than two scorable members, or whose scores are all equal, gets exactly 0.

    Args:
        rewards_PG: Scores, (P groups, G members).
        scorable_PG: Whether each score can be believed, (P, G), bool.

    Returns:
        Advantages, (P, G), float64.

    Raises:
        ValueError: The shapes differ, are not two-dimensional, or a scorable score is not finite.
    """
    rewards_PG = np.asarray(rewards_PG, dtype=np.float64)
    scorable_PG = np.asarray(scorable_PG, dtype=bool)
    if rewards_PG.ndim != 2 or rewards_PG.shape != scorable_PG.shape:
        raise ValueError(f"rewards {rewards_PG.shape} and scorable {scorable_PG.shape} must both be (P, G)")
    if not np.isfinite(rewards_PG[scorable_PG]).all():
        raise ValueError("a score is not finite")
    advantages_PG = np.zeros_like(rewards_PG)
    for p, (rewards_G, scorable_G) in enumerate(zip(rewards_PG, scorable_PG, strict=True)):
        scores = rewards_G[scorable_G]
        if len(scores) < 2 or np.all(scores == scores[0]):
            continue
        advantages_PG[p, scorable_G] = (scores - scores.mean()) / (scores.std(ddof=1) + ADVANTAGE_EPS)
    return advantages_PG
