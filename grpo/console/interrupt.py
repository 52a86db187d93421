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
        on_request: Called once, at the first signal, to tell the person what happens now.
    """

    def __init__(self, on_request: Callable[[], None]):
        self.requested = False
        self._on_request = on_request
        self._saved: dict[int, object] = {}

    def __enter__(self) -> Interrupt:
        in_reach = threading.current_thread() is threading.main_thread()
        for number in (signal.SIGINT, signal.SIGTERM) if in_reach else ():
            self._saved[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._saved.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        if not self.requested:
            self.requested = True
            self._on_request()
