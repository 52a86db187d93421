"""The verifier pool: every verifier, and all that an environment answers, runs where it can be killed.

Workers are separate processes with a deadline per item and a memory cap. A worker that misses its deadline is killed
and replaced, the item it held scores 0 with status `timeout`, and everything else is scored as if nothing had
happened. No signals and no thread timeouts: this works from any thread.

Episodes are handed in one by one (`submit`) and their answers taken as they come (`poll`). A worker of an environment
of several turns holds one episode at a time, so that nobody waits behind a slow tool; where an episode is one turn, a
worker takes a few, so that it has work while whoever polls is busy elsewhere.
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
from multiprocessing.connection import wait
from typing import Any

from envs.core.environment import TextEnv
from envs.core.episode import Answer, Episode
from envs.core.errors import RunError, UsageError
from envs.core.registry import EnvSpec
from envs.core.reward import Reward, Status
from envs.workers import child, framing
from envs.workers.pool_worker import decode

Scored = tuple[str, str]
"""A task id and a completion."""

MAX_COMPLETION_CHARS = 1_000_000
LATE = "verification took longer than"
_CHUNK = 16
_MOST_WORKERS = 64
_START_TIMEOUT_S = 120.0
_MAX_CRASHES_PER_ITEM = 2


@dataclass(eq=False)
class _Item:
    """An episode that waits for its answer, and how often a worker died over it."""

    key: int
    episode: Episode
    crashes: int = 0


@dataclass(eq=False)
class _Worker:
    pid: int
    channel: socket.socket
    held: deque[_Item] = field(default_factory=deque)
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
        self._waiting: deque[_Item] = deque()
        self._answers: list[tuple[int, Answer]] = []
        self._most_held = 1
        self._server, self._control = self._start_server()
        self._selector = selectors.DefaultSelector()
        self._workers: list[_Worker] = []
        try:
            for _ in range(workers):
                self._add(self._fork())
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
        self._selector.close()
        self._control.close()
        self._server.kill()
        self._server.wait()

    def fileno(self) -> int:
        """Returns what is readable when `poll` has something to do, for whoever waits for several pools."""
        return self._selector.fileno()  # type: ignore[attr-defined]  # epoll's and kqueue's have one

    @property
    def pending(self) -> int:
        """Episodes handed in whose answers have not been taken."""
        return len(self._waiting) + sum(len(worker.held) for worker in self._workers) + len(self._answers)

    @property
    def patience_s(self) -> float:
        """Seconds until `poll` has something to do even where no worker says anything."""
        soonest = min((worker.deadline for worker in self._workers), default=float("inf"))
        return 0.0 if self._answers else max(0.0, soonest - time.monotonic())

    def submit(self, key: int, episode: Episode) -> None:
        """Hands in an episode that waits for the environment's answer; a free worker has it at once.

        Raises:
            RunError: The verifier's process is gone and cannot be started again.
        """
        self._enqueue(key, episode)
        self._hand_out_all()

    def poll(self, timeout: float | None = 0.0) -> list[tuple[int, Answer]]:
        """Returns the answers that are there, each with its key.

        A missed deadline is a reward of 0 with status `timeout`; an episode that takes its worker down twice is
        `unscorable`.

        Args:
            timeout: Seconds to wait where there is none yet; None for as long as it takes, which is no longer than the
                deadline. Nothing is waited for where nothing is pending.

        Raises:
            RunError: The verifier's process is gone and cannot be started again.
        """
        until = float("inf") if timeout is None else time.monotonic() + timeout
        self._listen(0.0)
        while not self._answers and self.pending and (left := until - time.monotonic()) > 0:
            self._listen(min(left, self.patience_s))
        answers, self._answers = self._answers, []
        return answers

    def cancel(self) -> None:
        """Gives up whatever is pending: no worker may answer, or still be asked, for what nobody waits for."""
        self._waiting.clear()
        self._answers.clear()
        for worker in [worker for worker in self._workers if worker.held]:
            worker.held.clear()
            self._replace(worker)

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
            answers: list[Answer | None] = [None] * len(episodes)
            try:
                for index, episode in enumerate(episodes):
                    self._enqueue(index, episode)
                self._hand_out_all()
                while self.pending:
                    for index, answer in self.poll(None):
                        answers[index] = answer
                        if on_answer is not None:
                            on_answer(index, answer)
            except BaseException:  # Ctrl-C, or whoever is told of an answer
                self.cancel()
                raise
        return [answer for answer in answers if answer is not None]

    def score(self, items: Sequence[Scored], on_result: Callable[[int, Reward], None] | None = None) -> list[Reward]:
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
        self._most_held = _CHUNK if answer["max_turns"] == 1 else 1
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

    def _add(self, worker: _Worker) -> None:
        self._workers.append(worker)
        self._selector.register(worker.channel, selectors.EVENT_READ, worker)

    def _enqueue(self, key: int, episode: Episode) -> None:
        if sum(map(len, episode.turns)) > MAX_COMPLETION_CHARS:
            reason = f"the completion is longer than {MAX_COMPLETION_CHARS:,} characters"
            self._answers.append((key, Reward(0.0, status=Status.ERROR, outcome="too_long", reason=reason)))
        else:
            self._waiting.append(_Item(key, episode))

    def _listen(self, timeout: float) -> None:
        """Reads what workers say within a time, then replaces those that are late: who answered in time is not."""
        for key, _ in self._selector.select(timeout):
            self._read(key.data)
        now = time.monotonic()
        for worker in [worker for worker in self._workers if worker.deadline <= now]:
            self._late(worker)

    def _read(self, worker: _Worker) -> None:
        try:
            answer = decode(framing.receive(worker.channel))
        except (EOFError, OSError):
            self._crashed(worker)
            return
        self._answers.append((worker.held.popleft().key, answer))
        worker.deadline = time.monotonic() + self.deadline_s
        if not worker.held:
            self._hand_out(worker)

    def _hand_out_all(self) -> None:
        for worker in [worker for worker in self._workers if not worker.held]:
            self._hand_out(worker)

    def _hand_out(self, worker: _Worker) -> None:
        # Small chunks towards the end keep all workers busy; large ones at the start save round trips.
        count = min(self._most_held, max(1, len(self._waiting) // (2 * len(self._workers))))
        while self._waiting and len(worker.held) < count:
            worker.held.append(self._waiting.popleft())
        worker.deadline = time.monotonic() + self.deadline_s if worker.held else float("inf")
        if not worker.held:
            return
        try:
            held = [item.episode for item in worker.held]
            framing.send(worker.channel, [(e.task_id, e.turns, e.final, e.cut) for e in held])
        except OSError:
            self._crashed(worker)

    def _late(self, worker: _Worker) -> None:
        reason = f"{LATE} {self.deadline_s:g} s"
        item = worker.held.popleft()
        self._answers.append((item.key, Reward(0.0, status=Status.TIMEOUT, outcome="timeout", reason=reason)))
        self._replace(worker)

    def _crashed(self, worker: _Worker) -> None:
        if worker.held:
            item = worker.held.popleft()
            item.crashes += 1
            if item.crashes < _MAX_CRASHES_PER_ITEM:
                worker.held.append(item)  # tried once more, after the others it held
            else:
                lost = Reward.unscorable("the verifier process died twice on this item", "lost_worker")
                self._answers.append((item.key, lost))
        self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        self._waiting.extendleft(reversed(worker.held))
        worker.held.clear()
        self._selector.unregister(worker.channel)
        worker.channel.close()
        _kill(worker.pid)
        self._workers.remove(worker)
        fresh = self._refork()
        self._add(fresh)
        self._hand_out(fresh)


def workers_for(asked: int, env: TextEnv, episodes: int) -> int:
    """Returns how many workers a pool is given.

    Args:
        asked: What the user says; 0 to have it decided here: in an environment of several turns a worker for each
            episode, so that none waits behind a slow one. An environment whose workers are large has one.
        env: The environment.
        episodes: How many are played at a time.
    """
    alone = env.max_turns == 1 or env.verify_memory_mb > 0
    return asked or (1 if alone else max(1, min(_MOST_WORKERS, episodes)))


def poll_all(pools: Sequence[Any], timeout: float | None = 0.0) -> list[tuple[int, Answer]]:
    """Returns the answers that are there in any of several pools; see `VerifierPool.poll`."""
    busy = [pool for pool in pools if pool.pending]
    if len(busy) == 1:
        return busy[0].poll(timeout)
    answers = [told for pool in busy for told in pool.poll()]
    if answers or not busy or timeout == 0:
        return answers
    patience_s = min(pool.patience_s for pool in busy)
    wait(busy, patience_s if timeout is None else min(timeout, patience_s))
    return [told for pool in busy for told in pool.poll()]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
