"""One step ahead: the next batch is sampled while this one trains (one-step off-policy, arXiv:2410.18252).

Sampling takes nothing from torch's generators, every request has its seed, and the engine has weights of its own that
change only while nothing is sampled: what a run computes does not depend on how its two threads are scheduled.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from types import TracebackType
from typing import Any

from envs.core.reward import Reward, Status
from grpo.engines.base import FinishReason
from grpo.rollouts.collect import Batch, BatchCollector
from grpo.rollouts.drawing.history import GroupResult
from grpo.rollouts.episodes import OnProgress
from grpo.rollouts.rollout import Rollout, RolloutTiming


class _Cancelled(Exception):
    """Ends a batch that nobody waits for any more."""


class AheadCollector:
    """Gives the loop its batches: the one in flight, or where there is none, one made now.

    Used as a context, at whose end nothing is sampled any more.

    Args:
        collector: Makes the batches; touched by one thread at a time.
    """

    def __init__(self, collector: BatchCollector):
        self._collector = collector
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
        self._flight: Future[Batch] | None = None
        self._cancelled = threading.Event()
        self._watch: OnProgress | None = None
        self._behind = 0

    def __enter__(self) -> AheadCollector:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self._cancelled.set()
        self._executor.shutdown(wait=True)

    def start(self, step: int) -> None:
        """Begins the batch of a step with what the engine holds now."""
        self._behind = 0
        self._flight = self._executor.submit(self._collector.collect, step, self._report)

    def moved(self) -> None:
        """Notes that the policy has been updated since."""
        self._behind += 1

    def settle(self, on_progress: OnProgress | None = None) -> None:
        """Waits until nothing is sampled; the batch in flight stays to be taken.

        Raises:
            RunError: What sampling it has raised.
        """
        if self._flight is not None:
            self._watch = on_progress
            self._flight.result()
            self._watch = None

    def take(self, step: int, on_progress: OnProgress | None = None) -> tuple[Batch, int]:
        """Returns the batch of a step, and its staleness: updates of the policy since its weights, 0 or 1."""
        if self._flight is None:
            return self._collector.collect(step, on_progress), 0
        self.settle(on_progress)
        batch, self._flight = self._flight.result(), None
        return batch, self._behind

    def in_flight(self) -> dict[str, Any] | None:
        """Returns the batch in flight as plain data, once it is whole, for a checkpoint; None where there is none."""
        if self._flight is None:
            return None
        self.settle()
        return {"behind": self._behind, "batch": asdict(self._flight.result())}

    def restore(self, saved: dict[str, Any], samples: int) -> None:
        """Takes up what `in_flight` gave, unless it has not `samples` rollouts: a forced resume may change that."""
        batch = _batch(saved["batch"])
        if len(batch.rollouts) == samples:
            self._flight = Future()
            self._flight.set_result(batch)
            self._behind = saved["behind"]

    def _report(self, what: str, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        watch = self._watch  # set while the loop waits: two threads never draw at once
        if watch is not None:
            watch(what, done, total)


def _batch(plain: dict[str, Any]) -> Batch:
    rollouts = [_rollout(rollout) for rollout in plain["rollouts"]]
    results = [GroupResult(**result) for result in plain.get("results", ())]  # of old checkpoints none
    return Batch(**{**plain, "rollouts": rollouts, "timing": RolloutTiming(**plain["timing"]), "results": results})


def _rollout(plain: dict[str, Any]) -> Rollout:
    reward = Reward(**{**plain["reward"], "status": Status(plain["reward"]["status"])})
    return Rollout(**{**plain, "finish_reason": FinishReason(plain["finish_reason"]), "reward": reward})
