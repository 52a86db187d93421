"""Takes the fastest path that gives this very model's log-probs.

What a model does inside is not ours to know: extra scales on its logits, layers that look at neighbours whatever the
mask says, rope that depends on the longest row. So a candidate is run on made-up groups, forward and backward, beside
each sequence alone before it is trusted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from envs.core.errors import UsageError, did_you_mean
from grpo.forward import ForwardPath
from grpo.forward.apart import ApartPath
from grpo.forward.choice.truth import Truth
from grpo.forward.packed import PackedPath
from grpo.forward.padded import PaddedPath
from grpo.forward.rows import ChunkedHead, Head, WholeHead

PATHS = ("auto", "shared", "packed", "padded", "apart")
_AUTO = ("shared", "padded", "apart")

logger = logging.getLogger("grpo")


def choose_path(
    model: Any, forward: str, logit_chunk: int, *, longest: int = 256, recompute: bool = False
) -> ForwardPath:
    """Returns the forward path of a run.

    Args:
        model: The policy, left in evaluation mode.
        forward: One of `PATHS`; `auto` is the first that is exact for this model, with a warning where it is not the
            first of all.
        logit_chunk: Most logits held at once; 0 makes them all at once.
        longest: Tokens of the longest sequence of the run.
        recompute: Whether the run recomputes its layers, for which the model has been made ready.

    Raises:
        UsageError: No such path, or not for this model.
    """
    if forward not in PATHS:
        raise UsageError(f"no forward path {forward!r}: {did_you_mean(forward, PATHS)}")
    truth = Truth(model, longest)
    refused = ""
    for name, path in _candidates(forward, logit_chunk):
        fault = truth.fault(path, recompute)
        if fault is None:
            if refused:
                logger.warning("%s; training takes the slower %s path", refused, name)
            return path
        refused = refused or fault
    without = ", without --gradient-checkpointing" if recompute else ""
    raise UsageError(f"--forward {forward}: {refused}; take --forward auto or --forward apart{without}")


def _candidates(forward: str, logit_chunk: int) -> Iterator[tuple[str, ForwardPath]]:
    heads: list[Head] = [ChunkedHead(logit_chunk), WholeHead()] if logit_chunk else [WholeHead()]
    for name in _AUTO if forward == "auto" else (forward,):
        for head in heads:
            label = name if len(heads) == 1 or isinstance(head, ChunkedHead) else f"{name}, whole logits"
            yield label, _path(name, head)


def _path(name: str, head: Head) -> ForwardPath:
    if name == "apart":
        return ApartPath(head)
    return PaddedPath(head) if name == "padded" else PackedPath(head, share=name == "shared")
