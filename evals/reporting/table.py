"""An eval as tables for people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from evals.results.comparison import Comparison

_ANY_WIDTH = 10_000
_RATES = {
    "truncated": "ran into the token limit",
    "no_answer": "gave no answer",
    "timeout": "timed out",
    "unscorable": "verification failed (our fault)",
}
_FAULTS = {
    "syntax": "did not parse",
    "raised": "raised an error",
    "failed": "failed a test",
    "error": "did not parse, or raised",
    "memory": "ran out of memory",
    "limit": "went beyond the judge's limits",
    "too_long": "was too long to judge",
    "refused": "was refused as unsafe",
    "scorer_raised": "made the scorer raise",
}


def percent(value: float) -> str:
    """Returns a rate in percent with one decimal."""
    return f"{100 * value:.1f}"


def with_interval(figures: dict[str, Any], name: str) -> str:
    """Returns a metric in percent with its 95% interval, or a dash where it is missing."""
    if name not in figures["intervals"]:
        return "-"
    low, high = figures["intervals"][name]
    return f"{percent(figures[name])} [{percent(low)}, {percent(high)}]"


def metric_table(summaries: Sequence[tuple[str, dict[str, Any]]], title: str = "held-out results") -> Table:
    """Returns one column for each labelled summary, one row for each metric, in percent with 95% intervals.

    Every figure says of what it is: a metric is over tasks, all of them unless its cell says of how many; a rate is a
    share of all completions, the greedy ones included, which are counted above the rates.
    """
    from rich.table import Table

    from evals.results.summary import completions_words, tasks_words

    table = Table(title=f"{title}, % [95% interval over tasks]", title_justify="left")
    table.add_column("metric")
    _add_labelled(table, [label for label, _ in summaries])
    names = dict.fromkeys(name for _, summary in summaries for name in summary["intervals"])
    for name in names:
        table.add_row(name.replace("_", " "), *(_over_tasks(summary, name) for _, summary in summaries))
    table.add_section()
    rates = {words: [summary["rates"][name] for _, summary in summaries] for name, words in _RATES.items()}
    faults: list[dict[str, float]] = [summary.get("faults", {}) for _, summary in summaries]  # evals of old have none
    for name in dict.fromkeys(name for found in faults for name in found):
        rates[_FAULTS.get(name, name.replace("_", " "))] = [found.get(name, 0.0) for found in faults]
    if any(any(shares) for shares in rates.values()):
        table.add_row("of all completions", *(completions_words(summary) for _, summary in summaries))
    for words, shares in rates.items():
        if any(shares):
            table.add_row(f"  {words}", *map(percent, shares))
    table.add_section()
    table.add_row("mean tokens of a sample", *(f"{summary['mean_tokens']:.1f}" for _, summary in summaries))
    if any(summary.get("tasks_left_out") for _, summary in summaries):
        table.add_row("over", *(tasks_words(summary) for _, summary in summaries))
    table.add_row("tasks x samples", *(f"{summary['tasks']} x {summary['samples']}" for _, summary in summaries))
    return table


def _over_tasks(summary: dict[str, Any], name: str) -> str:
    """Returns a metric with its interval, and over how many tasks it is where that is not all of them."""
    count = summary.get("tasks_with", {}).get(name)
    return with_interval(summary, name) + (f" over {count} tasks" if count not in (None, summary["tasks"]) else "")


def _add_labelled(table: Table, labels: Sequence[str]) -> None:
    """Adds a column for each policy; what all their paths begin with is left out, and none is cut off at its end."""
    shared = os.path.commonprefix([*labels]).rpartition("/")[0] if len(set(labels)) > 1 else ""
    for label in labels:
        table.add_column(
            label.removeprefix(shared).removeprefix("/" if shared else ""), justify="right", overflow="fold"
        )


def breakdown_table(summaries: Sequence[tuple[str, dict[str, Any]]], by: str, metric: str = "pass@1") -> Table:
    """Returns a metric by `family` or `level`, one column for each labelled summary."""
    from rich.table import Table

    table = Table(title=f"{metric} by {by}, % [95% interval over tasks]", title_justify="left")
    table.add_column(by)
    table.add_column("tasks", justify="right")
    _add_labelled(table, [label for label, _ in summaries])
    groups = dict.fromkeys(name for _, summary in summaries for name in summary[f"by_{by}"])
    nothing: dict[str, Any] = {"intervals": {}, "tasks_with": {}}
    for name in groups:
        cells = [summary[f"by_{by}"].get(name, nothing) for _, summary in summaries]
        count = max(cell["tasks_with"].get(metric, 0) for cell in cells)
        table.add_row(name, str(count), *(with_interval(cell, metric) for cell in cells))
    return table


def comparison_table(rows: Sequence[tuple[str, Comparison]]) -> Table:
    """Returns one row for each labelled comparison: both figures, the difference in points, and p after Holm."""
    from rich.table import Table

    table = Table(title="paired comparison, % and points [95% interval]", title_justify="left")
    table.add_column("candidate")
    table.add_column("benchmark")
    for heading in ("tasks", "from", "to", "difference", "p"):
        table.add_column(heading, justify="right")
    for label, row in rows:
        points = f"{100 * row.difference:+.1f} [{100 * row.low:+.1f}, {100 * row.high:+.1f}]"
        figures = (str(row.tasks), percent(row.first), percent(row.second), points, f"{row.p_holm:.2g}")
        table.add_row(label, row.benchmark, *figures)
    return table


def sheet() -> Console:
    """Returns what tables are printed on: the terminal, or, into a pipe, a sheet so wide that no cell is broken."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=_ANY_WIDTH)


def print_comparison(console: Console, row: Comparison, name: str = "") -> None:
    """Prints the verdict of a comparison, after the name it is given, and what to beware of."""
    console.print(f"{name}{row.sentence()}", highlight=False, soft_wrap=True)
    for warning in row.warnings:
        console.print(f"  warning: {warning}", style="yellow", highlight=False, soft_wrap=True)
