"""Remembers the last audit of each environment, so that a training run can say what is known of its reward."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from pathlib import Path
from typing import Any

from envs.core.errors import GymError
from envs.core.registry import EnvSpec, find

_FOLDER_VARIABLE = "GRPO_CACHE"


def remember(spec: EnvSpec, clean: bool, codes: list[str], date: str) -> None:
    """Writes the outcome of an audit; where nothing can be written nothing is remembered."""
    path = _path(spec)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({"env": spec.name, "clean": clean, "codes": codes, "date": date}))
        fresh.replace(path)
    except OSError:
        return


def audit_state(spec: EnvSpec) -> str:
    """Returns one line on the last audit of exactly this environment: its version, arguments and, of a file, its text.

    Never raises and builds nothing, so that a run may print it first thing.
    """
    try:
        known = json.loads(_path(spec).read_text())
        state = "clean" if known["clean"] else f"{len(known['codes'])} findings ({', '.join(known['codes'])})"
        return f"audit: {state}, {known['date']}"
    except (OSError, ValueError, KeyError, TypeError, GymError):
        from_python = spec.without_code() != spec  # which no command line can name
        return f"audit: never run: `{'grpo.audit(env)' if from_python else _command(spec)}`"


def _command(spec: EnvSpec) -> str:
    """Returns what audits an environment with these arguments, to be pasted."""
    said = {name: value for name, value in spec.kwargs.items() if name != "split"}
    args = [part for name, value in said.items() for part in ("--env-arg", f"{name}={_text(value)}")]
    return shlex.join(["grpo", "env", "audit", spec.name, *args])


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def _path(spec: EnvSpec) -> Path:
    folder = os.environ.get(_FOLDER_VARIABLE)
    cache = Path(folder) if folder else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "grpo-gym"
    return cache / "audits" / f"{_fingerprint(spec)}.json"


def _fingerprint(spec: EnvSpec) -> str:
    entry = find(spec.name)
    arguments = {name: value for name, value in spec.without_code().kwargs.items() if name != "split"}
    told: list[Any] = [entry.name, entry.origin, entry.version, arguments]
    if entry.target.endswith(".py"):
        told.append(Path(entry.target).read_text(errors="replace"))
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=repr).encode()).hexdigest()[:24]
