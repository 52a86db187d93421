"""Levels of isolation: what each promises, which one this machine gives, and how to raise it."""

from __future__ import annotations

import platform
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from envs.core.errors import UsageError, did_you_mean
from envs.judges.sandbox.host.layout import Layout, layout
from envs.judges.sandbox.host.server import ForkServer, LayerMissing, ServerLost

LEVELS = {
    "full": "namespaces, a private read-only root, a private user without rights, Landlock, seccomp, rlimits",
    "no-namespaces": "Landlock, seccomp, rlimits and a user without rights, for use inside a default container",
    "bubblewrap": "the bubblewrap program and rlimits, where there is no system call table for the machine",
    "unsafe": "rlimits only: judged code can read and write what you can",
}
SAFE = ("full", "no-namespaces", "bubblewrap")
CONSENT = "i-accept"
HINTS = {
    "namespaces": "allow user namespaces: sysctl user.max_user_namespaces=15000, kernel.unprivileged_userns_clone=1 "
    "or kernel.apparmor_restrict_unprivileged_userns=0; in docker: --security-opt seccomp=unconfined",
    "private root": "allow mounts in user namespaces; in docker: --security-opt seccomp=unconfined "
    "--security-opt apparmor=unconfined",
    "landlock": "boot a kernel of 5.13 or newer with `landlock` in the lsm= list",
    "seccomp": "use a kernel with CONFIG_SECCOMP_FILTER, on x86_64 or aarch64",
    "bubblewrap": "install bubblewrap (the program `bwrap`)",
    "process limit": "run as an ordinary user, or where this process may make pids cgroups",
    "linux": "run inside a Linux container, such as `docker run -it python:3.11`",
}


class Refused(Exception):
    """No level that is safe enough can be had here; the message says which layer is missing."""


@dataclass(frozen=True)
class SandboxReport:
    """What the sandbox amounts to on this machine.

    Attributes:
        level: The best level to be had, or `refused`.
        layers: The layers in force at that level.
        missing: {level: (layer, why)} of the better levels.
        hints: What to do about them, one line each.
    """

    level: str
    layers: tuple[str, ...]
    missing: dict[str, tuple[str, str]]
    hints: tuple[str, ...]


def wanted_levels(level: str | None, unsafe_exec: str | None) -> tuple[str, ...]:
    """Returns the levels to try, best first.

    Raises:
        UsageError: There is no such level, or the unsafe one was asked for without consent.
    """
    if unsafe_exec not in (None, CONSENT):
        raise UsageError(f"unsafe_exec: to run judged code without isolation, spell it {CONSENT!r}")
    if level is None:
        return SAFE + (("unsafe",) if unsafe_exec else ())
    if level not in LEVELS:
        raise UsageError(f"there is no sandbox level {level!r}; {did_you_mean(level, LEVELS)}")
    if level == "unsafe" and not unsafe_exec:
        raise UsageError(f"level 'unsafe' runs judged code with your rights; to have it, add --unsafe-exec {CONSENT}")
    return (level,)


class Starter:
    """Starts fork servers at the best of the wanted levels, and remembers which one that was."""

    def __init__(self, levels: tuple[str, ...], view: Layout, memory_mb: int) -> None:
        self.levels = levels
        self.layout = view
        self.memory_mb = memory_mb
        self.level: str | None = None
        self.missing: dict[str, tuple[str, str]] = {}
        self._refused = False
        self._lock = threading.Lock()

    def start(self) -> ForkServer:
        """Returns a new server.

        Raises:
            Refused: None of the wanted levels can be had.
        """
        try:
            return self._start()
        except ServerLost:
            pass  # killed from outside, most likely; the judged code is not running yet
        try:
            return self._start()
        except ServerLost as error:
            raise Refused(f"the fork server does not start: {error}") from error

    def _start(self) -> ForkServer:
        if self.level is not None:
            return ForkServer(self.level, self.layout, self.memory_mb)
        if not sys.platform.startswith("linux"):
            self.missing["full"] = ("linux", f"{platform.system()} has none of the layers this sandbox is made of")
            raise Refused(self.explanation())
        with self._lock:
            for level in () if self._refused else self.levels:
                try:
                    server = ForkServer(level, self.layout, self.memory_mb)
                except LayerMissing as error:
                    self.missing[level] = (error.layer, error.why)
                    continue
                self.level = level
                return server
            self._refused = True  # what a machine lacks it will lack for the next job as well
        raise Refused(self.explanation())

    def explanation(self) -> str:
        """Returns one line that names the missing layers."""
        parts = [f"{level} lacks {layer} ({why})" for level, (layer, why) in self.missing.items()]
        advice = f"see `grpo doctor`, or accept the risk: --unsafe-exec {CONSENT}"
        return f"no safe sandbox here: {'; '.join(parts)}; {advice}"


def probe(level: str | None = None, view: Callable[[], Layout] = layout) -> SandboxReport:
    """Finds out what the sandbox amounts to on this machine, by building it once.

    Args:
        level: The one level to try; the best where none is named.
        view: Where to get the layout from.
    """
    starter = Starter(wanted_levels(level, None), view(), 512)
    try:
        server = starter.start()
    except Refused as error:
        if not starter.missing:
            starter.missing[level or "full"] = ("fork server", str(error))
        return SandboxReport("refused", (), starter.missing, _hints(starter))
    layers = server.layers
    server.close()
    return SandboxReport(server.level, layers, starter.missing, _hints(starter))


def _hints(starter: Starter) -> tuple[str, ...]:
    layers = dict.fromkeys(layer for layer, _ in starter.missing.values())
    return tuple(f"{layer}: {HINTS[layer]}" for layer in layers if layer in HINTS)
