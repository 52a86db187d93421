"""Seeded sampling in vLLM on CPU that survives prompts read in parts and requests that are set back.

vLLM samples for every request of a step, also for one whose prompt is not read to its end yet, throws that token away
and takes the draw back by moving the generator's offset. Generators of a CPU have no offset: it raises. Here such a
request does not draw in the first place, so there is nothing to take back and its tokens are those of its seed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def draw_only_for_keeps(worker: Any) -> None:
    """Makes a worker's model runner draw from a request's generator only where the token is kept; CPU only.

    Args:
        worker: A vLLM worker of this process, as `collective_rpc` hands it over.
    """
    runner = worker.model_runner
    if runner.device.type == "cpu":
        for name in ("_sample", "_bookkeeping_sync"):  # the one draws, the other takes back
            setattr(runner, name, _without_discarded(runner, getattr(runner, name)))


def _without_discarded(runner: Any, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with _hidden(runner.input_batch.generators, _discarded(runner)):
            return method(*args, **kwargs)

    return wrapped


def _discarded(runner: Any) -> list[int]:
    """Returns the rows of the batch whose token of this step will be thrown away."""
    return np.nonzero(runner.discard_request_mask.np[: runner.input_batch.num_reqs])[0].tolist()


@contextmanager
def _hidden(generators: dict[int, Any], rows: list[int]) -> Iterator[None]:
    held = {row: generators.pop(row) for row in rows if row in generators}
    try:
        yield
    finally:
        generators.update(held)
