"""Ways to run the model over a micro-batch, all giving the same log-probs.

A path takes a `MicroBatch` and returns flat tensors over its completion tokens; it also says how many tokens it passes
through the model for given sequences, so that micro-batches fill the token budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch

from grpo.batching import MicroBatch
from grpo.forward.padded import PaddedPath

__all__ = ["ForwardPath", "PaddedPath"]


class ForwardPath(Protocol):
    """One way to get log-probs."""

    def footprint(self, prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]]) -> int:
        """Returns how many tokens pass the model for these sequences, padding included."""
        ...

    def logprobs(self, model: Any, batch: MicroBatch, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Runs the model.

        Args:
            model: A transformers causal language model.
            batch: S sequences with N completion tokens.
            temperature: What the logits are divided by; the temperature the rollouts were sampled at.

        Returns:
            Log-probs of the completion tokens, (N,), and the entropy of the distribution each was drawn from, (N,),
            both in nats and float32. Entropy carries no gradient.
        """
        ...
