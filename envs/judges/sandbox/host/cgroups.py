"""A memory and process-count cgroup around each fork server: the backstop behind the rlimits of its children.

Works with version 1 and version 2 where this process may make groups, and is left out elsewhere: a job is one process
with a hard limit on its address space, so nothing rests on this layer alone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time

PREFIX = "grpo-sandbox-"
MAX_TASKS = 256
_serial = itertools.count()
_in_use: set[str] = set()


def _mounts() -> dict[str, str]:
    """Returns {controller: mount point}; version 2 appears under the name `unified`."""
    found = {}
    with contextlib.suppress(OSError), open("/proc/self/mountinfo") as file:
        for line in file:
            fields, _, rest = line.partition(" - ")
            kind, _, options = rest.split()[:3]
            point = fields.split()[4]
            if kind == "cgroup2":
                found["unified"] = point
            elif kind == "cgroup":
                for controller in {"memory", "pids"} & set(options.split(",")):
                    found[controller] = point
    return found


def _own() -> dict[str, str]:
    """Returns {controller: path of this process's group}, version 2 under `unified`."""
    found = {}
    with contextlib.suppress(OSError), open("/proc/self/cgroup") as file:
        for line in file:
            number, controllers, path = line.rstrip("\n").split(":", 2)
            if number == "0":
                found["unified"] = path
            for controller in controllers.split(","):
                found[controller] = path
    return found


class Cgroup:
    """The groups of one fork server, one folder per hierarchy."""

    def __init__(self) -> None:
        self.folders: list[str] = []

    @property
    def counts_processes(self) -> bool:
        """Whether the number of tasks is limited as well as their memory."""
        return any(os.path.exists(os.path.join(folder, "pids.max")) for folder in self.folders)

    @classmethod
    def create(cls, memory_mb: int) -> Cgroup | None:
        """Makes groups that hold at most `memory_mb` and `MAX_TASKS` tasks, or returns None where that is refused."""
        mounts, own = _mounts(), _own()
        limits = {"memory": ("memory.limit_in_bytes", memory_mb << 20), "pids": ("pids.max", MAX_TASKS)}
        group = cls()
        try:
            for controller, (file, value) in limits.items():
                if controller in mounts:
                    folder = group._folder(mounts[controller] + own[controller])
                    _write(os.path.join(folder, file), str(value))
            if not group.folders and "unified" in mounts:
                folder = group._folder(mounts["unified"] + own["unified"])
                _write(os.path.join(folder, "memory.max"), str(memory_mb << 20))
                _write(os.path.join(folder, "pids.max"), str(MAX_TASKS))
        except (OSError, KeyError):
            group.remove()
            return None
        return group if group.folders else None

    def _folder(self, parent: str) -> str:
        """Makes a folder named after this process in `parent`, and removes what others have left behind."""
        for name in os.listdir(parent):
            folder = os.path.join(parent, name)
            ours = name.startswith(f"{PREFIX}{os.getpid()}-")
            gone = name.startswith(PREFIX) and not os.path.exists(f"/proc/{name.split('-')[2]}")
            if gone or (ours and folder not in _in_use):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        folder = os.path.join(parent, f"{PREFIX}{os.getpid()}-{next(_serial)}")
        _in_use.add(folder)
        os.mkdir(folder)
        self.folders.append(folder)
        return folder

    def add(self, pid: int) -> None:
        """Moves a process, and all its children to come, into the groups."""
        for folder in self.folders:
            _write(os.path.join(folder, "cgroup.procs"), str(pid))

    def remove(self) -> None:
        """Removes the groups once their processes have left; waits a moment for the kernel to notice."""
        for folder in self.folders:
            _in_use.discard(folder)
            for _ in range(100):
                try:
                    os.rmdir(folder)
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.005)
        self.folders = []


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)
