"""What a person sees of a run: a live panel on a terminal, few lines in a notebook, plain lines anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from grpo.console.notebook import NotebookLine, in_notebook
from grpo.rollouts.rollout import Rollout

_BARS = "▁▂▃▄▅▆▇█"
_SPARK_WIDTH = 40
_SAMPLE_CHARS = 300


def sparkline(values: Sequence[float], width: int = _SPARK_WIDTH) -> str:
    """Draws values in [0, 1] as one line of blocks; more than `width` are averaged into buckets."""
    if not values:
        return ""
    count = min(width, len(values))
    buckets = [values[i * len(values) // count : (i + 1) * len(values) // count] for i in range(count)]
    means = [sum(bucket) / len(bucket) for bucket in buckets]
    top = len(_BARS) - 1
    return "".join(_BARS[min(top, max(0, round(mean * top)))] for mean in means)


def summary_line(metrics: dict[str, Any], steps: int) -> str:
    """Returns one step as one plain line."""
    gap = metrics["engine_gap"]
    apart = "".join(f"  {label} {_number(own.get('pass_rate'))}" for label, own in metrics.get("env", {}).items())
    stage = metrics.get("difficulty", {}).get("stage")
    at = "" if stage is None else f"  level {stage}"
    return (
        f"step {metrics['step']}/{steps}{at}  reward {_number(metrics['reward'])}  pass {_number(metrics['pass_rate'])}"
        f"{apart}  "
        f"tokens {metrics['completion_tokens']:.1f}  truncated {metrics['truncated']:.0%}  "
        f"{metrics['tokens_per_s']:,.0f} tok/s  gap {'-' if gap is None else f'{gap:.1e}'}"
    )


class PlainDisplay:
    """One line a step, every one of them; for logs and pipes, which are read later."""

    def __init__(self, stream: TextIO, steps: int):
        self._stream = stream
        self._steps = steps

    def __enter__(self) -> PlainDisplay:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def phase(self, name: str) -> None:
        """Prints the name of what begins."""
        self._print(f"{name} ...")

    def progress(self, what: str, done: int, total: int) -> None:
        """Prints nothing: steps are what a log wants."""

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Prints a step."""
        self._print(summary_line(metrics, self._steps))

    def warn(self, message: str) -> None:
        """Prints a warning."""
        self._print(f"warning: {message}")

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class NotebookDisplay(PlainDisplay):
    """A line for each part of the run, replaced as it moves on, and plain ones for warnings."""

    def __init__(self, stream: TextIO, steps: int):
        super().__init__(stream, steps)
        self._line = NotebookLine(stream)
        self._begun = ""
        self._pass_rates: list[float] = []

    def __exit__(self, *_: object) -> None:
        self._line.leave()

    def phase(self, name: str) -> None:
        """Begins a line with the name of what begins."""
        self._line.leave()
        self._begun = f"{name} ..."
        self._line.show(self._begun)

    def progress(self, what: str, done: int, total: int) -> None:
        """Adds to the line how far it is."""
        self._line.show(f"{self._begun} {what} {done}/{total}")

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Replaces the line by the step and the pass rate's history."""
        if metrics["pass_rate"] is not None:
            self._pass_rates.append(metrics["pass_rate"])
        self._begun = f"pass rate so far {sparkline(self._pass_rates)}\n{summary_line(metrics, self._steps)}"
        self._line.show(self._begun)


class LiveDisplay:
    """The live panel: step, reward and its history, where the time goes, a sample rollout."""

    def __init__(self, stream: TextIO, steps: int):
        self._console = Console(file=stream)
        self._steps = steps
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._step_bar = self._progress.add_task("steps", total=steps, visible=False)
        self._part_bar = self._progress.add_task("", total=None, visible=False)
        self._pass_rates: list[float] = []
        self._metrics: dict[str, Any] = {}
        self._sample: Rollout | None = None
        self._live = Live(self._render(), console=self._console, refresh_per_second=4, transient=False)

    def __enter__(self) -> LiveDisplay:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.update(self._part_bar, visible=False)
        self._live.update(self._render(), refresh=True)
        self._live.stop()

    def phase(self, name: str) -> None:
        """Shows what begins."""
        self._progress.update(self._part_bar, description=name, completed=0, total=None, visible=True)
        self._live.update(self._render())

    def progress(self, what: str, done: int, total: int) -> None:
        """Moves the lower bar."""
        self._progress.update(self._part_bar, description=what, completed=done, total=total, visible=True)

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Shows a step."""
        self._metrics = metrics
        if metrics["pass_rate"] is not None:
            self._pass_rates.append(metrics["pass_rate"])
        self._sample = rollouts[metrics["step"] % len(rollouts)]
        self._progress.update(self._step_bar, completed=metrics["step"], visible=True)
        self._live.update(self._render())

    def warn(self, message: str) -> None:
        """Prints a warning above the panel."""
        self._console.print(Text(f"warning: {message}", style="yellow"))

    def _render(self) -> Group:
        parts: list[Any] = [self._progress]
        if self._metrics:
            parts.insert(0, self._numbers())
        if self._sample is not None:
            parts.insert(1, _sample_panel(self._sample))
        return Group(*parts)

    def _numbers(self) -> Table:
        m = self._metrics
        table = Table.grid(padding=(0, 2))
        table.add_row("reward", _number(m["reward"]), sparkline(self._pass_rates), "pass rate so far")
        table.add_row("pass rate", _number(m["pass_rate"]), f"groups without variance {m['zero_variance']:.0%}", "")
        for label, own in m.get("env", {}).items():
            table.add_row(label, _number(own.get("pass_rate")), f"pass rate of {own['groups']} groups", "")
        table.add_row(
            "completion",
            f"{m['completion_tokens']:.1f} tok",
            f"truncated {m['truncated']:.0%}",
            f"unscorable {m['unscorable']}",
        )
        spent = {name: m[f"{name}_s"] for name in ("generate", "verify", "train", "sync")}
        total = sum(spent.values()) or 1.0
        split = "  ".join(f"{name} {seconds / total:.0%}" for name, seconds in spent.items())
        table.add_row("speed", f"{m['tokens_per_s']:,.0f} tok/s", split, "")
        return table


def _sample_panel(rollout: Rollout) -> Panel:
    text = Text(rollout.prompt[:_SAMPLE_CHARS], style="dim")
    text.append("\n" + rollout.completion[:_SAMPLE_CHARS], style="green" if rollout.reward.score >= 1 else "red")
    verdict = rollout.reward.outcome or str(rollout.reward.status)
    return Panel(text, title=f"{rollout.task_id}  reward {rollout.reward.score:g}  {verdict}", title_align="left")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def make_display(stream: TextIO, steps: int) -> LiveDisplay | PlainDisplay:
    """Returns the live panel where the stream is a terminal, a notebook's lines or plain ones otherwise."""
    if in_notebook(stream):
        return NotebookDisplay(stream, steps)
    return LiveDisplay(stream, steps) if stream.isatty() else PlainDisplay(stream, steps)
