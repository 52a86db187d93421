"""What the run of a checkpoint says: its settings, and the environments it was trained on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.core.errors import UsageError
from envs.core.extras import heavy_imports
from envs.core.registry import EnvSpec, codeless, entries

if TYPE_CHECKING:
    from evals.sampling.policies import PolicySource


def config_of(path: str) -> dict[str, Any]:
    """Returns the config of the run that a checkpoint belongs to; nothing for any other policy."""
    from grpo.runs.checkpoint import STATE_DIR
    from grpo.runs.hub.record import read_record

    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return dict(json.loads((Path(path) / STATE_DIR / "state.json").read_text(encoding="utf-8"))["config"])
    return read_record(Path(path))


def environments_of(names: Sequence[str], code: bool = False) -> list[EnvSpec]:
    """Returns what the first of some policies that a run has made was trained on, in no split; nothing if none was.

    Args:
        names: Policies as the user gave them: runs, checkpoints, model folders, hub names, endpoints.
        code: Whether a run's own folder may bring code of a reward or environment, as where it is named in Python.

    Raises:
        UsageError: It is no environment to be taken on a folder's word: it lies in a file, or is code.
    """
    folders = [name for name in names if Path(name).is_dir()]
    if not folders:
        return []
    with heavy_imports():
        from grpo.runs.checkpoint import resolve_checkpoint
        from grpo.runs.rundir import RunDir
        from grpo.settings.config import check_config

    for name in folders:
        if code and RunDir(Path(name)).started:
            return [_of_no_split(one.spec) for one in RunDir(Path(name)).config().environments]
        if config := config_of(resolve_checkpoint(name)):
            specs = [_of_no_split(one.spec) for one in check_config(config, f"the run of {name}").environments]
            for spec in specs:
                _check_named(name, spec)
            return specs
    return []


def _of_no_split(spec: EnvSpec) -> EnvSpec:
    return replace(spec, kwargs={name: value for name, value in spec.kwargs.items() if name != "split"})


def _check_named(policy: str, spec: EnvSpec) -> None:
    """Whoever wrote a checkpoint chooses among what is installed here, never a file that is run, nor its code."""
    if any(isinstance(value, dict) and "sha256" in value for value in spec.kwargs.values()):
        raise UsageError(
            f"{policy} was trained on code of Python's: evaluate it there, evals.evaluate({policy!r}), or on another "
            "environment: --env math"
        )
    if spec.name not in {entry.name for entry in entries()}:
        raise UsageError(f"{policy} was trained on {spec.name}: name what it shall be evaluated on, --env {spec.name}")


def other_than_trained(source: PolicySource, spec: EnvSpec) -> str | None:
    """Returns how an environment differs from what a checkpoint's run was trained on; None where it does not."""
    config = config_of(source.path)
    trained = config.get("env")
    tables = trained if isinstance(trained, list) else [{"name": trained, "args": config.get("env_args", {})}]
    named = [dict(table.get("args", {})) for table in tables if table.get("name") == spec.name]
    asked = codeless({name: value for name, value in spec.kwargs.items() if name != "split"})
    if not trained or asked in map(codeless, named):
        return None
    if not named:
        return f"{source.name} was trained on {', '.join(str(table['name']) for table in tables)}, this is {spec.name}"
    told = " ".join(f"--env-arg {name}={_written(value)}" for name, value in named[0].items())
    return f"{source.name} was trained on other tasks of {spec.name}; those: {told or 'no --env-arg'}"


def _written(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
