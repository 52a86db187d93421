"""A training run from Python: `grpo.train` starts one, `grpo.Run` is what is left of it, on disk."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from envs.core.errors import UsageError, told_alone
from envs.core.extras import heavy_imports
from evals.results.frames import load_rollouts, load_run, load_summaries
from grpo.console.callbacks import Callback
from grpo.console.names import check_names
from grpo.console.python import START, Envs, check_call, saved_model, settings_of
from grpo.console.request import TrainRequest
from grpo.runs.rundir import RunDir, fresh_name
from grpo.settings.config import PYTHON, TrainConfig, load_config
from grpo.settings.environments import WEIGHTS, beside_tables
from grpo.settings.file import run_dir_in
from grpo.settings.keywords import Settings

if TYPE_CHECKING:
    import pandas as pd

    from grpo.policy.model import Policy

_OWN_EVAL = re.compile(r"before|after|(?:dev|after-step)-\d+")


@told_alone()
def train(
    model: Any = None,
    env: Envs | None = None,
    *,
    weights: Sequence[float] | None = None,
    tokenizer: Any = None,
    run_dir: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | None = None,
    resume: bool = False,
    force: bool = False,
    callbacks: Sequence[Callback] = (),
    verbose: bool = False,
    quiet: bool = False,
    **settings: Unpack[Settings],
) -> Run:
    """Trains a policy with GRPO in an environment; what `grpo train` does in the shell, through the same code.

    Interrupting it, by Ctrl-C or a notebook's stop button, finishes the step, saves and returns; a second time raises
    KeyboardInterrupt at once. Streams, signal handlers and the engine's memory are given back in any case.

    Args:
        model: `builtin:tiny`, a model's folder, a hub name; or a model of transformers, which is saved into the run
            once and itself left as it is. `builtin:tiny` if left out.
        env: A name from `grpo env list`, the path of a .py file, what `grpo.dataset` returns, an environment, or a
            class or function of your own that makes one when called with `split="train"`. A list of these trains on
            all of them; one may be a pair with its weight, or a table as in a config file. `math` if left out.
        weights: How often groups of each environment of a list are drawn; all alike if left out.
        tokenizer: The tokenizer of a model that is given as an object.
        run_dir: Where the run is written; `runs/ENV-TIME` if left out.
        config: A TOML file with settings; what is given here wins.
        resume: Go on with the run in `run_dir`.
        force: Resume even with settings, or a reward, that make it another run.
        callbacks: Whom to tell of steps, checkpoints and the end.
        verbose: Let the libraries print.
        quiet: Show nothing.
        **settings: Those of `TrainConfig`, such as `steps=200`.

    Returns:
        The run. `run.finished` says whether it made all its steps.

    Raises:
        UsageError: A setting is unknown or wrong, or something does not fit; nothing has been written.
        RunError: The run broke off; its last checkpoint stands.
    """
    check_call(model, env, callbacks)
    run_dir = run_dir or run_dir_in(None if config is None else Path(config))
    if resume and run_dir is None:
        raise UsageError("resume=True needs to know the run: add run_dir=..., or call run.resume()")
    given: dict[str, Any] = {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in settings.items()
    }
    if env is not None:
        given = settings_of(env, given)
    if weights is not None:
        given[WEIGHTS] = list(weights)
    named = model is None or isinstance(model, str | os.PathLike)
    if model is not None and named:
        given["model"] = os.fspath(model)
    file = None if config is None else Path(config)
    if resume and run_dir is not None:
        checked = load_config(file, beside_tables(given), PYTHON, RunDir(Path(run_dir)).config().model_dump())
    else:
        checked = load_config(file, given, PYTHON)
    place = Path(run_dir) if run_dir is not None else fresh_name(checked.environments)
    check_names(checked, place, resume, silent=quiet)
    with contextlib.ExitStack() as stack:
        if not named and not resume:
            RunDir(place).check_free()
            stack.callback(_forget_start, place)
            given["model"] = saved_model(model, tokenizer, place)
            checked = load_config(file, given, PYTHON)
        go_on = f"grpo.Run({str(place)!r}).resume()"
        request = TrainRequest(
            checked, given, place, resume, force, as_json=False, verbose=verbose, silent=quiet,
            callbacks=tuple(callbacks), go_on=go_on,
        )  # fmt: skip
        _train(request)
    return Run(place)


def _train(request: TrainRequest) -> None:
    with heavy_imports():
        from evals.training import make_evaluator
        from grpo.console.command import trained
        from grpo.update.ranks import joined_ranks

    with joined_ranks() as ranks:
        trained(request, make_evaluator, ranks)


def _forget_start(place: Path) -> None:
    """Removes the copy of a model whose run never began."""
    if not RunDir(place).started:
        shutil.rmtree(place / START, ignore_errors=True)
        with contextlib.suppress(OSError):  # something else lies there
            place.rmdir()


class Run(os.PathLike[str]):
    """A run's folder, and what is in it; a path wherever one is asked for, as in `evals.load_run(run)`.

    Args:
        path: The folder.

    Attributes:
        path: The folder.

    Raises:
        UsageError: No run lives there.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        if not RunDir(self.path).started:
            raise UsageError(f"{self.path} holds no run: it has no config.toml")

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def config(self) -> TrainConfig:
        """The settings of the run, all of them."""
        return RunDir(self.path).config()

    @property
    def finished(self) -> bool:
        """Whether all steps were made; False of a run that was interrupted or broke off."""
        lines = RunDir(self.path).metrics()
        return bool(lines) and lines[-1]["step"] >= self.config.steps

    @property
    def metrics(self) -> pd.DataFrame:
        """One row for each step: reward, pass rate, lengths, loss, times, warnings."""
        return load_run(self.path)

    @property
    def rollouts(self) -> pd.DataFrame:
        """One row for each completion that was trained on, with its reward, parts and advantage."""
        return load_rollouts(self.path)

    @property
    def held_out(self) -> pd.DataFrame:
        """One row for each evaluation that the run made itself: `before`, `after`, and `dev-000050` while it trained.

        Of a run over several environments one for each of them, such as `before/math`; `before/average.json` in
        `evals` is their average.

        Raises:
            UsageError: There is none: the run was made with eval_tasks=0.
        """
        import pandas as pd

        evals = RunDir(self.path).evals
        made = [folder for folder in evals.glob("*") if _OWN_EVAL.fullmatch(folder.name)]
        if not made:
            raise UsageError(f"{self.path} holds no evaluation: it was made with eval_tasks=0")
        order = {"before": 0, "after": 2}
        made.sort(key=lambda folder: (order.get(folder.name, 1), folder.name))
        frame = pd.concat([load_summaries(folder) for folder in made])
        return frame.set_axis([Path(place).relative_to(evals).as_posix() for place in frame["eval"]])

    @cached_property
    def policy(self) -> Policy:
        """The newest checkpoint, loaded: `run.policy.model` and `run.policy.tokenizer`, of transformers."""
        from grpo.policy.model import load_policy
        from grpo.runs.checkpoint import resolve_checkpoint

        return load_policy(resolve_checkpoint(str(self.path)), form=self.config.chat_form)

    def resume(
        self,
        *,
        force: bool = False,
        callbacks: Sequence[Callback] = (),
        verbose: bool = False,
        quiet: bool = False,
        **settings: Unpack[Settings],
    ) -> Run:
        """Goes on from the newest checkpoint, with the reward that lies in the run, and returns the run.

        Args:
            force: Take settings that make it another run.
            callbacks: Whom to tell of steps, checkpoints and the end.
            verbose: Let the libraries print.
            quiet: Show nothing.
            **settings: What may change, such as `steps=400`.

        Raises:
            UsageError: A setting would make it another run, and `force` is off.
            RunError: The run broke off; its last checkpoint stands.
        """
        return train(
            run_dir=self.path, resume=True, force=force, callbacks=callbacks, verbose=verbose, quiet=quiet, **settings
        )

    def report(self, page: str | os.PathLike[str] | None = None) -> Path:
        """Writes one self-contained HTML page on the run and returns where it is: `report.html` in the run, or `page`.

        Raises:
            RunError: The disk refuses.
        """
        from evals.reporting.report import collect
        from evals.reporting.report_cli import write_page

        return write_page(collect([self.path]), self.path / "report.html" if page is None else Path(page))

    def export(
        self, out: str | os.PathLike[str], *, checkpoint: str | int = "last", merge: bool = False, dtype: str = ""
    ) -> Path:
        """Writes a checkpoint as a plain model folder, with its tokenizer and a card, and returns where it is.

        Args:
            out: A folder that is not there yet.
            checkpoint: `last`, `best`, or a step.
            merge: Add a LoRA adapter to its base.
            dtype: Of the weights; as they are if empty.

        Raises:
            UsageError: The place is taken, or there is no such checkpoint.
            RunError: The disk refuses; nothing is left.
        """
        from evals.reporting.publish import export_run

        export_run(self.path, Path(out), checkpoint=str(checkpoint), merge=merge, dtype=dtype)
        return Path(out)

    def push(
        self,
        repo: str,
        *,
        checkpoint: str | int = "last",
        revision: str = "",
        private: bool = False,
        merge: bool = False,
        dtype: str = "",
        with_state: bool = False,
    ) -> str:
        """Pushes a checkpoint to the Hugging Face hub, with its tokenizer and a card; returns `OWNER/NAME@COMMIT`.

        Args:
            repo: `OWNER/NAME`; it is made where it is not there.
            checkpoint: `last`, `best`, or a step.
            revision: A branch; the main one if empty.
            private: Make the repository for its owner alone.
            merge: Add a LoRA adapter to its base.
            dtype: Of the weights; as they are if empty.
            with_state: Push the trainer's state too.

        Raises:
            UsageError: The hub does not take it; nothing has been pushed.
            RunError: The checkpoint cannot be read.
        """
        from evals.reporting.publish import push_run

        done = push_run(
            self.path, repo, checkpoint=str(checkpoint), revision=revision, private=private, merge=merge, dtype=dtype,
            with_state=with_state,
        )  # fmt: skip
        return done.name
