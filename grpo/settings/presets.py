"""Algorithms by the name of their paper: each a full set of the settings in `grpo.settings.algorithm`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from envs.core.errors import UsageError, did_you_mean
from grpo.settings.algorithm import AlgorithmConfig
from grpo.settings.foreign import ALGORITHMS


@dataclass(frozen=True, slots=True)
class Preset:
    """One paper's choices.

    Attributes:
        title: What it is called in full.
        source: Where every value comes from.
        settings: What departs from the defaults of `AlgorithmConfig`.
    """

    title: str
    source: str
    settings: dict[str, Any]


PRESETS: dict[str, Preset] = {
    "default": Preset(
        "GRPO's advantage, token mean and clip-higher of DAPO, no KL",
        "arXiv:2402.03300, arXiv:2503.14476",
        {},
    ),
    "grpo": Preset(
        "Group Relative Policy Optimization",
        "arXiv:2402.03300 (equation 3; KL 0.04 in section 4.2); both bounds 0.2 as PPO, arXiv:1707.06347",
        {"aggregation": "sequence", "clip_high": 0.2, "kl_coef": 0.04},
    ),
    "dr_grpo": Preset(
        "GRPO Done Right",
        "arXiv:2503.20783 (no std, no length in the divisor, no KL); both bounds 0.2 as PPO, arXiv:1707.06347",
        {"advantage": "centred", "aggregation": "constant", "clip_high": 0.2},
    ),
    "dapo": Preset(
        "Decoupled Clip and Dynamic Sampling Policy Optimization",
        "arXiv:2503.14476 (section 4.1: 0.2 and 0.28, 4,096 of 20,480 tokens of soft penalty, no KL); its bound of 10 "
        "rounds is that of the authors' public recipe",
        {"max_refills": 10, "overlong_share": 0.2},
    ),
    "gspo": Preset(
        "Group Sequence Policy Optimization",
        "arXiv:2507.18071 (section 5.1: 3e-4 and 4e-4, four minibatches)",
        {"loss": "gspo", "aggregation": "sequence", "clip_low": 3e-4, "clip_high": 4e-4, "minibatches": 4},
    ),
    "cispo": Preset(
        "Clipped IS-weight Policy Optimization",
        "arXiv:2506.13585 (equation 4: token mean, no lower bound, no KL); cap 5 of ScaleRL, arXiv:2510.13786",
        {"loss": "cispo"},
    ),
    "rloo": Preset(
        "REINFORCE Leave-One-Out",
        "arXiv:2402.14740 (KL in the reward, one step on each batch; tokens' sum over a constant); KL 0.05 as TRL",
        {"advantage": "loo", "loss": "reinforce", "aggregation": "constant"}
        | {"kl_coef": 0.05, "kl_estimator": "k1", "kl_in": "reward"},
    ),
}


def preset_settings(name: object) -> dict[str, Any]:
    """Returns every setting of the algorithm as a preset has it.

    Raises:
        UsageError: No such preset.
    """
    if not isinstance(name, str) or name not in PRESETS:
        hint = ALGORITHMS.get(str(name).lower()) or did_you_mean(str(name), PRESETS)
        raise UsageError(f"no algorithm {name!r}: {hint}")
    defaults = {field: info.default for field, info in AlgorithmConfig.model_fields.items()}
    return {**defaults, **PRESETS[name].settings, "algo": name}


def with_preset(given: dict[str, Any]) -> dict[str, Any]:
    """Returns one source's settings with the preset it names laid beneath its other settings.

    A preset stands for flags written out: it replaces the whole algorithm of earlier sources, and what the same source
    says beside it wins.
    """
    return {**preset_settings(given["algo"]), **given} if "algo" in given else given


def describe_algorithm(config: AlgorithmConfig) -> str:
    """Returns one line that says what the run computes: the preset, its source, and what departs from it."""
    preset, expected = PRESETS[config.algo], preset_settings(config.algo)
    changed = [
        f"{name}={_short(getattr(config, name))}"
        for name in AlgorithmConfig.model_fields
        if name != "algo" and getattr(config, name) != expected[name]
    ]
    return f"algorithm {config.algo}: {preset.title} ({preset.source})" + (
        f", but {', '.join(changed)}" if changed else ""
    )


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
