"""Ctrl-C that finishes the step: the first one asks, the second one means it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


class Interrupt:
    """While active, the first SIGINT or SIGTERM sets `requested`; a second SIGINT raises KeyboardInterrupt.

    Interrupting a notebook's kernel is a SIGINT. Signals reach the main thread alone: in another nothing is changed.

    Args:
        on_request: Called once, at the first signal, to tell the person what happens now. It is called in a thread of
            its own: a signal may come while a line is being written, and who writes then from its handler breaks in.
    """

    def __init__(self, on_request: Callable[[], None]):
        self.requested = False
        self._on_request = on_request
        self._saved: dict[int, object] = {}
        self._over = threading.Event()
        self._teller = threading.Thread(target=self._tell, name="interrupt", daemon=True)

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._teller.start()
            for number in (signal.SIGINT, signal.SIGTERM):
                self._saved[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._saved.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._over.set()
        if self._saved:
            self._teller.join()

    def _tell(self) -> None:
        self._over.wait()
        if self.requested:
            self._on_request()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        if not self.requested:
            self.requested = True
            self._over.set()
