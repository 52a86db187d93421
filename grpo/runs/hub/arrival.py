"""A run that goes on from the hub: what was pushed with the trainer's state becomes a run's folder again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from envs.core.errors import UsageError
from grpo.policy.hub import HubName, fetched_whole, hub_name
from grpo.runs.atomic import directory_atomic
from grpo.runs.checkpoint import CHECKSUMS, STATE_DIR, check_checkpoint, point_at
from grpo.runs.hub.record import METRICS, PROFILE
from grpo.runs.rundir import RunDir
from grpo.settings.config import TrainConfig, check_config, to_toml


def take_up(name: str, place: Path, say: Callable[[str], None]) -> None:
    """Makes a run's folder of a repository, whole or not at all.

    Args:
        name: `OWNER/NAME` or `OWNER/NAME@REVISION`.
        place: A folder that is not there, or empty.
        say: Told that the hub is asked, before it is.

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
    config, step = _config(hub, state), state.get("step")
    if not isinstance(step, int) or not 0 < step < 10**9:
        raise UsageError(f"{hub} has a trainer's state of no step: it was not written by grpo-gym")
    files = [*map(str, sums), f"{STATE_DIR}/{CHECKSUMS}"]
    if wrong := next((file for file in files if not _is_inside(file) or not (folder / file).is_file()), None):
        raise UsageError(f"{hub} is damaged: {wrong[:100]!r} is missing; take another revision")
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
    except (OSError, ValueError) as error:
        raise UsageError(f"{hub} is damaged: {file.name} cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise UsageError(f"{hub} is damaged: {file.name} is none of a trainer's")
    return found


def _config(hub: HubName, state: dict[str, Any]) -> TrainConfig:
    config = state.get("config")
    if not isinstance(config, dict):
        raise UsageError(f"{hub} is damaged: its state holds no settings")
    return check_config(config, str(hub))


def _is_inside(file: str) -> bool:
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in file and "\0" not in file


def _beside(state: Path, made: Path, config: TrainConfig) -> None:
    """Copies what lies in a run beside its checkpoints."""
    names = [METRICS, *(PROFILE.format(number) for number in range(1, len(config.select) + 1))]
    for name in names:
        if (state / name).is_file():
            shutil.copyfile(state / name, made / name)
