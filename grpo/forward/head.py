"""From the decoder's hidden states to log-probs, without the logits of a whole micro-batch ever being held.

Logits are made a block at a time, some rows by some vocabulary, and forgotten. The forward pass keeps one log-sum-exp
and one mean logit a row; the backward pass makes every block again. The vocabulary is the outer loop, so that the
output matrix, the largest of a small model, is read once a pass and its gradient written once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, slots=True)
class LogitRule:
    """What becomes of `hidden @ weight.T + bias` before it is a logit.

    Attributes:
        multiplier: It is multiplied by this (Cohere's and Granite's scales).
        softcap: Then squashed to `softcap * tanh(x / softcap)` (Gemma 2, arXiv:2408.00118); None for no cap.
        temperature: Then divided by this.
    """

    multiplier: float = 1.0
    softcap: float | None = None
    temperature: float = 1.0

    @classmethod
    def of(cls, config: Any, temperature: float) -> LogitRule:
        """Reads the rule of a model from its config."""
        text = config.get_text_config()
        multiplier = float(getattr(text, "logit_scale", None) or 1.0)
        multiplier /= float(getattr(text, "logits_scaling", None) or 1.0)
        return cls(multiplier, getattr(text, "final_logit_softcapping", None), temperature)

    def apply_(self, raw: torch.Tensor) -> torch.Tensor:
        """Returns logits, overwriting `raw`."""
        factor = self.multiplier / (self.softcap or self.temperature)
        if factor != 1.0:
            raw.mul_(factor)
        if self.softcap is not None:
            raw.tanh_().mul_(self.softcap / self.temperature)
        return raw

    def undo_(self, grad: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Returns the gradient of what `apply_` was given, overwriting `grad`."""
        if self.softcap is not None:
            tanh = logits * (self.temperature / self.softcap)
            grad.mul_(tanh.square_().neg_().add_(1.0))
        factor = self.multiplier / self.temperature
        return grad if factor == 1.0 else grad.mul_(factor)


