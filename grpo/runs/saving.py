"""Saving beside training: the loop waits for copies of the tensors, a thread writes, hashes and syncs them."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from envs.core.errors import RunError
from grpo.policy.adapter import saved_weights
from grpo.policy.model import Policy
from grpo.runs.checkpoint import TrainerState, point_at, prune_checkpoints, save_checkpoint

logger = logging.getLogger("grpo")


class BackgroundSaver:
    """Writes checkpoints from a thread, one at a time; used as a context, at whose end the last one is written.

    The copies take as much main memory as a checkpoint does, while it is written. A write that fails is told of by the
    next call of any method.

    Args:
        folder: Where the checkpoints go.
        policy: What is trained.
        keep: Checkpoints kept.
    """

    def __init__(self, folder: Path, policy: Policy, keep: int):
        self._folder = folder
        self._policy = policy
        self._keep = keep
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def __enter__(self) -> BackgroundSaver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        try:
            self.join()
        except RunError as failure:
            if kind is None:
                raise
            logger.warning("%s", failure)  # what ended the run is told first

    def save(self, state: TrainerState, best: bool) -> None:
        """Copies what is to be saved, once the write before has ended, and returns while it is written.

        Args:
            state: The run's state; its tensors may change after the call.
            best: Whether `best` is to point at it.

        Raises:
            RunError: The write before has failed.
        """
        self.join()
        weights = on_cpu(saved_weights(self._policy.model))
        state = replace(state, optimizer=on_cpu(state.optimizer), reference=on_cpu(state.reference))
        self._thread = threading.Thread(target=self._write, args=(weights, state, best), name="checkpoint")
        self._thread.start()

    def check(self) -> None:
        """Raises what an ended write has failed with.

        Raises:
            RunError: The disk refused; the checkpoint before stands.
        """
        if self._thread is not None and not self._thread.is_alive():
            self.join()

    def join(self) -> None:
        """Waits for the write in flight.

        Raises:
            RunError: The disk refused; the checkpoint before stands.
        """
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _write(self, weights: dict[str, torch.Tensor], state: TrainerState, best: bool) -> None:
        try:
            path = save_checkpoint(self._folder, self._policy, weights, state)
            if best:
                point_at(path, "best")
            prune_checkpoints(self._folder, self._keep)
        except OSError as error:
            self._failure = RunError(f"cannot write {self._folder}: {error.strerror or error}")
        except BaseException as error:  # raised again in the loop's thread
            self._failure = error


def on_cpu(tree: Any) -> Any:
    """Returns a nest of dicts and lists with a copy of every tensor, in main memory.

    Tensors that are one (tied weights) stay one.
    """
    return _copied(tree, {})


def _copied(tree: Any, seen: dict[Any, torch.Tensor]) -> Any:
    if isinstance(tree, dict):
        return {name: _copied(value, seen) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_copied(value, seen) for value in tree)
    if not isinstance(tree, torch.Tensor):
        return tree
    if type(tree) not in (torch.Tensor, torch.nn.Parameter):  # a library's own kind has no address to know it by
        return tree.detach().clone()
    key = (tree.device, tree.data_ptr(), tree.dtype, tree.shape, tree.stride())
    if key not in seen:
        seen[key] = tree.detach().to("cpu", copy=True)
    return seen[key]
