"""A run's checkpoint leaves it, with its card: as a folder, or to the Hugging Face hub."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from envs.core.errors import UsageError
from envs.core.extras import heavy_imports
from grpo.runs.hub.upload import Pushed, check_push, checked_branch, checked_repo, push_folder
from grpo.runs.rundir import RunDir

_STAGE = ".push-"
Say = Callable[[str], None]


def export_run(
    run: Path, out: Path, *, checkpoint: str = "last", merge: bool = False, dtype: str = "", say: Say = print
) -> int:
    """Writes a checkpoint as a plain model folder, with its card, and returns its step.

    Args:
        run: A run's folder.
        out: A folder that is not there, or empty.
        checkpoint: `last`, `best`, a step, or a checkpoint's folder.
        merge: Whether an adapter is added to its base.
        dtype: Of the weights; as they are if empty.
        say: Told what is to be known.

    Raises:
        UsageError: Something of it is not there, or the place is taken; nothing has been written.
        RunError: The disk refuses; nothing is left.
    """
    _check_run(run)
    with heavy_imports():
        from evals.reporting.card import card
        from grpo.runs.hub.export import Form, check_form, check_out, export, find_source

    check_out(out)
    source, form = find_source(run, checkpoint), Form(merge, dtype)
    check_form(source, form)
    if merge and not source.is_adapter:
        say("there is nothing to merge: this run trained the weights themselves")
    export(source, out, form, card(source, form))
    return source.step


def push_run(
    run: Path,
    repo: str,
    *,
    checkpoint: str = "last",
    revision: str = "",
    private: bool = False,
    merge: bool = False,
    dtype: str = "",
    with_state: bool = False,
    say: Say = print,
) -> Pushed:
    """Pushes a checkpoint with its card to the hub, in one commit.

    Args:
        run: A run's folder; the run may be going on.
        repo: `OWNER/NAME`.
        checkpoint: `last`, `best`, a step, or a checkpoint's folder.
        revision: A branch, made where it is not there; the main one if empty.
        private: Whether the repository is for its owner alone.
        merge: Whether an adapter is added to its base.
        dtype: Of the weights; as they are if empty.
        with_state: Whether the trainer's state is pushed too.
        say: Told what is going on.

    Raises:
        UsageError: Something of it is not there, or the hub does not take it; the repository is as it was.
        RunError: The checkpoint cannot be read.
    """
    name = checked_repo(repo)
    branch = checked_branch(name, revision)
    _check_run(run)
    check_push(name)
    with heavy_imports():
        from evals.reporting.card import card
        from grpo.runs.hub.export import Form, check_form, find_source, stage

    source, form = find_source(run, checkpoint), Form(merge, dtype, with_state)
    check_form(source, form)
    if merge and not source.is_adapter:
        say("there is nothing to merge: this run trained the weights themselves")
    with _staged(run) as folder:
        stage(source, folder, form, card(source, form, name))
        message = f"Step {source.step} of a run with grpo-gym"
        return push_folder(folder, name, private=private, branch=branch, message=message, say=say)


def _check_run(run: Path) -> None:
    if not RunDir(run).started:
        raise UsageError(f"{run} holds no run: it has no config.toml; `grpo runs list` lists the runs")


@contextlib.contextmanager
def _staged(run: Path) -> Iterator[Path]:
    """Yields an empty folder, on the run's disk where that can be written to: links take no room there."""
    _sweep(run)
    folder = run / f"{_STAGE}{os.getpid()}"
    try:
        folder.mkdir()
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="grpo-push-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(run: Path) -> None:
    """Removes what pushes left that were killed: their links keep a checkpoint on the disk."""
    for folder in run.glob(f"{_STAGE}*"):
        pid = folder.name.removeprefix(_STAGE)
        if pid.isdigit() and not Path("/proc", pid).exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)
