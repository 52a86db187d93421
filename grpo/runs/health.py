"""The doctor of a run: reads the metrics as they come in, and says what is going wrong and which flag helps.

Every check is a function of the history alone, so a resumed run warns exactly where an undisturbed one does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from grpo.runs.advice import CUT_OFF, easier, harder, listed, longer_completions, more_turns, too_slow
from grpo.settings.config import TrainConfig

Metrics = dict[str, Any]
"""One line of `metrics.jsonl`."""
History = Sequence[Metrics]
"""Lines of `metrics.jsonl`, oldest first."""

WINDOW = 10
"""Steps over which a reading is averaged."""
QUIET_STEPS = 50
"""Steps for which a warning is not said again."""

_IDLE_SHARE, _IDLE_S = 0.3, 0.2
"""An engine idle for that share of the rollouts is told of, where it comes to that many seconds a step."""

Check = Callable[[History, TrainConfig], "str | None"]
Advice = Callable[[float, Metrics, TrainConfig], str]
"""What a reading that is too high means: called with the reading, the last step's metrics and the config."""
_CHECKS: dict[str, Check] = {}


def _check(name: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        _CHECKS[name] = check
        return check

    return register


def diagnose(history: History, config: TrainConfig) -> list[str]:
    """Returns the warnings due after the last step of `history`, each as `name: what is seen; what helps`.

    Args:
        history: Metrics of all steps so far. Their own `warnings` tell what was said, and when.
        config: The run's config.
    """
    found = []
    for name, check in _CHECKS.items():
        if not said_lately(name, history) and (message := check(history, config)):
            found.append(f"{name}: {message}")
    return found


def said_lately(name: str, history: History) -> bool:
    """Returns whether a warning of this name is too young to be said again."""
    return any(line.split(":")[0] == name for metrics in history[-QUIET_STEPS:] for line in metrics.get("warnings", ()))


def _mean(history: History, name: str) -> float | None:
    """Returns the mean of a metric over the steps that have it."""
    values = [value for metrics in history if (value := metrics.get(name)) is not None]
    return sum(values) / len(values) if values else None


def _last(history: History, name: str) -> float | None:
    """Returns the mean over the last window, None before there is a whole one."""
    return _mean(history[-WINDOW:], name) if len(history) >= WINDOW else None


def _ceiling(name: str, metric: str, limit: Callable[[TrainConfig], float]) -> Callable[[Advice], Advice]:
    """Registers the advice for a metric whose mean over the last window reaches a limit."""

    def register(advise: Advice) -> Advice:
        def check(history: History, config: TrainConfig) -> str | None:
            reading = _last(history, metric)
            return None if reading is None or reading < limit(config) else advise(reading, history[-1], config)

        _check(name)(check)
        return advise

    return register


@_ceiling("engine gap", "engine_gap", lambda config: math.inf if config.overlap else 0.2 * config.engine_gap_allowed)
def engine_gap(gap: float, now: Metrics, config: TrainConfig) -> str:
    """The engine and the trainer see different probabilities for the same tokens, and none is meant to be behind."""
    weight = "tis" if config.mismatch == "none" else config.mismatch
    means = [f"--mismatch {weight} corrects for it"]
    means += ["--dtype float32 removes it"] if config.dtype != "float32" else []
    means += ["--engine transformers avoids it"] if config.engine != "transformers" else []
    return f"engine and trainer differ by {gap:.3f} nats a token; {', '.join(means)}"


@_ceiling("clipping", "clip_fraction", lambda _: 0.3)
def clipping(share: float, now: Metrics, config: TrainConfig) -> str:
    """So many tokens are clipped that most of the batch teaches nothing."""
    return f"{share:.0%} of tokens are clipped: lower --learning-rate, or take fewer --minibatches or --epochs"


@_ceiling("kl", "kl", lambda _: 1.0)
def kl_runaway(kl: float, now: Metrics, config: TrainConfig) -> str:
    """The policy is far from its reference."""
    return f"KL to the reference is {kl:.2f} nats a token: raise --kl-coef or lower --learning-rate"


@_check("truncation")
def truncation(history: History, config: TrainConfig) -> str | None:
    """Many completions, or episodes, never come to an end; where hardly any does, no ten steps are waited for."""
    share = _last(history, "truncated")
    if share is None and all((line.get("truncated") or 0.0) >= CUT_OFF for line in history):
        share = _mean(history, "truncated")
    if share is None or share < 0.2:
        return None
    match _cause(history[-1]):
        case "turns":
            return f"{share:.0%} of episodes run out of turns: {more_turns(config)}"
        case "context":
            return f"{share:.0%} of episodes outgrow the context: lower --max-tokens, or take a longer context"
    return longer_completions(share, config) + ("" if share >= CUT_OFF else ", or --overlong-share 0.2")


def _cause(now: Metrics) -> str:
    """Returns what cuts most completions off."""
    cut = {reason: count for reason, count in now.get("finish_reasons", {}).items() if reason != "stop"}
    return max(cut, key=lambda reason: cut[reason], default="length")


@_check("idle engine")
def idle_engine(history: History, config: TrainConfig) -> str | None:
    """The engine waits for the environment for a good part of the time."""
    idle, busy = _last(history, "engine_idle_s"), _last(history, "generate_s")
    if idle is None or busy is None or idle < _IDLE_S or idle < _IDLE_SHARE * (idle + busy):
        return None
    means = ["raise --verify-workers"]
    if config.rollouts == "exact" and (_last(history, "turns") or 0.0) > 1:
        means.append("let every episode go at its own pace with --rollouts streaming")
    seen = f"the engine is idle for {idle / (idle + busy):.0%} of the rollouts, waiting for answers of the environment"
    return f"{seen}: {' or '.join(means)}"


@_check("entropy")
def entropy_collapse(history: History, config: TrainConfig) -> str | None:
    """The policy stopped exploring before it solved the tasks."""
    first, now, rate = _mean(history[:WINDOW], "entropy"), _last(history, "entropy"), _last(history, "pass_rate")
    if first is None or now is None or rate is None or now > 0.1 * first or rate > 0.9:
        return None
    return (
        f"entropy fell from {first:.3f} to {now:.3f} nats at a pass rate of {rate:.2f}: raise --clip-high or "
        "--entropy-coef, or lower --learning-rate"
    )


@_check("gradient")
def gradient_spike(history: History, config: TrainConfig) -> str | None:
    """One gradient towers above those before it."""
    norms = sorted(metrics["grad_norm"] for metrics in history[-QUIET_STEPS:-1] if metrics.get("grad_norm"))
    if len(norms) < WINDOW or not (now := history[-1].get("grad_norm")):
        return None
    median = norms[len(norms) // 2]
    if now < 20 * median:
        return None
    return (
        f"gradient norm {now:.1f} beside a usual {median:.2f} (cut to {config.max_grad_norm:g}): if it stays, lower "
        "--learning-rate or --max-grad-norm"
    )


@_check("no signal")
def zero_variance(history: History, config: TrainConfig) -> str | None:
    """Nearly every group is all right or all wrong."""
    share, reward = _last(history, "zero_variance"), _last(history, "reward")
    if share is None or reward is None or share < 0.8:
        return None
    if reward > 0.9:
        learnt = f"these tasks are learnt, {harder(config)}"
        return f"{share:.0%} of groups have no variance, reward {reward:.2f}: {learnt}"
    cut = _last(history, "truncated") or 0.0
    late, of = history[-1].get("timeouts", 0), sum(history[-1].get("finish_reasons", {}).values())
    if late > of / 2:
        return too_slow(late, of, config)
    helps = listed([*easier(config), "raise --group-size", "use --max-refills 10"])
    if cut >= CUT_OFF and _cause(history[-1]) == "length":
        helps = longer_completions(cut, config)
    return f"{share:.0%} of groups have no variance, reward {reward:.2f}: {helps}"


@_check("length")
def length_explosion(history: History, config: TrainConfig) -> str | None:
    """Completions grow, and nothing is gained by it."""
    first, now = _mean(history[:WINDOW], "completion_tokens"), _last(history, "completion_tokens")
    before, after = _mean(history[:WINDOW], "pass_rate"), _last(history, "pass_rate")
    if first is None or now is None or before is None or after is None or now < 2 * first or after > before + 0.02:
        return None
    return (
        f"completions grew from {first:.0f} to {now:.0f} tokens while the pass rate went from {before:.2f} to "
        f"{after:.2f}: use --overlong-share 0.2, or --algo dr_grpo, whose loss does not favour long wrong answers"
    )


@_check("reward hacking")
def parts_drift_apart(history: History, config: TrainConfig) -> str | None:
    """A part of the reward rises while fewer completions are right."""
    if len(history) < 4 * WINDOW:
        return None
    early, late = history[-4 * WINDOW : -2 * WINDOW], history[-2 * WINDOW :]
    before, after = _mean(early, "pass_rate"), _mean(late, "pass_rate")
    if before is None or after is None or after > before - 0.05:
        return None
    for name in late[-1].get("parts") or {}:
        was, now = (_mean([m.get("parts") or {} for m in half], name) for half in (early, late))
        if was is not None and now is not None and now > was + 0.05:
            return (
                f"part {name!r} rose from {was:.2f} to {now:.2f} while the pass rate fell from {before:.2f} to "
                f"{after:.2f}: read the rollouts (grpo report), gate that part, or lower its weight"
            )
    return None


@_check("collapse")
def collapse(history: History, config: TrainConfig) -> str | None:
    """The pass rate is far below what it was."""
    if len(history) < 3 * WINDOW:
        return None
    windows = [_mean(history[i : i + WINDOW], "pass_rate") or 0.0 for i in range(0, len(history) - WINDOW, WINDOW)]
    best, now = max(windows), _last(history, "pass_rate") or 0.0
    if best < 0.1 or now > 0.5 * best:
        return None
    return (
        f"the pass rate fell from {best:.2f} to {now:.2f}: lower --learning-rate and go on from an earlier checkpoint "
        "(checkpoints/best where --eval-every made one)"
    )
