"""The report of runs and evals: what a person wants to look at, as HTML, Markdown or CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.core.errors import UsageError
from evals.results.comparison import CONFIG_FILE, Comparison, benchmark_name, compare_results, with_verdicts
from evals.results.frames import METRICS_FILE, load_run, read_config
from evals.results.result import SUMMARY_FILE, EvalResult
from evals.results.summary import completions_words, tasks_words
from grpo.settings.environments import title_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Report:
    """What a report is about.

    Attributes:
        runs: Folders of runs.
        evals: Evals by label, those of the runs included.
        comparisons: Pairs of evals of the same benchmark, compared.
    """

    runs: list[Path] = field(default_factory=list)
    evals: dict[str, EvalResult] = field(default_factory=dict)
    comparisons: list[tuple[str, str, Comparison]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Names what was reported on."""
        return ", ".join([run.name for run in self.runs] or list(self.evals)) or "report"


def collect(paths: Sequence[Path]) -> Report:
    """Reads runs and evals and compares what can be compared.

    `before` with `after` inside a run; `after` of the first run of a benchmark with `after` of every other; of evals
    that were named themselves or lie in a named folder, the first of each benchmark with every other. Nothing else,
    because every comparison costs all others some of their power.

    Args:
        paths: Runs, evals, folders of runs, folders of evals.

    Raises:
        UsageError: A path holds none of them, or nothing was named.
    """
    if not paths:
        raise UsageError("name a run or an eval: grpo report runs/x")
    report = Report()
    pairs: list[tuple[str, str]] = []
    afters: list[str] = []
    others: list[str] = []
    opened = _opened(paths)
    names = Counter(path.name for path in opened)
    for path in opened:
        is_run, is_eval = _is_run(path), (path / SUMMARY_FILE).is_file()
        folders = [path] if is_eval else _eval_folders(path / "evals" if is_run else path)
        called = path.name if names[path.name] == 1 else str(path)
        base = path.parent if is_eval else path / "evals" if is_run else path
        names_of = {folder: folder.relative_to(base).as_posix() for folder in folders}
        labels = {name: called if is_eval else f"{called}/{name}" for name in names_of.values()}
        report.evals |= {labels[name]: EvalResult.load(folder) for folder, name in names_of.items()}
        if not is_run:
            others += labels.values()
            continue
        report.runs.append(path)
        for name in [name for name in labels if name.partition("/")[0] == "after"]:  # after/math of several
            afters.append(labels[name])
            if (before := name.replace("after", "before", 1)) in labels:
                pairs.append((labels[before], labels[name]))
    pairs += [*_with_first(report.evals, afters), *_with_first(report.evals, others)]
    report.comparisons = _compared(report.evals, pairs)
    return report


def _with_first(evals: Mapping[str, EvalResult], labels: Sequence[str]) -> list[tuple[str, str]]:
    """Returns the first eval of each benchmark with every other of it."""
    first: dict[str, str] = {}
    return [
        (baseline, label)
        for label in labels
        if (baseline := first.setdefault(benchmark_name(evals[label].summary), label)) != label
    ]


def _opened(paths: Sequence[Path]) -> list[Path]:
    """Returns runs, evals and folders of evals, each folder of runs replaced by the runs in it, oldest first."""
    found: list[Path] = []
    for path in paths:
        if _is_run(path) or (path / SUMMARY_FILE).is_file() or list(path.glob(f"*/{SUMMARY_FILE}")):
            found.append(path)
        elif runs := _runs_below(path):
            found += runs
        else:
            raise UsageError(_nothing_at(path))
    return list(dict.fromkeys(found))


def _runs_below(path: Path) -> list[Path]:
    """Returns the runs in a folder, oldest first; where it holds none itself, those one folder further down."""
    for pattern in (f"*/{METRICS_FILE}", f"*/*/{METRICS_FILE}"):
        if found := sorted(path.glob(pattern), key=lambda file: (file.stat().st_mtime, file)):
            return [file.parent for file in found]
    return []


def _nothing_at(path: Path) -> str:
    if not path.exists():
        return f"there is nothing at {path}: name a run, an eval, or a folder of them; `grpo runs list` lists the runs"
    if (path / CONFIG_FILE).is_file():
        return f"the run {path} has not made a step yet: there is nothing to report"
    return f"{path} holds no run ({METRICS_FILE}) and no eval ({SUMMARY_FILE})"


def _is_run(path: Path) -> bool:
    return (path / METRICS_FILE).is_file()


def report_of(evals: Sequence[tuple[str, EvalResult]]) -> Report:
    """Returns the report of one evaluation of several policies: each compared with the first, benchmark by benchmark.

    Args:
        evals: Policy and eval, the evals of a policy on different benchmarks.
    """
    report = Report()
    labels: dict[str, dict[str, str]] = {}
    for policy, result in evals:
        label = f"{policy}: {benchmark_name(result.summary)}"
        report.evals[label] = result
        labels.setdefault(policy, {})[benchmark_name(result.summary)] = label
    first, *others = labels.values() or [{}]
    for other in others:
        pairs = [(first[name], other[name]) for name in first if name in other]
        report.comparisons += _compared(report.evals, pairs)
    return report


def _compared(evals: Mapping[str, EvalResult], pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str, Comparison]]:
    """Compares pairs of evals, by label, with one correction over all of them; what cannot be compared is left out."""
    able = [(a, b) for a, b in pairs if _comparable(evals[a], evals[b])]
    rows = [compare_results(benchmark_name(evals[b].summary), evals[a], evals[b]) for a, b in able]
    return [(a, b, row) for (a, b), row in zip(able, with_verdicts(rows), strict=True)]


