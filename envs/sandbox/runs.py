"""One job from start to verdict: what is sent to the children, and what their answers mean.

Everything here runs in the judge and treats every byte it receives as hostile.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from .cases import AssertSuite, Call, CallSuite, ProgramSuite, borrowed
from .compare import Comparison
from .live import LiveEncoder
from .server import Ended, ForkServer
from .verdict import Outcome
from .wire import MAX_FRAME, FrameBuffer, Reader, WireError, frame

MAX_OUTPUT = 16 * 2**20
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
    """

    seconds: float
    memory_mb: int

    @property
    def cpu(self) -> int:
        """Whole CPU seconds, more than the wall clock allows: a backstop."""
        return int(self.seconds) + 2


@dataclass(slots=True)
class Result:
    """A verdict in the making: how judging ended, how many tests passed, and why not all."""

    status: Outcome
    passed: int = 0
    reason: str = ""
    total: int | None = field(default=None)


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
        with theirs:
            self.channel = Channel(ours, deadline)
            try:
                memory = limits.memory_mb << 20
                self.pidfd = server.start(memory, limits.cpu, MAX_WRITTEN, [theirs.fileno(), *descriptors])
            except BaseException:
                ours.close()
                raise

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


def described(body: bytes) -> tuple[list[str], str]:
    """Returns (names of an exception's classes, its message) from an error description, all of it hearsay."""
    value = _Shower(body).decode()
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[0], list)):
        raise WireError("no error description")
    names, message = value
    if not names or not all(isinstance(name, str) for name in names) or not isinstance(message, str):
        raise WireError("no error description")
    return names, message


def failure(body: bytes, doing: str) -> Result:
    """Returns the result of a candidate that raised, told by itself."""
    names, message = described(body)
    status = Outcome.MEMORY if "MemoryError" in names else Outcome.ERROR
    return Result(status, reason=f"{doing}: {names[0]}{': ' if message else ''}{message}")


def run_calls(server: ForkServer, code: str, suite: CallSuite, limits: Limits, comparison: Comparison) -> Result:
    """Judges call tests: results come back as bytes and are compared here, with what never left this process."""
    body = b"l\x00\x00\x00\x02" + LiveEncoder().encode(code) + suite.request
    passed, reason, status = 0, "", Outcome.FAILED
    with Job(server, limits, time.monotonic() + limits.seconds) as job:
        try:
            job.channel.send(b"C", body)
            for index, call in enumerate(suite.calls):
                kind, answer = job.channel.receive()
                if kind == b"L":
                    return failure(answer, "loading the code")
                complaint = _complaint(call, kind, answer, comparison)
                if complaint is None:
                    passed += 1
                elif not reason:
                    status = complaint.status
                    reason = f"test {index + 1} of {suite.total}: {complaint.reason}"
        except Expired:
            return Result(Outcome.TIMEOUT, passed, f"no answer within {limits.seconds:g} s")
        except (WireError, RecursionError) as error:  # nested deeper than this process's own stack has room for
            return Result(Outcome.ERROR, passed, f"an answer that is none: {error}")
        except Closed:
            result = job.post_mortem()
            result.passed = passed
            return result
    return Result(Outcome.PASSED, passed) if passed == suite.total else Result(status, passed, reason)


def _complaint(call: Call, kind: bytes, answer: bytes, comparison: Comparison) -> Result | None:
    """Returns what is wrong with the answer to one call, or None."""
    if kind == b"E":
        result = failure(answer, "raised")
        if call.raises and call.raises in described(answer)[0]:
            return None
        return result
    if kind in (b"U", b"V"):
        value = _Shower(answer).decode()
        return Result(Outcome.ERROR if kind == b"U" else Outcome.FAILED, reason=str(value)[:200])
    if kind not in (b"R", b"M") or (kind == b"M") != (call.after is not None):
        raise WireError("a frame of an unknown kind")
    if call.raises:
        return Result(Outcome.FAILED, reason=f"returned {shown(answer)}; {call.raises} was expected")
    result, after = answer, b""
    if call.after is not None:
        result, after = _two(answer)
    if call.expected is not None and not comparison.matches(call.expected, result):
        return Result(Outcome.FAILED, reason=f"returned {shown(result)}")
    if call.after is not None and not comparison.matches(call.after, after):
        return Result(Outcome.FAILED, reason=f"left its arguments as {shown(after)}")
    return None


def _two(answer: bytes) -> tuple[bytes, bytes]:
    """Cuts an encoded list of two into its two encoded values."""
    if answer[:5] != b"l\x00\x00\x00\x02":
        raise WireError("not two values")
    reader = _Skipper(answer)
    reader.at = 5
    reader.value(0)
    return answer[5 : reader.at], answer[reader.at :]


class _Skipper(Reader):
    """Walks over a value without building what it says."""

    def mapping(self, depth: int) -> None:
        for _ in self.pairs(depth):
            pass

    def unordered(self, depth: int) -> None:
        self.sequence(depth)

    def named(self, depth: int) -> None:
        self.named_parts(depth)


class _Shower(_Skipper):
    """Builds something to show from a value: dicts and sets as lists, so that nothing hostile is hashed."""

    def mapping(self, depth: int) -> object:
        return [(key, value) for _, key, value in self.pairs(depth)]

    def unordered(self, depth: int) -> object:
        return self.sequence(depth)

    def named(self, depth: int) -> object:
        return self.named_parts(depth)[1]


