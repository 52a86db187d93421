"""What a program prints, for whoever wants to see it rather than judge it."""

from __future__ import annotations

import os
import time

from envs.judges.sandbox.crossing.live import LiveEncoder
from envs.judges.sandbox.crossing.wire import WireError
from envs.judges.sandbox.host.jobs import Closed, Expired, Job, Limits
from envs.judges.sandbox.host.server import ForkServer
from envs.judges.sandbox.runs import MAX_OUTPUT, failure, file_in_memory


def printed(server: ForkServer, code: str, limits: Limits) -> tuple[str, str]:
    """Runs a program that reads nothing, in a fresh child.

    Args:
        server: Where the child is forked.
        code: The program; hostile.
        limits: What it may use.

    Returns:
        What it printed, as far as it came, and one line on why it came no further; empty where it ended by itself.
    """
    body = LiveEncoder().encode([code.encode("utf-8", "surrogatepass"), False])
    with file_in_memory(b"") as given, file_in_memory(b"") as out:
        with Job(server, limits, time.monotonic() + limits.seconds, given, out) as job:
            why = _ended(job, body, limits)
        return os.pread(out, MAX_OUTPUT, 0).decode("utf-8", "backslashreplace"), why


def _ended(job: Job, body: bytes, limits: Limits) -> str:
    try:
        job.channel.send(b"I", body)
        kind, answer = job.channel.receive()
        return failure(answer, "").reason.removeprefix(": ") if kind == b"L" else ""
    except Expired:
        return f"still running after {limits.seconds:g} s"
    except (WireError, RecursionError):
        return "it gave no answer"
    except Closed:
        return job.post_mortem().reason
