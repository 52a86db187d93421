"""Each sequence alone and unpadded: what a log-prob means, and so what every other path is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from grpo.forward.batching import MicroBatch
from grpo.forward.rows import Head, Pass, WholeHead


@dataclass(frozen=True, slots=True)
class SumFootprint:
    """Tokens of sequences that share nothing."""

    tokens: int = 0

    def add(self, prompt: Sequence[int], completion: Sequence[int]) -> SumFootprint:
        """Returns the footprint with one more sequence."""
        return SumFootprint(self.tokens + len(prompt) + len(completion))

    def key(self, prompt: Sequence[int], completion: Sequence[int]) -> int:
        """In no order: neighbours do not meet."""
        return 0

    def unit(self, prompt: Sequence[int], index: int) -> int:
        """Nothing has to stay together."""
        return index


class ApartPath:
    """One run of the model for each sequence: slow, and right for any model whose tokens see only what came before.

    Args:
        head: How log-probs are made.
    """

    footprint = SumFootprint()

    def __init__(self, head: Head | None = None):
        self.head = head or WholeHead()

    def logprobs(self, model: Any, batch: MicroBatch, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Runs the model over one sequence after another; see `ForwardPath.logprobs`."""
        device = batch.ids_N.device
        found = [
            self.head.logprobs(model, _alone(prompt, completion, device), temperature)
            for prompt, completion in zip(batch.prompts, batch.completions, strict=True)
        ]
        return torch.cat([logprobs for logprobs, _ in found]), torch.cat([entropy for _, entropy in found])


def _alone(prompt: Sequence[int], completion: Sequence[int], device: torch.device) -> Pass:
    ids_1T = torch.tensor([[*prompt, *completion]], device=device)
    columns_K = torch.arange(len(prompt) - 1, ids_1T.shape[1] - 1, device=device)
    tokens_K = torch.arange(len(completion), device=device)
    return Pass({"input_ids": ids_1T}, columns_K, None, tokens_K, ids_1T[0, len(prompt) :])
