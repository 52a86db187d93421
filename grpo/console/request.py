"""What the command line, or a call from Python, asks of a training run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grpo.settings.config import TrainConfig

if TYPE_CHECKING:
    from grpo.console.callbacks import Callback
    from grpo.loop import Evaluate
    from grpo.runs.rundir import RunDir

OnProgress = Callable[[str, int, int], None]
MakeEvaluator = Callable[[TrainConfig, "RunDir", OnProgress], "Evaluate"]
"""Builds what evaluates held-out tasks for a run: its config, where to write, whom to tell how far it is."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """One call of `grpo train`, or of `grpo.train`.

    Attributes:
        config: Recipe, file and flags merged.
        given: What file-less flags alone said, for telling what a resumed run may not change.
        run_dir: Where to write, or None for a fresh name.
        resume: Go on with the run that is there.
        force: Resume even with settings that make it another run.
        as_json: End with one JSON object on stdout.
        verbose: Let the libraries print.
        silent: Show nothing of the run.
        callbacks: Whom to tell of steps, checkpoints and the end.
        go_on: What to type to go on with a run that was stopped, its folder left open; the shell's command if empty.
    """

    config: TrainConfig
    given: dict[str, Any]
    run_dir: Path | None
    resume: bool
    force: bool
    as_json: bool
    verbose: bool
    silent: bool = False
    callbacks: tuple[Callback, ...] = ()
    go_on: str = ""
