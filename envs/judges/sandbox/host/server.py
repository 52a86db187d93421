"""The judge's end of a fork server: starting it, handing it jobs, ending them, and noticing that it is gone."""

from __future__ import annotations

import contextlib
import functools
import glob
import importlib.util
import itertools
import json
import os
import py_compile
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from envs.core.errors import UsageError
from envs.judges.sandbox.host.cgroups import Cgroup
from envs.judges.sandbox.host.layout import PRELOAD, Layout

START_SECONDS = 20.0
END_SECONDS = 5.0
_LIMITS = struct.Struct("=QQQ")
_DONE = struct.Struct("=iQd")
_CREDENTIALS = struct.Struct("=iII")  # pid, uid, gid
_SANDBOX = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_GUEST = os.path.join(_SANDBOX, "guest", "__main__.py")
# Each server gets a user of its own, far above those of any machine.
_PRIVATE_USERS = 0x70000000
_serial = itertools.count()


@functools.cache
def _precompile() -> None:
    """Leaves the guest's bytecode beside its source where that is allowed: servers, run with -B, would not."""
    for path in glob.glob(f"{_SANDBOX}/crossing/*.py") + glob.glob(f"{_SANDBOX}/guest/**/*.py", recursive=True):
        compiled = importlib.util.cache_from_source(path)
        with contextlib.suppress(OSError, py_compile.PyCompileError):
            if not os.path.exists(compiled) or os.path.getmtime(compiled) < os.path.getmtime(path):
                py_compile.compile(path, quiet=2)


class ServerLost(Exception):
    """The fork server is gone or does not answer; the job may be tried on another one."""


class LayerMissing(Exception):
    """A layer of the wanted level cannot be had here.

    Attributes:
        layer: Its name.
        why: What the kernel said.
    """

    def __init__(self, layer: str, why: str) -> None:
        super().__init__(f"{layer}: {why}")
        self.layer = layer
        self.why = why


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job's process ended: its wait status, its peak memory in KiB and the CPU seconds it used."""

    status: int
    peak_kib: int
    cpu_seconds: float


