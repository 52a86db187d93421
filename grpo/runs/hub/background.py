"""Checkpoints pushed while a run goes on: by `grpo push` in a process of its own, which training never waits for."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from grpo.runs.hub.export import put, written_files

if TYPE_CHECKING:
    from grpo.rollouts.rollout import Rollout
    from grpo.runs.rundir import RunDir
    from grpo.settings.config import TrainConfig

_LOOK_S = 0.2
_NICE = 10
_LONGEST = 400


class BackgroundPusher:
    """An observer that pushes every checkpoint that is due, one at a time, and the last one when the run is over.

    A checkpoint is linked aside when it is whole, so that it may leave the run meanwhile. Where a push takes longer
    than the next one is away, the newest of those that wait is pushed. A push that fails is warned of, and the next
    one carries what it did not.

    Args:
        config: The run's.
        run: The run; checkpoints that are there already are not pushed again.
        should_stop: Whether the person asked to stop.
        warn: Told of what went wrong.
    """

    def __init__(self, config: TrainConfig, run: RunDir, should_stop: Callable[[], bool], warn: Callable[[str], None]):
        self._config = config
        self._run = run
        self._should_stop = should_stop
        self._warn = warn
        self._aside = run.path / f".push-{os.getpid()}"
        self._child: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._pushing: Path | None = None
        self._waiting: Path | None = None
        self._seen = {path.name for path in self._whole()}

    def phase(self, name: str) -> None:
        """Pushes nothing."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Pushes nothing."""

    def warn(self, message: str) -> None:
        """Pushes nothing."""

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Sets aside what has become whole since the last step and is due, and begins to push it."""
        self._look()
        for path in self._whole():
            if path.name not in self._seen:
                self._seen.add(path.name)
                if self._config.pushes_after(_step(path)):
                    self._set_aside(path)
        self._begin()

    def finish(self, interrupted: bool) -> None:
        """Pushes the last checkpoint, unless the run was stopped: then what is under way is left, and said."""
        last = self._whole()[-1:]
        if not interrupted and last:
            self._wait()
            self._set_aside(last[0])  # with the evaluation after training on its card
            self._begin()
            self._wait()
        self.close()

    def close(self) -> None:
        """Ends what is under way, and leaves nothing."""
        if self._child is not None and self._pushing is not None:
            self._end()
            self._warn(f"the push of step {_step(self._pushing)} was left: {self._by_hand()} makes it")
        self._forget()
        shutil.rmtree(self._aside, ignore_errors=True)

    def _by_hand(self) -> str:
        return f"grpo push {self._run.path} {self._config.push_to}"

    def _whole(self) -> list[Path]:
        from grpo.runs.checkpoint import list_checkpoints

        return list_checkpoints(self._run.checkpoints)

    def _set_aside(self, path: Path) -> None:
        place = self._aside / path.name
        if self._waiting is not None:
            shutil.rmtree(self._waiting, ignore_errors=True)
            self._waiting = None
        if place == self._pushing:
            return
        try:
            for name in written_files(path):
                put(path / name, place / name, link=True)
        except (OSError, ValueError) as error:  # where a run keeps one, the next save removes it; or the disk is full
            shutil.rmtree(place, ignore_errors=True)
            reason = getattr(error, "strerror", None) or error
            self._warn(f"step {_step(path)} cannot be pushed ({reason}): a larger --keep may help")
            return
        self._waiting = place

    def _begin(self) -> None:
        if self._child is not None or self._waiting is None:
            return
        config, self._pushing, self._waiting = self._config, self._waiting, None
        command = [
            sys.executable, "-m", "cli", "push", str(self._run.path), config.push_to, "--checkpoint",
            str(self._pushing.resolve()), *(["--private"] if config.push_private else []),
            *(["--with-state"] if config.push_state else []),
        ]  # fmt: skip
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
            "OMP_NUM_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "",
        }
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - read when the process has ended
        try:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._said, env=environment,
                start_new_session=True,  # Ctrl-C in the terminal is the run's
            )  # fmt: skip
        except OSError as error:
            self._warn(f"step {_step(self._pushing)} was not pushed: {error.strerror or error}")
            self._forget()
            return
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._child.pid, _NICE)

    def _look(self) -> None:
        """Hears how a push has ended that is over."""
        if self._child is None or self._child.poll() is None or self._pushing is None:
            return
        if self._child.returncode:
            then = "the next one carries it" if self._config.push_every else f"{self._by_hand()} tries again"
            self._warn(f"step {_step(self._pushing)} was not pushed: {self._last_words()}; {then}")
        self._forget()

    def _last_words(self) -> str:
        assert self._said is not None and self._child is not None
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        told = lines[-1].removeprefix("grpo: ") if lines else f"the process ended with {self._child.returncode}"
        return "".join(letter for letter in told if letter.isprintable())[:_LONGEST]

    def _wait(self) -> None:
        while self._child is not None and not self._should_stop():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(_LOOK_S)
            self._look()

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def _forget(self) -> None:
        if self._pushing is not None:
            shutil.rmtree(self._pushing, ignore_errors=True)
        if self._said is not None:
            self._said.close()
        self._child = self._said = self._pushing = None


def _step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])
