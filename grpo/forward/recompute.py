"""Gradient checkpointing: activations inside a layer are made again in the backward pass instead of kept."""

from __future__ import annotations

from typing import Any

from transformers.modeling_layers import GradientCheckpointingLayer

from envs.core.errors import UsageError
from grpo.forward.attention import unwrapped


def enable_recompute(model: Any) -> None:
    """Prepares a model for gradient checkpointing (Chen et al. 2016, arXiv:1604.06174).

    Raises:
        UsageError: The model has no layers that can.
    """
    bare = unwrapped(model)
    if not bare.supports_gradient_checkpointing:
        raise UsageError(
            f"{type(bare).__name__} has no gradient checkpointing: leave out --gradient-checkpointing and lower "
            "--micro-batch-tokens"
        )
    bare.gradient_checkpointing_enable({"use_reentrant": False})


def make_ready(model: Any, recompute: bool) -> None:
    """Puts a model in evaluation mode: dropout would part the trainer's log-probs from the engine's.

    A layer recomputes in training mode only, and asks no one but itself, so that alone is set.
    """
    model.eval()
    for module in model.modules():
        if isinstance(module, GradientCheckpointingLayer):
            module.training = recompute
