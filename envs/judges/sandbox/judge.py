"""The judge: code and tests in, verdicts out."""

from __future__ import annotations

import asyncio
import math
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from envs.core.errors import UsageError
from envs.judges.sandbox.cases import AssertSuite, CallSuite, Suite, suite
from envs.judges.sandbox.compare import Comparison
from envs.judges.sandbox.host.jobs import Limits, Result
from envs.judges.sandbox.host.layout import layout
from envs.judges.sandbox.host.levels import Refused, Starter, wanted_levels
from envs.judges.sandbox.host.server import ForkServer, ServerLost
from envs.judges.sandbox.runs import checker, run_asserts, run_calls, run_programs
from envs.judges.sandbox.verdict import Outcome, Verdict

MAX_SOURCE = 2**20


class _Worker:
    """A place where one job at a time is judged: a fork server for candidates, and one for tests once needed."""

    def __init__(self, starter: Starter) -> None:
        self.starter = starter
        self.candidates: ForkServer | None = None
        self.testers: ForkServer | None = None

    def run(self, code: str, tests: Suite, limits: Limits, comparison: Comparison, prelude: bool) -> Result:
        """Judges one job, on fresh servers where the old ones turn out to be gone."""
        for _ in range(2):
            try:
                return self._run(code, tests, limits, comparison, prelude)
            except ServerLost as error:
                lost = error
                self.close()
        return Result(Outcome.ERROR, reason=f"the sandbox was lost twice while this ran: {lost}")

    def _run(self, code: str, tests: Suite, limits: Limits, comparison: Comparison, prelude: bool) -> Result:
        if self.candidates is None:
            self.candidates = self.starter.start()
        if isinstance(tests, CallSuite):
            return run_calls(self.candidates, code, tests, limits, comparison, prelude)
        if not isinstance(tests, AssertSuite):
            right = checker(self._tester, tests, limits, comparison)
            return run_programs(self.candidates, code, tests, limits, right, prelude)
        return run_asserts(self.candidates, self._tester(), code, tests, limits, prelude)

    def _tester(self) -> ForkServer:
        if self.testers is None:
            self.testers = self.starter.start()
        return self.testers

    def close(self) -> None:
        """Ends the servers."""
        for server in (self.candidates, self.testers):
            if server is not None:
                server.close()
        self.candidates = self.testers = None


@dataclass(frozen=True)
class Options:
    """What a judge allows and how it compares.

    Attributes:
        timeout: Wall seconds for all tests of one job; for stdin/stdout tests, for each.
        cpu_seconds: CPU seconds of each process of a job, kept by the kernel to the next whole second; a little more
            than the wall clock allows where omitted. On a busy machine a generous `timeout` with a tight `cpu_seconds`
            lets slow but right code finish.
        memory_mb: Address space of a job, in MiB.
        rel_tol: Relative tolerance of floats in call tests.
        abs_tol: Absolute tolerance of floats in call tests.
        lists_for_tuples: Whether an expected list accepts a tuple: for tests out of JSON, which has no tuples.
        packages: Packages outside the standard library that judged code may import, where installed.
    """

    timeout: float = 10.0
    cpu_seconds: float | None = None
    memory_mb: int = 512
    rel_tol: float = 1e-6
    abs_tol: float = 1e-9
    lists_for_tuples: bool = False
    packages: tuple[str, ...] = ("numpy", "sortedcontainers")  # as the judges of contests have them

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= 3600:
            raise UsageError(f"timeout: {self.timeout!r} is not between 0 and 3600 seconds")
        if self.cpu_seconds is not None and not 0 < self.cpu_seconds <= 3600:
            raise UsageError(f"cpu_seconds: {self.cpu_seconds!r} is not between 0 and 3600 seconds")
        if not 64 <= self.memory_mb <= 2**20:
            raise UsageError(f"memory_mb: {self.memory_mb!r} is not between 64 and 1048576")
        if self.rel_tol < 0 or self.abs_tol < 0:
            raise UsageError("rel_tol and abs_tol: tolerances cannot be negative")

    def limits(self, timeout: float | None) -> Limits:
        """Returns the limits of one job, whose `timeout` may be its own.

        Raises:
            UsageError: It is out of range.
        """
        seconds = self.timeout if timeout is None else Options(timeout=timeout).timeout
        cpu = seconds + 1 if self.cpu_seconds is None else self.cpu_seconds
        return Limits(seconds, self.memory_mb, math.ceil(cpu))


