"""What a user hangs into a run from Python: told of steps, checkpoints and the end, and able to stop it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grpo.rollouts.rollout import Rollout
    from grpo.runs.rundir import RunDir
    from grpo.session import Outcome


class Callback:
    """What to do at the steps, the checkpoints and the end of a run; a subclass defines what it needs.

    What it raises ends the run, whose last checkpoint stands. What it prints is shown.
    """

    def on_step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> Any:
        """Called after every step.

        Args:
            metrics: The step's line of `metrics.jsonl`.
            rollouts: Its rollouts, the members of a group one after another.

        Returns:
            What is true saves and stops, as Ctrl-C does.
        """

    def on_checkpoint(self, folder: Path) -> None:
        """Called when a checkpoint is whole on disk, at the latest after the next step.

        Args:
            folder: The model folder, such as `checkpoints/step-000050`.
        """

    def on_end(self, run: Path, outcome: Outcome) -> None:
        """Called when training and the evaluation after it are done, or the run was stopped.

        Args:
            run: The run's folder.
            outcome: Steps done, whether it was interrupted, and the held-out summaries before and after.
        """


class CalledBack:
    """The observer that tells callbacks.

    Args:
        callbacks: Whom to tell, in order.
        run: The run; checkpoints that are there already are not told of.
        shown: Opens a context in which what is printed reaches the person.
    """

    def __init__(
        self,
        callbacks: Sequence[Callback],
        run: RunDir,
        shown: Callable[[], contextlib.AbstractContextManager[None]],
    ):
        self.stops = False
        self._callbacks = callbacks
        self._run = run
        self._shown = shown
        self._told = set(self._whole())

    def phase(self, name: str) -> None:
        """Tells nobody."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Tells nobody."""

    def warn(self, message: str) -> None:
        """Tells nobody."""

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Tells of a step, and of the checkpoints that have come to be whole since the last one."""
        self._checkpoints()
        with self._shown():
            for callback in self._callbacks:
                self.stops |= bool(callback.on_step(metrics, rollouts))

    def end(self, outcome: Outcome) -> None:
        """Tells of the last checkpoint and of the end."""
        self._checkpoints()
        with self._shown():
            for callback in self._callbacks:
                callback.on_end(self._run.path, outcome)

    def _checkpoints(self) -> None:
        fresh = [folder for folder in self._whole() if folder not in self._told]
        self._told.update(fresh)
        with self._shown():
            for folder in fresh:
                for callback in self._callbacks:
                    callback.on_checkpoint(folder)

    def _whole(self) -> list[Path]:
        from grpo.runs.checkpoint import list_checkpoints  # with torch, which a notebook that only defines one spares

        return list_checkpoints(self._run.checkpoints)
