"""An audit's report for a terminal."""

from __future__ import annotations

import io

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from envs.authoring.auditing.findings import CATALOGUE, DOCS, Finding
from envs.authoring.auditing.run import AuditReport

_WIDTH = 110  # of what is printed from Python: a notebook's cell shows it whole


def print_report(report: AuditReport, console: Console) -> None:
    """Prints findings first, then what the policies that know nothing earned, then what was tried."""
    for finding in report.findings:
        _print_finding(finding, console)
    console.print(_policies(report))
    console.print(_tried(report))
    for entry in report.leaks:
        console.print(
            f"{entry.test} against {entry.train}: {entry.compared[1]} and {entry.compared[0]} tasks compared,"
            f" {len(entry.ids)} ids, {len(entry.prompts)} prompts, {len(entry.near)} near-duplicates in common",
            highlight=False,
        )
    console.print(f"signal: {_signal(report)}", highlight=False)
    for entry in report.agreements:
        console.print("\n".join(entry.lines()), highlight=False)
    for note in report.notes:
        console.print(f"note: {note}", highlight=False)
    console.print(f"badge: {badge(report)}", highlight=False, markup=False, soft_wrap=True)
    console.print(verdict(report), style="bold green" if report.clean else "bold red", highlight=False)


def as_text(report: AuditReport) -> str:
    """Returns what `print_report` prints, without its colours."""
    page = io.StringIO()
    print_report(report, Console(file=page, width=_WIDTH, force_terminal=False, force_jupyter=False))
    return page.getvalue().rstrip()


def verdict(report: AuditReport) -> str:
    """Returns the outcome in one line."""
    seen = f"{report.scored} completions of {report.tasks} tasks"
    accepted = len(report.findings) - len(report.open_findings)
    meant = f" ({accepted} accepted by its author)" if accepted else ""
    if report.clean:
        return f"{report.name}: no finding in {seen}{meant}"
    codes = ", ".join(dict.fromkeys(finding.code for finding in report.open_findings))
    return f"{report.name}: {len(report.open_findings)} findings in {seen}{meant}: {codes}"


def badge(report: AuditReport) -> str:
    """Returns a line of Markdown for a README: what an audit found, of what, and when."""
    count = len(report.open_findings)
    state = "clean" if report.clean else f"{count} finding{'s' * (count != 1)}"
    return (
        f"`grpo env audit {report.name}`: **{state}**, {report.scored:,} completions of {report.tasks} tasks"
        f" (version {report.version}), {report.date}"
    )


def _signal(report: AuditReport) -> str:
    if report.signal is None:
        return "not measured; give a policy with --ckpt"
    signal = report.signal
    return f"{signal.policy}: {signal.verdict} ({signal.groups} groups of {signal.size}, mean reward {signal.mean:.2f})"


def _print_finding(finding: Finding, console: Console) -> None:
    style, word = ("yellow", "accepted") if finding.accepted else ("red", "finding")
    console.print(f"[{style}]{word}[/] [bold]{escape(finding.code)}[/]: {escape(finding.title)}", highlight=False)
    console.print(f"  {finding.count} of {finding.tried}  {escape(finding.detail)}", highlight=False)
    for example in finding.examples:
        text = f"  {example.task_id}  {example.label}  {example.completion!r} scored {example.score:g}  {example.note}"
        console.print(escape(text), style="dim", highlight=False)
    advice = f"because {finding.accepted}" if finding.accepted else f"{finding.advice} ({DOCS}#{finding.code})"
    console.print(f"  {escape(advice)}", highlight=False)


def _policies(report: AuditReport) -> Table:
    """Every policy that earned something or too much, and the first of the rest; all are in the JSON."""
    table = Table("policy that knows nothing", "mean", "paid in full", "limit", "paid for wrong", "limit", "tasks")
    told = [earning for earning in report.earnings if earning.too_much or earning.mean > 0]
    silent = len(report.earnings) - len(told)
    for earning in told:
        cells = (
            escape(earning.name[:60]), f"{earning.mean:.3f}", f"{earning.full:.2f}", f"{earning.limit:.2g}",
            f"{earning.partial:.3f}", f"{earning.partial_limit:.2g}", str(earning.count),
        )  # fmt: skip
        table.add_row(*cells, style="red" if earning.too_much else None)
    table.add_row(f"{silent} more", "0.000", "0.00", "", "0.000", "", "")
    return table


def _tried(report: AuditReport) -> Table:
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.code] = counts.get(finding.code, 0) + finding.count
    table = Table("looked for", "code", "tried", "found")
    for code, tried in report.tried.items():
        title = CATALOGUE.get(code, (code, ""))[0]
        table.add_row(title, code, str(tried), str(counts.get(code, 0)), style="red" if code in counts else None)
    return table
