"""Runs one call of a tool in a process of its own, which is gone when the call is answered.

A call that hangs, forks, dies or prints without end costs one sentence; what it changes in its process is forgotten, so
that no call knows of another and the same call in the same state gives the same answer. The process is forked from the
verifier worker, which is small and has one thread: what a tool loads when it is imported is there already.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn

from envs.tools.tool import Tool, ToolError, cut, said

_PR_SET_PDEATHSIG = 1
_PIECE = 1 << 16
_MOST_BYTES = 1 << 20
_HEAD = 4
_HARD_MARGIN_S = 2


class Ended(StrEnum):
    """How a call ended."""

    OK = "ok"
    TOLD = "told"
    """The tool raised a `ToolError`."""
    FAILED = "failed"
    """It raised something else, or died."""
    LATE = "late"


def run(
    tool: Tool, arguments: Mapping[str, Any], seconds: float | None = None, *, aloud: bool = False
) -> tuple[Ended, str]:
    """Runs a call.

    Args:
        tool: The tool.
        arguments: As it takes them.
        seconds: Most that it may take, where that is less than the tool's own limit.
        aloud: Whether what it prints, and the trace of its error, goes to stderr: for its author, never for a policy.

    Returns:
        How it ended, and what the policy reads of it.
    """
    limit = tool.seconds if seconds is None else min(seconds, tool.seconds)
    deadline = time.monotonic() + limit
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _child(tool, arguments, theirs, limit, aloud)
    os.close(theirs)
    try:
        told = _hear(ours, deadline)
    finally:
        os.close(ours)
        _end(pid)
    if told is None:
        return Ended.LATE, f"no answer within {limit:g} s"
    try:
        kind, text = json.loads(told)
        return Ended(kind), str(text)
    except ValueError:  # it died, or somebody else wrote into its pipe
        return Ended.FAILED, "the tool failed"


def _hear(pipe: int, deadline: float) -> bytes | None:
    """Returns the message that comes out of a pipe, or None where it is too late; an empty one where none will come.

    It ends where it says, not where the pipe is closed: something that the tool started may hold that open.
    """
    heard = b""
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    while (left := deadline - time.monotonic()) > 0:
        if not poll.poll(left * 1000):
            break
        piece = os.read(pipe, _PIECE)
        heard += piece
        size = int.from_bytes(heard[:_HEAD], "big") if len(heard) >= _HEAD else _MOST_BYTES
        if not piece or size > _MOST_BYTES:
            return b""
        if len(heard) >= _HEAD + size:
            return heard[_HEAD : _HEAD + size]
    return None


def _end(pid: int) -> None:
    """Kills the call's process and all it started, and waits for it."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _child(tool: Tool, arguments: Mapping[str, Any], pipe: int, limit: float, aloud: bool) -> NoReturn:
    """Computes the answer, writes it and ends; nothing of the process it was forked from runs on."""
    try:
        _keep_apart(limit, aloud)
        answer = _answer(tool, arguments, aloud)
        if aloud:
            sys.stdout.flush()
            sys.stderr.flush()
        text = json.dumps([answer[0], cut(answer[1], tool.output_chars)]).encode()
        with os.fdopen(pipe, "wb") as out:
            out.write(len(text).to_bytes(_HEAD, "big") + text)
    finally:
        os._exit(0)


def _keep_apart(limit: float, aloud: bool) -> None:
    os.setsid()
    faulthandler.disable()  # what crashes says so to nobody
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 0)
    for fd in (1,) if aloud else (1, 2):
        os.dup2(2 if aloud else silence, fd)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cpu = int(limit) + _HARD_MARGIN_S
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu if hard == resource.RLIM_INFINITY else min(cpu, hard), hard))


def _answer(tool: Tool, arguments: Mapping[str, Any], aloud: bool) -> tuple[Ended, str]:
    try:
        return Ended.OK, said(tool.function(**arguments))
    except ToolError as error:
        return Ended.TOLD, str(error) or "the tool gave no answer"
    except BaseException:  # its text may hold what the policy must not know
        if aloud:
            traceback.print_exc()
        return Ended.FAILED, "the tool failed"
