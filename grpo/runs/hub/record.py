"""What a model folder says of the run that made it: enough to put tasks to it as they were put in training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grpo.settings.chats import ChatConfig
from grpo.settings.config import TrainConfig
from grpo.settings.environments import OWN_SETTINGS, EnvTable

RECORD = "grpo_training.json"
METRICS = "metrics.jsonl"
PROFILE = "profile-{}.parquet"
"""What a run that goes on elsewhere needs of its folder, beside the checkpoint."""
_LONGEST = 1_000_000
_CHAT = tuple(name for name in ChatConfig.model_fields if name not in ("max_prompt_tokens", "chat_template"))
"""A template is in the tokenizer beside the record; as a setting it may be a file's name, which nobody else decides."""
_SECRET = ("key", "token", "secret", "password", "auth")


def record_of(config: TrainConfig, step: int) -> dict[str, Any]:
    """Returns the settings that an evaluation takes up, without secrets and without paths of this machine."""
    plain = config.without_code()
    chat = {name: plain[name] for name in _CHAT}
    tables = plain["env"]
    if isinstance(tables, list):
        env: Any = [{**table, "name": shown(table["name"]), "args": discreet(table["args"])} for table in tables]
    else:
        env = shown(tables)
    asked = {"env": env, "env_args": discreet(plain["env_args"]), "max_tokens": plain["max_tokens"]}
    return {"step": step, "config": {**chat, **asked}}


def read_record(folder: Path) -> dict[str, Any]:
    """Returns the settings in a folder's record; nothing where there is none, or it is none of ours.

    It comes from whoever wrote the folder: names that are no settings are left out, and the values are checked like
    a config file's.
    """
    file = folder / RECORD
    try:
        if file.stat().st_size > _LONGEST:
            return {}
        config = json.loads(file.read_text(encoding="utf-8"))["config"]
        known = {*_CHAT, "env", "env_args", "max_tokens"}
        said = {name: value for name, value in config.items() if name in known}
        TrainConfig(**{name: value for name, value in said.items() if name not in ("env", "env_args")})
        tables = said.get("env")
        if isinstance(tables, list):
            said["env"] = [_table(table) for table in tables]
        return said
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):  # UsageError is a ValueError
        return {}


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: table[name] for name in OWN_SETTINGS if table.get(name) is not None}
    return EnvTable(name=table["name"], args=table.get("args", {}), **own).model_dump()


def shown(value: Any) -> Any:
    """Returns a setting as others may see it: of a path on this machine the last name."""
    if isinstance(value, str) and Path(value).is_absolute():
        return Path(value).name
    if isinstance(value, list):
        return [shown(one) for one in value]
    return discreet(value) if isinstance(value, Mapping) else value


def discreet(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arguments as others may see them: those that sound like secrets are left out."""
    return {
        name: shown(value)
        for name, value in arguments.items()
        if not any(word in name.lower() for word in _SECRET) or isinstance(value, bool | int | float)
    }
