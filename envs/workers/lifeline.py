"""What is nobody's any more stops computing, also before it has read a word."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def lifeline(channel: socket.socket) -> Iterator[None]:
    """Ends this process at once when the other end of its socket goes while the body runs.

    For what a process does before it reads its socket, such as importing sympy. Where verifiers are killed for being
    late, each leaves such a process behind; were it to go on loading for nobody, the next ones would be later still.
    No thread is left after the body, so that it may be followed by forks.
    """
    done, stop = os.pipe()
    poll = select.poll()
    poll.register(channel, select.POLLHUP)
    poll.register(done, select.POLLHUP)

    def watch() -> None:
        if any(fd == channel.fileno() for fd, _ in poll.poll()):
            os._exit(0)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        os.close(stop)
        watcher.join()
        os.close(done)
