"""Made-up rollouts for tests of the arithmetic."""

import numpy as np

from envs import Reward
from grpo.algorithm.shaping import set_advantages
from grpo.engines.base import FinishReason
from grpo.rollouts.rollout import Rollout


def make_rollouts(groups, group_size, seed=0, vocabulary=200, rewards=None, most_tokens=12):
    rng = np.random.default_rng(seed)
    rollouts = []
    for p in range(groups):
        prompt_ids = rng.integers(5, vocabulary, rng.integers(3, 20)).tolist()
        for g in range(group_size):
            ids = rng.integers(5, vocabulary, rng.integers(1, most_tokens + 1)).tolist()
            score = float(rng.integers(0, 2)) if rewards is None else rewards[p][g]
            reward = score if isinstance(score, Reward) else Reward(score)
            rollouts.append(
                Rollout(
                    task_id=f"task{p}", sample=g, prompt="p", prompt_ids=prompt_ids, completion="c",
                    completion_ids=ids, logprobs=[-1.0] * len(ids), finish_reason=FinishReason.STOP,
                    meta={}, reward=reward,
                )
            )  # fmt: skip
    set_advantages(rollouts, group_size)
    return rollouts
