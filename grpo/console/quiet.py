"""Keeps the screen for the run: what libraries print goes to a log file instead."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TextIO

from envs.core.errors import GymWarning

QUIET_ENVIRONMENT = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
}


class Screen:
    """The terminal as it was at start, and the log that stands in for it.

    C++ code prints past `sys.stdout`, so the file descriptors themselves are redirected. `out` and `err` go on writing
    to the terminal.

    Args:
        verbose: Redirect nothing.
        silent: Show nothing of the run: another process does, or the person wants it quiet.
    """

    def __init__(self, verbose: bool = False, silent: bool = False):
        self.verbose = verbose
        self.silent = silent
        self.out: TextIO = sys.stdout
        self.err: TextIO = sys.stderr
        self._person: tuple[TextIO, TextIO] = self.out, self.err
        self._stack = contextlib.ExitStack()
        self._log: IO[bytes] | None = None

    def redirect(self) -> None:
        """Sends everything printed from now on, by whatever library, to a log that `keep_log` gives a name."""
        if self.verbose:
            return
        for name, value in QUIET_ENVIRONMENT.items():
            if name not in os.environ:
                os.environ[name] = value
                self._stack.callback(os.environ.pop, name, None)
        sys.stdout.flush()
        sys.stderr.flush()
        self.out = self._kept(sys.stdout, 1)
        self.err = self._kept(sys.stderr, 2)
        self._person = self.out, self.err
        if self.silent:
            self.out = self.err = self._stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        for descriptor in (1, 2):
            saved = os.dup(descriptor)
            self._stack.callback(os.close, saved)
            self._stack.callback(os.dup2, saved, descriptor)
        self._log = self._stack.enter_context(tempfile.TemporaryFile())
        self._point_at(self._log.fileno())
        # Whatever stands for sys.stdout and sys.stderr may not write to descriptors 1 and 2.
        self._stack.enter_context(contextlib.redirect_stdout(self._descriptor_writer(1)))
        self._stack.enter_context(contextlib.redirect_stderr(self._descriptor_writer(2)))
        shown = warnings.showwarning
        logging.captureWarnings(True)
        if warnings.showwarning is not shown:  # nobody had captured them before
            self._stack.callback(logging.captureWarnings, False)
        self._show_own_warnings()

    def _kept(self, stream: TextIO, descriptor: int) -> TextIO:
        """Returns what goes on writing to the person: the terminal, or a notebook's stream, which is no descriptor."""
        try:
            is_descriptor = stream.fileno() == descriptor
        except (OSError, ValueError, AttributeError):
            is_descriptor = False
        if not is_descriptor:
            return stream
        kept = os.fdopen(os.dup(descriptor), "w", buffering=1, encoding="utf-8", errors="replace")
        self._stack.callback(kept.close)
        return kept

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """While active, what is printed reaches the person, quiet or not, and not the log; for code of the user's."""
        out, err = self._person
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield

    @staticmethod
    def _descriptor_writer(descriptor: int) -> TextIO:
        return open(descriptor, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)

    def _show_own_warnings(self) -> None:
        """Lets what this package warns of through to the person."""
        handler = logging.StreamHandler(self.err)
        handler.setFormatter(logging.Formatter("warning: %(message)s"))
        own = logging.getLogger("grpo")
        own.addHandler(handler)
        self._stack.callback(own.removeHandler, handler)
        shown = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, GymWarning):
                own.warning("%s", message)
            else:
                shown(message, category, *where, **more)

        warnings.showwarning = show
        self._stack.callback(setattr, warnings, "showwarning", shown)

    def keep_log(self, path: Path) -> None:
        """Moves the log to a file, what it holds already included."""
        if self._log is None:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._log.seek(0)
        os.write(descriptor, self._log.read())
        self._point_at(descriptor)
        os.close(descriptor)

    def _point_at(self, descriptor: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)

    def restore(self) -> None:
        """Gives the terminal back; safe to call twice."""
        sys.stdout.flush()
        sys.stderr.flush()
        self._stack.close()
        self._log = None
        self._person = self.out, self.err = sys.stdout, sys.stderr
