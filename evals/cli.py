"""`grpo eval`: evaluate a policy, compare evaluations, guard against regressions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envs.errors import UsageError

if TYPE_CHECKING:
    from envs.registry import EnvSpec
    from evals.command import Evaluated

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, invoke_without_command=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Metric = Annotated[str, typer.Option(help="What to compare: pass@1, greedy, mean_reward, pass@K or maj@K.")]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse evals whose policy was trained on the test tasks.")]


@app.callback()
def evaluate_command(
    ctx: typer.Context,
    ckpt: Annotated[
        str | None,
        typer.Option(
            "--ckpt",
            "--model",
            help="Checkpoint, run, model folder, LoRA adapter, hub name, builtin:tiny, or openai:http://HOST/v1#MODEL.",
        ),
    ] = None,
    env: Annotated[str, typer.Option(help="Environments, separated by commas, such as math,format.")] = "math",
    env_arg: Annotated[
        list[str] | None, typer.Option(help="Argument of the environments: levels=1,2. Repeat it.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A benchmark's data file or folder, or the folder of such folders.")
    ] = None,
    split: Annotated[str, typer.Option(help="test, or dev for tuning, so that test stays held out.")] = "test",
    tasks: Annotated[
        int | None,
        typer.Option(
            "--tasks", "--limit", help="How many tasks; all of a finite split if left out, 200 of an endless one."
        ),
    ] = None,
    n: Annotated[int, typer.Option("--n", help="Samples of each task.")] = 8,
    k: Annotated[
        str | None, typer.Option("--k", help="The k of pass@k, such as 1,4,8; powers of 4 up to n if left out.")
    ] = None,
    temperature: Annotated[float, typer.Option(help="Sampling temperature; training's own does not matter.")] = 1.0,
    top_p: Annotated[float, typer.Option(help="Nucleus mass; 1 keeps the whole distribution.")] = 1.0,
    top_k: Annotated[int, typer.Option(help="Most likely tokens kept; 0 keeps all.")] = 0,
    max_tokens: Annotated[int | None, typer.Option(help="Longest completion; as in training if left out.")] = None,
    shots: Annotated[int, typer.Option(help="Solved training tasks shown before every prompt.")] = 0,
    greedy: Annotated[bool, typer.Option(help="Make one greedy completion beside the samples.")] = True,
    seed: Annotated[int, typer.Option(help="Decides tasks and samples.")] = 0,
    engine: Annotated[str, typer.Option(help="auto, vllm or transformers.")] = "auto",
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    verify_workers: Annotated[int, typer.Option(help="Verifier processes.")] = 1,
    verify_deadline: Annotated[float, typer.Option(help="Seconds one completion may take to verify.")] = 10.0,
    out: Annotated[Path | None, typer.Option(help="Where to write. [evals/ of the run, or runs/evals/]")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Sample anew what is cached.")] = False,
    gold: Annotated[bool, typer.Option("--gold", help="Check the reference solutions instead of a policy.")] = False,
    as_json: AsJson = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what the libraries print.")] = False,
) -> None:
    """Evaluate a policy on held-out tasks, and compare evaluations."""
    if ctx.invoked_subcommand is not None:
        return
    from evals.command import EvalRequest, check_gold, evaluate
    from evals.evaluate import EvalSettings
    from evals.screen import EvalScreen

    specs = _specs(env, env_arg, data)
    settings = EvalSettings(
        split=split, tasks=tasks, samples=n, ks=_ks(k), temperature=temperature, top_p=top_p, top_k=top_k, shots=shots,
        greedy=greedy, seed=seed,
    )  # fmt: skip
    if gold:
        with EvalScreen(verbose) as screen:
            reports = check_gold(specs, settings, verify_workers, verify_deadline, screen.progress)
        raise typer.Exit(_print_gold(reports, as_json))
    if ckpt is None:
        raise UsageError(
            "name a policy: --ckpt runs/x/checkpoints/last, --ckpt builtin:tiny, or see `grpo eval --help`"
        )
    request = EvalRequest(
        ckpt, specs, settings, max_tokens, engine, dtype, device, verify_workers, verify_deadline, out, fresh
    )
    with EvalScreen(verbose) as screen:
        done = evaluate(request, screen.say, screen.progress)
    _print_evals(ckpt, done, as_json)


@app.command(name="compare")
def compare_command(
    evals: Annotated[list[Path], typer.Argument(help="Eval folders, or folders of them: the baseline first.")],
    metric: Metric = "pass@1",
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Say whether evals differ, task by task: paired test, interval, verdict in words."""
    from dataclasses import asdict

    from rich.console import Console

    from evals.comparison import compare_folders
    from evals.table import comparison_table

    if len(evals) < 2:
        raise UsageError("name at least two evals: grpo eval compare BASELINE CANDIDATE")
    found = [(other, row) for other in evals[1:] for row in compare_folders(evals[0], other, metric, strict)]
    if as_json:
        rows = [{"candidate": str(other), **asdict(row), "sentence": row.sentence()} for other, row in found]
        print(json.dumps({"baseline": str(evals[0]), "comparisons": rows}))
        return
    console = Console()
    console.print(comparison_table([(other.name, row) for other, row in found]))
    for _, row in found:
        console.print(row.sentence(), highlight=False, soft_wrap=True)
        for warning in row.warnings:
            console.print(f"  warning: {warning}", style="yellow", highlight=False, soft_wrap=True)


