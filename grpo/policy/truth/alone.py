"""Log-probs of sequences run alone and unpadded, and whether a model has such a thing at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from envs.core.errors import UsageError
from grpo.policy.adapter import unwrapped
from grpo.policy.truth.probe import thresholds

_NATS = {torch.float32: 1e-4, torch.bfloat16: 0.1, torch.float16: 0.02}
"""What log-probs may differ by, in nats and besides as a share of themselves, by the model's dtype."""
_CUTS = 6
"""Lengths at which a sequence is held against itself."""


def gap_of(found_N: torch.Tensor, truth_N: torch.Tensor, dtype: torch.dtype) -> tuple[float, float]:
    """Returns the largest difference of log-probs in nats, and the largest as a share of what the dtype allows."""
    allowed = _NATS.get(dtype, 1e-4)
    gap_N = (found_N - truth_N).abs()
    return float(gap_N.max()), float((gap_N / (allowed * (1.0 + truth_N.abs()))).max())


@torch.no_grad()
def alone(model: Any, prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]]) -> torch.Tensor:
    """Returns the log-probs of completions, one call of the model for each sequence, (N,)."""
    rows = []
    for prompt, completion in zip(prompts, completions, strict=True):
        ids_1T = torch.tensor([[*prompt, *completion]], device=model.device)
        logits_TV = model(input_ids=ids_1T, use_cache=False).logits[0, len(prompt) - 1 : -1]
        logprobs_TV = torch.log_softmax(logits_TV.float(), dim=-1)
        rows.append(logprobs_TV.gather(1, ids_1T[0, len(prompt) :, None])[:, 0])
    return torch.cat(rows)


@torch.no_grad()
def check_causal(model: Any, sequences: Sequence[Sequence[int]], longest: int) -> None:
    """Checks that log-probs of a sequence's first tokens do not change when it goes on.

    Where they do, what was sampled token by token is not what any training pass sees.

    Args:
        model: The policy, in evaluation mode.
        sequences: The longest is cut at several lengths.
        longest: Tokens of the longest sequence of the run.

    Raises:
        UsageError: The model cannot be run, or they do; the message says up to what length they do not.
    """
    whole = max(sequences, key=len)
    rows = [whole[: max(2, len(whole) * part // _CUTS)] for part in range(1, _CUTS + 1)]
    name = type(unwrapped(model)).__name__
    try:
        found_N = alone(model, [row[:1] for row in rows], [row[1:] for row in rows])
    except Exception as error:  # whatever a model of unknown make does
        raise UsageError(f"{name} cannot be run over one sequence: {first_line(error)}") from error
    *cut, full = found_N.split([len(row) - 1 for row in rows])
    nats, gap = gap_of(torch.cat(cut), torch.cat([full[: len(row)] for row in cut]), model.dtype)
    if gap <= 1.0:
        return
    limits = thresholds(model.config, longest)
    rope = rope_kind(model.config)
    why = f" (rope of kind {rope})" if rope else ""
    help_ = f"keep prompt and --max-tokens within {limits[-1]} tokens together, or " if limits else ""
    raise UsageError(
        f"{name}{why} changes a token's log-prob by {nats:.2g} nats when its sequence goes on: {help_}"
        "take another model"
    )


def rope_kind(config: Any) -> str:
    """Returns the kind of a model's rope where it is not the plain one."""
    rope = getattr(config.get_text_config(), "rope_parameters", None) or {}
    kind = rope.get("rope_type", "default") if isinstance(rope, dict) else "default"
    return "" if kind == "default" else str(kind)


def first_line(error: BaseException) -> str:
    """Returns the first line of an error's message, or its name where it has none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
