"""AdamW and its learning-rate schedule."""

from __future__ import annotations

from typing import Any

import torch

from grpo.config import TrainConfig


def make_optimizer(model: Any, config: TrainConfig) -> torch.optim.AdamW:
    """Returns AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101); norms and biases are not decayed."""
    matrices = [p for p in model.parameters() if p.requires_grad and p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.requires_grad and p.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=config.learning_rate,
        betas=(config.beta1, config.beta2),
        fused=True,
    )


def learning_rate(step: int, config: TrainConfig) -> float:
    """Returns the learning rate of a step, counted from 1: linear warm-up, then linear to the last step's share."""
    warm = min(1.0, step / (config.warmup_steps + 1))
    done = step / config.steps
    return config.learning_rate * warm * (1.0 - (1.0 - config.lr_decay) * done)


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Sets the learning rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
