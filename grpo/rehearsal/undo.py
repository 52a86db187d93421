"""A policy put back, bit for bit, to what it was."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

_CHANGE = 0.05
_SIZE_OF_ZEROS = 0.2
"""What stands for the size of a parameter that is all zeros, as biases and half of an adapter are at first."""


@contextlib.contextmanager
def kept(model: Any) -> Iterator[None]:
    """Puts weights, buffers and the generators' states back at the end; the copies lie in main memory."""
    held = [(tensor, tensor.detach().to("cpu", copy=True)) for tensor in (*model.parameters(), *model.buffers())]
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            with torch.no_grad():
                for tensor, copy in held:
                    tensor.copy_(copy)


@torch.no_grad()
def change_weights(model: Any, trained_only: bool = False) -> None:
    """Moves every parameter by noise of its own, so that no tensor can stand for another or for its old self.

    Args:
        model: The policy.
        trained_only: Leave alone what is not trained, which an engine that is given an adapter never hears of.
    """
    for place, parameter in enumerate(model.parameters()):
        if trained_only and not parameter.requires_grad:
            continue
        generator = torch.Generator().manual_seed(place)
        noise = torch.randn(parameter.shape, generator=generator).to(parameter.device, parameter.dtype)
        parameter.add_(noise * (_CHANGE * (parameter.abs().mean() or _SIZE_OF_ZEROS)))