def shown(body: bytes) -> str:
    """Returns a short text for an encoded value."""
    if len(body) > 200:
        return f"a value of {len(body)} bytes"
    try:
        return repr(_Shower(body).decode())[:200]
    except (WireError, ValueError, RecursionError):
        return "something unreadable"


def run_programs(server: ForkServer, code: str, suite: ProgramSuite, limits: Limits) -> Result:
    """Judges a program by what it prints, in a fresh process for each test."""
    raw = code.encode("utf-8", "surrogatepass")
    passed, first = 0, None
    for index, (stdin, stdout) in enumerate(suite.pairs):
        result = _run_program(server, raw, stdin, stdout, limits)
        if result.status is Outcome.PASSED:
            passed += 1
        elif first is None:
            first = result
            first.reason = f"test {index + 1} of {suite.total}: {result.reason}"
        if result.status in (Outcome.TIMEOUT, Outcome.MEMORY):
            break  # the next tests would most likely take as long again
    if first is None:
        return Result(Outcome.PASSED, passed)
    first.passed = passed
    return first


@contextlib.contextmanager
def _file(content: bytes) -> Iterator[int]:
    """A file in memory with `content`, open for reading and writing at its start."""
    descriptor = os.memfd_create("stdio", os.MFD_CLOEXEC)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _run_program(server: ForkServer, raw: bytes, stdin: bytes, stdout: str, limits: Limits) -> Result:
    deadline = time.monotonic() + limits.seconds
    with _file(stdin) as given, _file(b"") as printed:
        with Job(server, limits, deadline, given, printed) as job:
            try:
                job.channel.send(b"I", raw)
                kind, answer = job.channel.receive()
                if kind == b"L":
                    return failure(answer, "raised")
            except Expired:
                return Result(Outcome.TIMEOUT, reason=f"still running after {limits.seconds:g} s")
            except WireError as error:
                return Result(Outcome.ERROR, reason=f"an answer that is none: {error}")
            except Closed:
                result = job.post_mortem()
                if result.status is not Outcome.ERROR or not os.WIFEXITED(job.stop().status):
                    return result
        if os.fstat(printed).st_size > MAX_OUTPUT:
            return Result(Outcome.FAILED, reason=f"printed more than {MAX_OUTPUT} bytes")
        found = os.pread(printed, MAX_OUTPUT, 0).decode("utf-8", "replace")
    if _lines(found) == _lines(stdout):
        return Result(Outcome.PASSED)
    return Result(Outcome.FAILED, reason=f"printed {found[:100]!r}")


def _lines(text: str) -> list[str]:
    """Returns the lines of a program's output without trailing blanks and trailing empty lines."""
    return [line.rstrip() for line in text.rstrip().split("\n")]


def run_asserts(server: ForkServer, tester: ForkServer, code: str, suite: AssertSuite, limits: Limits) -> Result:
    """Judges free-form tests: they run in a child of `tester`, on stand-ins for what a child of `server` defines."""
    deadline = time.monotonic() + limits.seconds
    names, imports = borrowed(suite, code)
    body = LiveEncoder().encode([suite.text, suite.context, suite.entry, names, imports])
    left, right = socket.socketpair()
    try:
        with Job(server, limits, deadline, left.fileno()) as job:
            left.close()
            with Job(tester, limits, deadline, right.fileno()) as tests:
                right.close()
                return _watch(job, tests, code, body, limits)
    finally:
        left.close()
        right.close()


def _watch(job: Job, tests: Job, code: str, body: bytes, limits: Limits) -> Result:
    """Waits for the tests' verdict; what the candidate's own child says can only explain a failure."""
    try:
        job.channel.send(b"O", code.encode("utf-8", "surrogatepass"))
    except Expired:
        return Result(Outcome.TIMEOUT, reason=f"not loaded within {limits.seconds:g} s")
    except Closed:
        return job.post_mortem()
    try:
        tests.channel.send(b"A", body)
        kind, answer = tests.channel.receive()
        report = Reader(answer).decode()
        if kind != b"V" or not isinstance(report, list):
            raise WireError("no report of the tests")
        passed, total, reason, why = report
    except Expired:
        return Result(Outcome.TIMEOUT, reason=f"no verdict within {limits.seconds:g} s")
    except (Closed, WireError, ValueError) as error:
        return Result(Outcome.ERROR, reason=f"the tests ended without a verdict {error}".strip())
    if why == "gone":
        return _cause(job)
    if passed == total:
        return Result(Outcome.PASSED, passed, total=total)
    if why == "MemoryError":
        return Result(Outcome.MEMORY, passed, reason, total)
    return Result(Outcome.FAILED if why == "failed" else Outcome.ERROR, passed, reason, total)


def _cause(job: Job) -> Result:
    """Returns why the candidate's child left the tests alone."""
    try:
        kind, answer = job.channel.receive()
        if kind == b"L":
            return failure(answer, "loading the code")
    except (Expired, WireError):
        pass
    except Closed:
        return job.post_mortem()
    return Result(Outcome.ERROR, reason="stopped answering the tests")
