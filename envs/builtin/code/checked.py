"""Which data files have had all their solutions pass, so that a file is not run again each time it is opened.

Every process of a run builds the environment anew, the workers of a verifier pool included; running all solutions takes
seconds to a minute. What is remembered is one empty file per data set, split, content of the file and Python version,
under the user's cache folder. A file with a solution that fails is never remembered.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path

RULES = 2  # counted up when the judging of solutions changes


def cache_folder() -> Path:
    """Returns the folder of what may be remembered, by the XDG base directory rules."""
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "grpo-gym" / "solutions"


def _marker(name: str, split: str, content: bytes) -> Path:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = f"{RULES} {python} {name} {split} {hashlib.sha256(content).hexdigest()}"
    return cache_folder() / hashlib.sha256(key.encode()).hexdigest()


def is_checked(name: str, split: str, content: bytes) -> bool:
    """Returns whether all solutions of this split of a file have passed on this machine before."""
    return _marker(name, split, content).is_file()


def remember_checked(name: str, split: str, content: bytes) -> None:
    """Notes that they have; where the folder cannot be written the check is simply made again."""
    marker = _marker(name, split, content)
    with contextlib.suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
