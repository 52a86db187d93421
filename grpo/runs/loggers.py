"""Whoever else watches a run: TensorBoard, Weights & Biases, and the audience that holds them all."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from envs.core.errors import UsageError

if TYPE_CHECKING:
    from grpo.rollouts.rollout import Rollout
    from grpo.runs.observer import Observer
    from grpo.runs.rundir import RunDir
    from grpo.settings.config import TrainConfig


class Audience:
    """Several observers as one; the first is who is asked to show progress."""

    def __init__(self, observers: Sequence[Observer]):
        self._observers = observers

    def phase(self, name: str) -> None:
        """Tells everyone what begins."""
        for observer in self._observers:
            observer.phase(name)

    def progress(self, what: str, done: int, total: int) -> None:
        """Tells everyone how far it is."""
        for observer in self._observers:
            observer.progress(what, done, total)

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Tells everyone of a step."""
        for observer in self._observers:
            observer.step(metrics, rollouts)

    def warn(self, message: str) -> None:
        """Warns everyone."""
        for observer in self._observers:
            observer.warn(message)


class _Silent:
    """An observer that cares for steps and warnings alone."""

    def phase(self, name: str) -> None:
        """Shows nothing."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Shows nothing."""


_LIBRARIES = {"tensorboard": "tensorboard", "wandb": "wandb"}


def check_loggers(names: Sequence[str]) -> None:
    """Refuses loggers whose library is not installed, before anything is written.

    Raises:
        UsageError: One of them is not.
    """
    for name in names:
        if importlib.util.find_spec(_LIBRARIES[name]) is None:
            raise UsageError(f"--logger {name} needs it: pip install {_LIBRARIES[name]}")


class TensorBoardLogger(_Silent):
    """Writes every number of a step as a scalar, and warnings as text, under `tensorboard/` in the run.

    Args:
        run: The run. A resumed one drops what it logged after the step it goes on from.
    """

    def __init__(self, run: RunDir):
        from torch.utils.tensorboard.writer import SummaryWriter

        self._step = len(run.metrics())
        self._writer = SummaryWriter(str(run.path / "tensorboard"), purge_step=self._step + 1)

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Writes the step's numbers."""
        self._step = metrics["step"]
        for name, value in scalars(metrics):
            self._writer.add_scalar(name, value, self._step)

    def warn(self, message: str) -> None:
        """Writes the warning beside the last step."""
        self._writer.add_text("warnings", message, self._step)

    def close(self) -> None:
        """Flushes and closes the event file."""
        self._writer.close()


class WandbLogger(_Silent):
    """Sends every number of a step to Weights & Biases, under the run folder's name.

    Args:
        config: The run's config.
        run: The run; resuming it resumes the one at Weights & Biases.
    """

    def __init__(self, config: TrainConfig, run: RunDir):
        import wandb  # type: ignore[import-not-found]

        self._run = wandb.init(
            project="grpo-gym", id=run.path.name, resume="allow", config=config.without_code(), dir=str(run.path)
        )

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Sends the step's numbers."""
        self._run.log(dict(scalars(metrics)), step=metrics["step"])

    def warn(self, message: str) -> None:
        """Sends the warning as an alert."""
        self._run.alert(title="grpo", text=message)

    def close(self) -> None:
        """Ends the run there."""
        self._run.finish()


def make_loggers(config: TrainConfig, run: RunDir, stack: contextlib.ExitStack) -> list[Observer]:
    """Opens the loggers a config asks for, each known to be installed; the stack closes them."""
    opened: list[Observer] = []
    for name in config.loggers:
        logger = TensorBoardLogger(run) if name == "tensorboard" else WandbLogger(config, run)
        stack.callback(logger.close)
        opened.append(logger)
    return opened


def scalars(metrics: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yields every number of a step's metrics, nested names joined by a slash."""
    for name, value in metrics.items():
        if isinstance(value, dict):
            yield from scalars(value, f"{prefix}{name}/")
        elif isinstance(value, int | float):
            yield prefix + name, float(value)
