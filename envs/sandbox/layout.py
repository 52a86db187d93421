"""What of this machine the sandbox needs to see: the interpreter, its library, and the packages let in."""

from __future__ import annotations

import functools
import glob
import importlib.util
import os
import sys
import sysconfig
from dataclasses import dataclass

from ..errors import UsageError
from . import elf

# Imported once per server, before it is locked up: a child that needs them pays nothing.
PRELOAD = (
    "abc", "bisect", "cmath", "collections", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum",
    "fractions", "functools", "hashlib", "heapq", "inspect", "io", "itertools", "json", "math", "numbers", "operator",
    "random", "re", "statistics", "string", "struct", "textwrap", "threading", "time", "types", "typing",
)  # fmt: skip


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


@functools.lru_cache(maxsize=8)
def layout(packages: tuple[str, ...] = ("numpy",)) -> Layout:
    """Returns the layout of this interpreter with those of `packages` that are installed.

    Raises:
        UsageError: There is no interpreter to start, or a package's name is none.
    """
    interpreter = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable or "")
    if not os.path.isfile(interpreter):
        raise UsageError("the sandbox needs a Python executable to start; sys.executable names none")
    stdlib = os.path.realpath(sysconfig.get_path("stdlib"))
    dynload = os.path.realpath(sysconfig.get_config_var("DESTSHARED") or os.path.join(stdlib, "lib-dynload"))
    folders = {name: folder for name in packages if (folder := _package_folder(name))}
    added = list(folders.values())
    added += [f"{folder}.libs" for folder in folders.values() if os.path.isdir(f"{folder}.libs")]
    extensions = [p for folder in added for p in glob.glob(f"{folder}/**/*.so*", recursive=True)]
    extensions += [p for p in glob.glob(f"{dynload}/*.so") if "_tkinter" not in p]  # no screen, no toolkit
    show = [stdlib] + ([] if dynload.startswith(stdlib + os.sep) else [dynload]) + added
    libraries = elf.closure([*extensions, interpreter], sysconfig.get_config_var("MULTIARCH"))
    inside = tuple(f"{folder}{os.sep}" for folder in show)
    show += sorted(path for path in libraries if not path.startswith(inside))
    show += [path for path in ("/etc/ld.so.cache",) if os.path.isfile(path)]
    hide = [p for name in ("site-packages", "dist-packages") if os.path.isdir(p := os.path.join(stdlib, name))]
    return Layout(interpreter, (stdlib, dynload), tuple(show), tuple(hide), folders, _reachable(stdlib))
