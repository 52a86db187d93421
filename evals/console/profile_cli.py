"""`grpo profile`: how hard the training tasks are for a policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from envs.core.errors import UsageError
from evals.console import options as opt

if TYPE_CHECKING:
    from evals.console.profile import ProfileResult

_BAR = 40
_MOST_CELLS = 40

Policy = Annotated[
    str | None,
    typer.Option(
        "--model",
        "--ckpt",
        help="Model folder, hub name, builtin:tiny, checkpoint, run, LoRA adapter, or openai:http://HOST/v1#MODEL.",
    ),
]
Env = Annotated[list[str] | None, typer.Option(help="Environment, as in `grpo train`. \\[that of the run, or math]")]
Split = Annotated[str, typer.Option(help="Whose tasks; `grpo train --select` takes profiles of train.")]
Tasks = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="How many tasks of a finite split; of each family and level of an endless one. \\[all; 32]",
    ),
]
Out = Annotated[Path | None, typer.Option(help="Where to write. \\[profiles/ENV-MODEL-HASH]")]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(name="profile")
def profile_command(
    model: Policy = None,
    env: Env = None,
    env_arg: opt.EnvArgs = None,
    data: opt.Data = None,
    split: Split = "train",
    tasks: Tasks = None,
    n: opt.Samples = 8,
    temperature: opt.Temperature = 1.0,
    max_tokens: opt.MaxTokens = None,
    max_prompt_tokens: opt.MaxPromptTokens = 0,
    system: opt.System = None,
    system_in_user: opt.SystemInUser = None,
    chat_arg: opt.ChatArgs = None,
    stop: opt.Stops = None,
    chat_template: opt.ChatTemplate = None,
    chat_date: opt.ChatDate = None,
    shots: opt.Shots = 0,
    seed: opt.Seed = 0,
    engine: opt.Engine = "auto",
    dtype: opt.Dtype = "float32",
    device: opt.Device = "auto",
    per_minute: opt.PerMinute = 0,
    request_timeout: opt.RequestTimeout = 120.0,
    verify_workers: opt.Workers = 0,
    verify_deadline: opt.Deadline = 10.0,
    out: Out = None,
    fresh: opt.Fresh = False,
    as_json: opt.AsJson = False,
    verbose: opt.Verbose = False,
) -> None:
    """Sample the training tasks and write down how often each is solved.

    Of a source without end: how often each family and level is. `grpo train --select OUT/profile.parquet --pass-rate
    0.1:0.9` then trains on what can teach. Stopped or killed, the same command goes on from there; with a larger --n
    it adds samples to those it has.
    """
    from evals.console.benchmark import plan_benchmarks
    from evals.console.profile import ProfileRequest, check_request, only_one, profile
    from evals.console.request import chat_settings
    from evals.console.screen import EvalScreen
    from evals.evaluator import EvalSettings
    from evals.sampling.trained import environments_of

    if model is None:
        raise UsageError("name a policy: --model builtin:tiny, --model ./folder, or see `grpo profile --help`")
    settings = EvalSettings(
        split=split, samples=n, temperature=temperature, shots=shots, greedy=False, seed=seed,
        max_prompt_tokens=max_prompt_tokens,
    )  # fmt: skip
    trained = [] if env else environments_of([model])
    names = ",".join(env or ([] if trained else ["math"]))
    found = plan_benchmarks(names, settings, max_tokens, env_args=env_arg or [], data=data, trained=trained)
    chat = chat_settings(
        chat_arg, system=system, system_in_user=system_in_user, stops=stop, chat_template=chat_template,
        chat_date=chat_date,
    )  # fmt: skip
    request = ProfileRequest(
        model, only_one(found), tasks, engine=engine, dtype=dtype, device=device, workers=verify_workers,
        deadline_s=verify_deadline, per_minute=per_minute, request_timeout=request_timeout, chat=chat, out=out,
        fresh=fresh,
    )  # fmt: skip
    check_request(request)
    with EvalScreen(verbose) as screen:
        made = profile(request, screen.say, screen.progress)
    if as_json:
        print(json.dumps({"out": str(made.folder), "profile": str(made.file), **made.facts}))
        return
    _print(made, request.benchmark.spec.name)


def _print(made: ProfileResult, env: str) -> None:
    from rich.table import Table

    from evals.reporting.table import sheet
    from evals.results.profile import cells_of

    console, summary = sheet(), made.facts["summary"]
    by_task = made.facts["by"] == "task"
    what = "tasks" if by_task else "families and levels"
    most = max(summary["histogram"].values())
    table = Table(title=f"{env}: {what} by pass rate", title_justify="left")
    for heading in ("pass rate", what, ""):
        table.add_column(heading, justify="right" if heading else "left")
    for label, count in summary["histogram"].items():
        bar = "█" * max(round(_BAR * count / most), int(count > 0))
        table.add_row(label, str(count), bar)
    console.print(table)
    cells = cells_of(made.rows)
    if 1 < len(cells) <= _MOST_CELLS:
        table = Table(title="by family and level", title_justify="left")
        for heading in ("family", "level", "tasks", "pass rate"):
            table.add_column(heading, justify="left" if heading == "family" else "right")
        for cell, count, rate in cells:
            level = "" if cell.level is None else str(cell.level)
            table.add_row(cell.family, level, str(count), f"{rate:.2f}")
        console.print(table)
    told = (
        f"{summary['rows']} {what} x {made.facts['settings']['samples']}: pass rate {summary['pass_rate']:.2f} on "
        f"average; {summary['never_solved']} never solved, {summary['always_solved']} always, {summary['between']} "
        "between"
    )
    console.print(told, highlight=False, soft_wrap=True)
    if lost := made.facts["tasks_left_out"]:
        console.print(f"{lost} tasks are left out: their prompts are too long", highlight=False, soft_wrap=True)
    if not summary["between"]:
        console.print(f"written to {made.folder}; nothing lies between: take easier or harder tasks, or another policy")
        return
    console.print(
        f"written to {made.folder}; train the same policy on what can teach:", highlight=False, soft_wrap=True
    )
    console.print(f"grpo train {made.train_flags}", highlight=False, markup=False, soft_wrap=True)
