"""Whether a run is going on, and how it ended: a lock that dies with its process, and a line that is left behind.

A run that was killed leaves no line and no lock: it is `stopped`, and can be resumed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from envs.core.errors import RunError, UsageError
from grpo.runs.atomic import write_atomic

_HELD: set[Path] = set()
"""What this process holds itself: a POSIX lock is let go when any descriptor of its file is closed in the process."""
State = Literal["running", "finished", "stopped", "failed"]
_LOCK, _FAILED = ".lock", "failed.txt"


@contextlib.contextmanager
def occupied(run: Path, check: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Holds a run's folder as long as it is trained in, and writes down how that ended.

    Args:
        run: Its folder.
        check: Called once it is held; what it raises is not written down, for the folder is another's then.

    Raises:
        UsageError: Another process is training there.
    """
    check_unoccupied(run)
    lock = (run / _LOCK).resolve()
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(f"the run directory {run} cannot be written: {error.strerror}") from error
    try:
        try:  # unlike flock's, a lock that children never inherit: none of them keeps a killed run's
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _taken(run) from None
        if not _is_still(lock, descriptor):  # who held it was refused meanwhile, and took its folder away
            raise _taken(run)
        check()
        _HELD.add(lock)
        (run / _FAILED).unlink(missing_ok=True)
        try:
            yield
        except Exception as error:
            if lock.exists():  # otherwise the run never began, and nothing is left of it
                with contextlib.suppress(RunError):  # the error that is on its way up says more than a full disk
                    reason = f"{type(error).__name__}: {error}\n"[:500]
                    write_atomic(run / _FAILED, lambda path: path.write_text(reason, encoding="utf-8"))
            raise
    finally:
        _HELD.discard(lock)
        os.close(descriptor)


def _is_still(lock: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(lock), os.fstat(descriptor))
    except OSError:
        return False


def check_unoccupied(run: Path) -> None:
    """Checks a run before anything of it is read: who trains in it replaces its checkpoints meanwhile.

    Raises:
        UsageError: Another process is training there.
    """
    if _is_locked(run / _LOCK):
        raise _taken(run)


def _taken(run: Path) -> UsageError:
    return UsageError(f"another process is training in {run}: wait for it, or give another --run-dir")


def state_of(run: Path, *, done: bool) -> State:
    """Returns what a run is doing.

    Args:
        run: Its folder.
        done: Whether all its steps are made.
    """
    if _is_locked(run / _LOCK):
        return "running"
    if done:
        return "finished"
    return "failed" if (run / _FAILED).exists() else "stopped"


def _is_locked(lock: Path) -> bool:
    if lock.resolve() in _HELD:
        return True
    try:
        with lock.open("rb") as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False
    return False
