"""A run that goes on from the hub: what was pushed with the trainer's state becomes a run's folder again.

Who wrote the repository decides tokens and numbers, and no more: settings that would run code, send something away or
load it from elsewhere are refused, or left out for the person to say again.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from envs.core.errors import UsageError
from envs.core.registry import CODE, entries
from grpo.policy.hub import HubName, fetched_whole, hub_name
from grpo.runs.atomic import directory_atomic
from grpo.runs.checkpoint import CHECKSUMS, STATE_DIR, check_checkpoint, point_at
from grpo.runs.hub.record import METRICS, PROFILE
from grpo.runs.rundir import RunDir
from grpo.settings.config import TrainConfig, check_config, to_toml

_FILES = re.compile(r".*\.(?:json|jinja|model|txt|tiktoken|safetensors|pt|bin)")
_SAID_AGAIN = ("engine_args", "loggers", "push_to", "push_every", "push_private", "push_state")
_ATTENTION = re.compile(r"\w*")


def take_up(name: str, place: Path, say: Callable[[str], None], env: str = "") -> None:
    """Makes a run's folder of a repository, whole or not at all.

    Args:
        name: `OWNER/NAME` or `OWNER/NAME@REVISION`.
        place: A folder that is not there, or empty.
        say: Told that the hub is asked, before it is, and what of the settings is left out.
        env: Environments that the person has named: a file with code in it is taken from nobody else.

    Raises:
        UsageError: No such repository, none with a trainer's state, a damaged one, or the place is taken.
        RunError: The disk refuses.
    """
    hub = hub_name(name)
    if hub is None:
        raise UsageError(f"--resume-from {name}: write OWNER/NAME or OWNER/NAME@REVISION, as on the hub")
    RunDir(place).check_free()
    if place.exists() and any(place.iterdir()):
        raise UsageError(f"{place} is not empty: give another --run-dir")
    say(f"asking the hub for {hub} ...")
    folder = fetched_whole(hub)
    state, sums = _read(hub, folder / STATE_DIR / "state.json"), _read(hub, folder / STATE_DIR / CHECKSUMS)
    config, step = _config(hub, state, env, say), state.get("step")
    if not isinstance(step, int) or not 0 < step < 10**9:
        raise UsageError(f"{hub} has a trainer's state of no step: it was not written by grpo-gym")
    files = [*map(str, sums), f"{STATE_DIR}/{CHECKSUMS}"]
    if wrong := next((file for file in files if not _is_inside(file) or not (folder / file).is_file()), None):
        raise UsageError(f"{hub} is damaged: {wrong[:100]!r} is missing, or is no file of a checkpoint")
    with directory_atomic(place) as made:
        checkpoint = made / "checkpoints" / f"step-{step:06d}"
        for file in files:
            (checkpoint / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file, checkpoint / file)
        fault = check_checkpoint(checkpoint)
        if fault is None:
            point_at(checkpoint, "last")
            _beside(folder / STATE_DIR, made, config)
            (made / "config.toml").write_text(to_toml(config), encoding="utf-8")
    if fault is not None:
        shutil.rmtree(place, ignore_errors=True)
        raise UsageError(f"{hub} is damaged: {fault}; take another revision")


def _read(hub: HubName, file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise UsageError(f"{hub} holds no trainer's state to go on from: it was pushed without --with-state")
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{hub} is damaged: {file.name} cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise UsageError(f"{hub} is damaged: {file.name} is none of a trainer's")
    return found


def _config(hub: HubName, state: dict[str, Any], env: str, say: Callable[[str], None]) -> TrainConfig:
    said = state.get("config")
    if not isinstance(said, dict):
        raise UsageError(f"{hub} is damaged: its state holds no settings")
    if _holds_code(said):
        raise UsageError(f"{hub} carries code in its settings, which is run from no repository")
    left_out = [name for name in _SAID_AGAIN if said.get(name)]
    config = check_config({name: value for name, value in said.items() if name not in _SAID_AGAIN}, str(hub))
    for one in config.environments:
        if one.spec.name not in {entry.name for entry in entries()} and one.spec.name not in env.split(","):
            raise UsageError(f"{hub} was trained on {one.spec.name}: add --env {one.spec.name} if its code is yours")
    if not _ATTENTION.fullmatch(config.attn):
        raise UsageError(f"{hub} wants its attention, {config.attn!r}, from elsewhere: it cannot be gone on with here")
    if left_out:
        say(f"left out of the run's settings, say them again: {', '.join(left_out)}")
    return config


def _holds_code(value: Any) -> bool:
    """Whether a reward is in there that travels by value: to load one is to run it."""
    if isinstance(value, dict):
        return CODE in value or any(map(_holds_code, value.values()))
    return isinstance(value, list) and any(map(_holds_code, value))


def _is_inside(file: str) -> bool:
    path = PurePosixPath(file)
    return bool(_FILES.fullmatch(file)) and not path.is_absolute() and ".." not in path.parts and "\\" not in file


def _beside(state: Path, made: Path, config: TrainConfig) -> None:
    """Copies what lies in a run beside its checkpoints."""
    names = [METRICS, *(PROFILE.format(number) for number in range(1, len(config.select) + 1))]
    for name in names:
        if (state / name).is_file():
            shutil.copyfile(state / name, made / name)
