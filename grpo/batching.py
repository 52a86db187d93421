"""Micro-batches: which rollouts go through the model together, and their completion tokens as flat tensors.

Whatever way the model is run over them (`grpo.forward`), log-probs come back as one flat tensor over the completion
tokens, sequence after sequence. Losses are written on that tensor once, and know nothing of padding or packing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from grpo.rollout import Rollout


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """S sequences whose N completion tokens lie end to end, in the order of `indices`.

    Attributes:
        indices: Places of the sequences in the optimizer batch.
        prompts: Token ids of each prompt.
        completions: Token ids of each completion; their lengths add up to N.
        ids_N: The completion tokens, (N,).
        sequence_N: Which of the S sequences each token belongs to, (N,).
        mask_N: 1 where the policy sampled the token and is trained on it, 0 for text of the environment, (N,), float.
        sampled_N: Log-probs reported by the engine, in nats, (N,).
        advantages_S: One for each sequence, (S,).
    """

    indices: list[int]
    prompts: list[list[int]]
    completions: list[list[int]]
    ids_N: torch.Tensor
    sequence_N: torch.Tensor
    mask_N: torch.Tensor
    sampled_N: torch.Tensor
    advantages_S: torch.Tensor

    @property
    def advantages_N(self) -> torch.Tensor:
        """The advantage of each token's sequence, (N,)."""
        return self.advantages_S[self.sequence_N]

    def split(self, values_N: torch.Tensor) -> dict[int, torch.Tensor]:
        """Returns the values of each sequence by its place in the optimizer batch; `join` is the inverse."""
        rows = values_N.split([len(ids) for ids in self.completions])
        return dict(zip(self.indices, rows, strict=True))

    def join(self, values: dict[int, torch.Tensor]) -> torch.Tensor:
        """Returns the flat tensor of what `split` took apart, (N,)."""
        return torch.cat([values[index] for index in self.indices])


class Footprint(Protocol):
    """Says how many tokens a forward path passes through the model for these sequences."""

    def __call__(self, prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]]) -> int:
        """Returns tokens that pass the model, padding included where there is any."""
        ...


def micro_batches(
    rollouts: Sequence[Rollout],
    indices: Sequence[int],
    token_budget: int,
    footprint: Footprint,
    device: torch.device | str = "cpu",
) -> Iterator[MicroBatch]:
    """Splits rollouts into micro-batches whose footprint stays within `token_budget`.

    Rollouts of like length share a micro-batch. A rollout longer than the budget gets one of its own.

    Args:
        rollouts: The optimizer batch.
        indices: Which of them take part.
        token_budget: Most tokens that pass the model at once.
        footprint: How the forward path counts them.
        device: Where the tensors go.
    """
    by_length = sorted(indices, key=lambda i: (len(rollouts[i].completion_ids), len(rollouts[i].prompt_ids), i))
    chosen: list[int] = []
    for index in by_length:
        wider = [*chosen, index]
        tokens = footprint([rollouts[i].prompt_ids for i in wider], [rollouts[i].completion_ids for i in wider])
        if chosen and tokens > token_budget:
            yield collate(rollouts, chosen, device)
            wider = [index]
        chosen = wider
    if chosen:
        yield collate(rollouts, chosen, device)


def collate(rollouts: Sequence[Rollout], indices: list[int], device: torch.device | str = "cpu") -> MicroBatch:
    """Returns the chosen rollouts as one micro-batch."""
    chosen = [rollouts[i] for i in indices]
    lengths = torch.tensor([len(r.completion_ids) for r in chosen])
    return MicroBatch(
        indices=list(indices),
        prompts=[r.prompt_ids for r in chosen],
        completions=[r.completion_ids for r in chosen],
        ids_N=torch.tensor([token for r in chosen for token in r.completion_ids], device=device),
        sequence_N=torch.arange(len(chosen)).repeat_interleave(lengths).to(device),
        mask_N=torch.tensor([float(kept) for r in chosen for kept in r.mask], device=device),
        sampled_N=torch.tensor([value for r in chosen for value in r.logprobs], device=device),
        advantages_S=torch.tensor([r.advantage for r in chosen], device=device, dtype=torch.float32),
    )
