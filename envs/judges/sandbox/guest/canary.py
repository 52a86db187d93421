"""Tries, in a throw-away child of the finished server, what no job may be able to do.

Guest code. A layer that was asked for and does not hold shows here, before any candidate runs.
"""

import os
import socket

from . import child
from .layers import linux


def holes(level, second):
    """Returns the names of what should have been refused and was not, with `second` the filter of children."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            os.write(write, "\n".join(_found(level, second)).encode())
        finally:
            os._exit(0)
    os.close(write)
    found = b""
    while chunk := os.read(read, 4096):
        found += chunk
    os.close(read)
    os.waitpid(pid, 0)
    return found.decode().split("\n") if found else []


def _found(level, second):
    """Makes every attempt and returns those that went through."""
    parent = os.getppid()
    child.confine(child.Limits(1 << 30, 10, 0))
    attempts = {
        "/etc/passwd is readable": lambda: os.close(os.open("/etc/passwd", os.O_RDONLY)),
        "/proc is readable": lambda: os.close(os.open("/proc/1/status", os.O_RDONLY)),
        "the root is writable": lambda: os.mkdir("/probe"),
    }
    if second is not None:
        second.install(os.getpid())
        attempts |= {
            "sockets can be made": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
            "processes can be made": _fork,
            "programs can be run": lambda: os.execv("/bin/true", ["true"]),
            "other processes can be signalled": lambda: os.kill(parent, 0),
        }
    found = ["capabilities remain"] if level != "bubblewrap" and linux.capabilities() else []
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError:
            continue
        found.append(name)
    return found


def _fork():
    if os.fork() == 0:
        os._exit(0)