@app.command(name="gate")
def gate_command(
    baseline: Annotated[Path, typer.Option(help="Eval folder, or folder of them, to hold the candidate against.")],
    candidate: Annotated[Path, typer.Option(help="Eval folder, or folder of them, that wants to pass.")],
    max_drop: Annotated[float, typer.Option(help="Largest drop that may pass; 0.01 is one point.")] = 0.01,
    metric: Metric = "pass@1",
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Leave with exit code 1 where a candidate has dropped below a baseline; for CI."""
    from evals.comparison import compare_folders, gate

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


def _specs(names: str, env_arg: list[str] | None, data: Path | None) -> tuple[EnvSpec, ...]:
    from envs.cli import parse_env_args
    from envs.registry import EnvSpec, find

    chosen = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if not chosen:
        raise UsageError("name at least one environment: --env math")
    arguments = parse_env_args(env_arg or [])
    if data is not None and not data.exists():
        raise UsageError(f"--data {data}: nothing is there")
    for name in chosen:
        find(name)
    return tuple(EnvSpec(name, {**arguments, **_data_argument(data, name)}) for name in chosen)


def _data_argument(data: Path | None, name: str) -> dict[str, str]:
    """Returns where a benchmark's data is: below `--data` under its own name, or `--data` itself."""
    if data is None:
        return {}
    return {"data": str(data / name if (data / name).is_dir() else data)}


def _ks(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--k {text!r}: write whole numbers with commas between, such as 1,4,8") from None


def _print_gold(reports: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print(json.dumps({name: report.to_json() for name, report in reports.items()}))
    else:
        for name, report in reports.items():
            print(f"{name}: {report.sentence()}")
            for failure in report.failures:
                print(f"  {failure['task_id']}: {failure['outcome'] or failure['status']} {failure['reason']}")
    return 0 if all(report.sound for report in reports.values()) else 1


def _print_evals(policy: str, done: list[Evaluated], as_json: bool) -> None:
    if as_json:
        found = [{"env": one.env, "out": str(one.folder), **one.result.brief()} for one in done]
        print(json.dumps(found[0] if len(found) == 1 else {"evals": found}))
        return
    from rich.console import Console

    from evals.table import breakdown_table, metric_table

    console = Console()
    for one in done:
        summary = one.result.summary
        console.print(metric_table([(policy, summary)], title=f"{one.env}/{summary['settings']['split']}"))
        for by in ("family", "level"):
            if len(summary[f"by_{by}"]) > 1:
                console.print(breakdown_table([("pass@1", summary)], by))
        seconds = summary["seconds"]
        told = "read from" if one.cached else "written to"
        console.print(
            f"sampling {seconds['generate']:.1f} s, verification {seconds['verify']:.1f} s; {told} {one.folder}",
            highlight=False,
            soft_wrap=True,
        )
