"""From scores to advantages: what training takes off the environment's score, and the comparison within groups.

The environment's own score is never touched: penalties are kept beside it, by name, and reported as parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from grpo.algorithm.advantages import ADVANTAGE_EPS, group_advantages
from grpo.rollouts.rollout import Rollout
from grpo.settings.algorithm import AlgorithmConfig


def overlong_penalty(length: int, max_tokens: int, share: float) -> float:
    """Returns DAPO's soft overlong punishment (Yu et al. 2025, arXiv:2503.14476, equation 13).

    0 up to `max_tokens - buffer` tokens, then linear, -1 at `max_tokens` and above; the buffer is `share` of
    `max_tokens`.
    """
    buffer = share * max_tokens
    if not buffer:
        return 0.0
    return -min(max((length - (max_tokens - buffer)) / buffer, 0.0), 1.0)


def penalise(
    rollouts: Sequence[Rollout],
    config: AlgorithmConfig,
    max_tokens: int,
    sequence_kl: Callable[[list[Rollout]], list[float]],
) -> None:
    """Sets the penalties of every rollout that could be scored.

    Args:
        rollouts: Scored rollouts.
        config: Which penalties, and how large.
        max_tokens: Longest turn, in tokens.
        sequence_kl: Returns each rollout's KL estimate to the reference, in nats; called where the config wants it.
    """
    scored = [rollout for rollout in rollouts if rollout.reward.scorable]
    if config.overlong_share:
        for rollout in scored:
            penalty = overlong_penalty(rollout.longest_turn, max_tokens, config.overlong_share)
            rollout.penalties["overlong"] = penalty
    if config.kl_in_reward:
        for rollout, kl in zip(scored, sequence_kl(scored), strict=True):
            rollout.penalties["kl"] = -config.kl_in_reward * kl


def set_advantages(rollouts: Sequence[Rollout], group_size: int, kind: str = "group") -> None:
    """Sets the advantage of every rollout from its group; see `group_advantages`.

    Raises:
        ValueError: The rollouts do not make whole groups.
    """
    if len(rollouts) % group_size:
        raise ValueError(f"{len(rollouts)} rollouts do not make groups of {group_size}")
    shape = (len(rollouts) // group_size, group_size)
    scores_PG = np.array([r.shaped_score for r in rollouts], dtype=np.float64).reshape(shape)
    scorable_PG = np.array([r.reward.scorable for r in rollouts], dtype=bool).reshape(shape)
    advantages_PG = group_advantages(scores_PG, scorable_PG, kind)
    for rollout, advantage in zip(rollouts, advantages_PG.ravel(), strict=True):
        rollout.advantage = float(advantage)


def equalise(rollouts: Sequence[Rollout], group_size: int) -> None:
    """Scales the advantages of each environment to the root mean square that those of the whole batch have.

    `A * (rms of the batch + eps) / (rms of the environment + eps)`, with `eps` = `ADVANTAGE_EPS`, over the groups that
    teach something, those with an advantage that is not 0: an environment whose groups rarely do is not made louder for
    it. The batch keeps its own scale, so a learning rate keeps its meaning; of one environment nothing changes, to the
    bit.

    Args:
        rollouts: A batch of whole groups with their advantages set, and the labels of their environments.
        group_size: G, members of a group.
    """
    groups = [rollouts[at : at + group_size] for at in range(0, len(rollouts), group_size)]
    teaching = [group for group in groups if any(rollout.advantage for rollout in group)]
    if not teaching:
        return
    whole = _rms(teaching)
    for env in {group[0].env for group in teaching}:
        own = [group for group in teaching if group[0].env == env]
        factor = (whole + ADVANTAGE_EPS) / (_rms(own) + ADVANTAGE_EPS)
        for group in own:
            for rollout in group:
                rollout.advantage *= factor


def _rms(groups: Sequence[Sequence[Rollout]]) -> float:
    """Returns the root mean square of the advantages of all members that could be scored."""
    advantages = [rollout.advantage for group in groups for rollout in group if rollout.reward.scorable]
    return float(np.sqrt(np.mean(np.square(advantages))))
