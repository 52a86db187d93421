"""What of this machine the sandbox needs to see: the interpreter, its library, and the packages let in."""

from __future__ import annotations

import functools
import glob
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from envs.core.errors import UsageError
from envs.judges.sandbox.host import elf

# Imported once per server, before it is locked up: a child that needs them pays nothing. Left out are `threading`,
# `random` (and `statistics`, which needs it) and `hashlib`: what they do after a fork costs every child up to 0.4 ms.
PRELOAD = (
    "abc", "bisect", "cmath", "collections", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum",
    "fractions", "functools", "heapq", "inspect", "io", "itertools", "json", "math", "numbers", "operator", "re",
    "ast", "keyword", "string", "struct", "textwrap", "time", "types", "typing",
)  # fmt: skip


# Where systems keep the rules of time zones; where none does, those of the package `tzdata` are used.
ZONES = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")


@dataclass(frozen=True)
class Layout:
    """Paths, all absolute and as the guest will see them.

    Attributes:
        interpreter: The Python to start.
        stdlib: The guest's import path.
        show: Every file and folder the guest may read.
        hide: Folders within those that must look empty.
        packages: Importable packages outside the standard library, by name.
        reachable: Whether a user without rights can walk to the library.
    """

    interpreter: str
    stdlib: tuple[str, ...]
    show: tuple[str, ...]
    hide: tuple[str, ...]
    packages: dict[str, str]
    reachable: bool


def _package_folder(name: str) -> str | None:
    if name == "." or not name.isidentifier():
        raise UsageError(f"packages: {name!r} is not a package name; give names such as 'numpy'")
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return os.path.abspath(list(spec.submodule_search_locations)[0])


def _reachable(path: str) -> bool:
    """Returns whether the permissions of `path` and of every folder above it let anybody through."""
    while True:
        if not os.stat(path).st_mode & 0o005 == 0o005:
            return False
        if path == "/":
            return True
        path = os.path.dirname(path)


@dataclass(frozen=True)
class _Interpreter:
    path: str
    version: tuple[int, int]
    stdlib: str
    dynload: str
    multiarch: str | None

    def usable(self) -> bool:
        """Returns whether this user may start it and read its library."""
        return os.access(self.path, os.X_OK) and os.access(os.path.join(self.stdlib, "os.py"), os.R_OK)


def _dynload(stdlib: str, built: str | None) -> str:
    folder = os.path.join(stdlib, "lib-dynload")
    return folder if os.path.isdir(folder) else os.path.realpath(built or stdlib)  # elsewhere by the build's choice


def _own() -> _Interpreter:
    path = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable or "")
    stdlib = os.path.dirname(os.path.realpath(os.__file__))
    built = next((entry for entry in sys.path if entry.endswith("lib-dynload")), None)
    multiarch = getattr(sys.implementation, "_multiarch", None)
    return _Interpreter(path, sys.version_info[:2], stdlib, _dynload(stdlib, built), multiarch)


def _other() -> _Interpreter | None:
    """Returns another Python of this machine that this user may run, new enough for the guest's code."""
    question = (
        "import sys, sysconfig as s; v = s.get_config_var; "
        "print(*sys.version_info[:2], s.get_path('stdlib'), v('DESTSHARED'), v('MULTIARCH'), sep='\\n')"
    )
    for name in (f"python3.{sys.version_info[1]}", "python3"):
        path = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin")
        if path is None:
            continue
        try:
            command = [path, "-I", "-S", "-c", question]
            asked = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd="/")
            major, minor, stdlib, built, multiarch = asked.stdout.split("\n")[:5]
        except (OSError, ValueError, subprocess.TimeoutExpired):
            continue
        found = _Interpreter(
            os.path.realpath(path), (int(major), int(minor)), stdlib, _dynload(stdlib, built), multiarch or None
        )
        if found.version >= (3, 11) and found.usable():
            return found
    return None


def layout(packages: tuple[str, ...] = ("numpy",)) -> Layout:
    """Returns the layout of this interpreter, or of another this user may run, with the installed ones of `packages`.

    Raises:
        UsageError: There is no interpreter to start, or a package's name is none.
    """
    return _layout(packages, os.geteuid())


@functools.lru_cache(maxsize=8)
def _layout(packages: tuple[str, ...], user: int) -> Layout:
    chosen = _own()
    if not chosen.usable():
        chosen = _other()
    if chosen is None:
        raise UsageError(f"user {user} may not run {sys.executable}; install a Python of 3.11 or newer for all users")
    folders = {name: folder for name in packages if (folder := _package_folder(name)) and os.access(folder, os.R_OK)}
    if chosen.version != sys.version_info[:2]:
        folders = {}  # built for another interpreter
    zones = [path for path in ZONES if os.access(os.path.join(path, "UTC"), os.R_OK) and _reachable(path)][:1]
    rules = None if zones or chosen.version != sys.version_info[:2] else _package_folder("tzdata")
    folders |= {"tzdata": rules} if rules and os.access(rules, os.R_OK) else {}
    added = list(folders.values())
    added += [f"{folder}.libs" for folder in folders.values() if os.path.isdir(f"{folder}.libs")]
    extensions = [p for folder in added for p in glob.glob(f"{folder}/**/*.so*", recursive=True)]
    extensions += [p for p in glob.glob(f"{chosen.dynload}/*.so") if "_tkinter" not in p]  # no screen, no toolkit
    show = [chosen.stdlib] + ([] if chosen.dynload.startswith(chosen.stdlib + os.sep) else [chosen.dynload]) + added
    libraries = elf.closure([*extensions, chosen.path], chosen.multiarch)
    inside = tuple(f"{folder}{os.sep}" for folder in show)
    show += sorted(path for path in libraries if not path.startswith(inside))
    show += [*zones, *(path for path in ("/etc/ld.so.cache",) if os.path.isfile(path))]
    hide = [os.path.join(chosen.stdlib, name) for name in ("site-packages", "dist-packages")]
    hidden = tuple(folder for folder in hide if os.path.isdir(folder))
    reachable = _reachable(chosen.stdlib)
    return Layout(chosen.path, (chosen.stdlib, chosen.dynload), tuple(show), hidden, folders, reachable)
