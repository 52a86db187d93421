"""Heavy and optional packages: imported when first needed, and one clear sentence when they are not there."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from typing import Any

from envs.core.errors import UsageError

_SPINS = "5000"


def require(module: str, extra: str, what: str) -> Any:
    """Imports an optional package.

    Args:
        module: What to import, such as `reasoning_gym`.
        extra: The extra of this project that installs it.
        what: What needs it, for the message.

    Raises:
        UsageError: It is not installed, or cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _missing(module, extra, what, str(error)) from error


def check_installed(module: str, extra: str, what: str) -> None:
    """Says what `require` would say of a package that is not there, without importing one that is.

    Raises:
        UsageError: It is not installed.
    """
    if module not in sys.modules and importlib.util.find_spec(module) is None:
        raise _missing(module, extra, what, f"No module named {module!r}")


def _missing(module: str, extra: str, what: str, reason: str) -> UsageError:
    return UsageError(f"{what} needs the package {module}: pip install 'grpo-gym[{extra}]' ({reason})")


@contextlib.contextmanager
def heavy_imports() -> Iterator[None]:
    """Imports without garbage collection, and tells OpenMP to wait politely.

    Importing torch and transformers makes a million objects that all stay: looking through them again and again for
    garbage takes a quarter of the time, and later collections need not look at them either.

    GNU OpenMP's threads spin for milliseconds where they wait for each other. On a core that another process has
    taken, that made a step of a small model four to eight times slower. With shorter waits it takes twice as long,
    which is its share; alone on the machine a tenth is lost. What the user has set stays.
    """
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(os.environ):
        os.environ["GOMP_SPINCOUNT"] = _SPINS
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)  # at exit they are garbage, and libraries that count their objects say so
        if collected:
            gc.enable()
