"""Asks sympy in another process, with a deadline that ends in SIGKILL.

One server for a process, started on first use and again after a fork; one worker at a time. A worker that misses its
deadline is killed and its successor forked in milliseconds from the server, where sympy is loaded. No signals are
handled and no threads are started here, so this works in any thread and under any event loop.
"""

from __future__ import annotations

import atexit
import os
import select
import socket
import struct
import subprocess
import threading
import time
from dataclasses import dataclass, field

from envs.judges.math.equality.plain import to_plain
from envs.judges.math.grammar.limits import OutOfTime
from envs.judges.math.grammar.nodes import Node
from envs.workers import child, framing

_COMMAND = struct.Struct("!cq")
_CONTROL_SECONDS = 5.0
WARM_SECONDS = 120.0


class NotReady(Exception):
    """Sympy is still being loaded: the fault is ours, not the answer's."""


@dataclass
class _Server:
    """The process with sympy loaded, and the worker forked from it."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    owner: int = field(default_factory=os.getpid)
    ready: bool = False
    worker: socket.socket | None = None
    worker_pid: int = 0

    def await_ready(self, deadline: float) -> None:
        """Waits for the first message of the server.

        Raises:
            NotReady: It has not come by the deadline.
        """
        if self.ready:
            return
        if not _readable(self.control, deadline):
            raise NotReady
        framing.receive(self.control)
        self.ready = True

    def fork_worker(self) -> socket.socket:
        """Returns the connection to a worker, forking one where there is none."""
        if self.worker is None:
            ours, theirs = socket.socketpair()
            with theirs:
                socket.send_fds(self.control, [_COMMAND.pack(b"w", 0)], [theirs.fileno()])
            self.worker_pid = framing.receive(self.control)["pid"]
            self.worker = ours
        return self.worker

    def kill_worker(self) -> None:
        """Ends the worker, whatever it is doing."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None
            self.control.sendall(_COMMAND.pack(b"k", self.worker_pid))
            framing.receive(self.control)

    def close(self) -> None:
        """Ends the server, and with it the worker."""
        if self.worker is not None:
            self.worker.close()
        self.control.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()


_lock = threading.Lock()
_server: _Server | None = None


def equal(a: Node, b: Node, deadline: float) -> bool:
    """Whether sympy proves two scalars equal.

    Raises:
        OutOfTime: It did not finish by the deadline, on the clock of `time.monotonic`.
        NotReady: Sympy could not be started in time.
    """
    return _ask("equal", a, b, deadline)


def same_equation(a: Node, b: Node, deadline: float) -> bool:
    """Whether `a = 0` and `b = 0` are one equation once denominators are cleared; raises as `equal` does."""
    return _ask("equation", a, b, deadline)


def warm(seconds: float = WARM_SECONDS) -> None:
    """Starts the server and waits until sympy is loaded, so that no verdict has to.

    Args:
        seconds: How long to wait.

    Raises:
        NotReady: It did not start in time.
    """
    with _lock:
        try:
            _current().await_ready(time.monotonic() + seconds)
        except (OSError, EOFError) as error:  # it ended while it was loading
            _discard()
            raise NotReady from error


def shut_down() -> None:
    """Ends the server of this process; the next question starts another."""
    global _server
    with _lock:
        if _server is not None:
            _server.close()
            _server = None


def _ask(question: str, a: Node, b: Node, deadline: float) -> bool:
    request = {"question": question, "a": to_plain(a), "b": to_plain(b)}
    if not _lock.acquire(timeout=max(deadline - time.monotonic(), 0.0)):
        raise OutOfTime
    try:
        return _exchange(request, deadline)
    except (OSError, EOFError) as error:
        _discard()
        raise NotReady from error
    finally:
        _lock.release()


def _exchange(request: dict[str, object], deadline: float) -> bool:
    server = _current()
    server.await_ready(deadline)
    for _ in range(2):  # a worker may have died since its last answer
        worker = server.fork_worker()
        try:
            framing.send(worker, request)
            if _readable(worker, deadline):
                return framing.receive(worker)["answer"]
        except (EOFError, OSError):
            server.kill_worker()
            continue
        break
    server.kill_worker()
    raise OutOfTime


def _current() -> _Server:
    global _server
    if _server is not None and (_server.owner != os.getpid() or _server.process.poll() is not None):
        _discard()
    if _server is None:
        _server = _start()
    return _server


def _discard() -> None:
    global _server
    if _server is not None:
        _server.close()
        _server = None


def _start() -> _Server:
    process, ours = child.start("envs.judges.math.equality.symbolic_server", quiet=True)
    ours.settimeout(_CONTROL_SECONDS)
    return _Server(process, ours)


def _readable(channel: socket.socket, deadline: float) -> bool:
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    return bool(poll.poll(max(deadline - time.monotonic(), 0.0) * 1000))


def _reset_after_fork() -> None:
    """A lock that another thread held at the fork would stay locked for ever in the child."""
    global _lock
    _lock = threading.Lock()


atexit.register(shut_down)
os.register_at_fork(after_in_child=_reset_after_fork)
