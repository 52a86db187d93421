"""Which forward path a run takes: the fastest that gives this very model's log-probs.

What a model does inside is not ours to know: extra scales on its logits, layers that look at neighbours whatever the
mask says. So a candidate is run on a few made-up groups beside the plain path before it is trusted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import torch

from envs.core.errors import UsageError, did_you_mean
from grpo.forward import ForwardPath
from grpo.forward.attention import UnsupportedModelError
from grpo.forward.batching import MicroBatch
from grpo.forward.packed import PackedPath
from grpo.forward.padded import PaddedPath
from grpo.forward.rows import ChunkedHead, Head, WholeHead

PATHS = ("auto", "shared", "packed", "padded")
_PROBE = ((5, (3, 1, 4)), (2, (2,)), (3, (4, 2)))
"""Prompt lengths, and the lengths of their completions."""
_TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.5, torch.float16: 0.1}

logger = logging.getLogger("grpo")


def choose_path(model: Any, forward: str, logit_chunk: int) -> ForwardPath:
    """Returns the forward path of a run.

    Args:
        model: The policy, in evaluation mode.
        forward: One of `PATHS`; `auto` is the first that is exact for this model, with a warning where it is not the
            first of all.
        logit_chunk: Most logits held at once; 0 makes them all at once.

    Raises:
        UsageError: No such path, or not for this model.
    """
    if forward not in PATHS:
        raise UsageError(f"no forward path {forward!r}: {did_you_mean(forward, PATHS)}")
    refused = ""
    for name, path in _candidates(forward, logit_chunk):
        fault = _fault(model, path)
        if fault is None:
            if refused:
                logger.warning("%s; training takes the slower %s path", refused, name)
            return path
        refused = refused or fault
    raise UsageError(f"--forward {forward}: {refused}; take --forward auto or --forward padded")


def _candidates(forward: str, logit_chunk: int) -> Iterator[tuple[str, ForwardPath]]:
    heads: list[Head] = [ChunkedHead(logit_chunk), WholeHead()] if logit_chunk else [WholeHead()]
    for name in ("shared", "packed", "padded"):
        if forward not in ("auto", name) or (forward == "auto" and name == "packed"):
            continue
        for head in heads:
            label = name if len(heads) == 1 or isinstance(head, ChunkedHead) else f"{name}, whole logits"
            yield label, PaddedPath(head) if name == "padded" else PackedPath(head, share=name == "shared")


@torch.no_grad()
def _fault(model: Any, path: ForwardPath) -> str | None:
    """Returns why a path is not to be used with a model, or None where it gives the plain path's log-probs."""
    if isinstance(path, PaddedPath) and isinstance(path.head, WholeHead):
        return None
    probe = _probe(model)
    plain_N, _ = PaddedPath().logprobs(model, probe, 1.0)
    try:
        found_N, _ = path.logprobs(model, probe, 1.0)
    except UnsupportedModelError as error:
        return str(error)
    except Exception as error:  # whatever a model of unknown make does with inputs it was not written for
        return f"{type(model).__name__} refuses it ({type(error).__name__}: {str(error).splitlines()[0][:120]})"
    gap = float((found_N - plain_N).abs().max())
    if not gap <= _TOLERANCE.get(model.dtype, 1e-3):
        return f"{type(model).__name__} gives log-probs {gap:.2g} nats from the plain path's"
    return None


def _probe(model: Any) -> MicroBatch:
    """Returns made-up groups of unequal lengths; token ids are drawn from the low end of the vocabulary."""
    rng = torch.Generator().manual_seed(0)
    most = min(1000, model.config.get_text_config().vocab_size)

    def tokens(count: int) -> list[int]:
        return torch.randint(0, most, (count,), generator=rng).tolist()

    prompts, completions = [], []
    for prompt_length, lengths in _PROBE:
        prompt = tokens(prompt_length)
        prompts += [prompt] * len(lengths)
        completions += [tokens(length) for length in lengths]
    sizes = torch.tensor([len(ids) for ids in completions])
    ids_N = torch.tensor([token for ids in completions for token in ids], device=model.device)
    zeros_N = torch.zeros(len(ids_N), device=model.device)
    return MicroBatch(
        indices=list(range(len(prompts))),
        prompts=prompts,
        completions=completions,
        ids_N=ids_N,
        sequence_N=torch.arange(len(prompts)).repeat_interleave(sizes).to(model.device),
        mask_N=zeros_N + 1,
        sampled_N=zeros_N,
        advantages_S=torch.zeros(len(prompts), device=model.device),
    )
