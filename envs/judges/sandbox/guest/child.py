"""A child of the fork server: puts on what a single job must wear, then does the job it reads from its socket.

Guest code. The descriptors of a job are its own socket, by the mode in the first frame either standard input and output
or a socket to a second child, and last a null device of its own: what a job does to the flags of a description that the
server holds would be there for the next.
"""

import _thread
import os
import resource
import signal
from typing import NamedTuple

from ..crossing.wire import Link
from .layers import linux
from .work import calls, programs, serving
from .work.asserts import testing
from .work.hearing import session

LINK_FD = 200  # above every descriptor a job may open, so that closing the low ones by number does no harm
STACK = 64 * 2**20
MODES = {b"C": calls.run, b"I": programs.run, b"O": serving.run, b"A": testing.run, b"H": session.run}


class Context(NamedTuple):
    """What the server hands every child.

    Attributes:
        filter: Its filter, or None where there are none.
        orphans: Whether a child outlives the server, for want of a namespace that ends with it.
    """

    filter: linux.Filter | None
    orphans: bool


class Limits(NamedTuple):
    """Bytes of address space, CPU seconds, bytes per file."""

    memory: int
    cpu: int
    file_size: int


def run(limits, descriptors, server, context):
    """Becomes the job's process and does the job; does not return."""
    os.setsid()  # kill(0) reaches a process group, whatever the namespace
    links = []
    for standard in range(3):
        os.dup2(descriptors[-1], standard)
    for position, descriptor in enumerate(descriptors[:-1]):
        os.dup2(descriptor, LINK_FD + position, inheritable=False)
        links.append(LINK_FD + position)
    os.closerange(3, LINK_FD)
    if context.orphans:
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(71)
    confine(limits)
    bound_stacks(limits.memory)
    if context.filter is not None:
        context.filter.install(os.getpid())
    link = Link(links[0])
    mode, body = link.receive()
    MODES[mode](link, body, links[1:])
    os._exit(0)


def confine_all(namespaced):
    """Sets the hard limits that are the same for every job, once, in the server.

    Processes (and with them threads) are counted by user and user namespace, so that their number can be limited where
    the sandbox is `namespaced`; elsewhere the count would take in the rest of what the user runs.
    """
    if namespaced:
        _limit(resource.RLIMIT_NPROC, 128)
    for name, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 64),
        (resource.RLIMIT_STACK, STACK),
    ):
        _limit(name, value)


def confine(limits):
    """Sets the hard limits of one job."""
    for name, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _limit(name, value)


def bound_stacks(memory):
    """Lets no thread reserve more than half of the address space for its stack, whatever size is asked for.

    Programs ask for far more than they touch, so as to recurse deeply, and what is reserved counts against the limit.
    """
    real, asked = _thread.stack_size, [0]

    def stack_size(size=0, /):
        real(min(size, memory // 2))
        before, asked[0] = asked[0], size
        return before

    _thread.stack_size = stack_size


def _limit(name, value):
    try:
        resource.setrlimit(name, (value, value))
    except (ValueError, OSError):  # already below: the lower limit stays, and becomes a hard one
        hard = resource.getrlimit(name)[1]
        resource.setrlimit(name, (hard, hard))
