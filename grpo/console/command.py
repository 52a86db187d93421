"""What `grpo train` does once its flags are read, and `grpo.train` once its arguments are."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from envs.authoring.auditing.state import audit_state
from envs.core.errors import UsageError
from envs.core.extras import heavy_imports
from grpo.console.callbacks import CalledBack
from grpo.console.display import make_display
from grpo.console.interrupt import Interrupt
from grpo.console.quiet import Screen
from grpo.console.request import MakeEvaluator, TrainRequest
from grpo.policy.hub import same_model
from grpo.runs.checkpoint import check_checkpoint, list_checkpoints
from grpo.runs.hub.upload import check_push
from grpo.runs.loggers import Audience, TrackerLogger, check_loggers, open_loggers, withdraw
from grpo.runs.metrics import nothing_scored
from grpo.runs.rundir import FollowedRun, RunDir, fresh_name
from grpo.runs.state import check_unoccupied, occupied
from grpo.settings.config import TrainConfig, check_config
from grpo.settings.environments import codeless_setting
from grpo.settings.presets import describe_algorithm
from grpo.update.ranks import Ranks, check_ranks, joined_ranks

if TYPE_CHECKING:
    from grpo.engines.base import Engine
    from grpo.loop import Evaluate
    from grpo.policy.chat import ChatRenderer
    from grpo.runs.hub.background import BackgroundPusher
    from grpo.session import Outcome

INTERRUPTED = 130
_MAY_CHANGE_ON_RESUME = {
    "steps", "engine", "save_every", "keep", "save_optimizer", "eval_tasks", "eval_samples", "eval_temperature",
    "eval_every", "loggers", "project", "run_name", "rollouts", "verify_workers", "verify_deadline", "device", "shard",
    "micro_batch_tokens", "max_engine_gap", "rehearsal", "gpu_share", "kv_gib", "max_sequences", "engine_args",
    "sleep", "push_to", "push_every", "push_private", "push_state",
}  # fmt: skip


def resumed_config(run: RunDir, flags: dict[str, Any], force: bool) -> tuple[TrainConfig, list[str]]:
    """Returns the config of the run that lives there with the flags laid over it, and what makes it another run.

    Args:
        run: The run.
        flags: Settings given now.
        force: Take settings that would make it another run.

    Raises:
        UsageError: There is no run, or it has made more steps than are asked for, or a flag would make it another run
            and `force` is off; all of them are listed.
    """
    saved = run.config()
    if same_model(flags.get("model", ""), saved.model):  # which is there with the commit that the run began with
        flags = {**flags, "model": saved.model}
    wanted = check_config({**saved.model_dump(), **flags}, str(run.config_file))
    changed = [
        f"--{name.replace('_', '-')} {codeless_setting(flags.get(name, new))} (was {codeless_setting(old)})"
        for name in TrainConfig.model_fields
        if name not in _MAY_CHANGE_ON_RESUME
        and codeless_setting(new := getattr(wanted, name)) != codeless_setting(old := getattr(saved, name))
    ]
    if changed and not force:
        raise UsageError(
            f"these settings differ from the run's own and would break its exactness: {'; '.join(changed)}; leave them "
            "out, start a new run, or add --force"
        )
    if "steps" in flags and (done := _steps_saved(run, beyond=wanted.steps)):
        raise UsageError(f"{run.path} is at step {done} already: --steps {done + 1} or more goes on")
    return wanted, changed


def train_command(request: TrainRequest, make_evaluator: MakeEvaluator) -> int:
    """Trains, shows it, writes it down, and returns the exit code; one of several processes where torchrun says so.

    Raises:
        UsageError: The request cannot work; nothing has been written.
        RunError: The run broke off; its last checkpoint stands.
    """
    with joined_ranks() as ranks:
        run, outcome = trained(request, make_evaluator, ranks)
        if ranks.is_first and request.as_json:
            print(json.dumps(summary(run, outcome)), flush=True)
    return INTERRUPTED if outcome.result.interrupted else 0


def trained(request: TrainRequest, make_evaluator: MakeEvaluator, ranks: Ranks) -> tuple[RunDir, Outcome]:
    """Trains, shows it and writes it down: what the shell and Python have in common.

    Raises:
        UsageError: The request cannot work; nothing has been written.
        RunError: The run broke off; its last checkpoint stands.
    """
    place = ranks.from_first(
        request.run_dir if request.run_dir is not None else fresh_name(request.config.environments)
    )
    run = RunDir(place) if ranks.is_first else FollowedRun(place)
    config, changed = request.config, []
    if request.resume:
        if ranks.is_first:  # the others may be late: the first holds the run by then
            check_unoccupied(run.path)
        config, changed = resumed_config(run, request.given, request.force)
    else:
        run.check_free()
    config = check_ranks(config, ranks)
    screen = Screen(request.verbose, silent=request.silent or not ranks.is_first)
    screen.redirect()
    try:
        if changed:
            print(f"warning: no longer the same run: {'; '.join(changed)}", file=screen.err)
        outcome = _run(config, run, request, screen, make_evaluator, ranks)
    finally:
        screen.restore()
    if ranks.is_first and not request.silent:
        _conclude(request, run, outcome)
    return run, outcome


def _conclude(request: TrainRequest, run: RunDir, outcome: Outcome) -> None:
    if outcome.result.interrupted:
        how = request.go_on or f"grpo train --run-dir {run.path} --resume"
        steps = outcome.result.steps
        where = f"after step {steps} and saved" if steps else "before the first step"
        print(f"stopped {where}; go on with: {how}", file=sys.stderr)
    else:
        report(run, outcome, Console(stderr=True))


def _run(
    config: TrainConfig,
    run: RunDir,
    request: TrainRequest,
    screen: Screen,
    make_evaluator: MakeEvaluator,
    ranks: Ranks,
) -> Outcome:
    with heavy_imports():
        from grpo.runs.observer import stoppable
        from grpo.session import prepare, read_summary, run_training, settle

    resume = request.resume
    check_loggers(config.loggers)
    if resume and config.push_to and ranks.is_first:
        check_push(config.push_to)
    if resume and (outcome := _finished(run, config)):
        print(f"finished: {outcome.result.steps} of {config.steps} steps; --steps N goes on", file=screen.err)
        return outcome
    config = config if resume else settle(config, ranks)
    parts = prepare(config, run, resume, ranks)
    config = parts.config
    evaluates = ranks.is_first and config.eval_tasks  # a split that cannot be had is said before anything is written
    evaluate = make_evaluator(config, run, lambda *far: heard(*far)) if evaluates else None
    with contextlib.ExitStack() as stack:
        _take(run, config, resume, stack, ranks)
        print(f"run {run.path}: every setting is in {run.config_file.name}", file=screen.err)
        for environment in config.environments:
            print(environment.told(audit_state(environment.spec)), file=screen.err)
        for member in parts.members:
            if member.selection is not None:
                print(member.said.told(member.selection.said), file=screen.err)
        print(describe_algorithm(config), file=screen.err)
        if resume:
            done = parts.resume.step if parts.resume else 0
            run.forget_after(done)
        loggers = open_loggers(config, run, stack) if ranks.is_first else []
        for logger in loggers:
            print(logger.where, file=screen.err)
        if resume:
            print(f"going on after step {done} of {config.steps}", file=screen.err)
        ranks.gather(None)  # the folder is there for all
        screen.keep_log(run.log_file)
        told = CalledBack(request.callbacks if ranks.is_first else (), run, screen.shown)
        display = stack.enter_context(make_display(screen.err, config.steps)) if ranks.is_first else None
        push = _pusher(config, run, stack, lambda: interrupt.requested, lambda line: observer.warn(line), ranks)
        observer = Audience([display, *loggers, told, *push] if display is not None else [])
        notice = "stopping: a step under way is finished and saved; Ctrl-C again to stop now"
        interrupt = stack.enter_context(Interrupt(lambda: observer.warn(notice)))
        before = read_summary(run, "before")
        evaluate = _heard(evaluate, loggers, before)
        heard = stoppable(observer, lambda: interrupt.requested)
        outcome = run_training(
            config, run, parts, observer, lambda: interrupt.requested or told.stops, evaluate, before, ranks
        )
        told.end(outcome)
        for pusher in push:
            observer.phase(f"pushing to {config.push_to}")
            pusher.finish(outcome.result.interrupted)
        return outcome


def _pusher(
    config: TrainConfig,
    run: RunDir,
    stack: contextlib.ExitStack,
    should_stop: Callable[[], bool],
    warn: Callable[[str], None],
    ranks: Ranks,
) -> list[BackgroundPusher]:
    """Returns what pushes checkpoints to the hub, where the run does; it ends with the stack at the latest."""
    if not config.push_to or not ranks.is_first:
        return []
    from grpo.runs.hub.background import BackgroundPusher

    pusher = BackgroundPusher(config, run, should_stop, warn)
    stack.callback(pusher.close)
    return [pusher]


def _take(
    run: RunDir,
    config: TrainConfig,
    resume: bool,
    stack: contextlib.ExitStack,
    ranks: Ranks,
) -> None:
    """Makes the run's folder, or writes down that it goes on; held until the stack ends.

    Of two that begin at once one holds the folder: whoever does not touches nothing in it.
    """
    if not resume:
        run.make()
    if ranks.is_first:
        stack.enter_context(occupied(run.path, (lambda: None) if resume else run.check_free))
    if resume:
        run.outdate_eval()
        run.write_config(config)
        return
    if ranks.is_first:
        stack.enter_context(_begun_whole(run))
    run.begin(config)


def _finished(run: RunDir, config: TrainConfig) -> Outcome | None:
    """Returns what a run came to that has nothing left to do, its last evaluation included."""
    from grpo.loop import TrainResult
    from grpo.session import Outcome, read_summary

    steps = _steps_saved(run)
    before, after = read_summary(run, "before"), read_summary(run, "after")
    if not steps or steps < config.steps or (config.eval_tasks and after is None):
        return None
    seconds = run.metrics()[-1].get("elapsed_s", 0.0)
    return Outcome(TrainResult(steps, seconds, interrupted=False), before, after)


def _steps_saved(run: RunDir, beyond: int = 0) -> int:
    """Returns the step of the newest checkpoint, 0 where none is whole and beyond that step."""
    newest = list_checkpoints(run.checkpoints)[-1:]
    made = [(int(path.name.rpartition("-")[2]), path) for path in newest]
    return next((step for step, path in made if step > beyond and check_checkpoint(path) is None), 0)


@contextlib.contextmanager
def _begun_whole(run: RunDir) -> Iterator[None]:
    """Leaves nothing of a run that cannot begin as it was asked for: the same command begins it once that is mended.

    The folder is held by this process, and held no run before.
    """
    try:
        yield
    except UsageError:  # of a tracker, of an argument that only the engine could refuse
        if not any(place.exists() for place in (run.metrics_file, run.checkpoints, run.evals)):
            withdraw(run)
        raise


def _heard(evaluate: Evaluate | None, loggers: list[TrackerLogger], before: dict[str, Any] | None) -> Evaluate | None:
    """Returns what evaluates and tells the trackers; those that are new to the run hear what was found before."""
    for logger in loggers:
        if before is not None and logger.fresh:
            logger.held_out("before", before)
    if evaluate is None or not loggers:
        return evaluate

    def heard(engine: Engine, renderers: Sequence[ChatRenderer], label: str, split: str = "test") -> dict[str, Any]:
        summary = evaluate(engine, renderers, label, split)
        for logger in loggers:
            logger.held_out(label, summary)
        return summary

    return heard


def summary(run: RunDir, outcome: Outcome) -> dict[str, Any]:
    """Returns what `--json` prints: seconds are training wall-clock, set-up and evaluation apart."""
    return {
        "run_dir": str(run.path),
        "steps": outcome.result.steps,
        "seconds": round(outcome.result.seconds, 2),
        "interrupted": outcome.result.interrupted,
        "before": outcome.before,
        "after": outcome.after,
    }


def report(run: RunDir, outcome: Outcome, console: Console) -> None:
    """Prints held-out results side by side, and where everything is."""
    if outcome.before and outcome.after and outcome.after["intervals"]:
        table = Table(title="held-out, before and after", title_justify="left")
        for heading in ("", "before", "95% interval", "after", "95% interval"):
            table.add_column(heading, justify="right" if heading else "left")
        _add_rows(table, "", outcome.before, outcome.after)
        for label, after in outcome.after.get("by_env", {}).items():
            _add_rows(table, f"{label}: ", outcome.before["by_env"][label], after)
        console.print(table)
        sizes = [f"{one.get('tasks')} tasks x {one.get('samples')}" for one in (outcome.before, outcome.after)]
        if sizes[0] != sizes[1]:
            console.print(f"they are not of the same size: {sizes[0]} before, {sizes[1]} after", highlight=False)
    elif outcome.after and not outcome.after["intervals"]:
        console.print("held-out: no completion could be scored", highlight=False)
    if line := nothing_scored(run.metrics()):
        console.print(f"warning: {line}", style="yellow", highlight=False, soft_wrap=True)
    steps = outcome.result.steps
    console.print(f"{steps} step{'s' * (steps != 1)} in {outcome.result.seconds:.0f} s of training", highlight=False)
    console.print(f"everything is in {run.path}: checkpoints/last, metrics.jsonl, rollouts/, evals/", soft_wrap=True)


def _add_rows(table: Table, prefix: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    for name in after["intervals"]:
        table.add_row(prefix + name, *_cells(before, name), *_cells(after, name))


def _cells(held_out: dict[str, Any], name: str) -> tuple[str, str]:
    if name not in held_out["intervals"]:  # of an evaluation with fewer samples, before the run went on
        return "-", "-"
    low, high = held_out["intervals"][name]
    return f"{held_out[name]:.3f}", f"{low:.3f} to {high:.3f}"
