"""Settings that the user left open and that depend on others: filled in once, and written down with the run."""

from __future__ import annotations

from typing import Any

from grpo.policy.builtin import recipe_for
from grpo.settings.algorithm import LOSSES
from grpo.settings.config import TrainConfig

LORA_LEARNING_RATE = 1e-4
"""An adapter's factors start at nothing and need about a hundred times a full model's rate (TRL's examples, 1e-5 to
2e-4; arXiv:2106.09685 took 2e-4)."""

_RATE_TOO_HIGH = 1e-3
"""Above it a whole model's weights are lost in a few steps of AdamW, which moves each by about the rate."""
_LORA_RATE_TOO_HIGH = 1e-2


def rate_warning(config: TrainConfig) -> str | None:
    """Returns what is to be said of a learning rate that destroys what it trains, which only shows in the losses."""
    highest = _LORA_RATE_TOO_HIGH if config.lora_rank else _RATE_TOO_HIGH
    if config.learning_rate <= highest:
        return None
    usual = recipe_for(config.model).get("learning_rate", TrainConfig.model_fields["learning_rate"].default)
    what, usual = ("an adapter", LORA_LEARNING_RATE) if config.lora_rank else ("a whole model", usual)
    return (
        f"--learning-rate {config.learning_rate:g} destroys {what} in a few steps: {usual:g} is usual, take "
        f"{highest:g} at most"
    )


def settled(config: TrainConfig, dtype: str) -> TrainConfig:
    """Returns the config with what nobody set filled in; what a recipe, a file, a preset or a flag said stays.

    Args:
        config: As the user gave it.
        dtype: What its dtype stands for on this machine.
    """
    filled: dict[str, Any] = {"dtype": dtype}
    if config.lora_rank and "learning_rate" not in config.model_fields_set:
        filled["learning_rate"] = LORA_LEARNING_RATE
    if dtype != "float32" and "mismatch" not in config.model_fields_set:
        filled["mismatch"] = "sequence" if LOSSES[config.loss].per_sequence else "tis"
    return config.model_copy(update=filled)