@dataclass(frozen=True)
class _Blocks:
    """The logits of R rows over a vocabulary of V, as blocks of at most about `numbers` entries."""

    hidden_RD: torch.Tensor
    weight_VD: torch.Tensor
    bias_V: torch.Tensor | None
    rule: LogitRule
    numbers: int

    _MOST_ROWS = 2048

    @property
    def whole(self) -> bool:
        """Whether one block holds everything."""
        return len(self.hidden_RD) * len(self.weight_VD) <= self.numbers

    def vocabulary(self) -> Iterator[slice]:
        size = len(self.weight_VD)
        step = size if self.whole else max(1, self.numbers // min(len(self.hidden_RD), self._MOST_ROWS))
        yield from (slice(start, min(size, start + step)) for start in range(0, size, step))

    def rows(self) -> Iterator[slice]:
        size = len(self.hidden_RD)
        step = size if self.whole else self._MOST_ROWS
        yield from (slice(start, min(size, start + step)) for start in range(0, size, step))

    def logits(self, rows: slice, words: slice) -> torch.Tensor:
        """Returns one block, float32."""
        raw = self.hidden_RD[rows].float() @ self.weight_VD[words].float().T
        if self.bias_V is not None:
            raw += self.bias_V[words]
        return self.rule.apply_(raw)


def _inside(row_N: torch.Tensor, ids_N: torch.Tensor, rows: slice, words: slice) -> torch.Tensor:
    """Returns the numbers of the completion tokens that lie in a block."""
    return (
        ((ids_N >= words.start) & (ids_N < words.stop) & (row_N >= rows.start) & (row_N < rows.stop)).nonzero().view(-1)
    )


def _distribution_gradient(
    logps: torch.Tensor, pull_R1: torch.Tensor, entropy_R1: torch.Tensor, grad_entropy_R1: torch.Tensor | None
) -> torch.Tensor:
    """Returns the part of the logits' gradient that every word has a share of, by its probability.

    For log-probs that is `-p * pull`; for the entropy H it is `-p * (log p + H)`. Overwrites `logps`.
    """
    probabilities = logps.exp()
    if grad_entropy_R1 is None:
        return probabilities.mul_(-pull_R1)
    return probabilities.mul_(logps.add_(entropy_R1).mul_(grad_entropy_R1).add_(pull_R1).neg_())


def _accumulate(total: torch.Tensor, step: torch.Tensor, *, first: bool) -> None:
    if first:
        total.copy_(step)
    else:
        total.add_(step)


class _ChunkedLogprobs(torch.autograd.Function):
    """Log-probs of given tokens, (N,), and the entropy of each row's distribution, (R,)."""

    @staticmethod
    def forward(ctx: Any, hidden, weight, bias, row_N, ids_N, rule: LogitRule, numbers: int) -> tuple[Any, Any]:
        ctx.set_materialize_grads(False)
        blocks = _Blocks(hidden, weight, bias, rule, numbers)
        taken_N = hidden.new_zeros(len(ids_N), dtype=torch.float32)
        most_R = hidden.new_full((len(hidden),), float("-inf"), dtype=torch.float32)
        mass_R, weighted_R = torch.zeros_like(most_R), torch.zeros_like(most_R)
        logits = None
        for words in blocks.vocabulary():
            for rows in blocks.rows():
                logits = blocks.logits(rows, words)
                inside = _inside(row_N, ids_N, rows, words)
                taken_N[inside] = logits[row_N[inside] - rows.start, ids_N[inside] - words.start]
                most = torch.maximum(most_R[rows], logits.amax(dim=1))
                shrink = (most_R[rows] - most).exp_()
                terms = (logits - most[:, None]).exp_()
                mass_R[rows] = mass_R[rows] * shrink + terms.sum(dim=1)
                weighted_R[rows] = weighted_R[rows] * shrink + torch.linalg.vecdot(terms, logits)
                most_R[rows] = most
        lse_R = most_R + mass_R.log()
        entropy_R = lse_R - weighted_R / mass_R
        ctx.save_for_backward(hidden, weight, bias, row_N, ids_N, lse_R, entropy_R, logits if blocks.whole else None)
        ctx.rule, ctx.numbers = rule, numbers
        return taken_N - lse_R[row_N], entropy_R

    @staticmethod
    def backward(ctx: Any, grad_N: torch.Tensor | None, grad_entropy_R: torch.Tensor | None) -> tuple[Any, ...]:
        hidden, weight, bias, row_N, ids_N, lse_R, entropy_R, kept = ctx.saved_tensors
        blocks = _Blocks(hidden, weight, bias, ctx.rule, ctx.numbers)
        grad_N = torch.zeros_like(ids_N, dtype=torch.float32) if grad_N is None else grad_N
        pull_R = torch.zeros_like(lse_R).index_add_(0, row_N, grad_N)
        d_hidden = torch.zeros_like(hidden, dtype=torch.float32) if ctx.needs_input_grad[0] else None
        d_weight = torch.empty_like(weight, dtype=torch.float32) if ctx.needs_input_grad[1] else None
        d_bias = torch.empty_like(bias, dtype=torch.float32) if bias is not None and ctx.needs_input_grad[2] else None
        for words in blocks.vocabulary():
            for rows in blocks.rows():
                logits = blocks.logits(rows, words) if kept is None else kept
                inside = _inside(row_N, ids_N, rows, words)
                places = (row_N[inside] - rows.start, ids_N[inside] - words.start)
                grad = _distribution_gradient(
                    logits - lse_R[rows, None], pull_R[rows, None], entropy_R[rows, None],
                    None if grad_entropy_R is None else grad_entropy_R[rows, None],
                )  # fmt: skip
                grad.index_put_(places, grad_N[inside], accumulate=True)
                grad = ctx.rule.undo_(grad, logits).to(weight.dtype)
                if d_hidden is not None:
                    d_hidden[rows] += grad @ weight[words]
                if d_weight is not None:
                    _accumulate(d_weight[words], grad.T @ hidden[rows], first=rows.start == 0)
                if d_bias is not None:
                    _accumulate(d_bias[words], grad.sum(dim=0), first=rows.start == 0)
        return d_hidden, d_weight, d_bias, None, None, None, None


def chunked_logprobs(
    hidden_RD: torch.Tensor,
    weight_VD: torch.Tensor,
    bias_V: torch.Tensor | None,
    row_N: torch.Tensor,
    ids_N: torch.Tensor,
    rule: LogitRule,
    numbers: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns log-probs and entropies of completion tokens, in nats and float32; both carry exact gradients.

    Args:
        hidden_RD: What enters the output matrix, (R, D).
        weight_VD: The output matrix, (V, D).
        bias_V: Its bias, or None.
        row_N: Which row predicts each token, (N,). Tokens may share one.
        ids_N: The tokens, (N,).
        rule: What turns products into logits.
        numbers: About the most logits held at once.
    """
    logprobs_N, entropy_R = _ChunkedLogprobs.apply(hidden_RD, weight_VD, bias_V, row_N, ids_N, rule, numbers)  # type: ignore[misc]
    return logprobs_N, entropy_R[row_N]
