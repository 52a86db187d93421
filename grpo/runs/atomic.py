"""Writes that are there whole or not at all: a temporary name, fsync, rename."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from envs.core.errors import RunError


def write_atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Calls `write` with a temporary path beside `path`, then moves the result into place.

    Raises:
        RunError: The disk is full, read-only or otherwise refuses; nothing is left at either path.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        _sync(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RunError(f"cannot write {path}: {error.strerror or error}") from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def directory_atomic(path: Path) -> Iterator[Path]:
    """Yields an empty temporary folder that becomes `path` when the block ends well.

    Raises:
        RunError: The disk refuses; nothing is left at either path.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        for file in temporary.rglob("*"):
            _sync(file)
        _sync(temporary)
        os.rename(temporary, path)
        _sync(path.parent)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if isinstance(error, Exception):  # libraries wrap a full disk in errors of their own
            raise RunError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
        raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
