"""A small process that has sympy loaded and forks workers that can be killed.

Started as `python -m envs.judges.math.equality.symbolic_server FD`. It speaks on that socket: one byte `w` with a
socket attached asks for a worker, `k` and eight bytes of process id asks for one to be killed. It ends when the
socket closes, and its workers end with it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import struct
import sys

from envs.workers import framing
from envs.workers.lifeline import lifeline

_PR_SET_PDEATHSIG = 1
_MEMORY_GROWTH_BYTES = 1024 * 2**20
_CPU_SECONDS = 20  # a backstop: the client kills long before
_COMMAND = struct.Struct("!cq")


def main() -> None:
    """Serves until the client is gone."""
    control = socket.socket(fileno=int(sys.argv[1]))
    with lifeline(control):
        from envs.judges.math.equality import symbolic

        symbolic.load()
    framing.send(control, {"ready": True})
    children: set[int] = set()
    while True:
        message, fds, _, _ = socket.recv_fds(control, _COMMAND.size, 1)
        if len(message) < _COMMAND.size:
            os._exit(0)
        command, pid = _COMMAND.unpack(message)
        if command == b"w":
            child = _fork(control, fds[0])
            children.add(child)
            framing.send(control, {"pid": child})
        elif pid in children:
            os.kill(pid, signal.SIGKILL)  # still unreaped, so the id is still this child's
            os.waitpid(pid, 0)
            children.discard(pid)
            framing.send(control, {"killed": pid})
        else:
            framing.send(control, {"killed": 0})


def _fork(control: socket.socket, fd: int) -> int:
    child = os.fork()
    if child:
        os.close(fd)
        return child
    status = 1
    try:
        control.close()
        _confine()
        _serve(socket.socket(fileno=fd))
        status = 0
    finally:
        os._exit(status)


def _confine() -> None:
    """Ends with the server, and cannot take the machine's memory."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    with open("/proc/self/statm", encoding="ascii") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    limit = used + _MEMORY_GROWTH_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(channel: socket.socket) -> None:
    from envs.judges.math.equality import symbolic

    while True:
        try:
            request = framing.receive(channel)
        except EOFError:
            return
        try:
            answer = {"answer": symbolic.decide(request)}
        except Exception as error:  # sympy may raise anything; whatever it is, nothing was proved
            answer = {"answer": False, "error": type(error).__name__}
        framing.send(channel, answer)


if __name__ == "__main__":
    main()
