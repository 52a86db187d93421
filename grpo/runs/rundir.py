"""The run directory: where everything a run leaves behind has its place.

config.toml  started.txt  metrics.jsonl  rollouts/step-000012.parquet  checkpoints/step-000100/  evals/  log.txt
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from envs.core.errors import RunError, UsageError
from grpo.rollouts.rollout import Rollout
from grpo.runs.atomic import write_atomic
from grpo.settings.config import TrainConfig, check_config, to_toml
from grpo.settings.environments import Environment


def fresh_name(environments: Sequence[Environment], root: Path = Path("runs")) -> Path:
    """Returns a run directory that is not taken: `runs/math-20260131-142530`, `runs/math+code-...` of two."""
    names = "+".join(dict.fromkeys(Path(environment.spec.name).stem for environment in environments))
    base = f"{names}-{datetime.now():%Y%m%d-%H%M%S}"
    candidate, suffix = root / base, 2
    while candidate.exists():
        candidate, suffix = root / f"{base}-{suffix}", suffix + 1
    return candidate


class RunDir:
    """One run's folder.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path):
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.rollouts = path / "rollouts"
        self.evals = path / "evals"
        self.config_file = path / "config.toml"
        self.metrics_file = path / "metrics.jsonl"
        self.log_file = path / "log.txt"
        self.start_file = path / "started.txt"

    @property
    def started(self) -> bool:
        """Whether a run lives here."""
        return self.config_file.exists()

    def first_start(self) -> datetime:
        """Returns when the run was begun, in this machine's time, however often it went on since.

        Of a run that does not say, made before runs did, the oldest of its files tells.
        """
        with contextlib.suppress(OSError, ValueError):
            return datetime.fromisoformat(self.start_file.read_text(encoding="utf-8").strip()).astimezone()
        files = [file for file in (self.config_file, *self.rollouts.glob("step-*.parquet")) if file.exists()]
        return datetime.fromtimestamp(min(file.stat().st_mtime for file in files)).astimezone()

    def check_free(self) -> None:
        """Refuses a place where a new run cannot be.

        Raises:
            UsageError: A run lives here already, or this is a file.
        """
        if self.started:
            raise UsageError(
                f"{self.path} already holds a run: go on with it by --resume (resume=True), or give another --run-dir"
            )
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"{self.path} is a file: give another --run-dir")

    def make(self) -> None:
        """Makes the folder.

        Raises:
            UsageError: The place is taken, or cannot be written.
        """
        self.check_free()
        with self._written():
            self.path.mkdir(parents=True, exist_ok=True)

    def begin(self, config: TrainConfig) -> None:
        """Makes the folder, if need be, and writes the config.

        Raises:
            UsageError: The place is taken, or cannot be written.
        """
        self.make()
        with self._written():
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            write_atomic(self.start_file, lambda path: path.write_text(f"{now}\n", encoding="utf-8"))
            self.write_config(config)

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RunError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"the run directory {self.path} cannot be written: {reason}") from error

    def write_config(self, config: TrainConfig) -> None:
        """Writes the config, whole or not at all; a resumed run's may ask for more steps than before.

        Raises:
            RunError: The disk refuses.
        """
        if self.profiles(config) != self._kept(config):
            for ours, theirs in zip(self._kept(config), config.select, strict=True):
                write_atomic(ours, lambda path, theirs=theirs: shutil.copyfile(_profile(theirs), path))
        write_atomic(self.config_file, lambda path: path.write_text(to_toml(config), encoding="utf-8"))

    def profiles(self, config: TrainConfig) -> list[Path]:
        """Returns the profiles that select a run's tasks: once it is begun its own copies, which nobody changes."""
        if self.started and self.config().select == config.select:
            return self._kept(config)
        return [_profile(path) for path in config.select]

    def _kept(self, config: TrainConfig) -> list[Path]:
        return [self.path / f"profile-{number}.parquet" for number in range(1, len(config.select) + 1)]

    def config(self) -> TrainConfig:
        """Reads the config of the run that lives here.

        Raises:
            UsageError: There is no run here, or its config cannot be read.
        """
        if not self.started:
            raise UsageError(f"there is no run in {self.path} to resume: leave out --resume to start one")
        import tomllib

        try:
            values = tomllib.loads(self.config_file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{self.config_file} cannot be read: {error}") from error
        if not values:
            raise UsageError(f"{self.config_file} is empty: the settings of this run are lost; give another --run-dir")
        return check_config(values, str(self.config_file))

    def outdate_eval(self) -> None:
        """Gives the evaluation that ended the run its last step's name, because the run goes on."""
        after, lines = self.evals / "after", self.metrics()
        if after.is_dir() and lines:
            place = self.evals / f"after-step-{lines[-1]['step']:06d}"
            shutil.rmtree(place, ignore_errors=True)  # of the same step, which was made again
            after.rename(place)

    def forget_after(self, step: int) -> None:
        """Drops the metrics of steps a killed run made after its last checkpoint; they will be made again."""
        if not self.metrics_file.exists():
            return
        self._write_metrics([line for line in self.metrics() if line["step"] <= step])
        for file in self.rollouts.glob("step-*.parquet"):
            if int(file.stem.removeprefix("step-")) > step:
                file.unlink()

    def replace_last_metrics(self, metrics: dict[str, Any]) -> None:
        """Writes the last line of `metrics.jsonl` anew.

        Raises:
            RunError: The disk refuses.
        """
        self._write_metrics([*self.metrics()[:-1], metrics])

    def _write_metrics(self, lines: list[dict[str, Any]]) -> None:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        write_atomic(self.metrics_file, lambda path: path.write_text(text, encoding="utf-8"))

    def metrics(self) -> list[dict[str, Any]]:
        """Returns the lines of `metrics.jsonl`, oldest first, but for one that a kill cut short; none before a step."""
        if not self.metrics_file.exists():
            return []
        lines = []
        for text in self.metrics_file.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):
                lines.append(json.loads(text))
        return [line for line in lines if isinstance(line, dict) and isinstance(line.get("step"), int)]

    def append_metrics(self, metrics: dict[str, Any]) -> None:
        """Adds one line to `metrics.jsonl`.

        Raises:
            RunError: The disk refuses.
        """
        try:
            with self.metrics_file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(metrics) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RunError(f"cannot write {self.metrics_file}: {error.strerror}") from error

    def write_rollouts(self, step: int, rollouts: list[Rollout]) -> None:
        """Writes the rollouts of a step as parquet, one row each, groups one after another.

        Raises:
            RunError: The disk refuses.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.rollouts / f"step-{step:06d}.parquet"
        table = pa.Table.from_pylist([_record(step, rollout) for rollout in rollouts])
        write_atomic(path, lambda temporary: pq.write_table(table, temporary))


class FollowedRun(RunDir):
    """A run that another process writes down: it can be read."""

    def make(self) -> None:
        """Leaves it to the first rank."""

    def begin(self, config: TrainConfig) -> None:
        """Leaves it to the first rank."""

    def write_config(self, config: TrainConfig) -> None:
        """Leaves it to the first rank."""

    def outdate_eval(self) -> None:
        """Leaves it to the first rank."""

    def forget_after(self, step: int) -> None:
        """Leaves it to the first rank."""

    def append_metrics(self, metrics: dict[str, Any]) -> None:
        """Leaves it to the first rank."""

    def replace_last_metrics(self, metrics: dict[str, Any]) -> None:
        """Leaves it to the first rank."""

    def write_rollouts(self, step: int, rollouts: list[Rollout]) -> None:
        """Leaves it to the first rank."""


def _profile(path: str) -> Path:
    return Path(path) / "profile.parquet" if Path(path).is_dir() else Path(path)


def _record(step: int, rollout: Rollout) -> dict[str, Any]:
    reward = rollout.reward
    return {
        "step": step,
        **({"env": rollout.env} if rollout.env else {}),
        "task_id": rollout.task_id,
        "sample": rollout.sample,
        "prompt": _printable(rollout.prompt),
        "completion": _printable(rollout.completion),
        "turns": [_printable(text) for text in _alternating(rollout)],
        "score": float(reward.score),
        "advantage": rollout.advantage,
        "status": str(reward.status),
        "outcome": reward.outcome,
        "answer": None if reward.answer is None else _printable(reward.answer),
        "reason": _printable(reward.reason),
        "parts": json.dumps({**reward.parts, **rollout.penalties}),
        "meta": json.dumps(rollout.meta),
        "prompt_tokens": len(rollout.prompt_ids),
        "completion_tokens": len(rollout.completion_ids),
        "finish_reason": str(rollout.finish_reason),
        "completion_ids": rollout.completion_ids,
        "logprobs": rollout.logprobs,
        "mask": rollout.mask,
    }


def _alternating(rollout: Rollout) -> list[str]:
    """Returns what was said after the prompt: the policy, the environment, the policy, and so on."""
    said = zip_longest(rollout.turns, rollout.observations)
    return [text for pair in said for text in pair if text is not None]


def _printable(text: str) -> str:
    """Returns text that UTF-8 can hold: lone surrogates become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
