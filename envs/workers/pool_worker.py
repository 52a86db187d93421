"""The far side of the verifier pool: a small process that builds the environment once and forks workers from it.

Started by `envs.workers.pool` as a fresh interpreter, so that it never holds a copy of the trainer. It is told the
environment's spec, builds it, and then forks one worker for each socket it is handed; a killed worker is replaced in
the time of one fork. Everything here dies with the process that started it: the parent's end of a socket closing is
the signal, and on Linux the kernel's parent-death signal covers a worker that is too busy to read.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from envs.core.environment import TextEnv
from envs.core.episode import Answer, Episode, Observation
from envs.core.registry import EnvSpec
from envs.core.reward import Reward, Status
from envs.workers import framing
from envs.workers.lifeline import lifeline

_PR_SET_PDEATHSIG = 1
_MAX_ANSWER_CHARS = 4096
_MAX_REASON_CHARS = 500


def serve(control: socket.socket) -> None:
    """Builds the environment named by the first message, then forks a worker for every socket received."""
    request = framing.receive(control)
    try:
        with lifeline(control):
            env = EnvSpec(**request["spec"]).build()
        framing.send(control, {"ready": True, "verify_seconds": env.verify_seconds, "max_turns": env.max_turns})
    except Exception as error:
        framing.send(control, {"error": f"{error}", "usage": isinstance(error, ValueError)})
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps killed workers
    while True:
        _, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not fds:
            return
        with socket.socket(fileno=fds[0]) as channel:
            pid = os.fork()
            if pid == 0:
                control.close()
                _work(env, channel, max(int(request["memory_bytes"]), env.verify_memory_mb * 2**20))
        framing.send(control, {"pid": pid})


def _work(env: TextEnv, channel: socket.socket, memory_bytes: int) -> None:
    """Serves one socket until it closes; never returns."""
    try:
        _die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # verifiers may run processes of their own
        _cap_memory(memory_bytes)
        env.start_worker()
        while True:
            told = framing.receive(channel)
            episodes = [Episode(task_id, tuple(turns), final, cut) for task_id, turns, final, cut in told]
            for answer in _answers(env, episodes):
                framing.send(channel, encode(answer))
    except (EOFError, ConnectionError):
        os._exit(0)
    except BaseException as error:  # a worker's death is the pool's to report; the reason is for `-v`
        print(f"verifier worker: {type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)


def _answers(env: TextEnv, episodes: Sequence[Episode]) -> Iterator[Answer]:
    """Yields one answer for each episode, whatever the environment does; what it raises costs one episode."""
    done = 0
    while done < len(episodes):
        try:
            for answer in itertools.islice(env.respond_all(episodes[done:]), len(episodes) - done):
                done += 1
                yield answer
            fault = Reward.unscorable("the environment gave fewer answers than it was asked for")
        except MemoryError:
            fault = Reward(0.0, status=Status.ERROR, outcome="memory", reason="verification ran out of memory")
        except Exception as error:
            fault = Reward.unscorable(f"{type(error).__name__}: {error}"[:300], "verifier_raised")
        if done < len(episodes):
            done += 1
            yield fault


def encode(answer: Answer) -> dict[str, Any]:
    """Returns an answer as plain data; `decode` is its inverse."""
    if isinstance(answer, Observation):
        return {"observation": answer.text}
    return {
        "score": float(answer.score),
        "parts": {str(name): float(value) for name, value in answer.parts.items()},
        "status": str(answer.status),
        "outcome": answer.outcome,
        "answer": None if answer.answer is None else str(answer.answer)[:_MAX_ANSWER_CHARS],
        "reason": answer.reason[:_MAX_REASON_CHARS],
        "truncated": answer.truncated,
    }


def decode(data: dict[str, Any]) -> Answer:
    """Returns the answer that `encode` described."""
    if "observation" in data:
        return Observation(data["observation"])
    return Reward(**{**data, "status": Status(data["status"])})


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _cap_memory(memory_bytes: int) -> None:
    """Lets this process grow by `memory_bytes` beyond what it was forked with."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            used = int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:  # no /proc, as on macOS, where RLIMIT_AS is not enforced either
        return
    limit = used + memory_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as _control:
        try:
            serve(_control)
        except (EOFError, ConnectionError):
            pass
