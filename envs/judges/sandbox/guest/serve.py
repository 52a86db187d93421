"""The fork server's loop: one child per job, killed and reaped before the next.

Guest code. The server never reads a job: a child finds its work on a socket of its own. Messages on the control
socket are `J` + limits with the child's descriptors, answered by `P` + pid with a pidfd, and `E`, answered by `D` +
wait status, peak memory in KiB and CPU seconds once nothing of the job is left.
"""

import os
import select
import signal
import socket
import struct

from . import child

LIMITS = struct.Struct("=QQQ")
DONE = struct.Struct("=iQd")


def serve(control, judge, context):
    """Serves until the judge is gone, seen by the end of `control` or by `judge`, the pidfd of its process."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(judge, select.POLLIN)
    running = 0
    while True:
        ready = dict(poll.poll())
        message, descriptors = b"", []
        if judge not in ready:
            message, descriptors, _, _ = socket.recv_fds(control, 256, 4)
        if message[:1] == b"J":
            running = _start(control, judge, message[1:], descriptors, context)
        elif message[:1] == b"E":
            control.send(b"D" + DONE.pack(*_end(running)))
            running = 0
        else:
            _end(running)
            return


def _start(control, judge, limits, descriptors, context):
    memory, cpu, file_size = LIMITS.unpack(limits)
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            control.detach()
            bounds = child.Limits(memory, cpu, file_size)
            child.run(bounds, descriptors, server, context)
        finally:
            os._exit(70)
    for descriptor in descriptors:
        os.close(descriptor)
    handle = os.pidfd_open(pid)
    try:
        socket.send_fds(control, [b"P" + struct.pack("=i", pid)], [handle])
    finally:
        os.close(handle)
    return pid


def _end(pid):
    """Kills what is left of a job, collects it, and returns (wait status, peak KiB, CPU seconds)."""
    status, peak, seconds = 0, 0, 0.0
    if pid:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, status, usage = os.wait4(pid, 0)
        peak, seconds = usage.ru_maxrss, usage.ru_utime + usage.ru_stime
    stragglers = os.getpid() == 1 and _kill_everything()
    while True:
        try:
            if os.waitpid(-1, 0 if stragglers else os.WNOHANG)[0] == 0:
                break
        except ChildProcessError:
            break
    return status, peak, seconds


def _kill_everything():
    """Kills every other process of the namespace; whether there was one."""
    try:
        os.kill(-1, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True
