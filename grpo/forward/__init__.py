"""Ways to run the model over a micro-batch, all giving the same log-probs.

A path takes a `MicroBatch` and returns flat tensors over its completion tokens; its footprint says how many tokens it
passes through the model, so that micro-batches fill the token budget. `choose_path` takes the fastest that is exact.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch

from grpo.forward.apart import ApartPath
from grpo.forward.batching import Footprint, MicroBatch
from grpo.forward.packed import PackedPath
from grpo.forward.padded import PaddedPath
from grpo.forward.rows import ChunkedHead, WholeHead

__all__ = ["ApartPath", "ChunkedHead", "ForwardPath", "PackedPath", "PaddedPath", "WholeHead"]


class ForwardPath(Protocol):
    """One way to get log-probs."""

    @property
    def footprint(self) -> Footprint:
        """Of an empty micro-batch."""
        ...

    def logprobs(self, model: Any, batch: MicroBatch, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Runs the model.

        Args:
            model: A transformers causal language model, or a peft model around one.
            batch: S sequences with N completion tokens.
            temperature: What the logits are divided by; the temperature the rollouts were sampled at.

        Returns:
            Log-probs of the completion tokens, (N,), and the entropy of the distribution each was drawn from, (N,),
            both in nats and float32. Both carry gradients.
        """
        ...
