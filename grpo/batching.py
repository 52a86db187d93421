"""Micro-batches: which rollouts go through the model together, and as what tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from grpo.rollout import Rollout


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """Rollouts as tensors: prompts padded on the left, completions on the right, so that completions line up.

    Attributes:
        ids_BT: Token ids of prompt and completion, (B, Tp + Tc).
        attention_BT: 1 where there is a token, (B, Tp + Tc).
        positions_BT: Position of each token in its sequence, (B, Tp + Tc).
        mask_BC: 1 where there is a completion token, (B, Tc), float.
        sampled_BC: Log-probs reported by the engine, (B, Tc).
        advantages_B: One for each rollout, (B,).
        indices: Places of the rollouts in the optimizer batch.
    """

    ids_BT: torch.Tensor
    attention_BT: torch.Tensor
    positions_BT: torch.Tensor
    mask_BC: torch.Tensor
    sampled_BC: torch.Tensor
    advantages_B: torch.Tensor
    indices: list[int]

    @property
    def completion_ids_BC(self) -> torch.Tensor:
        """Token ids of the completions, (B, Tc)."""
        return self.ids_BT[:, -self.mask_BC.shape[1] :]


def micro_batches(
    rollouts: Sequence[Rollout], indices: Sequence[int], token_budget: int, device: torch.device | str = "cpu"
) -> Iterator[MicroBatch]:
    """Splits rollouts into micro-batches of at most `token_budget` tokens, padding included.

    Rollouts of like length share a micro-batch. A rollout longer than the budget gets one of its own.

    Args:
        rollouts: The optimizer batch.
        indices: Which of them take part.
        token_budget: Most rows times width of a micro-batch.
        device: Where the tensors go.
    """
    by_length = sorted(indices, key=lambda i: (len(rollouts[i].completion_ids), len(rollouts[i].prompt_ids), i))
    chosen: list[int] = []
    prompt_width = completion_width = 0
    for index in by_length:
        prompt_width_then = max(prompt_width, len(rollouts[index].prompt_ids))
        completion_width_then = max(completion_width, len(rollouts[index].completion_ids))
        if chosen and (prompt_width_then + completion_width_then) * (len(chosen) + 1) > token_budget:
            yield collate(rollouts, chosen, device)
            chosen = []
            prompt_width_then = len(rollouts[index].prompt_ids)
            completion_width_then = len(rollouts[index].completion_ids)
        chosen.append(index)
        prompt_width, completion_width = prompt_width_then, completion_width_then
    if chosen:
        yield collate(rollouts, chosen, device)


def collate(rollouts: Sequence[Rollout], indices: list[int], device: torch.device | str = "cpu") -> MicroBatch:
    """Pads the chosen rollouts into one micro-batch."""
    chosen = [rollouts[i] for i in indices]
    width_p = max(len(r.prompt_ids) for r in chosen)
    width_c = max(len(r.completion_ids) for r in chosen)
    ids, attention, mask, sampled = [], [], [], []
    for r in chosen:
        left, right = width_p - len(r.prompt_ids), width_c - len(r.completion_ids)
        length = len(r.prompt_ids) + len(r.completion_ids)
        ids.append([0] * left + r.prompt_ids + r.completion_ids + [0] * right)
        attention.append([0] * left + [1] * length + [0] * right)
        mask.append([1.0] * len(r.completion_ids) + [0.0] * right)
        sampled.append(r.logprobs + [0.0] * right)
    attention_BT = torch.tensor(attention, device=device)
    return MicroBatch(
        ids_BT=torch.tensor(ids, device=device),
        attention_BT=attention_BT,
        positions_BT=(attention_BT.cumsum(dim=1) - 1).clamp(min=0),
        mask_BC=torch.tensor(mask, device=device),
        sampled_BC=torch.tensor(sampled, device=device),
        advantages_B=torch.tensor([r.advantage for r in chosen], device=device, dtype=torch.float32),
        indices=list(indices),
    )
