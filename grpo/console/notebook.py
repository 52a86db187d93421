"""A line in a notebook's cell that is replaced as things move on, so that a day of training leaves a few."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

_EVERY_S = 1.0


def in_notebook(stream: TextIO) -> bool:
    """Returns whether what is written to a stream is shown beneath a notebook's cell."""
    return type(stream).__module__.partition(".")[0] == "ipykernel"


class NotebookLine:
    """Text beneath the cell that each new text replaces, at most once a second.

    What is printed after it stands below, so `leave` it where another part of the work begins.

    Args:
        stream: What else is written to beneath this cell.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._handle: DisplayHandle | None = None
        self._held: str | None = None
        self._last = float("-inf")

    def show(self, text: str) -> None:
        """Replaces the text, now or where the next one comes a second later."""
        now = time.monotonic()
        if now - self._last < _EVERY_S:
            self._held = text
        else:
            self._last = now
            self._write(text)

    def leave(self) -> None:
        """Writes the last text, if it is still held back, and begins a new line with the next."""
        if self._held is not None:
            self._write(self._held)
        self._handle, self._last = None, float("-inf")

    def _write(self, text: str) -> None:
        from IPython.display import display

        self._held = None
        shown: Any = {"text/plain": text}
        if self._handle is None:
            self._stream.flush()  # what was printed before stands above
            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)
