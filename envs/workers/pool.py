"""The verifier pool: every verifier, and all that an environment answers, runs where it can be killed.

Workers are separate processes with a deadline per item and a memory cap. A worker that misses its deadline is killed
and replaced, the item it held scores 0 with status `timeout`, and everything else is scored as if nothing had
happened. Results come back in order. No signals and no thread timeouts: this works from any thread.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from envs.core.episode import Answer, Episode
from envs.core.errors import RunError, UsageError
from envs.core.registry import EnvSpec
from envs.core.reward import Reward, Status
from envs.workers import child, framing
from envs.workers.pool_worker import decode

Item = tuple[str, str]
"""A task id and a completion."""

MAX_COMPLETION_CHARS = 1_000_000
LATE = "verification took longer than"
_CHUNK = 16
_START_TIMEOUT_S = 120.0
_MAX_CRASHES_PER_ITEM = 2


@dataclass
class _Worker:
    pid: int
    channel: socket.socket
    held: deque[int] = field(default_factory=deque)
    deadline: float = float("inf")


class VerifierPool:
    """Scores completions in killable worker processes.

    Args:
        spec: The environment; workers build it themselves.
        workers: Number of worker processes.
        deadline_s: Seconds one completion may take; the environment's own `verify_seconds` where that is more.
        memory_mb: MiB a worker may grow by; the environment's own `verify_memory_mb` where that is more.

    Raises:
        UsageError: The environment cannot be built as asked.
        RunError: The worker process cannot be started.
    """

    def __init__(self, spec: EnvSpec, *, workers: int = 1, deadline_s: float = 10.0, memory_mb: int = 2048):
        if workers < 1:
            raise UsageError(f"a verifier pool needs at least 1 worker, not {workers}")
        if not deadline_s > 0:
            raise UsageError(f"the verifier deadline must be above 0 seconds, not {deadline_s}")
        self.spec = spec
        self.deadline_s = deadline_s
        self.memory_bytes = memory_mb * 2**20
        self._lock = threading.Lock()
        self._server, self._control = self._start_server()
        self._workers: list[_Worker] = []
        try:
            self._workers = [self._fork() for _ in range(workers)]
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> VerifierPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends every process of the pool; safe to call twice."""
        for worker in self._workers:
            worker.channel.close()
            _kill(worker.pid)
        self._workers = []
        self._control.close()
        self._server.kill()
        self._server.wait()

    def respond(
        self, episodes: Sequence[Episode], on_answer: Callable[[int, Answer], None] | None = None
    ) -> list[Answer]:
        """Asks the environment for its answer to each episode, in order.

        Args:
            episodes: What the policy has said in each so far.
            on_answer: Called with an episode's index and answer as each is known.

        Returns:
            For each an observation, or the reward that ends it. A missed deadline is a reward of 0 with status
            `timeout`; an episode that takes its worker down twice is `unscorable`.
        """
        with self._lock:
            return _Batch(self, episodes, on_answer).run()

    def score(self, items: Sequence[Item], on_result: Callable[[int, Reward], None] | None = None) -> list[Reward]:
        """Scores items, in order: episodes in which the policy says one thing and nothing else.

        Args:
            items: Pairs of task id and completion.
            on_result: Called with an item's index and reward as each is known.

        Returns:
            One reward for each item, as `respond` gives them.
        """
        return self.finish([Episode(task_id, (completion,)) for task_id, completion in items], on_result)

    def finish(
        self, episodes: Sequence[Episode], on_result: Callable[[int, Reward], None] | None = None
    ) -> list[Reward]:
        """Returns the reward of each episode, cut off after the turns it has where it had not come to its end."""

        def settled(index: int, answer: Answer) -> None:
            if on_result is not None and isinstance(answer, Reward):
                on_result(index, answer)

        answers = self.respond([replace(episode, final=True) for episode in episodes], settled)
        return [answer for answer in answers if isinstance(answer, Reward)]

    def _start_server(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        # A fixed hash seed: what iterates over sets does so alike in every worker and on every machine.
        server, ours = child.start("envs.workers.pool_worker", PYTHONHASHSEED="0", CUDA_VISIBLE_DEVICES="")
        ours.settimeout(_START_TIMEOUT_S)
        try:
            framing.send(ours, {"spec": self.spec.to_json(), "memory_bytes": self.memory_bytes})
            answer = framing.receive(ours)
        except (EOFError, OSError) as error:
            server.kill()
            server.wait()
            ours.close()
            raise RunError(f"the verifier process of {self.spec.name!r} did not start: {error}") from error
        if "error" in answer:
            server.wait()
            ours.close()
            raise (UsageError if answer["usage"] else RunError)(answer["error"])
        self.deadline_s = max(self.deadline_s, answer["verify_seconds"])
        return server, ours

    def _fork(self) -> _Worker:
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [b"w"], [theirs.fileno()])
            pid = framing.receive(self._control)["pid"]
        except (EOFError, OSError) as error:
            ours.close()
            raise RunError(f"the verifier process of {self.spec.name!r} is gone: {error}") from error
        finally:
            theirs.close()
        return _Worker(pid, ours)

    def _refork(self) -> _Worker:
        """Forks a worker, starting the server again if it was lost."""
        try:
            return self._fork()
        except RunError:
            self._control.close()
            self._server.kill()
            self._server.wait()
            self._server, self._control = self._start_server()
            return self._fork()


