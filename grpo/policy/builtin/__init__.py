"""The policies that ship: a model folder each, with the recipe it was made to be trained with. Imports no torch."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError, did_you_mean

FOLDER = Path(__file__).parent
PREFIX = "builtin:"


def builtin_folder(name: str) -> Path:
    """Returns the model folder of `builtin:NAME`.

    Raises:
        UsageError: There is no such policy.
    """
    known = [path.name for path in FOLDER.iterdir() if (path / "config.json").is_file()]
    short = name.removeprefix(PREFIX)
    if short not in known:
        raise UsageError(f"no built-in policy {short!r}: {did_you_mean(short, known)}; write it as builtin:NAME")
    return FOLDER / short


def recipe_for(model: str) -> dict[str, Any]:
    """Returns the settings that a built-in policy was made to be trained with, or nothing for any other model."""
    path = FOLDER / model.removeprefix(PREFIX) / "recipe.toml"
    if not model.startswith(PREFIX) or not path.is_file():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))
