"""`grpo eval`: evaluate policies, compare evaluations, guard against regressions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envs.core.errors import UsageError
from envs.tools.box import envs_with_tools
from evals.console import options as opt

if TYPE_CHECKING:
    from evals.console.command import EvalRequest, Evaluated
    from evals.reporting.report import Report

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, invoke_without_command=True)


@app.callback()
def evaluate_command(
    ctx: typer.Context,
    config: opt.Config = None,
    ckpt: opt.Policies = None,
    env: opt.Envs = None,
    env_arg: opt.EnvArgs = None,
    own: opt.Own = None,
    data: opt.Data = None,
    tools: opt.Tools = None,
    tool_format: opt.ToolFormat = None,
    split: opt.Split = None,
    tasks: opt.Tasks = None,
    n: opt.Samples = 8,
    k: opt.Ks = None,
    temperature: opt.Temperature = 1.0,
    top_p: opt.TopP = 1.0,
    top_k: opt.TopK = 0,
    max_tokens: opt.MaxTokens = None,
    max_prompt_tokens: opt.MaxPromptTokens = 0,
    system: opt.System = None,
    system_in_user: opt.SystemInUser = None,
    chat_arg: opt.ChatArgs = None,
    stop: opt.Stops = None,
    chat_template: opt.ChatTemplate = None,
    chat_date: opt.ChatDate = None,
    shots: opt.Shots = 0,
    base_shots: opt.BaseShots = 0,
    greedy: opt.Greedy = True,
    seed: opt.Seed = 0,
    engine: opt.Engine = "auto",
    dtype: opt.Dtype = "float32",
    device: opt.Device = "auto",
    per_minute: opt.PerMinute = 0,
    request_timeout: opt.RequestTimeout = 120.0,
    rollouts: opt.Rollouts = "exact",
    verify_workers: opt.Workers = 0,
    verify_deadline: opt.Deadline = 10.0,
    out: opt.Out = None,
    report: opt.Page = None,
    fresh: opt.Fresh = False,
    gold: opt.Gold = False,
    as_json: opt.AsJson = False,
    verbose: opt.Verbose = False,
) -> None:
    """Evaluate policies on held-out tasks, and compare evaluations."""
    if ctx.invoked_subcommand is not None:
        return
    from evals.console.benchmark import parse_ks, plan_benchmarks
    from evals.console.command import EvalRequest
    from evals.console.request import chat_settings
    from evals.evaluator import EvalSettings
    from evals.sampling.trained import environments_of
    from grpo.rollouts.schedule import checked_rollouts

    settings = EvalSettings(
        split=split or "test", tasks=tasks, samples=n, ks=parse_ks(k), temperature=temperature, top_p=top_p,
        top_k=top_k, shots=shots, greedy=greedy, seed=seed, max_prompt_tokens=max_prompt_tokens,
    )  # fmt: skip
    trained = [] if env else environments_of(ckpt or [])
    names = ",".join(env or ([] if trained else ["math"]))
    if tools or tool_format:
        if not names:
            raise UsageError("--tools goes around an environment: name it, as in --env math --tools calculator")
        names, asked = envs_with_tools(names, tools or "", tool_format or "")
        env_arg = [*asked, *(env_arg or [])]
    benchmarks = plan_benchmarks(
        names, settings, max_tokens, env_args=env_arg or [], own=own or [], data=data, trained=trained
    )
    chat = chat_settings(
        chat_arg, system=system, system_in_user=system_in_user, stops=stop, chat_template=chat_template,
        chat_date=chat_date,
    )  # fmt: skip
    request = EvalRequest(
        tuple(dict.fromkeys(ckpt or [])), benchmarks, base_shots, engine=engine, dtype=dtype, device=device,
        workers=verify_workers, deadline_s=verify_deadline, per_minute=per_minute, request_timeout=request_timeout,
        chat=chat, out=out, fresh=fresh, rollouts=checked_rollouts(rollouts),
    )  # fmt: skip
    if gold:
        raise typer.Exit(_run_gold(request, split is None, verbose, as_json))
    _run_evals(request, report, verbose, as_json)


def _run_gold(request: EvalRequest, whole: bool, verbose: bool, as_json: bool) -> int:
    from evals.console.command import check_gold
    from evals.console.screen import EvalScreen

    with EvalScreen(verbose, keeps=False) as screen:
        reports = check_gold(request, whole, screen.progress)
    return _print_gold(reports, as_json)


def _run_evals(request: EvalRequest, page: Path | None, verbose: bool, as_json: bool) -> None:
    from evals.console.command import evaluate
    from evals.console.screen import EvalScreen
    from evals.reporting.report import report_of
    from evals.reporting.report_cli import write_page

    if not request.policies:
        raise UsageError(
            "name a policy: --ckpt runs/x/checkpoints/last, --ckpt builtin:tiny, or see `grpo eval --help`"
        )
    with EvalScreen(verbose) as screen:
        done = evaluate(request, screen.say, screen.progress)
    report = report_of([(one.policy, one.result) for one in done])
    if page is not None:
        write_page(report, page)
    if as_json:
        print(json.dumps(_as_json(done, report)))
        return
    _print_evals(done)
    _print_comparisons(report)
    if page is not None:
        print(f"written to {page}")


@app.command(name="compare")
def compare_command(
    evals: Annotated[list[Path], typer.Argument(help="Eval folders, or folders of them: the baseline first.")],
    metric: opt.Metric = "pass@1",
    strict: opt.Strict = False,
    as_json: opt.AsJson = False,
) -> None:
    """Say whether evals differ, task by task: paired test, interval, verdict in words."""
    from dataclasses import asdict

    from evals.reporting.table import comparison_table, print_comparison, sheet
    from evals.results.comparison import compare_folders

    if len(evals) < 2:
        raise UsageError("name at least two evals: grpo eval compare BASELINE CANDIDATE")
    found = [(other, row) for other in evals[1:] for row in compare_folders(evals[0], other, metric, strict)]
    if as_json:
        rows = [{"candidate": str(other), **asdict(row), "sentence": row.sentence()} for other, row in found]
        print(json.dumps({"baseline": str(evals[0]), "comparisons": rows}))
        return
    console = sheet()
    console.print(comparison_table([(other.name, row) for other, row in found]))
    for other, row in found:
        print_comparison(console, row, f"{evals[0]} -> {other}: " if len(evals) > 2 else "")


@app.command(name="gate")
def gate_command(
    baseline: Annotated[Path, typer.Option(help="Eval folder, or folder of them, to hold the candidate against.")],
    candidate: Annotated[Path, typer.Option(help="Eval folder, or folder of them, that wants to pass.")],
    max_drop: Annotated[float, typer.Option(help="Largest drop that may pass; 0.01 is one point.")] = 0.01,
    metric: opt.Metric = "pass@1",
    strict: opt.Strict = False,
    as_json: opt.AsJson = False,
) -> None:
    """Leave with exit code 1 where a candidate has dropped below a baseline; for CI."""
    from evals.results.comparison import compare_folders, gate

    found = compare_folders(baseline, candidate, metric, strict)
    reasons = gate(found, max_drop)
    if as_json:
        print(json.dumps({"passed": not reasons, "reasons": reasons, "sentences": [row.sentence() for row in found]}))
    else:
        for row in found:
            print(row.sentence())
    for reason in reasons:
        print(f"gate: {reason}", file=sys.stderr)
    raise typer.Exit(1 if reasons else 0)


def _print_gold(reports: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print(json.dumps({name: report.to_json() for name, report in reports.items()}))
    else:
        for name, report in reports.items():
            print(f"{name}: {report.sentence()}")
            for failure in report.failures:
                print(f"  {failure['task_id']}: {failure['outcome'] or failure['status']} {failure['reason']}")
    return 0 if all(report.sound for report in reports.values()) else 1


def _as_json(done: list[Evaluated], report: Report) -> dict[str, Any]:
    """Returns the one eval that was asked for, or all of them with how they compare."""
    found = [{"policy": one.policy, "env": one.env, "out": str(one.folder), **one.result.brief()} for one in done]
    if len(found) == 1:
        return found[0]
    told = [{"first": a, "second": b, "sentence": row.sentence()} for a, b, row in report.comparisons]
    return {"evals": found, "comparisons": told}


def _print_evals(done: list[Evaluated]) -> None:
    from evals.reporting.table import breakdown_table, metric_table, sheet

    console = sheet()
    for name in dict.fromkeys(one.env for one in done):
        same = [one for one in done if one.env == name]
        summaries = [(one.policy, one.result.summary) for one in same]
        console.print(metric_table(summaries, title=f"{name}/{summaries[0][1]['settings']['split']}"))
        for by in ("family", "level"):
            if any(len(summary[f"by_{by}"]) > 1 for _, summary in summaries):
                console.print(breakdown_table(summaries, by))
        for one in same:
            seconds = one.result.summary["seconds"]
            start = f"model and engine {seconds['start']:.1f} s, " if seconds.get("start") else ""
            took = f"{start}sampling {seconds['generate']:.1f} s, verification {seconds['verify']:.1f} s"
            told = "read from" if one.cached else "written to"
            console.print(f"{took}; {told} {one.folder}", highlight=False, soft_wrap=True)


def _print_comparisons(report: Report) -> None:
    from evals.reporting.report import what_with_what
    from evals.reporting.table import print_comparison, sheet

    console = sheet()
    for first, second, row in report.comparisons:
        print_comparison(console, row, f"{what_with_what(first, second, row)}: ")
