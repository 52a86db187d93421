"""Gradient checkpointing: activations inside a layer are made again in the backward pass instead of kept."""

from __future__ import annotations

from typing import Any

from transformers.modeling_layers import GradientCheckpointingLayer

from envs.core.errors import UsageError
from grpo.policy.adapter import unwrapped


def enable_recompute(model: Any) -> None:
    """Prepares a model for gradient checkpointing (Chen et al. 2016, arXiv:1604.06174).

    Raises:
        UsageError: The model has no layers that can.
    """
    bare = unwrapped(model)
    layers = [module for module in bare.modules() if isinstance(module, GradientCheckpointingLayer)]
    if not bare.supports_gradient_checkpointing or not layers:
        raise UsageError(
            f"{type(bare).__name__} has no gradient checkpointing: leave out --gradient-checkpointing and lower "
            "--micro-batch-tokens"
        )
    bare.gradient_checkpointing_enable({"use_reentrant": False})


def make_ready(model: Any, recompute: bool) -> None:
    """Puts a model in evaluation mode: dropout would part the trainer's log-probs from the engine's.

    A layer recomputes in training mode only, and asks no one but itself, so that alone is set. Some ask the same mode
    whether to drop out: there is nothing left for them to drop.
    """
    model.eval()
    for module in model.modules():
        if isinstance(module, GradientCheckpointingLayer):
            module.training = recompute
            for name, value in vars(module).items():
                if recompute and "drop" in name and isinstance(value, float):
                    setattr(module, name, 0.0)
