"""Micro-batches: which rollouts go through the model together, and their completion tokens as flat tensors.

Whatever way the model is run over them (`grpo.forward`), log-probs come back as one flat tensor over the completion
tokens, sequence after sequence. Losses are written on that tensor once, and know nothing of padding or packing.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from grpo.rollouts.rollout import Rollout


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
    """How many tokens a micro-batch in the making passes through the model; each forward path has its own."""

    @property
    def tokens(self) -> int:
        """Tokens so far, padding included where there is any."""
        ...

    def add(self, prompt: Sequence[int], completion: Sequence[int]) -> Footprint:
        """Returns the footprint with one more sequence."""
        ...

    def key(self, prompt: Sequence[int], completion: Sequence[int]) -> Any:
        """Returns what to sort sequences by, so that neighbours go well together."""
        ...

    def unit(self, prompt: Sequence[int], index: int) -> Any:
        """Returns what sequences have in common that are to stay together where the budget allows."""
        ...


def micro_batches(
    rollouts: Sequence[Rollout],
    indices: Sequence[int],
    token_budget: int,
    footprint: Footprint,
    device: torch.device | str = "cpu",
) -> Iterator[MicroBatch]:
    """Splits rollouts into micro-batches whose footprint stays within `token_budget`.

    A unit that fits a micro-batch is not split. A rollout longer than the budget gets one of its own.

    Args:
        rollouts: The optimizer batch.
        indices: Which of them take part.
        token_budget: Most tokens that pass the model at once.
        footprint: The forward path's, of nothing yet.
        device: Where the tensors go.
    """
    for chosen in _choose(rollouts, indices, token_budget, footprint):
        yield collate(rollouts, chosen, device)


def _choose(
    rollouts: Sequence[Rollout], indices: Sequence[int], token_budget: int, empty: Footprint
) -> Iterator[list[int]]:
    def add(footprint: Footprint, index: int) -> Footprint:
        return footprint.add(rollouts[index].prompt_ids, rollouts[index].completion_ids)

    ordered = sorted(indices, key=lambda i: (empty.key(rollouts[i].prompt_ids, rollouts[i].completion_ids), i))
    chosen: list[int] = []
    held = empty
    for _, members in itertools.groupby(ordered, key=lambda i: empty.unit(rollouts[i].prompt_ids, i)):
        unit = list(members)
        if chosen and functools.reduce(add, unit, held).tokens > token_budget:
            yield chosen
            chosen, held = [], empty
        for index in unit:
            wider = add(held, index)
            if chosen and wider.tokens > token_budget:
                yield chosen
                chosen, wider = [], add(empty, index)
            chosen.append(index)
            held = wider
    if chosen:
        yield chosen


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
