"""Optional packages: imported when first needed, and one clear sentence when they are not there."""

from __future__ import annotations

import importlib
from typing import Any

from envs.errors import UsageError


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
        raise UsageError(f"{what} needs the package {module}: pip install 'grpo-gym[{extra}]' ({error})") from error
