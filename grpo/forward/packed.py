"""The path without padding: one row for the whole micro-batch, and a prompt once for all of its completions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from grpo.forward.attention import admit, laid_out
from grpo.forward.batching import MicroBatch
from grpo.forward.layout import Layout, lay_out
from grpo.forward.rows import Head, Pass


@dataclass(frozen=True, slots=True)
class RowFootprint:
    """Tokens of a row in the making.

    Attributes:
        share: Whether a prompt counts once for sequences that follow one another.
        tokens: So far.
        prompt: The prompt of the sequence before.
    """

    share: bool
    tokens: int = 0
    prompt: Sequence[int] = ()

    def add(self, prompt: Sequence[int], completion: Sequence[int]) -> RowFootprint:
        """Returns the footprint with one more sequence."""
        again = self.share and prompt == self.prompt
        return RowFootprint(self.share, self.tokens + len(completion) + (0 if again else len(prompt)), prompt)

    def key(self, prompt: Sequence[int], completion: Sequence[int]) -> tuple[Any, ...]:
        """Like lengths together, and with them every completion of a prompt."""
        return (len(prompt), tuple(prompt), len(completion)) if self.share else (len(prompt) + len(completion),)

    def unit(self, prompt: Sequence[int], index: int) -> Any:
        """Sequences of one unit stay together where they fit."""
        return tuple(prompt) if self.share else index


class PackedPath:
    """Sequences end to end.

    Args:
        head: How log-probs are made.
        share: Whether the prompt of a group passes the model once for all its completions.
    """

    def __init__(self, head: Head, *, share: bool):
        self.head = head
        self.share = share
        self.footprint = RowFootprint(share)
        self._last: tuple[MicroBatch, Layout] | None = None

    def logprobs(self, model: Any, batch: MicroBatch, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Runs the model over the row; see `ForwardPath.logprobs`."""
        admit(model)
        layout = self._layout(batch)
        run = Pass(
            {"input_ids": layout.ids_T[None], "position_ids": layout.positions_T[None]},
            columns_K=layout.heads_R,
            predicts_BK=None,
            row_N=layout.row_N,
            ids_N=batch.ids_N,
        )
        with laid_out(layout):
            return self.head.logprobs(model, run, temperature)

    def _layout(self, batch: MicroBatch) -> Layout:
        """The reference and the policy are run over the same batch, one after the other."""
        if self._last is None or self._last[0] is not batch:
            device = batch.ids_N.device
            self._last = (batch, lay_out(batch.prompts, batch.completions, share=self.share, device=device))
        return self._last[1]
