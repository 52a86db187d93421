"""The end of a pass: which positions predict completion tokens, and the log-probs made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch

from grpo.forward.attention import UnsupportedModelError
from grpo.forward.head import LogitRule, chunked_logprobs
from grpo.policy.adapter import unwrapped


@dataclass(frozen=True)
class Pass:
    """One run of the model over B rows of T tokens.

    Attributes:
        inputs: The model's keyword arguments.
        columns_K: Columns that predict a completion token in some row, (K,).
        predicts_BK: Where they do, R in all; None where all do, (B, K).
        row_N: Which of the R predicts each completion token, (N,).
        ids_N: The completion tokens, (N,).
    """

    inputs: dict[str, Any]
    columns_K: torch.Tensor
    predicts_BK: torch.Tensor | None
    row_N: torch.Tensor
    ids_N: torch.Tensor

    def rows(self, values_BKX: torch.Tensor) -> torch.Tensor:
        """Returns the R rows that predict, (R, X)."""
        return values_BKX.flatten(0, 1) if self.predicts_BK is None else values_BKX[self.predicts_BK]


class Head(Protocol):
    """A way from a pass to log-probs."""

    def logprobs(self, model: Any, run: Pass, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns log-probs and entropies of the completion tokens, (N,) each; see `ForwardPath.logprobs`."""
        ...


class WholeHead:
    """The model's own logits, all at once: the plain way, and the one for models that do something special to them."""

    def logprobs(self, model: Any, run: Pass, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Head.logprobs`."""
        logprobs_RV = self.logprobs_RV(model, run, temperature)
        entropy_R = -(logprobs_RV.exp() * logprobs_RV).sum(dim=-1)
        return logprobs_RV[run.row_N, run.ids_N], entropy_R[run.row_N]

    def logprobs_RV(self, model: Any, run: Pass, temperature: float) -> torch.Tensor:
        """Returns the log-probs of the whole vocabulary where completion tokens are predicted, (R, V)."""
        logits_BKV = model(**run.inputs, logits_to_keep=run.columns_K, use_cache=False).logits
        if logits_BKV.shape[1] != len(run.columns_K):  # a model that makes all of them whatever it is asked for
            logits_BKV = logits_BKV[:, run.columns_K]
        logits_RV = run.rows(logits_BKV)
        logits_RV = logits_RV.float() if temperature == 1.0 else logits_RV.float() / temperature
        return torch.log_softmax(logits_RV, dim=-1)


class ChunkedHead:
    """Blocks of logits; see `grpo.forward.head`.

    Args:
        numbers: About the most logits held at once.
    """

    def __init__(self, numbers: int):
        self.numbers = numbers

    def logprobs(self, model: Any, run: Pass, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Head.logprobs`."""
        bare = unwrapped(model)
        output = bare.get_output_embeddings()
        if hasattr(output, "base_layer"):
            raise UnsupportedModelError("an adapter on the output matrix needs whole logits")
        hidden_BTD = getattr(bare.base_model(**run.inputs, use_cache=False), "last_hidden_state", None)
        if output is None or hidden_BTD is None:
            raise UnsupportedModelError(f"{type(bare).__name__} keeps its hidden states or its output matrix to itself")
        return chunked_logprobs(
            run.rows(hidden_BTD[:, run.columns_K]), output.weight, output.bias,
            run.row_N, run.ids_N, LogitRule.of(bare.config, temperature), self.numbers,
        )  # fmt: skip
