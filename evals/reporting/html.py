"""The report as one HTML page that needs nothing else: no network, no server, no library."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.reporting.report import Report, eval_table, run_table, what_with_what
from evals.reporting.svg import Line, Whisker, line_chart, paired_chart, whisker_chart
from evals.results.comparison import benchmark_name
from evals.results.frames import load_rollouts, load_run
from evals.results.result import EvalResult
from evals.results.summary import task_metrics

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Template

BUDGET_BYTES = 13 * 2**20
"""Most room the rollouts may take in the page, compressed; beyond it, steps are left out evenly and the page says."""

_PAGE = Path(__file__).with_name("report_page.html")
_TASKS_PER_CHUNK = 200
_CURVES = (
    ("reward and pass rate", ("reward", "pass_rate")),
    ("completion length, tokens", ("completion_tokens",)),
    ("share truncated, groups without variance", ("truncated", "zero_variance")),
    ("clip fraction", ("clip_fraction",)),
    ("entropy, nats", ("entropy",)),
    ("loss", ("loss",)),
    ("gradient norm", ("grad_norm",)),
    ("KL to the reference, nats", ("kl",)),
    ("engine gap, nats", ("engine_gap",)),
    ("seconds per step", ("generate_s", "verify_s", "train_s", "sync_s")),
)


_APART = {"reward": "reward", "pass_rate": "pass rate", "completion_tokens": "completion length, tokens,"}
"""What is also drawn for each of several environments."""


_KNOWN = {
    "level": "pass rate by level",
    "family": "pass rate by family",
    "tasks": "share of the tasks tried below, within and above the band",
}
"""What a run knows of how hard its tasks are, by its name in metrics."""
_TABLES = ("parts", "env", "difficulty")
_MOST_CURVES = 24


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Groups of rollouts that are unpacked together."""

    label: str
    packed: str


def page(report: Report, budget_bytes: int = BUDGET_BYTES) -> str:
    """Returns the report as HTML.

    Args:
        report: From `evals.reporting.report.collect`.
        budget_bytes: Most room for rollouts, compressed and encoded.
    """
    sources = list(_sources(report))
    kept, note = _within(sources, budget_bytes)
    index, packed = [], []
    for name, chunks in kept:
        entries = [{"id": f"chunk-{len(packed) + i}", "label": chunk.label} for i, chunk in enumerate(chunks)]
        packed += [chunk.packed for chunk in chunks]
        if entries:
            index.append({"name": name, "chunks": entries})
    return _template().render(
        title=report.title,
        note=note,
        runs=run_table(report) if report.runs else None,
        run_charts=[(run.name, _run_charts(load_run(run))) for run in report.runs],
        evals=eval_table(report) if report.evals else None,
        eval_charts=list(_eval_charts(report)),
        comparisons=[_comparison(report, first, second, row) for first, second, row in report.comparisons],
        index=index,
        chunks=packed,
    )


@cache
def _template() -> Template:
    """Returns the page, into which every text goes escaped and data goes as JSON that ends no element."""
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(
        _PAGE.read_text(encoding="utf-8")
    )


def _run_charts(metrics: pd.DataFrame) -> list[str]:
    parts = [column for column in metrics.columns if column.startswith("parts.")]
    apart = [(f"{told} by environment", _by_environment(metrics, name)) for name, told in _APART.items()]
    known = [(f"{told}, the old forgotten", _known(metrics, name)) for name, told in _KNOWN.items()]
    curves = [*_CURVES[:1], *apart, *known, ("reward parts", tuple(parts)), *_CURVES[1:]]
    drawn = []
    for title, columns in curves:
        drawn.append(line_chart(title, [_curve(metrics, column) for column in columns if column in metrics]))
    return drawn


def _curve(metrics: pd.DataFrame, column: str) -> Line:
    values: Any = metrics[column]
    called = next((column.removeprefix(f"{at}.") for at in _TABLES if column.startswith(f"{at}.")), column)
    return Line(called, metrics.index.tolist(), values.astype(float).tolist())


