"""The far side of the verifier pool: a small process that builds the environment once and forks workers from it.

Started by `envs.pool` as a fresh interpreter, so that it never holds a copy of the trainer. It is told the
environment's spec, builds it, and then forks one worker for each socket it is handed; a killed worker is replaced in
the time of one fork. Everything here dies with the process that started it: the parent's end of a socket closing is
the signal, and on Linux the kernel's parent-death signal covers a worker that is too busy to read.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
from typing import Any

from envs import framing
from envs.environment import TextEnv, reward_of
from envs.registry import EnvSpec
from envs.reward import Reward, Status

_PR_SET_PDEATHSIG = 1
_MAX_ANSWER_CHARS = 4096
_MAX_REASON_CHARS = 500


def serve(control: socket.socket) -> None:
    """Builds the environment named by the first message, then forks a worker for every socket received."""
    request = framing.receive(control)
    try:
        env = EnvSpec(**request["spec"]).build()
        framing.send(control, {"ready": True})
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
                _work(env, channel, int(request["memory_bytes"]))
        framing.send(control, {"pid": pid})


def _work(env: TextEnv, channel: socket.socket, memory_bytes: int) -> None:
    """Serves one socket until it closes; never returns."""
    try:
        _die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # verifiers may run processes of their own
        _cap_memory(memory_bytes)
        env.start_worker()
        while True:
            for task_id, completion in framing.receive(channel):
                framing.send(channel, _score(env, task_id, completion))
    except (EOFError, ConnectionError):
        os._exit(0)
    except BaseException as error:  # a worker's death is the pool's to report; the reason is for `-v`
        print(f"verifier worker: {type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)


def _score(env: TextEnv, task_id: str, completion: str) -> dict[str, Any]:
    try:
        env.reset(options={"task_id": task_id})
        _, score, _, _, info = env.step(completion)
        reward = reward_of(score, info)
    except MemoryError:
        reward = Reward(0.0, status=Status.ERROR, outcome="memory", reason="verification ran out of memory")
    except Exception as error:
        reward = Reward.unscorable(f"{type(error).__name__}: {error}"[:300], "verifier_raised")
    return encode(reward)


def encode(reward: Reward) -> dict[str, Any]:
    """Returns a reward as plain data; `decode` is its inverse."""
    return {
        "score": float(reward.score),
        "parts": {str(name): float(value) for name, value in reward.parts.items()},
        "status": str(reward.status),
        "outcome": reward.outcome,
        "answer": None if reward.answer is None else str(reward.answer)[:_MAX_ANSWER_CHARS],
        "reason": reward.reason[:_MAX_REASON_CHARS],
    }


def decode(data: dict[str, Any]) -> Reward:
    """Returns the reward that `encode` described."""
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