class CodeJudge:
    """Judges code by running it where it can reach neither the verdict nor the machine.

    May be used from any thread; up to `workers` jobs run at once, each on a fork server of its own, started when first
    needed. All sandbox processes end with `close`, and with this process however it ends.

        with CodeJudge() as judge:
            verdict = judge.judge("def add(a, b): return a + b", "assert add(1, 2) == 3")

    Args:
        workers: Jobs at a time.
        level: The one level of isolation to use, a key of `LEVELS`; the best to be had where omitted.
        unsafe_exec: `"i-accept"` to fall back to running code without isolation.
        options: Fields of `Options`.

    Raises:
        UsageError: An option is out of range.
    """

    def __init__(
        self, *, workers: int = 1, level: str | None = None, unsafe_exec: str | None = None, **options: Any
    ) -> None:
        if not isinstance(workers, int) or workers < 1:
            raise UsageError(f"workers: {workers!r} is not a number of at least 1")
        unknown = options.keys() - Options.__dataclass_fields__.keys()
        if unknown:
            raise UsageError(f"CodeJudge has no option {sorted(unknown)[0]!r}")
        self.options = Options(**options)
        self.workers = workers
        self._levels = wanted_levels(level, unsafe_exec)
        tolerant = self.options.lists_for_tuples
        self._comparison = Comparison(self.options.rel_tol, self.options.abs_tol, tolerant)
        self._lock = threading.Lock()
        self._owner = 0
        self._closed = False
        self._open()

    def _open(self) -> None:
        """Makes the workers of this process; after a fork, the child's own."""
        self._owner = os.getpid()
        self._starter = Starter(self._levels, layout(tuple(self.options.packages)), self.options.memory_mb)
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._all = [_Worker(self._starter) for _ in range(self.workers)]
        for worker in reversed(self._all):
            self._idle.put(worker)
        self._threads: ThreadPoolExecutor | None = None

    @property
    def level(self) -> str:
        """The level in force; `unknown` before the first job, `refused` where there is none."""
        if self._starter.level is not None:
            return self._starter.level
        return "refused" if self._starter.missing else "unknown"

    def judge(
        self,
        code: str,
        tests: Any,
        entry_point: str | None = None,
        context: str = "",
        timeout: float | None = None,
        prelude: bool = False,
    ) -> Verdict:
        """Judges one piece of code.

        Args:
            code: Python source, as hostile as it likes.
            tests: See `envs.judges.sandbox.cases.suite`.
            entry_point: The function under test, where the tests do not tell.
            context: For assert text: trusted source the tests may use.
            timeout: Seconds for this job, where the judge's own are not wanted.
            prelude: Whether the code may use names of the usual libraries without importing them, as the harnesses of
                contest data sets allow.

        Returns:
            The verdict. What the code does never raises here.

        Raises:
            UsageError: The tests are in no form that can be run, or the judge is closed.
        """
        started = time.monotonic()
        if not isinstance(code, str):
            raise UsageError(f"code must be text, not {type(code).__name__}")
        checked = suite(tests, entry_point, context)
        result = self._result(code, checked, self.options.limits(timeout), prelude)
        total = checked.total if result.total is None else result.total
        score = int(result.status is Outcome.PASSED)
        reason = result.reason.encode("utf-8", "backslashreplace").decode()[:400]
        reason = " ".join(reason.replace("\0", "\\0").split())
        elapsed = (time.monotonic() - started) * 1000
        told = result.hearsay, result.hearsay_in
        return Verdict(score, result.status, result.passed, total, reason, round(elapsed, 3), self.level, *told)

    def _result(self, code: str, tests: Suite, limits: Limits, prelude: bool) -> Result:
        if len(code) > MAX_SOURCE:
            return Result(Outcome.ERROR, reason=f"the code has {len(code)} characters; {MAX_SOURCE} are the limit")
        if "\0" in code:
            return Result(Outcome.ERROR, reason="the code holds a NUL character")
        worker = self._take()
        try:
            return worker.run(code, tests, limits, self._comparison, prelude)
        except Refused as error:
            return Result(Outcome.REFUSED, reason=str(error))
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, AttributeError) as error:
            # What is read of the code's answers is the only data here that nobody has checked.
            return Result(Outcome.ERROR, reason=f"an answer that cannot be read: {type(error).__name__}: {error}")
        finally:
            self._idle.put(worker)

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise UsageError("this CodeJudge is closed; make a new one")
            if self._owner != os.getpid():  # forked: the servers belong to the parent
                self._open()
        return self._idle.get()

    def _pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="code-judge")
            return self._threads

    def judge_batch(
        self, jobs: Iterable[Mapping[str, Any]], on_verdict: Callable[[int, Verdict], None] | None = None
    ) -> list[Verdict]:
        """Judges many jobs, `workers` at a time.

        Args:
            jobs: Keyword arguments of `judge`, one mapping each.
            on_verdict: Called with the position and the verdict as each is ready, in order, for progress.

        Returns:
            The verdicts in the order of the jobs.
        """
        verdicts = []
        for index, verdict in enumerate(self.verdicts(jobs)):
            verdicts.append(verdict)
            if on_verdict is not None:
                on_verdict(index, verdict)
        return verdicts

    def verdicts(self, jobs: Iterable[Mapping[str, Any]]) -> Iterator[Verdict]:
        """Yields the verdicts of many jobs in their order, holding no more of them than are being judged."""
        waiting: list[Any] = []
        pool = self._pool()
        for job in jobs:
            waiting.append(pool.submit(self.judge, **job))
            if len(waiting) > 4 * self.workers:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()

    async def ajudge(self, code: str, tests: Any, entry_point: str | None = None, context: str = "") -> Verdict:
        """Judges one piece of code without holding up the event loop; see `judge`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool(), self.judge, code, tests, entry_point, context)

    def close(self) -> None:
        """Ends every sandbox process, after the jobs that are running. Closing twice does no harm."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            threads = self._threads
        if self._owner != os.getpid():
            return
        if threads is not None:
            threads.shutdown(wait=True, cancel_futures=True)
        for _ in self._all:
            self._idle.get().close()

    def __enter__(self) -> CodeJudge:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
