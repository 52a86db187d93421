"""Runs and evals as pandas DataFrames.

from evals import compare, load_eval, load_rollouts, load_run

load_run("runs/x").plot(y="reward")
load_rollouts("runs/x", steps=[1, 300]).groupby("step").score.mean()
load_eval("runs/x/evals/after").groupby("level").passed.mean()
compare("runs/x/evals/before", "runs/x/evals/after")
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.core.errors import UsageError
from evals.results.average import read_headline
from evals.results.result import SUMMARY_FILE, EvalResult, read_summary, with_part_columns
from grpo.runs.rundir import RunDir
from grpo.runs.state import state_of
from grpo.settings.environments import title_of

if TYPE_CHECKING:
    import pandas as pd

METRICS_FILE = "metrics.jsonl"
_LAST_STEPS = 10
_HEAVY_COLUMNS = ("completion_ids", "logprobs")


def load_run(run: str | Path) -> pd.DataFrame:
    """Returns a run's metrics, one row for each step, nested values as `parts.correct` and `outcomes.wrong`.

    Raises:
        UsageError: There is no run, or it has no finished step.
    """
    import pandas as pd

    path = Path(run) / METRICS_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{run} holds no run: {path} cannot be read ({error.strerror})") from error
    rows = [row for row in map(_parsed, lines) if row is not None]
    if not rows:
        raise UsageError(f"the run {run} has no finished step yet")
    frame = pd.json_normalize(rows).drop_duplicates("step", keep="last")  # a resumed run may have made a step twice
    return frame.set_index("step").sort_index()


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:  # the line a kill cut short
        return None
    return row if isinstance(row, dict) and isinstance(row.get("step"), int) else None


def load_rollouts(run: str | Path, steps: Iterable[int] | None = None, tokens: bool = False) -> pd.DataFrame:
    """Returns a run's rollouts, one row for each completion, with `part_NAME` columns and a `group` within the step.

    Args:
        run: The run's folder.
        steps: Which steps; None for all.
        tokens: Whether to read token ids and log-probs too, most of the data.

    Raises:
        UsageError: There are none, or a file cannot be read.
    """
    import pandas as pd

    files = {int(file.stem.removeprefix("step-")): file for file in (Path(run) / "rollouts").glob("step-*.parquet")}
    chosen = sorted(files) if steps is None else sorted(set(steps))
    missing = [step for step in chosen if step not in files]
    if missing or not files:
        have = f"it has {min(files)} to {max(files)}" if files else "it has none"
        raise UsageError(f"the run {run} has no rollouts of step {missing[0] if missing else 1}: {have}")
    frames = [_read_rollouts(files[step], tokens) for step in chosen]
    frame = pd.concat(frames, ignore_index=True)
    frame["parts"] = [json.loads(parts) for parts in frame["parts"]]
    return with_part_columns(frame)


def _read_rollouts(file: Path, tokens: bool) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = [name for name in pq.read_schema(file).names if tokens or name not in _HEAVY_COLUMNS]
        frame = pq.ParquetFile(file).read(columns=names).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    frame["group"] = (frame["sample"] == 0).cumsum() - 1  # members stand together, the first is sample 0
    return frame


def load_eval(folder: str | Path) -> pd.DataFrame:
    """Returns an eval's samples, one row each, with `part_NAME` columns; the summary is in `frame.attrs`.

    Raises:
        UsageError: There is no whole eval in this folder.
    """
    result = EvalResult.load(Path(folder))
    frame = result.frame()
    frame.attrs["summary"] = result.summary
    return frame


def load_summaries(path: str | Path) -> pd.DataFrame:
    """Returns one row for each eval at or below a path: where, model, benchmark, metrics, and their intervals.

    Raises:
        UsageError: There is none.
    """
    import pandas as pd

    root = Path(path)
    folders = [root] if (root / SUMMARY_FILE).is_file() else sorted(f.parent for f in root.glob(f"**/{SUMMARY_FILE}"))
    if not folders:
        read_summary(root)  # raises, and says what to do
    return pd.DataFrame([_summary_row(folder) for folder in folders])


def _summary_row(folder: Path) -> dict[str, Any]:
    summary = read_summary(folder)
    row: dict[str, Any] = {
        "eval": str(folder),
        "model": summary["model"].get("name", ""),
        "env": summary["env"]["name"],
        "split": summary["settings"]["split"],
        "tasks": summary["tasks"],
        "tasks_left_out": summary.get("tasks_left_out", 0),
        "samples": summary["samples"],
    }
    for name, (low, high) in summary["intervals"].items():
        row.update({name: summary[name], f"{name} low": low, f"{name} high": high})
    return {**row, "mean_tokens": summary["mean_tokens"], "unscorable": summary["unscorable"]}


def runs_table(root: str | Path = "runs") -> pd.DataFrame:
    """Returns one row for each run below a folder, newest first: environment, policy, progress and key figures.

    Raises:
        UsageError: There is no such folder, or no run in it.
    """
    import pandas as pd

    folder = Path(root)
    if not folder.is_dir():
        raise UsageError(f"no folder {root}: runs are in runs/ unless `grpo train --run-dir` said otherwise")
    runs = [config.parent for config in folder.glob("**/config.toml")]
    if not runs:
        raise UsageError(f"no run below {root}: start one with `grpo train --env math`")
    newest_first = sorted(runs, key=lambda run: RunDir(run).first_start(), reverse=True)
    return pd.DataFrame([_run_row(run) for run in newest_first])


def _run_row(run: Path) -> dict[str, Any]:
    config = read_config(run)
    row: dict[str, Any] = {
        "run": str(run),
        "state": "",
        "env": title_of(config.get("env")),
        "model": config.get("model"),
    }
    row.update({"seed": config.get("seed"), "step": 0, "steps": config.get("steps")})
    try:
        metrics = load_run(run)
        reward = metrics["reward"].tail(_LAST_STEPS).mean()
        row.update({"step": int(metrics.index[-1]), "reward": reward, "seconds": metrics.iloc[-1]["elapsed_s"]})
    except (UsageError, KeyError):
        row.update({"reward": None, "seconds": None})  # no finished step yet
    row["state"] = state_of(run, done=row["step"] >= (row["steps"] or 1))
    row["started"] = f"{RunDir(run).first_start():%Y-%m-%d %H:%M}"
    for label in ("before", "after"):
        try:
            row[f"pass@1 {label}"] = read_headline(run / "evals" / label).get("pass@1")
        except UsageError:
            row[f"pass@1 {label}"] = None
    return row


def read_config(run: Path) -> dict[str, Any]:
    """Returns a run's config as it was written.

    Raises:
        UsageError: It cannot be read.
    """
    import tomllib

    try:
        return tomllib.loads((run / "config.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"the config of {run} cannot be read: {error}") from error
