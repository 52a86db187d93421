"""Gradient checkpointing: activations inside a layer are made again in the backward pass instead of kept."""

from __future__ import annotations

from typing import Any

import torch
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
    for layer in layers:
        if _inside not in layer._forward_pre_hooks.values():
            layer.register_forward_pre_hook(_inside)
            layer.register_forward_hook(_outside, always_call=True)


def _inside(layer: torch.nn.Module, *_: Any) -> None:
    """Inside, the layer evaluates: some ask their own mode whether to drop out."""
    layer._recomputes = layer.training  # type: ignore[assignment]
    layer.training = False


def _outside(layer: torch.nn.Module, *_: Any) -> None:
    layer.training = bool(layer._recomputes)


def make_ready(model: Any, recompute: bool) -> None:
    """Puts a model in evaluation mode: dropout would part the trainer's log-probs from the engine's.

    A layer recomputes in training mode only, and asks no one but itself, so that alone is set.
    """
    model.eval()
    for module in model.modules():
        if isinstance(module, GradientCheckpointingLayer):
            module.training = recompute
