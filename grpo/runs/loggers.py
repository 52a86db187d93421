"""Whoever else watches a run: trackers of other people, and the audience that holds them all."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from envs.core.errors import UsageError
from grpo.runs.atomic import write_atomic
from grpo.runs.trackers.tracker import Opening, Tracker, TrackerRefused

if TYPE_CHECKING:
    from grpo.rollouts.rollout import Rollout
    from grpo.runs.observer import Observer
    from grpo.runs.rundir import RunDir
    from grpo.settings.config import TrainConfig

logger = logging.getLogger("grpo")


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


_FILE = "trackers.json"
_TABLES = 20  # of a run: each is a file at most trackers
_LONGEST_CELL = 2000
_LIBRARIES = {"tensorboard": "tensorboard", "wandb": "wandb", "trackio": "trackio", "mlflow": "mlflow"}
_TRACKERS = {
    "tensorboard": "TensorBoardTracker",
    "wandb": "WandbTracker",
    "trackio": "TrackioTracker",
    "mlflow": "MlflowTracker",
}
_ADVICE = {
    "wandb": "; `wandb login` logs in, and WANDB_MODE=offline asks for nobody",
    "mlflow": "; MLFLOW_TRACKING_URI says where runs are kept",
}


def check_loggers(names: Sequence[str]) -> None:
    """Refuses loggers whose library is not installed, before anything is written.

    Raises:
        UsageError: One of them is not.
    """
    for name in names:
        if importlib.util.find_spec(_LIBRARIES[name]) is None:
            raise UsageError(f"--logger {name} needs it: pip install {_LIBRARIES[name]}")


class TrackerLogger:
    """Sends a run to a tracker: its numbers, the evaluations before and after, now and then a group, its warnings.

    A tracker that fails on the way is told nothing more, which is warned of, and the run goes on.

    Args:
        name: What `--logger` calls it.
        tracker: The tracker.
        fresh: Whether it knows nothing of the run yet.
        config: The run's.
        step: The step that the run goes on after.
    """

    def __init__(self, name: str, tracker: Tracker, fresh: bool, config: TrainConfig, step: int):
        self.fresh = fresh
        self.where = f"{name}: {tracker.where}"
        self._name = name
        self._tracker: Tracker | None = tracker
        self._config = config
        self._step = step

    def phase(self, name: str) -> None:
        """Sends nothing."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Sends nothing."""

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Sends the step's numbers, and the first group of the first step, the last and twenty between them."""
        self._step = step = metrics["step"]
        every = max(1, self._config.steps // _TABLES)
        with self._told() as tracker:
            if tracker is None or step <= tracker.sent:
                return
            tracker.scalars(dict(scalars(metrics)), step)
            if rollouts and (step % every == 0 or step in (1, self._config.steps)):
                tracker.table([_row(rollout) for rollout in rollouts[: self._config.group_size]], step)

    def held_out(self, label: str, summary: Mapping[str, Any]) -> None:
        """Sends the evaluation before training, as of step 0, or after it; those between are in the steps' numbers."""
        if label not in ("before", "after"):
            return
        with self._told() as tracker:
            if tracker is not None:
                tracker.scalars(dict(scalars(summary, f"{label}/")), 0 if label == "before" else self._step)

    def warn(self, message: str) -> None:
        """Sends the warning beside the last step."""
        with self._told() as tracker:
            if tracker is not None:
                tracker.note(message, self._step)

    def close(self) -> None:
        """Waits until everything is written or sent."""
        with self._told() as tracker:
            if tracker is not None:
                tracker.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[Tracker | None]:
        """Yields the tracker, if it still works."""
        try:
            yield self._tracker
        except Exception as error:  # whatever another's library raises, days of training do not end on it
            self._tracker = None
            logger.warning("--logger %s is sent nothing more: %s", self._name, _first_line(error))


def open_loggers(config: TrainConfig, run: RunDir, stack: contextlib.ExitStack) -> list[TrackerLogger]:
    """Opens the loggers a config asks for, each known to be installed; the stack closes them.

    `trackers.json` in the run keeps what each calls it, so that a resumed run goes on there.

    Raises:
        TrackerRefused: One cannot be opened.
    """
    if not config.loggers:
        return []
    kept = _kept(run)
    opened, step = [], len(run.metrics())
    for name in config.loggers:
        opening = Opening(
            run.path, config.project, config.run_name or run.path.resolve().name, kept["id"], kept.get(name, ""),
            config.without_code(), step,
        )  # fmt: skip
        try:
            room = importlib.import_module(f"grpo.runs.trackers.{name}_tracker")
            tracker = getattr(room, _TRACKERS[name])(opening)
        except Exception as error:
            reason = f"{_first_line(error)}{_ADVICE.get(name, '')}"
            raise TrackerRefused(f"--logger {name} cannot be opened: {reason}") from error
        logged = TrackerLogger(name, tracker, not opening.known, config, step)
        stack.callback(logged.close)
        opened.append(logged)
        kept[name] = tracker.handle
        write_atomic(run.path / _FILE, lambda path: path.write_text(json.dumps(kept, indent=1), encoding="utf-8"))
    return opened


def withdraw(run: RunDir) -> None:
    """Removes what a run has written that never began, because it was refused."""
    for name in (_FILE, run.config_file.name, run.start_file.name, run.log_file.name, ".lock", "failed.txt"):
        (run.path / name).unlink(missing_ok=True)
    for name in _LIBRARIES:
        shutil.rmtree(run.path / name, ignore_errors=True)
    with contextlib.suppress(OSError):  # something else lies there
        run.path.rmdir()


def _kept(run: RunDir) -> dict[str, str]:
    """Returns what trackers called the run when it was opened there first, and its own identity."""
    with contextlib.suppress(OSError, ValueError):
        return json.loads((run.path / _FILE).read_text(encoding="utf-8"))
    of_old = {"wandb": run.path.name} if (run.path / "wandb").is_dir() else {}  # what this was before there was a file
    return {"id": uuid.uuid4().hex[:8], **of_old}


def _row(rollout: Rollout) -> dict[str, Any]:
    return {
        **({"env": rollout.env} if rollout.env else {}),
        "task_id": rollout.task_id,
        "prompt": rollout.prompt[:_LONGEST_CELL],
        "completion": rollout.completion[:_LONGEST_CELL],
        "score": rollout.reward.score,
        "advantage": float(rollout.advantage),
        "status": str(rollout.reward.status),
    }


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "").rstrip(".") or type(error).__name__


def scalars(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yields every number of a step's metrics, nested names joined by a slash."""
    for name, value in metrics.items():
        if isinstance(value, dict):
            yield from scalars(value, f"{prefix}{name}/")
        elif isinstance(value, int | float):
            yield prefix + name, float(value)