def _by_environment(metrics: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Returns the columns of a metric in each of a run's environments; none where it has one."""
    own = [column for column in metrics.columns if column.startswith("env.") and column.endswith(f".{name}")]
    return tuple(column for column in own if ".parts." not in column)


def _known(metrics: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Returns the columns of what a run knows of how hard its tasks are, of each of its environments."""
    found = [column for column in metrics.columns if re.match(rf"difficulty\.(.+\.)?{name}\.", column)]
    return tuple(found) if 1 < len(found) <= _MOST_CURVES else ()


def _eval_charts(report: Report) -> Iterable[str]:
    """Draws pass@1 by benchmark where there are several, and each benchmark's by family and by level."""
    benchmarks: dict[str, dict[str, EvalResult]] = {}
    for label, result in report.evals.items():
        benchmarks.setdefault(benchmark_name(result.summary), {})[label] = result
    if len(benchmarks) > 1:
        whiskers = [
            whisker
            for name, evals in benchmarks.items()
            for label, result in evals.items()
            if (whisker := _whisker(name, label.removesuffix(f": {name}"), result.summary))
        ]
        yield whisker_chart("pass@1 by benchmark", whiskers)
    for name, evals in benchmarks.items():
        for by in ("family", "level"):
            groups = [
                whisker
                for label, result in evals.items()
                for group, figures in result.summary[f"by_{by}"].items()
                if (whisker := _whisker(group, label, figures))
            ]
            if len({whisker.label for whisker in groups}) > 1:
                yield whisker_chart(f"{name}: pass@1 by {by}", groups)


def _whisker(label: str, series: str, figures: dict[str, Any]) -> Whisker | None:
    if "pass@1" not in figures["intervals"]:
        return None
    low, high = figures["intervals"]["pass@1"]
    return Whisker(label, series, figures["pass@1"], low, high)


def _comparison(report: Report, first: str, second: str, row: Any) -> dict[str, Any]:
    values = [task_metrics((s for s in report.evals[name].samples if s.scorable), [1]) for name in (first, second)]
    common = [task for task in values[0] if task in values[1]]
    a, b = ([found[task].get("pass@1", 0.0) for task in common] for found in values)
    chart = paired_chart(f"pass@1 of each of {len(common)} tasks", a, b, (first, second))
    return {
        "pair": what_with_what(first, second, row),
        "told": row.sentence(),
        "warnings": row.warnings,
        "chart": chart,
    }


def _sources(report: Report) -> Iterable[tuple[str, list[_Chunk]]]:
    for run in report.runs:
        if any((run / "rollouts").glob("step-*.parquet")):
            yield f"{run.name}: training", list(_rollout_chunks(load_rollouts(run)))
    for label, result in report.evals.items():
        yield f"{label}: held out", list(_eval_chunks(result))


def _rollout_chunks(frame: pd.DataFrame) -> Iterable[_Chunk]:
    for step, rows in frame.groupby("step", sort=True):
        groups: dict[int, dict[str, Any]] = {}
        for row in rows.to_dict("records"):
            group = groups.setdefault(row["group"], {"task": row["task_id"], "prompt": row["prompt"], "members": []})
            parts = {
                name.removeprefix("part_"): round(value, 4)
                for name, value in row.items()
                if name.startswith("part_") and value == value  # a part this row lacks is NaN
            }
            group["members"].append(_member(row, parts, row["completion_tokens"], round(row["advantage"], 4), False))
        yield _Chunk(f"step {step}", _packed(list(groups.values())))


def _eval_chunks(result: EvalResult) -> Iterable[_Chunk]:
    groups: dict[str, dict[str, Any]] = {}
    for sample in result.samples:
        group = groups.setdefault(sample.task_id, {"task": sample.task_id, "prompt": sample.prompt, "members": []})
        row = {
            name: getattr(sample, name)
            for name in ("completion", "score", "status", "outcome", "answer", "reason", "finish_reason")
        }
        group["members"].append(_member(row, sample.parts, sample.tokens, None, sample.greedy))
    listed = list(groups.values())
    for start in range(0, len(listed), _TASKS_PER_CHUNK):
        some = listed[start : start + _TASKS_PER_CHUNK]
        yield _Chunk(f"tasks {start + 1} to {start + len(some)}", _packed(some))


def _member(
    row: dict[str, Any], parts: dict[str, float], tokens: int, advantage: float | None, greedy: bool
) -> dict[str, Any]:
    return {
        "completion": row["completion"],
        "score": round(row["score"], 4),
        "status": row["status"],
        "outcome": row["outcome"],
        "answer": row["answer"] if isinstance(row["answer"], str) else None,  # pandas writes a missing one as NaN
        "reason": row["reason"],
        "parts": parts,
        "tokens": int(tokens),
        "finish": row["finish_reason"],
        "advantage": advantage,
        "greedy": greedy,
    }


def _packed(groups: list[dict[str, Any]]) -> str:
    text = json.dumps(groups, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return base64.b64encode(gzip.compress(text, 9, mtime=0)).decode("ascii")


def _within(
    sources: Sequence[tuple[str, list[_Chunk]]], budget_bytes: int
) -> tuple[list[tuple[str, list[_Chunk]]], str]:
    """Leaves out chunks evenly until the rest fits, the first and the last of each source kept longest."""
    total = sum(len(chunk.packed) for _, chunks in sources for chunk in chunks)
    stride, kept = 1, list(sources)
    while total > budget_bytes and stride < 2**20:
        stride *= 2
        kept = [(name, [*chunks[:-1:stride], *chunks[-1:]]) for name, chunks in sources]
        total = sum(len(chunk.packed) for _, chunks in kept for chunk in chunks)
    if stride == 1:
        return kept, ""
    return (
        kept,
        f"To keep this page small, it holds the rollouts of one of {stride} parts; the rest is in the run's files.",
    )
