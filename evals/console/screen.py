"""What a person sees of an eval: a bar on a terminal, a replaced line in a notebook, now and then one elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grpo.console.notebook import NotebookLine, in_notebook
from grpo.console.quiet import Screen

_PLAIN_EVERY_S = 5.0


class EvalScreen:
    """Shows progress on stderr, and keeps what libraries print away from it.

    Args:
        verbose: Let the libraries print.
        keeps: Whether what is made is kept as it comes in, which is said where it is interrupted.
    """

    def __init__(self, verbose: bool = False, keeps: bool = True):
        self._screen = Screen(verbose)
        self._keeps = keeps
        self._bar: Progress | None = None
        self._line: NotebookLine | None = None
        self._tasks: dict[str, int] = {}
        self._began = False  # before the first sample there is nothing to keep
        self._last = time.monotonic()
        self._under_way: set[str] = set()  # what a line has told of, and not yet its end

    def __enter__(self) -> EvalScreen:
        self._screen.redirect()
        if self._screen.err.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(file=self._screen.err), transient=True)
            self._bar.start()
        elif in_notebook(self._screen.err):
            self._line = NotebookLine(self._screen.err)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._line is not None:
            self._line.leave()
        if kind is KeyboardInterrupt:
            kept = "; the samples made so far are kept, and the same command goes on from there"
            self.say(f"stopped{kept if self._keeps and self._began else ''}")
        self._screen.restore()

    def say(self, line: str) -> None:
        """Prints a line, above the bar where there is one."""
        if self._line is not None:
            self._line.leave()
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, soft_wrap=True)
        else:
            print(line, file=self._screen.err, flush=True)

    def progress(self, what: str, done: int, total: int) -> None:
        """Moves the bar of one part of the work."""
        self._began = True
        if self._line is not None:
            self._line.show(f"{what} {done}/{total}")
            return
        if self._bar is None:
            self._tell(what, done, total)
            return
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=total)
        self._bar.update(self._tasks[what], completed=done, total=total)  # type: ignore[arg-type]

    def _tell(self, what: str, done: int, total: int) -> None:
        """Prints a line now and then, and the end of whatever it has told of."""
        now = time.monotonic()
        if now - self._last < _PLAIN_EVERY_S and not (done == total and what in self._under_way):
            return
        self._last = now
        self.say(f"{what} {done}/{total}")
        (self._under_way.discard if done == total else self._under_way.add)(what)
