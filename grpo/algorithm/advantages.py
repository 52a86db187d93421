"""Advantages: how much better a rollout did than its siblings."""

from __future__ import annotations

import numpy as np

ADVANTAGE_EPS = 1e-4
"""Added to a standard deviation before dividing by it."""


def group_advantages(rewards_PG: np.ndarray, scorable_PG: np.ndarray, kind: str = "group") -> np.ndarray:
    """Returns the advantages of P groups of G members.

    With R the scores of a group's n scorable members, and sample standard deviations (ddof 1):

    - `group`: `(R - mean) / (std + eps)`, GRPO (arXiv:2402.03300, section 4.1.2), `eps` = `ADVANTAGE_EPS`;
    - `centred`: `R - mean`, Dr. GRPO (arXiv:2503.20783);
    - `loo`: `n / (n - 1) * (R - mean)`, which is R minus the mean of the OTHERS, RLOO (arXiv:2402.14740);
    - `batch`: `(R - mean) / (std + eps)`, where std is that of all `R - mean` of the batch, REINFORCE++ with baseline
      (arXiv:2501.03262).

    A member that could not be scored gets advantage 0 and takes no part in its group's baseline. A group with fewer
    than two scorable members, or whose scores are all equal, gets exactly 0.

    Args:
        rewards_PG: Scores, (P, G).
        scorable_PG: Whether each score can be believed, (P, G), bool.
        kind: One of the above.

    Returns:
        Advantages, (P, G), float64.

    Raises:
        ValueError: The shapes differ, are not two-dimensional, a scorable score is not finite, or no such kind.
    """
    rewards_PG = np.asarray(rewards_PG, dtype=np.float64)
    scorable_PG = np.asarray(scorable_PG, dtype=bool)
    if rewards_PG.ndim != 2 or rewards_PG.shape != scorable_PG.shape:
        raise ValueError(f"rewards {rewards_PG.shape} and scorable {scorable_PG.shape} must both be (P, G)")
    if not np.isfinite(rewards_PG[scorable_PG]).all():
        raise ValueError("a score is not finite")
    if kind not in ("group", "centred", "loo", "batch"):
        raise ValueError(f"no advantage {kind!r}")
    advantages_PG = np.zeros_like(rewards_PG)
    for p, (rewards_G, scorable_G) in enumerate(zip(rewards_PG, scorable_PG, strict=True)):
        advantages_PG[p, scorable_G] = _of_group(rewards_G[scorable_G], kind)
    if kind == "batch":
        advantages_PG /= _batch_std(advantages_PG, int(scorable_PG.sum())) + ADVANTAGE_EPS
    return advantages_PG


def _of_group(scores_n: np.ndarray, kind: str) -> np.ndarray:
    """Returns the advantages of a group's scorable members; for `batch` still to be divided."""
    n = len(scores_n)
    if n < 2 or np.all(scores_n == scores_n[0]):
        return np.zeros(n)
    centred_n = scores_n - scores_n.mean()
    if kind == "group":
        return centred_n / (scores_n.std(ddof=1) + ADVANTAGE_EPS)
    return centred_n * n / (n - 1) if kind == "loo" else centred_n


def _batch_std(centred_PG: np.ndarray, count: int) -> float:
    """Returns the standard deviation of what has mean zero by construction."""
    return float(np.sqrt((centred_PG**2).sum() / max(count - 1.0, 1.0)))
