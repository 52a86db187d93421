"""A child of the fork server: puts on what a single job must wear, then does the job it reads from its socket.

Guest code. The descriptors of a job are its own socket and, by the mode in the first frame, either standard input
and output or a socket to a second child.
"""

import os
import resource
import signal
import socket
from typing import NamedTuple

from ..wire import Link
from . import calls, linux, programs, seccomp, serving, testing

LINK_FD = 200  # above every descriptor a job may open, so that closing the low ones by number does no harm
STACK = 64 * 2**20
MODES = {b"C": calls.run, b"I": programs.run, b"O": serving.run, b"A": testing.run}


class Context(NamedTuple):
    """What the server hands every child: the template of its filter, empty for none, and /dev/null."""

    template: bytes
    null: int


class Limits(NamedTuple):
    """Bytes of address space, CPU seconds, bytes per file."""

    memory: int
    cpu: int
    file_size: int


def run(limits, descriptors, server, context):
    """Becomes the job's process and does the job; does not return."""
    os.setsid()  # kill(0) reaches a process group, whatever the namespace
    links = []
    for position, descriptor in enumerate(descriptors):
        os.dup2(descriptor, LINK_FD + position, inheritable=False)
        links.append(LINK_FD + position)
    for standard in (0, 1, 2):
        os.dup2(context.null, standard)
    os.closerange(3, LINK_FD)
    os.closerange(LINK_FD + len(links), LINK_FD + 16)
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(71)
    confine(limits)
    if context.template:
        linux.seccomp(seccomp.child_filter(context.template, os.getpid()))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    link = Link(socket.socket(fileno=links[0]))
    mode, body = link.receive()
    MODES[mode](link, body, links[1:])
    os._exit(0)


def confine(limits):
    """Sets the hard limits of one job."""
    for name, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 64),
        (resource.RLIMIT_STACK, STACK),
    ):
        hard = resource.getrlimit(name)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(name, (value, value))