class _Batch:
    """One call of `respond`: hands chunks to idle workers, collects answers, kills the late."""

    def __init__(
        self, pool: VerifierPool, episodes: Sequence[Episode], on_answer: Callable[[int, Answer], None] | None
    ):
        self.pool = pool
        self.episodes = episodes
        self.on_answer = on_answer
        self.waiting: deque[int] = deque(range(len(episodes)))
        self.crashes: dict[int, int] = {}
        self.answers: list[Answer | None] = [None] * len(episodes)
        self.left = len(episodes)

    def run(self) -> list[Answer]:
        with selectors.DefaultSelector() as self.selector:
            for worker in self.pool._workers:
                self.selector.register(worker.channel, selectors.EVENT_READ, worker)
            self._refuse_giants()
            for worker in list(self.pool._workers):
                self._hand_out(worker)
            try:
                while self.left:
                    self._wait()
            except BaseException:  # Ctrl-C: no worker may answer, or still be asked, for a batch that is given up
                self.waiting.clear()
                for worker in [worker for worker in self.pool._workers if worker.held]:
                    worker.held.clear()
                    self._replace(worker)
                raise
        return [answer for answer in self.answers if answer is not None]

    def _refuse_giants(self) -> None:
        for index in [i for i in self.waiting if sum(map(len, self.episodes[i].turns)) > MAX_COMPLETION_CHARS]:
            self.waiting.remove(index)
            reason = f"the completion is longer than {MAX_COMPLETION_CHARS:,} characters"
            self._settle(index, Reward(0.0, status=Status.ERROR, outcome="too_long", reason=reason))

    def _wait(self) -> None:
        soonest = min(worker.deadline for worker in self.pool._workers)
        for key, _ in self.selector.select(timeout=max(0.0, soonest - time.monotonic())):
            self._read(key.data)
        now = time.monotonic()
        for worker in list(self.pool._workers):
            if worker.deadline <= now:
                self._late(worker)

    def _read(self, worker: _Worker) -> None:
        try:
            answer = decode(framing.receive(worker.channel))
        except (EOFError, OSError):
            self._crashed(worker)
            return
        self._settle(worker.held.popleft(), answer)
        worker.deadline = time.monotonic() + self.pool.deadline_s
        if not worker.held:
            self._hand_out(worker)

    def _hand_out(self, worker: _Worker) -> None:
        # Small chunks towards the end keep all workers busy; large ones at the start save round trips.
        count = min(_CHUNK, max(1, len(self.waiting) // (2 * len(self.pool._workers))))
        while self.waiting and len(worker.held) < count:
            worker.held.append(self.waiting.popleft())
        worker.deadline = time.monotonic() + self.pool.deadline_s if worker.held else float("inf")
        if not worker.held:
            return
        try:
            held = [self.episodes[index] for index in worker.held]
            framing.send(worker.channel, [(e.task_id, e.turns, e.final) for e in held])
        except OSError:
            self._crashed(worker)

    def _late(self, worker: _Worker) -> None:
        reason = f"{LATE} {self.pool.deadline_s:g} s"
        index = worker.held.popleft()
        self._replace(worker)  # first: what is told of it may raise, and must not leave a hung worker in the pool
        self._settle(index, Reward(0.0, status=Status.TIMEOUT, outcome="timeout", reason=reason))

    def _crashed(self, worker: _Worker) -> None:
        if worker.held:
            index = worker.held.popleft()
            self.crashes[index] = self.crashes.get(index, 0) + 1
            if self.crashes[index] < _MAX_CRASHES_PER_ITEM:
                worker.held.append(index)  # tried once more, after the others it held
            else:
                self._settle(index, Reward.unscorable("the verifier process died twice on this item", "lost_worker"))
        self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        self.waiting.extendleft(reversed(worker.held))
        self.selector.unregister(worker.channel)
        worker.channel.close()
        _kill(worker.pid)
        fresh = self.pool._refork()
        self.pool._workers[self.pool._workers.index(worker)] = fresh
        self.selector.register(fresh.channel, selectors.EVENT_READ, fresh)
        self._hand_out(fresh)

    def _settle(self, index: int, answer: Answer) -> None:
        self.answers[index] = answer
        self.left -= 1
        if self.on_answer is not None:
            self.on_answer(index, answer)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
