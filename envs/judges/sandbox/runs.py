"""One job from start to verdict: what is sent to the children, and what their answers mean.

Everything here runs in the judge and treats every byte it receives as hostile.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from envs.judges.sandbox.cases import AssertSuite, Call, CallSuite, ProgramSuite, suite
from envs.judges.sandbox.compare import Comparison
from envs.judges.sandbox.crossing.live import LiveEncoder
from envs.judges.sandbox.crossing.wire import Reader, WireError
from envs.judges.sandbox.host.jobs import Closed, Expired, Job, Limits, Result
from envs.judges.sandbox.host.server import ForkServer
from envs.judges.sandbox.verdict import Outcome

MAX_OUTPUT = 16 * 2**20
WORLDS = 40  # a hearing does what the tests did some 30 times
SHORT = 400  # a record of so many entries is done again that often within a second
HEARINGS = 2  # who bets that the first question holds the tests' own values wins one in fifty


def described(body: bytes) -> tuple[list[str], str]:
    """Returns (names of an exception's classes, its message) from an error description, all of it hearsay."""
    value = decoded(body)
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


def decoded(body: bytes) -> Any:
    """Returns what hostile bytes say, fit to be looked at.

    Raises:
        WireError: They say nothing, or nothing this process has the room for.
    """
    try:
        return _Shower(body).decode()
    except (RecursionError, MemoryError, OverflowError) as error:
        raise WireError(f"a value that cannot be read: {type(error).__name__}") from error


def run_calls(
    server: ForkServer, code: str, suite: CallSuite, limits: Limits, comparison: Comparison, prelude: bool = False
) -> Result:
    """Judges call tests: results come back as bytes and are compared here, with what never left this process."""
    body = b"l\x00\x00\x00\x03" + LiveEncoder().encode(code) + suite.request + (b"T" if prelude else b"F")
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
        return Result(Outcome.ERROR if kind == b"U" else Outcome.FAILED, reason=told(answer))
    if kind not in (b"R", b"M") or (kind == b"M") != (call.after is not None):
        raise WireError("a frame of an unknown kind")
    if call.raises:
        return Result(Outcome.FAILED, reason=f"returned {shown(answer)}; {call.raises} was expected")
    result, after = answer, b""
    if call.after is not None:
        result, after = _two(answer)
    wanted = () if call.expected is None else (call.expected, *call.others)
    if wanted and not any(comparison.matches(one, result) for one in wanted):
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
        return repr(decoded(body))[:200]
    except (ValueError, RecursionError, MemoryError):  # a `WireError`, or digits and nesting beyond what is printed
        return "something unreadable"


def told(body: bytes) -> str:
    """Returns a message of the candidate's side, or a short text for whatever else it has sent."""
    try:
        value = decoded(body)
    except WireError:
        return "something unreadable"
    return value[:200] if isinstance(value, str) else shown(body)


def run_programs(
    server: ForkServer, code: str, suite: ProgramSuite, limits: Limits, right: Checker, prelude: bool = False
) -> Result:
    """Judges a program by what it prints, in a fresh process for each test; `right` compares, given input and texts."""
    body = LiveEncoder().encode([code.encode("utf-8", "surrogatepass"), prelude])
    passed, first = 0, None
    for index, (stdin, stdout) in enumerate(suite.pairs):
        result = _run_program(server, body, stdin, limits)
        if isinstance(result, str):
            complaint = right(stdin, result, stdout)
            result = complaint or Result(Outcome.PASSED)
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


Checker = Callable[[bytes, str, str], Result | None]


def checker(tester: Callable[[], ForkServer], tests: ProgramSuite, limits: Limits, comparison: Comparison) -> Checker:
    """Returns what compares the output of programs: a rule, or the data set's own checker in a child of `tester`."""

    def by_rule(stdin: bytes, found: str, expected: str) -> Result | None:
        if tests.output.same(expected, found, comparison.rel_tol, comparison.abs_tol):
            return None
        return Result(Outcome.FAILED, reason=f"printed {found[:100]!r}")

    def by_program(stdin: bytes, found: str, expected: str) -> Result | None:
        arguments = [stdin.decode("utf-8", "surrogateescape"), found, expected]
        calls = suite([{"args": arguments, "expected": True}], "check")
        assert isinstance(calls, CallSuite)
        result = run_calls(tester(), tests.output.checker, calls, limits, comparison)
        if result.status is Outcome.PASSED:
            return None
        return Result(Outcome.FAILED, reason=f"printed {found[:100]!r}; the checker: {result.reason}")

    return by_program if tests.output.checker else by_rule


@contextlib.contextmanager
def file_in_memory(content: bytes) -> Iterator[int]:
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


def _run_program(server: ForkServer, body: bytes, stdin: bytes, limits: Limits) -> Result | str:
    """Returns what a program printed, or how it failed."""
    deadline = time.monotonic() + limits.seconds
    with file_in_memory(stdin) as given, file_in_memory(b"") as printed:
        with Job(server, limits, deadline, given, printed) as job:
            try:
                job.channel.send(b"I", body)
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
        # An undecodable byte becomes what no text of the tests holds, rather than U+FFFD, which a text may hold.
        return os.pread(printed, MAX_OUTPUT, 0).decode("utf-8", "surrogateescape")


def run_asserts(
    server: ForkServer, tester: ForkServer, code: str, suite: AssertSuite, limits: Limits, prelude: bool = False
) -> Result:
    """Judges free-form tests: they run in a child of `tester`, on stand-ins for what a child of `server` defines."""
    names = suite.names
    listed = [list(names.free), list(names.classes), list(names.shadowed)]
    body = LiveEncoder().encode([suite.text, suite.context, suite.entry, *listed])
    source = LiveEncoder().encode([code.encode("utf-8", "surrogatepass"), prelude])
    started = time.monotonic()
    report = _report(server, tester, source, (b"A", body), limits)
    quick = (time.monotonic() - started) * WORLDS < limits.seconds
    if isinstance(report, Result):
        return report
    passed, total, reason, why, hearsay, evidence, told = report
    told = tuple(told)
    if passed < total:
        if why == "MemoryError":
            return Result(Outcome.MEMORY, passed, reason, total)
        return Result(Outcome.FAILED if why == "failed" else Outcome.ERROR, passed, reason, total)
    objection = _hearing(server, tester, source, evidence, limits, quick) if evidence else ""
    if objection:
        what = f"`{told[0]}`" if told else "this"
        reason = f"only what the code says of itself would decide {what}, and {objection}"
        return Result(Outcome.FAILED, passed - 1, reason, total, hearsay, told)
    return Result(Outcome.PASSED, passed, total=total, hearsay=hearsay, hearsay_in=told)


def _hearing(
    server: ForkServer, tester: ForkServer, source: bytes, evidence: list[Any], limits: Limits, quick: bool
) -> str:
    """Returns what speaks against hearsay once the candidate is asked again, in a new process, or an empty text.

    A hearing that comes to no end speaks against hearsay that stands alone, and beside other assertions against code
    that was `quick` with the tests and takes long over values near theirs.
    """
    alone, questions, record = evidence
    quick = quick and len(record) <= SHORT
    if alone and not questions:
        return "it cannot be asked again"
    near = False
    for _ in range(HEARINGS):
        asked = (b"H", LiveEncoder().encode([*evidence, near]))
        report = _report(server, tester, source, asked, limits)
        if isinstance(report, Result):
            # Right code may take long over values far from the tests' own; over the next ones it does not.
            if alone or not quick or near:
                return f"asked again: {report.reason}" if alone or quick else ""
            near = True
        elif report[0] or not alone:
            return str(report[0])
    return ""


def _report(
    server: ForkServer, tester: ForkServer, source: bytes, work: tuple[bytes, bytes], limits: Limits
) -> Result | list[Any]:
    """Returns what the tests' child reports of its work on the candidate, or how that ended without a report."""
    deadline = time.monotonic() + limits.seconds
    left, right = socket.socketpair()
    try:
        with Job(server, limits, deadline, left.fileno()) as job:
            left.close()
            with Job(tester, limits, deadline, right.fileno()) as tests:
                right.close()
                return _watch(job, tests, source, work, limits)
    finally:
        left.close()
        right.close()


def _watch(job: Job, tests: Job, source: bytes, work: tuple[bytes, bytes], limits: Limits) -> Result | list[Any]:
    """Waits for the tests' report; what the candidate's own child says can only explain a failure."""
    try:
        job.channel.send(b"O", source)
    except Expired:
        return Result(Outcome.TIMEOUT, reason=f"not loaded within {limits.seconds:g} s")
    except Closed:
        return job.post_mortem()
    try:
        tests.channel.send(*work)
        kind, answer = tests.channel.receive()
        report = Reader(answer).decode()
        if kind != b"V" or not isinstance(report, list):
            raise WireError("no report of the tests")
    except Expired:
        return Result(Outcome.TIMEOUT, reason=f"no verdict within {limits.seconds:g} s")
    except (Closed, WireError, ValueError, RecursionError) as error:
        return Result(Outcome.ERROR, reason=f"the tests ended without a verdict {error}".strip())
    return _cause(job) if "gone" in report else report


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
