"""Learning curves as PNG files and in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from envs.core.errors import UsageError
from evals.results.frames import load_run

if TYPE_CHECKING:
    from rich.text import Text

    from evals.reporting.report import Report

_CURVES = ("reward", "pass_rate", "completion_tokens", "truncated", "clip_fraction", "entropy", "grad_norm", "loss")


def write_png(report: Report, folder: Path) -> list[Path]:
    """Writes one PNG with the learning curves of each run.

    Raises:
        UsageError: Nothing to plot, or matplotlib is not installed.
        RunError: The disk refuses.
    """
    if not report.runs:
        raise UsageError("--png plots learning curves: name a run, such as runs/x")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("--png needs matplotlib: pip install matplotlib") from None
    from grpo.runs.atomic import write_atomic

    written = []
    for run in report.runs:
        metrics = load_run(run)
        names = [name for name in _CURVES if name in metrics and bool(metrics[name].notna().to_numpy().any())]
        figure = Figure(figsize=(12, 2.6 * ((len(names) + 1) // 2)), layout="constrained")
        FigureCanvasAgg(figure)
        for place, name in enumerate(names):
            axes = figure.add_subplot((len(names) + 1) // 2, 2, place + 1)
            axes.plot(metrics.index, metrics[name].astype(float))
            axes.set_title(name.replace("_", " "))
            axes.set_xlabel("step")
        path = folder / f"{run.name}.png"
        write_atomic(path, lambda temporary, figure=figure: figure.savefig(temporary, format="png", dpi=110))
        written.append(path)
    return written


def terminal_curve(run: Path) -> Text:
    """Returns a run's reward as one line of blocks, with where it began and ended."""
    from rich.text import Text

    from grpo.console.display import sparkline

    reward = load_run(run)["reward"].dropna().astype(float)
    if reward.empty:
        return Text(f"{run.name}: no scorable rewards")
    text = f"{run.name}: reward {sparkline(reward.tolist())} {reward.iloc[0]:.2f} to {reward.iloc[-1]:.2f}"
    return Text(f"{text} in {len(reward)} steps")