class ForkServer:
    """One fork server, serving one job at a time. Not thread-safe: whoever holds it has it alone."""

    def __init__(self, level: str, layout: Layout, memory_mb: int) -> None:
        """Starts a server and waits until its layers stand.

        Raises:
            LayerMissing: A layer the level promises cannot be had.
            ServerLost: The process died or did not answer.
            UsageError: This user may not read the guest's code.
        """
        self.level = level
        self.process: subprocess.Popen[bytes] | None = None
        self.cgroup = Cgroup.create(memory_mb + 256) if level != "unsafe" else None
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(START_SECONDS)
        try:
            with theirs:
                self.process = self._spawn(theirs.fileno(), layout)
            self.layers = self._configure(layout)
        except BaseException:
            self.close()
            raise
        self.control.settimeout(END_SECONDS)

    def _spawn(self, descriptor: int, layout: Layout) -> subprocess.Popen[bytes]:
        if not os.access(_GUEST, os.R_OK):
            raise UsageError(f"user {os.geteuid()} may not read {_GUEST}, which the sandbox runs: give it leave to")
        _precompile()
        wrapper = bubblewrap(layout) if self.level == "bubblewrap" else []
        try:
            process = subprocess.Popen(
                [*wrapper, layout.interpreter, "-I", "-S", "-B", _GUEST, str(descriptor)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
                cwd="/",
                pass_fds=[descriptor],
                start_new_session=True,
            )
        except OSError as error:
            raise LayerMissing("interpreter", f"{layout.interpreter} cannot be started: {error}") from error
        if self.cgroup is not None:
            self.cgroup.add(process.pid)  # before it is told what to do, so before it has children
        return process

    def _configure(self, layout: Layout) -> tuple[str, ...]:
        user = _PRIVATE_USERS + (os.getpid() % 0x10000) * 0x400 + next(_serial) % 0x400
        config = {
            "level": self.level,
            "outer_uid": user if os.geteuid() == 0 else None,
            "stdlib": layout.stdlib,
            "show": layout.show,
            "hide": layout.hide,
            "packages": layout.packages,
            "reachable": layout.reachable,
            "bounded": os.geteuid() != 0 or (self.cgroup is not None and self.cgroup.counts_processes),
            "preload": PRELOAD,
        }
        judge = os.pidfd_open(os.getpid())
        try:
            socket.send_fds(self.control, [json.dumps(config).encode()], [judge])
            message, pid = self._receive_signed()
            answer = json.loads(message or b"{}")
            if self.cgroup is not None and pid:
                self.cgroup.add(pid)  # a wrapper had forked it before the wrapper itself was moved
        except (OSError, ValueError) as error:
            raise ServerLost(f"the fork server did not start: {error}") from error
        finally:
            os.close(judge)
        if "missing" in answer:
            raise LayerMissing(answer["missing"], answer["why"])
        if "ready" not in answer:
            raise ServerLost("the fork server died while starting")
        return (*answer["layers"], *(["cgroup"] if self.cgroup else []))

    def _receive_signed(self) -> tuple[bytes, int]:
        """Returns the next message and the process number of its sender, as seen from here, or 0."""
        self.control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        message, ancillary, _, _ = self.control.recvmsg(1 << 16, socket.CMSG_SPACE(_CREDENTIALS.size))
        self.control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        signed = [data for _, kind, data in ancillary if kind == socket.SCM_CREDENTIALS]
        return message, _CREDENTIALS.unpack(signed[0])[0] if signed else 0

    def start(self, memory: int, cpu: int, file_size: int, descriptors: Sequence[int]) -> int:
        """Forks a child for a job and returns a pidfd of it, which the caller closes.

        Args:
            memory: Its address space in bytes.
            cpu: Its CPU time in seconds.
            file_size: The largest file it may write, in bytes.
            descriptors: Its own socket first, then what its mode wants.

        Raises:
            ServerLost: The server is gone.
        """
        try:
            socket.send_fds(self.control, [b"J" + _LIMITS.pack(memory, cpu, file_size)], list(descriptors))
            message, received, _, _ = socket.recv_fds(self.control, 64, 1)
        except OSError as error:
            raise ServerLost(str(error)) from error
        if message[:1] != b"P" or len(received) != 1:
            raise ServerLost("the fork server is gone")
        return received[0]

    def end(self) -> Ended:
        """Kills and collects whatever is left of the job.

        Raises:
            ServerLost: The server is gone or does not answer.
        """
        try:
            self.control.send(b"E")
            message = self.control.recv(64)
        except OSError as error:
            raise ServerLost(str(error)) from error
        if message[:1] != b"D":
            raise ServerLost("the fork server is gone")
        return Ended(*_DONE.unpack(message[1:]))

    def close(self) -> None:
        """Ends the server and everything in it, and waits until it is gone."""
        self.control.close()  # the server sees the end of its control socket, kills its child and leaves
        if self.process is not None:
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        if self.cgroup is not None:
            self.cgroup.remove()


def bubblewrap(layout: Layout) -> list[str]:
    """Returns the command line before the interpreter's that puts it into a bubblewrap sandbox.

    Raises:
        LayerMissing: There is no `bwrap` on the path.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise LayerMissing("bubblewrap", "there is no `bwrap` program on the path; install bubblewrap")
    command = [program, "--unshare-all", "--die-with-parent", "--as-pid-1", "--cap-drop", "ALL"]
    command += ["--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--chdir", "/"]
    for path in (layout.interpreter, _SANDBOX, *layout.show):
        command += ["--ro-bind", path, path]
    for path in layout.hide:
        command += ["--tmpfs", path]
    return [*command, "--dev", "/dev", "--remount-ro", "/", "--"]
