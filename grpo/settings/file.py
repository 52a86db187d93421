"""Settings of `grpo train` in a TOML file: how they may be spelt there, and what is said of one that is none."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError, did_you_mean
from grpo.settings.foreign import TRAIN, known_elsewhere, spelt

_COMMANDS = ("train", "eval")
_ON_THE_COMMAND_LINE = ("config", "force", "json", "resume", "resume_from", "verbose")
REPEATED = {
    "engine_args": "--engine-arg block_size=32",
    "env": "--env math:2 --env code:1",
    "env_args": "--env-arg levels=1,2, or of one of several --env-arg math.levels=1",
    "chat_args": "--chat-arg enable_thinking=false",
    "stops": "--stop END",
    "select": "--select profiles/math/profile.parquet",
    "loggers": "--logger tensorboard",
    "lora_targets": "--lora-target q_proj",
}
"""Settings that are flags given several times, under the name of one of them; with an example of each."""


def read_toml(path: Path) -> dict[str, Any]:
    """Reads a config file.

    Raises:
        UsageError: It is not there, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the config file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the config file {path} is not TOML: {error}") from error


def of_command(path: Path, command: str) -> dict[str, Any]:
    """Returns what a file says to a command: its plain keys, and those of the table that bears the command's name.

    One file may so serve `grpo train` and `grpo eval`; what it says to the other is passed over.

    Raises:
        UsageError: The file cannot be read, or says something twice.
    """
    found = read_toml(path)
    tables = {name: found.pop(name) for name in _COMMANDS if isinstance(found.get(name), dict)}
    for key, value in tables.get(command, {}).items():
        if key in found:
            raise UsageError(f"{path}: {key!r} is said twice, in [{command}] and outside of it")
        found[key] = value
    return found


def settings_in(path: Path) -> dict[str, Any]:
    """Returns the settings of a run that a file names, and `run_dir` where it says where the run is written.

    Raises:
        UsageError: The file cannot be read, or says something twice.
    """
    found: dict[str, Any] = {}
    for written, value in of_command(path, "train").items():
        key = written.replace("-", "_")
        if key in found:
            raise UsageError(f"{path}: {key!r} is said twice, with dashes and with underscores")
        found[key] = value
    if not isinstance(found.get("run_dir", ""), str):
        raise UsageError(f"{path}: run_dir = {found['run_dir']!r}: the path of a folder belongs here")
    return found


def run_dir_in(path: Path | None) -> Path | None:
    """Returns where a file says that the run is written."""
    said = settings_in(path).get("run_dir") if path else None
    return Path(said) if said else None


def unknown_setting(key: str, value: Any, fields: Iterable[str]) -> str:
    """Returns what to say of a key that is no setting: what it is called here, or the closest name.

    Args:
        key: As it was written.
        value: What it was given; of a table, the names in it are looked at too.
        fields: The names of all settings.
    """
    for name in _leaves(key, value):
        if told := known_elsewhere(name, TRAIN):
            return f"no setting {name!r}: {spelt(told)}"
    if key in _ON_THE_COMMAND_LINE:
        return f"no setting {key!r}: it belongs on the command line, --{key.replace('_', '-')}"
    plural = f"{key}s" if f"{key}s" in REPEATED else ""
    hint = f"did you mean {plural!r}?" if plural else did_you_mean(key, [*fields, "run_dir"])
    return f"no setting {key!r}: {hint}"


def _leaves(key: str, value: Any) -> list[str]:
    if not isinstance(value, dict):
        return [key]
    return [key, *(leaf for name, inner in value.items() for leaf in _leaves(f"{key}.{name}", inner))]
