"""Starts the processes that do what this one must not: each runs a module of ours at the other end of a socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys


def start(module: str, *, quiet: bool = False, **environment: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Starts a module as a process, told the number of its end of a new socket, and returns it with our end.

    It imports from where this process does, and computes in one thread: a pool of threads would not survive the forks
    that most of these processes are there for.

    Args:
        module: What `python -m` is to run.
        quiet: Whether its standard error is dropped too.
        environment: Variables it needs besides.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if quiet else None,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                **environment,
            },
        )
    return process, ours