def _eval_folders(root: Path) -> list[Path]:
    """Returns the evals in a folder, `before` first and `after` next."""
    order = {"before": 0, "after": 1}
    folders = [file.parent for depth in ("*", "*/*") for file in root.glob(f"{depth}/{SUMMARY_FILE}")]
    names = {folder: folder.relative_to(root).parts for folder in folders}
    return sorted(folders, key=lambda folder: (order.get(names[folder][0], 2), names[folder]))


def _comparable(first: EvalResult, second: EvalResult) -> bool:
    if benchmark_name(first.summary) != benchmark_name(second.summary):
        return False
    if "pass@1" not in first.summary["intervals"] or "pass@1" not in second.summary["intervals"]:
        return False
    return not {s.task_id for s in first.samples}.isdisjoint(s.task_id for s in second.samples)


def eval_table(report: Report) -> pd.DataFrame:
    """Returns one row for each eval: rates in percent with intervals as text."""
    import pandas as pd

    rows = []
    for label, result in report.evals.items():
        summary = result.summary
        row: dict[str, Any] = {"eval": label, "benchmark": benchmark_name(result.summary)}
        for name, (low, high) in summary["intervals"].items():
            row[name] = f"{100 * summary[name]:.1f} [{100 * low:.1f}, {100 * high:.1f}]"
        row["prompts"] = _prompts(summary)
        row["sampling"] = _sampling(summary["settings"])
        row["truncated"] = f"{100 * summary['rates']['truncated']:.1f}"
        row["of completions"] = completions_words(summary)
        row["mean tokens"] = f"{summary['mean_tokens']:.1f}"
        lost = f", over {tasks_words(summary)}" if summary.get("tasks_left_out") else ""
        row["tasks x samples"] = f"{summary['tasks']} x {summary['samples']}{lost}"
        rows.append(row)
    return pd.DataFrame(rows).fillna("-")


def _prompts(summary: dict[str, Any]) -> str:
    """Says how tasks were put to the policy: by which template, after how many solved examples, with what beside."""
    template = summary["model"].get("template", "chat template")
    own = ", ".join(name.replace("_", " ") for name in summary["model"].get("chat", {}))
    return f"{template}, {summary['settings'].get('shots', 0)} shots" + (f", own {own}" if own else "")


def _sampling(settings: dict[str, Any]) -> str:
    return f"temperature {settings['temperature']:g}, at most {settings['max_tokens']} tokens"


def run_table(report: Report) -> pd.DataFrame:
    """Returns one row for each run: its settings and where its reward went."""
    import pandas as pd

    rows = []
    for run in report.runs:
        config, metrics = read_config(run), load_run(run)
        reward = metrics["reward"].dropna()
        tenth = max(1, len(reward) // 10)
        rows.append(
            {
                "run": run.name,
                "env": title_of(config.get("env")),
                "model": config.get("model"),
                "steps": f"{int(metrics.index[-1])} of {config.get('steps')}",
                "reward, first tenth": f"{reward.head(tenth).mean():.3f}",
                "reward, last tenth": f"{reward.tail(tenth).mean():.3f}",
                "seconds": f"{metrics['elapsed_s'].iloc[-1]:.0f}" if "elapsed_s" in metrics else "-",
            }
        )
    return pd.DataFrame(rows)


def what_with_what(first: str, second: str, row: Comparison) -> str:
    """Returns the labels of two evals as a comparison names them: its sentence begins with the benchmark."""
    plain = [label.removesuffix(f": {row.benchmark}") for label in (first, second)]
    return " -> ".join(plain)


def markdown(report: Report) -> str:
    """Returns the report as Markdown: tables, and the verdicts in words."""
    parts = [f"# {report.title}"]
    if report.runs:
        parts += ["## Runs", _markdown_table(run_table(report))]
    if report.evals:
        parts += ["## Held-out results, % [95% interval over tasks]", _markdown_table(eval_table(report))]
    if report.comparisons:
        parts.append("## Comparisons")
        for first, second, row in report.comparisons:
            parts.append(f"- `{what_with_what(first, second, row)}`: {row.sentence()}")
            parts += [f"  - warning: {warning}" for warning in row.warnings]
    return "\n\n".join(parts) + "\n"


def _markdown_table(frame: pd.DataFrame) -> str:
    def line(cells: Sequence[Any]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return "\n".join(
        [line(list(frame.columns)), line(["---"] * len(frame.columns)), *map(line, frame.to_numpy().tolist())]
    )


def write_csv(report: Report, folder: Path) -> list[Path]:
    """Writes each table of the report as CSV: metrics of every run, samples of every eval, and all summaries.

    Raises:
        RunError: The disk refuses.
    """
    from grpo.runs.atomic import write_atomic

    tables: dict[str, pd.DataFrame] = {f"metrics-{run.name}": load_run(run).reset_index() for run in report.runs}
    tables.update({f"samples-{label.replace('/', '-')}": result.frame() for label, result in report.evals.items()})
    if report.evals:
        tables["evals"] = eval_table(report)
    written = []
    for name, frame in tables.items():
        path = folder / f"{name}.csv"
        write_atomic(path, lambda temporary, frame=frame: frame.to_csv(temporary, index=False, encoding="utf-8"))
        written.append(path)
    return written
