"""What a step is summed up to, in `metrics.jsonl` and on the screen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from envs.core.reward import Status
from grpo.engines.base import FinishReason
from grpo.rollouts.collect import has_variance
from grpo.rollouts.rollout import Rollout, RolloutTiming
from grpo.update.update import UpdateStats

UNSCORABLE = "unscorable"
"""What the warning is called that says so."""
UNSCORABLE_ALARM = 0.05
"""Share of samples in a step that may be unscorable before the run says so."""


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Seconds of one step, by what they were spent on; `wait_s` is what the loop waited for its rollouts."""

    rollout: RolloutTiming
    wait_s: float
    train_s: float
    sync_s: float


def step_metrics(
    step: int, rollouts: list[Rollout], group_size: int, stats: UpdateStats, times: StepTimes, rate: float
) -> dict[str, Any]:
    """Returns one line of `metrics.jsonl`: `rollout_metrics` with the update and the times.

    `tokens_per_s` is completion tokens over the whole step; `engine_idle_s` are seconds of its rollouts in which the
    engine had nothing to do, because answers of the environment were waited for.
    """
    tokens = sum(r.trained_tokens for r in rollouts)  # the policy's own
    total_s = times.wait_s + times.train_s + times.sync_s
    return {
        "step": step,
        **rollout_metrics(rollouts, group_size),
        **stats.metrics(),
        "learning_rate": rate,
        "generate_s": round(times.rollout.generate_s, 4),
        "verify_s": round(times.rollout.verify_s, 4),
        "engine_idle_s": round(times.rollout.verify_s, 4),
        "wait_s": round(times.wait_s, 4),
        "train_s": round(times.train_s, 4),
        "sync_s": round(times.sync_s, 4),
        "tokens_per_s": tokens / total_s if total_s else 0.0,
    }


def rollout_metrics(rollouts: list[Rollout], group_size: int) -> dict[str, Any]:
    """Returns what a batch of whole groups comes to.

    Rewards are means over the scorable samples; `pass_rate` is the share of them with the full score; `zero_variance`
    the share of groups whose scores are all equal; `truncated` the share of episodes cut off, for whichever of
    `finish_reasons`; `turns` the policy's turns in an episode, `cut_turns` how many of all ran into the limit of
    tokens.
    """
    scored = [r for r in rollouts if r.reward.scorable]
    groups = [rollouts[i : i + group_size] for i in range(0, len(rollouts), group_size)]
    return {
        "reward": _mean([r.reward.score for r in scored]),
        "pass_rate": _mean([float(r.reward.score >= 1.0) for r in scored]),
        "parts": _mean_parts(scored),
        "zero_variance": _mean([float(not has_variance(group)) for group in groups]),
        "truncated": _mean([float(r.finish_reason is not FinishReason.STOP) for r in rollouts]),
        "finish_reasons": dict(Counter(str(r.finish_reason) for r in rollouts)),
        "turns": _mean([float(len(r.turns)) for r in rollouts]),
        "cut_turns": sum(r.cut_turns for r in rollouts),
        "unscorable": len(rollouts) - len(scored),
        "timeouts": sum(r.reward.status is Status.TIMEOUT for r in rollouts),
        "outcomes": dict(Counter(r.reward.outcome for r in rollouts)),
        "completion_tokens": sum(r.trained_tokens for r in rollouts) / len(rollouts),
    }


def metrics_by_environment(rollouts_of: Mapping[str, list[Rollout]], group_size: int) -> dict[str, Any]:
    """Returns `rollout_metrics` of each environment by its label, with its `groups`; nothing for a run of one."""
    if len(rollouts_of) == 1:
        return {}
    return {
        "env": {
            label: {
                "groups": len(rollouts) // group_size,
                **(rollout_metrics(rollouts, group_size) if rollouts else {}),
            }
            for label, rollouts in rollouts_of.items()
        }
    }


def unscorable_alarm(rollouts: list[Rollout]) -> str | None:
    """Returns a warning where more than `UNSCORABLE_ALARM` of a step's samples could not be scored."""
    lost = [r for r in rollouts if not r.reward.scorable]
    if len(lost) <= UNSCORABLE_ALARM * len(rollouts):
        return None
    cause, _ = Counter(r.reward.reason for r in lost).most_common(1)[0]
    counted = f"{len(lost)} of {len(rollouts)} samples"
    return f"{UNSCORABLE}: {counted} could not be scored and were left out; most often: {cause}"


def nothing_scored(lines: Sequence[Mapping[str, Any]]) -> str | None:
    """Returns what is to be said of a run in which no completion could be scored: it has learnt nothing."""
    if not lines or any(line.get("reward") is not None for line in lines):
        return None
    warnings = [text for line in lines for text in line.get("warnings", ())]
    told = next((text for text in warnings if text.startswith(UNSCORABLE)), "")
    cause = told.partition("most often: ")[2]
    return "nothing was learnt: no completion of any step could be scored" + (f" ({cause})" if cause else "")


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _mean_parts(rollouts: list[Rollout]) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    counts: Counter[str] = Counter()
    for rollout in rollouts:
        for name, value in (*rollout.reward.parts.items(), *rollout.penalties.items()):
            sums[name] += value
            counts[name] += 1
    return {name: sums[name] / counts[name] for name in sorted(counts)}
