"""One child of a fork server as the judge sees it: a socket with a deadline, and an end that is certain."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from dataclasses import dataclass, field

from envs.judges.sandbox.crossing.wire import MAX_FRAME, FrameBuffer, frame
from envs.judges.sandbox.host.server import Ended, ForkServer
from envs.judges.sandbox.verdict import Outcome

MAX_WRITTEN = 32 * 2**20


class Expired(Exception):
    """The deadline of a job has passed."""


class Closed(Exception):
    """The child closed its socket, most often by ending."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use.

    Attributes:
        seconds: Wall time, all its tests together; for programs, each.
        memory_mb: Address space.
        cpu: Whole CPU seconds of each of its processes.
    """

    seconds: float
    memory_mb: int
    cpu: int


@dataclass(slots=True)
class Result:
    """A verdict in the making: how judging ended, how many tests passed, why not all, and how much was hearsay."""

    status: Outcome
    passed: int = 0
    reason: str = ""
    total: int | None = field(default=None)
    hearsay: int = 0
    hearsay_in: tuple[str, ...] = ()


class Channel:
    """The judge's end of a job's socket: frames in both directions, none of them waited for beyond the deadline."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self.buffer = FrameBuffer(MAX_FRAME + 64)
        self.poll = select.poll()
        connection.setblocking(False)

    def send(self, kind: bytes, body: bytes) -> None:
        """Sends one frame.

        Raises:
            Expired: The child did not take it in time.
            Closed: There is no child any more.
        """
        waiting = memoryview(frame(kind, body))
        while waiting:
            try:
                waiting = waiting[self.connection.send(waiting) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except OSError as error:
                raise Closed from error

    def receive(self) -> tuple[bytes, bytes]:
        """Returns the next frame.

        Raises:
            Expired: None came in time.
            Closed: None will come.
            WireError: What came is no frame.
        """
        while True:
            found = self.buffer.next()
            if found is not None:
                return found
            self._wait(select.POLLIN)
            try:
                chunk = self.connection.recv(1 << 18)
            except BlockingIOError:
                continue
            except OSError as error:
                raise Closed from error
            if not chunk:
                raise Closed
            self.buffer.feed(chunk)

    def _wait(self, event: int) -> None:
        left = self.deadline - time.monotonic()
        self.poll.register(self.connection, event)
        if left <= 0 or not self.poll.poll(left * 1000):
            raise Expired


class Job:
    """A child of a fork server with a channel to it. Its process is gone when the `with` block ends."""

    def __init__(self, server: ForkServer, limits: Limits, deadline: float, *descriptors: int) -> None:
        """Starts the child; `descriptors` are passed on and stay the caller's to close."""
        self.server = server
        self.ended: Ended | None = None
        ours, theirs = socket.socketpair()
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        with theirs:
            self.channel = Channel(ours, deadline)
            try:
                memory = limits.memory_mb << 20
                given = [theirs.fileno(), *descriptors, nothing]
                self.pidfd = server.start(memory, limits.cpu, MAX_WRITTEN, given)
            except BaseException:
                ours.close()
                raise
            finally:
                os.close(nothing)

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> Ended:
        """Kills the child if it still lives, and returns how it ended.

        Raises:
            ServerLost: Its server is gone.
        """
        if self.ended is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            os.close(self.pidfd)
            self.channel.connection.close()
            self.ended = Ended(signal.SIGKILL, 0, 0.0)
            self.ended = self.server.end()
        return self.ended

    def post_mortem(self) -> Result:
        """Says why a child that closed its socket before it had answered may have done so."""
        waiting = select.poll()
        waiting.register(self.pidfd, select.POLLIN)
        if self.ended is None and not waiting.poll(50):  # it has closed its socket, so it is most likely ending
            self.stop()
            return Result(Outcome.ERROR, reason="closed its socket and went on")
        status = self.stop().status
        if os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            if name == "SIGXCPU":
                return Result(Outcome.TIMEOUT, reason="used up its CPU time")
            if name == "SIGKILL":
                return Result(Outcome.MEMORY, reason="killed; most likely out of memory")
            return Result(Outcome.ERROR, reason=f"died of {name}")
        return Result(Outcome.ERROR, reason=f"ended with exit code {os.WEXITSTATUS(status)} before it had answered")
