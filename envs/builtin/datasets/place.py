"""Where the data of an environment is said to lie, before anything is opened."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError
from envs.core.registry import find

DATA_VARIABLE = "GRPO_DATA"
HUB = "hf:"
"""What a place on the Hugging Face hub begins with; nothing else makes a benchmark download anything."""
CANONICAL = {
    "gsm8k": "openai/gsm8k:main",
    "math500": "HuggingFaceH4/MATH-500",
    "aime": "HuggingFaceH4/aime_2024",
    "humaneval": "openai/openai_humaneval",
    "mbpp": "google-research-datasets/mbpp:sanitized",
    "livecodebench": "livecodebench/code_generation_lite",
    "apps": "codeparrot/apps",
    "code-contests": "deepmind/code_contests",
    "leetcode": "newfacade/LeetCodeDataset",
}
"""The data set and configuration that `hf:` alone means, by benchmark."""


_TOOLS = "tools/"
"""Before the name of an environment that tools are put around, which reads its data as it does without them."""


def located(name: str, data: str | None) -> str:
    """Returns where a benchmark's data is: as given, or in the folder that `GRPO_DATA` names.

    Args:
        name: The benchmark's.
        data: A path, or `hf:` with or without a name; None where nothing was said.

    Raises:
        UsageError: Nothing says where it is; the message names every way to say so.
    """
    root = os.environ.get(DATA_VARIABLE)
    if data:
        return data
    if root:
        return root if root.startswith(HUB) else str(Path(root) / name)
    raise UsageError(
        f"{name} needs its data: give --data PATH of its file or folder (one benchmark's argument: --env-arg "
        f'data=PATH), data = "DIR" in the --config file, or {DATA_VARIABLE}=DIR in the environment, where DIR holds '
        f"{name}/{hub_hint(name)}"
    )


def hub_hint(name: str) -> str:
    """Returns the end of an error that says how the hub is asked for, which never happens by itself."""
    return f"; --data {HUB} loads {CANONICAL[name]} from the Hugging Face hub" if name in CANONICAL else ""


def hub_name(name: str, place: str) -> str:
    """Returns a place on the hub with the data set named, which for `hf:` alone is the benchmark's own.

    Raises:
        UsageError: It names none, and the benchmark has none of its own.
    """
    if place != HUB:
        return place
    if name not in CANONICAL:
        raise UsageError(f"{name} has no data set of its own on the hub: name one, as in {HUB}openai/gsm8k:main")
    return HUB + CANONICAL[name]


def anchored(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an environment's arguments with the paths of data in them made absolute.

    They travel to workers, checkpoints and runs that are resumed from another folder. A path is what `data`,
    `..._data` or `include_path` names, where something is there; anything else is left as it is, for the environment to
    judge.
    """
    return {
        name: absolute(value) if _is_data(name) and isinstance(value, str) and _is_there(value) else value
        for name, value in arguments.items()
    }


def absolute(data: str) -> str:
    """Returns a path made absolute, and a place on the hub as it is."""
    return data if not data or data.startswith(HUB) else os.path.abspath(Path(data).expanduser())


def checked_data(data: str) -> str:
    """Returns what `--data`, or `data` in a config, names: absolute, or on the hub; empty for nothing.

    Raises:
        UsageError: Nothing is there.
    """
    if data and not data.startswith(HUB) and not _is_there(data):
        raise UsageError(
            f"data {data}: nothing is there: --data, or data in a --config file, is a file, a folder, or {HUB} for the "
            "Hugging Face hub"
        )
    return absolute(data)


def data_arguments(data: str, name: str, chosen: Sequence[str] = ()) -> dict[str, str]:
    """Returns the argument that tells an environment of `--data`: its folder there, or the place itself.

    Args:
        data: A benchmark's file or folder, the folder of such folders, or a place on the hub; empty for none.
        name: The environment.
        chosen: All environments that `data` is for: one without a folder beside those of others is told of none.

    Returns:
        Nothing for an environment that reads no data, as procedural ones do not.

    Raises:
        UsageError: There is no such environment.
    """
    name = name.removeprefix(_TOOLS)
    if not data or not _reads_data(name):
        return {}
    folder = Path(data) / find(name).name
    if data.startswith(HUB):
        return {"data": data}
    if folder.is_dir():
        return {"data": str(folder)}
    return {} if any((Path(data) / find(other).name).is_dir() for other in chosen) else {"data": data}


def _reads_data(name: str) -> bool:
    entry = find(name)
    if entry.member:  # a family's members take the arguments of something else
        return False
    parameters = inspect.signature(entry.factory()).parameters.values()
    return any(one.name == "data" or one.kind is one.VAR_KEYWORD for one in parameters)


def _is_data(name: str) -> bool:
    return name in ("data", "include_path") or name.endswith("_data")


def _is_there(data: str) -> bool:
    try:
        return Path(data).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # too long for a path, no such home, a null byte
        return False
