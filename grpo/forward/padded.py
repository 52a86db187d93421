"""The plain path: one row for each sequence, padded to a rectangle. What every other path is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from grpo.forward.batching import MicroBatch
from grpo.forward.rows import Head, Pass, WholeHead


@dataclass(frozen=True, slots=True)
class RectangleFootprint:
    """The size of a rectangle in the making: its rows, its widest prompt, its widest completion."""

    rows: int = 0
    prompt: int = 0
    completion: int = 0

    @property
    def tokens(self) -> int:
        """Rows times width."""
        return self.rows * (self.prompt + self.completion)

    def add(self, prompt: Sequence[int], completion: Sequence[int]) -> RectangleFootprint:
        """Returns the footprint with one more sequence."""
        return RectangleFootprint(self.rows + 1, max(self.prompt, len(prompt)), max(self.completion, len(completion)))

    def key(self, prompt: Sequence[int], completion: Sequence[int]) -> tuple[int, int]:
        """Like lengths together."""
        return len(completion), len(prompt)

    def unit(self, prompt: Sequence[int], index: int) -> int:
        """Nothing has to stay together."""
        return index


class PaddedPath:
    """Prompts padded on the left, completions on the right, so that completions line up.

    Args:
        head: How log-probs are made.
    """

    footprint = RectangleFootprint()

    def __init__(self, head: Head | None = None):
        self.head = head or WholeHead()

    def logprobs(self, model: Any, batch: MicroBatch, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Runs the model over the rectangle; see `ForwardPath.logprobs`."""
        width_c = max(map(len, batch.completions))
        ids_ST, attention_ST = _rectangle(batch)
        width = ids_ST.shape[1]
        inputs = {
            "input_ids": ids_ST,
            "attention_mask": attention_ST,
            "position_ids": (attention_ST.cumsum(dim=1) - 1).clamp(min=0),
        }
        columns_K = torch.arange(width - width_c - 1, width - 1, device=ids_ST.device)
        tokens_N = torch.arange(len(batch.ids_N), device=ids_ST.device)
        run = Pass(inputs, columns_K, attention_ST[:, -width_c:].bool(), tokens_N, batch.ids_N)
        return self.head.logprobs(model, run, temperature)


def _rectangle(batch: MicroBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns token ids and attention mask, (S, T)."""
    width_p = max(map(len, batch.prompts))
    width_c = max(map(len, batch.completions))
    ids, attention = [], []
    for prompt, completion in zip(batch.prompts, batch.completions, strict=True):
        left, right = width_p - len(prompt), width_c - len(completion)
        ids.append([0] * left + prompt + completion + [0] * right)
        attention.append([0] * left + [1] * (len(prompt) + len(completion)) + [0] * right)
    device = batch.ids_N.device
    return torch.tensor(ids, device=device), torch.tensor(attention, device=device)
