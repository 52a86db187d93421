"""One job from start to verdict: what is sent to the children, and what their answers mean.

Everything here runs in the judge and treats every byte it receives as hostile.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator

from envs.judges.sandbox.cases import AssertSuite, Call, CallSuite, ProgramSuite, borrowed
from envs.judges.sandbox.compare import Comparison
from envs.judges.sandbox.crossing.live import LiveEncoder
from envs.judges.sandbox.crossing.wire import Reader, WireError
from envs.judges.sandbox.host.jobs import Closed, Expired, Job, Limits, Result
from envs.judges.sandbox.host.server import ForkServer
from envs.judges.sandbox.verdict import Outcome

MAX_OUTPUT = 16 * 2**20


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
