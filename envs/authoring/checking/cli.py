"""`grpo env check`."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from envs.authoring.checking.contract import CheckReport, check
from envs.authoring.cli_args import AsJson, Data, EnvArg, EnvName, ToolFormat, Tools, env_spec


def check_command(
    name: EnvName,
    env_arg: EnvArg = None,
    data: Data = "",
    tools: Tools = "",
    tool_format: ToolFormat = "",
    deadline: Annotated[float, typer.Option(help="Seconds a verifier may take for one completion.")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Check that an environment keeps the contract; exit code 1 where it does not."""
    with Console(stderr=True).status(f"checking {name}"):
        report = check(env_spec(name, env_arg, data, tools, tool_format), deadline_s=deadline)
    if as_json:
        print(json.dumps(report.to_json()))
    else:
        _print(report, Console())
    if not report.ok:
        raise typer.Exit(1)


def _print(report: CheckReport, console: Console) -> None:
    table = Table("", "what must hold", "split", "")
    for result in report.results:
        mark, style = ("ok", "green") if result.ok else ("FAIL", "bold red")
        table.add_row(f"[{style}]{mark}[/]", result.name, result.split, escape(result.detail))
    console.print(table)
    pairs = Table("closest pairs", "shared 13-grams", "held-out prompt", "training prompt")
    for entry in report.overlaps:
        for pair in entry.closest:
            cells = (f"{pair.test_id} / {pair.train_id}", f"{pair.overlap:.0%}", pair.test_prompt, pair.train_prompt)
            pairs.add_row(*(escape(cell[:160]) for cell in cells))
    if pairs.row_count:
        console.print(pairs)
    failed = sum(not result.ok for result in report.results)
    text = f"{failed} of {len(report.results)} checks fail" if failed else f"all {len(report.results)} checks hold"
    console.print(f"{report.name}: {text}", style="bold red" if failed else "bold green", highlight=False)
