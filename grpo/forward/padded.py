"""The plain path: one row for each sequence, padded to a rectangle. What every other path is held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from grpo.batching import MicroBatch


class PaddedPath:
    """Prompts padded on the left, completions on the right, so that completions line up."""

    def footprint(self, prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]]) -> int:
        """Returns rows times width."""
        return len(prompts) * (max(map(len, prompts)) + max(map(len, completions)))

    def logprobs(self, model: Any, batch: MicroBatch, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Runs the model over the rectangle; see `ForwardPath.logprobs`."""
        width_c = max(map(len, batch.completions))
        ids_ST, attention_ST = _rectangle(batch)
        logits_SCV = model(
            input_ids=ids_ST,
            attention_mask=attention_ST,
            position_ids=(attention_ST.cumsum(dim=1) - 1).clamp(min=0),
            logits_to_keep=width_c + 1,
            use_cache=False,
        ).logits[:, :-1]
        logprobs_SCV = torch.log_softmax(logits_SCV.float() / temperature, dim=-1)
        present_SC = attention_ST[:, -width_c:].bool()
        taken_SC = logprobs_SCV.gather(2, ids_ST[:, -width_c:, None])[:, :, 0]
        with torch.no_grad():
            entropy_SC = -(logprobs_SCV.exp() * logprobs_SCV).sum(dim=-1)
        return taken_SC[present_SC], entropy_SC[present_SC]


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
