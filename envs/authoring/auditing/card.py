"""An audit's report as one HTML page without anything to load."""

from __future__ import annotations

from html import escape
from pathlib import Path

from envs.authoring.auditing.findings import CATALOGUE, DOCS, Finding
from envs.authoring.auditing.report import verdict
from envs.authoring.auditing.run import AuditReport
from envs.core.errors import RunError

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Audit of {name}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0 }}
td, th {{ text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }}
code {{ background: #f4f4f4; white-space: pre-wrap; overflow-wrap: anywhere }}
.clean {{ color: #17692b }} .found {{ color: #a11 }} .accepted {{ color: #8a6d00 }}
section {{ border-left: 4px solid #a11; padding-left: 1rem; margin: 1.5rem 0 }}
</style></head><body>
<h1>Audit of {name}</h1>
<p class="{style}"><strong>{verdict}</strong></p>
<p>Tasks {version}, split {split}, {date}.{signal}</p>
{findings}
<h2>Policies that know nothing</h2>
<table><tr><th>policy<th>mean reward<th>paid in full<th>limit<th>paid for wrong<th>limit<th>tasks</tr>{policies}</table>
<h2>What was looked for</h2>
<table><tr><th>fault<th>code<th>tried<th>found</tr>{tried}</table>
<h2>Splits</h2>
<table><tr><th>compared<th>tasks<th>ids<th>prompts<th>near-duplicates</tr>{splits}</table>
</body></html>
"""


def write_card(report: AuditReport, path: Path) -> None:
    """Writes the page.

    Raises:
        RunError: It cannot be written there.
    """
    try:
        path.write_text(page(report), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}; give another path with --html") from error


def page(report: AuditReport) -> str:
    """Returns the page; everything that comes from an environment or a completion is escaped."""
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.code] = counts.get(finding.code, 0) + finding.count
    return _PAGE.format(
        name=escape(report.name),
        style="clean" if report.clean else "found",
        verdict=escape(verdict(report)),
        version=escape(report.version),
        split=escape(report.split),
        date=escape(report.date),
        signal="" if report.signal is None else f" Signal: {escape(report.signal.verdict)}.",
        findings="".join(map(_section, report.findings)),
        policies="".join(
            _row(e.name, f"{e.mean:.3f}", f"{e.full:.2f}", f"{e.limit:.2g}", f"{e.partial:.3f}",
                 f"{e.partial_limit:.2g}", str(e.count))
            for e in report.earnings
        ),
        tried="".join(
            _row(CATALOGUE.get(code, (code, ""))[0], code, str(tried), str(counts.get(code, 0)))
            for code, tried in report.tried.items()
        ),
        splits="".join(
            _row(f"{s.test} against {s.train}", f"{s.compared[1]} and {s.compared[0]}",
                 str(len(s.ids)), str(len(s.prompts)), str(len(s.near)))
            for s in report.leaks
        ),
    )  # fmt: skip


def _section(finding: Finding) -> str:
    style = "accepted" if finding.accepted else "found"
    examples = "".join(
        _row(e.task_id, e.label, f"{e.score:g}", e.note).replace(
            "</tr>", f"<td><code>{escape(e.completion)}</code></tr>"
        )
        for e in finding.examples
    )
    advice = f"Accepted: {finding.accepted}" if finding.accepted else f"{finding.advice} ({DOCS}#{finding.code})"
    return (
        f'<section><h2 class="{style}">{escape(finding.code)}: {escape(finding.title)}</h2>'
        f"<p>{finding.count} of {finding.tried}. {escape(finding.detail)}</p><p>{escape(advice)}</p>"
        f"<table><tr><th>task<th>variant<th>score<th>note<th>completion</tr>{examples}</table></section>"
    )


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells) + "</tr>"
