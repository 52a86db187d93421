"""`grpo report` and `grpo runs`: what runs and evals came to."""

from __future__ import annotations

import json
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from envs.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from evals.reporting.report import Report

report_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
runs_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, invoke_without_command=True)


@report_app.command(name="report")
def report_command(
    paths: Annotated[list[Path], typer.Argument(help="Runs, evals, or folders of them.")],
    html: Annotated[
        Path | None, typer.Option(help="Write the page here. [report.html in the run, or in the folder of runs]")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown instead of writing a page.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write every table as CSV into this folder instead.")] = None,
    png: Annotated[Path | None, typer.Option(help="Write the learning curves as PNG into this folder instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Report on runs and evals: one self-contained HTML page, Markdown, CSV, or plots."""
    from evals.reporting import report as reports

    found = reports.collect(paths)
    written: list[Path] = []
    if markdown and not as_json:
        print(reports.markdown(found), end="")
    elif csv is not None:
        written = reports.write_csv(found, csv)
    elif png is not None:
        from evals.reporting.plots import write_png

        written = write_png(found, png)
    else:
        written = [write_page(found, _page_path(found, html, paths))]
    if as_json:
        told = [{"first": a, "second": b, "sentence": row.sentence()} for a, b, row in found.comparisons]
        evals = {label: result.brief() for label, result in found.evals.items()}
        print(json.dumps({"written": [str(path) for path in written], "evals": evals, "comparisons": told}))
    elif written:
        _print_headline(found)
        print("\n".join(f"written to {path}" for path in written))


def _page_path(found: Report, html: Path | None, paths: list[Path]) -> Path:
    if html is not None:
        return html
    return (paths[0] if len(paths) == 1 and found.runs else Path()) / "report.html"


def write_page(report: Report, target: Path) -> Path:
    """Writes a report as HTML, whole or not at all.

    Raises:
        RunError: The disk refuses.
    """
    from evals.reporting.html import page
    from grpo.runs.atomic import write_atomic

    text = page(report)

    def write(path: Path) -> None:
        path.write_text(text, encoding="utf-8")

    write_atomic(target, write)
    return target


def _print_headline(found: Report) -> None:
    from evals.reporting.plots import terminal_curve
    from evals.reporting.report import what_with_what
    from evals.reporting.table import metric_table, print_comparison, sheet

    console = sheet()
    for run in found.runs:
        console.print(terminal_curve(run), highlight=False)
    if found.evals:
        console.print(metric_table([(label, result.summary) for label, result in found.evals.items()]))
    for first, second, row in found.comparisons:
        print_comparison(console, row, f"{what_with_what(first, second, row)}: ")


@runs_app.callback()
def runs_group(ctx: typer.Context) -> None:
    """List training runs; alone, those in runs/."""
    if ctx.invoked_subcommand is None:
        runs_list_command()


@runs_app.command(name="list")
def runs_list_command(
    root: Annotated[Path, typer.Argument(help="Where the runs are.")] = Path("runs"),
    sort: Annotated[str, typer.Option(help="Column to sort by, largest first; a - in front for smallest first.")] = "",
    only: Annotated[
        list[str] | None,
        typer.Option("--filter", help="Only runs with this, such as env=math or state=failed; repeat it for more."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """List all runs below a folder with their key figures, newest first."""
    from evals.results.frames import runs_table

    frame = _chosen(runs_table(root), only or [], sort)
    if as_json:
        print(json.dumps({"runs": json.loads(frame.to_json(orient="records") or "[]")}))
        return
    if frame.empty:
        print("no run is like that")
        return
    _print_runs([{name: _cell(value) for name, value in row.items()} for row in frame.to_dict("records")])


def _chosen(frame: pd.DataFrame, only: list[str], sort: str) -> pd.DataFrame:
    columns = [str(column) for column in frame.columns]
    for pair in only:
        column, equals, wanted = pair.partition("=")
        if column not in columns:
            raise UsageError(f"--filter {pair}: write it as COLUMN=VALUE; {did_you_mean(column, columns)}")
        if not equals:
            raise UsageError(f"--filter {pair}: write it as COLUMN=VALUE: {column}=VALUE")
        frame = frame.loc[[wanted in (_cell(value), str(value)) for value in frame[column]], :]
    if sort:
        column = sort.removeprefix("-")
        if column not in columns:
            raise UsageError(f"--sort {sort}: no such column: {did_you_mean(column, columns)}")
        frame = frame.sort_values(column, ascending=sort.startswith("-"), kind="stable")
    return frame


# What a terminal too narrow for everything goes without, first what is missed least.
_SPARED = ("seconds", "started", "seed", "model", "pass@1 before", "env", "steps", "pass@1 after", "state")

_HEADINGS = {"reward": "mean reward"}  # of the last ten steps, as the column `reward` of `runs_table` is


def _print_runs(rows: list[dict[Hashable, str]]) -> None:
    """Prints as many columns as the screen has room for, all of them into a pipe; a path is never broken."""
    from rich.console import Console
    from rich.table import Column, Table

    console = Console()
    spared: list[str] = []
    for more in (None, *_SPARED):
        spared += [more] if more else []
        shown = [name for name in rows[0] if name not in spared]
        table = Table(*(Column(_HEADINGS.get(str(name), str(name)), no_wrap=True) for name in shown))
        for row in rows:
            table.add_row(*(row[name] for name in shown))
        width = console.measure(table, options=console.options.update(max_width=sys.maxsize)).maximum
        if width <= console.width or not console.is_terminal:
            break
    Console(width=width).print(table)
    if spared:
        console.print(
            f"not shown, for want of width: {', '.join(reversed(spared))} (all: --json, or into a pipe)",
            highlight=False,
        )


def _cell(value: object) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
