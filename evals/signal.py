"""The rewards of a policy's groups, for `grpo env audit --ckpt`: is there anything that GRPO could learn from?"""

from __future__ import annotations

from dataclasses import dataclass

from envs.authoring.auditing.measures.signal import Sampler
from envs.core.registry import EnvSpec
from evals.evaluator import EvalSettings, Evaluator
from evals.sampling.opening import opened_samplers
from evals.sampling.policies import find_policy, trained_max_tokens


@dataclass(frozen=True)
class _Loading:
    """How an audit runs the policy: the engine that starts fastest."""

    engine: str = "transformers"
    dtype: str = "float32"
    device: str = "auto"
    per_minute: int = 0
    request_timeout: float = 60.0


def make_sampler(ckpt: str) -> Sampler:
    """Returns what plays groups of a policy and returns their rewards.

    Args:
        ckpt: A checkpoint, a model or `builtin`.

    Raises:
        UsageError: There is no such policy.
    """
    source = find_policy(ckpt)

    def groups(spec: EnvSpec, tasks: int, group_size: int) -> list[list[float]]:
        split = str(spec.kwargs.get("split", "train"))
        settings = EvalSettings(
            split=split, tasks=tasks, samples=group_size, max_tokens=trained_max_tokens(source), greedy=False
        )
        with Evaluator(spec, settings) as evaluator, opened_samplers(source, [evaluator], _Loading()) as (sampler,):
            result = evaluator.run(sampler)
        rewards: dict[str, list[float]] = {}
        for sample in result.samples:
            rewards.setdefault(sample.task_id, []).append(sample.score)
        return list(rewards.values())

    return groups
