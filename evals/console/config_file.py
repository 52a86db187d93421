"""Flags of `grpo eval` from a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from envs.core.errors import UsageError, did_you_mean


def take_defaults(ctx: typer.Context, path: Path | None) -> Path | None:
    """Makes a TOML file's values the defaults of a command's flags; the callback of an eager `--config`.

    A key is a flag without its dashes; it may stand in a table `[eval]`, beside one `[train]` for the other command. A
    list is a flag given several times or, where it is given once, its value with commas between.

    Raises:
        UsageError: The file cannot be read, or a key or value is wrong; the message names it.
    """
    if path is None:
        return None
    from grpo.settings.file import of_command
    from grpo.settings.foreign import EVAL, known_elsewhere

    flags = {
        name.lstrip("-").replace("-", "_"): param
        for param in ctx.command.params
        for name in param.opts
        if param.name not in ("config", "help")
    }
    defaults: dict[str, Any] = {}
    for key, value in of_command(path, "eval").items():
        param = flags.get(key.replace("-", "_"))
        if param is None:
            told = known_elsewhere(key, EVAL)
            raise UsageError(f"{path}: no setting {key!r}: {told or did_you_mean(key, flags)}")
        if param.name in defaults:
            raise UsageError(f"{path}: {key!r} is said twice, under two names of one flag")
        defaults[str(param.name)] = _read(ctx, param, value, f"{path}: {key} = {value!r}")
    ctx.default_map = defaults
    return path


def _read(ctx: typer.Context, param: Any, value: Any, said: str) -> Any:
    """Returns a value as the flag takes it.

    Raises:
        UsageError: It cannot take it.
    """
    if isinstance(value, bool) != bool(param.is_flag) or isinstance(value, dict):
        raise UsageError(f"{said}: {'true or false' if param.is_flag else 'a plain value or a list'} belongs here")
    items = value if isinstance(value, list) else [value]
    given = [str(item) for item in items] if param.multiple else ",".join(map(str, items))
    given = value if param.is_flag else given
    try:
        param.process_value(ctx, given)
    except Exception as error:  # click's own, of whichever click Typer brings
        raise UsageError(f"{said}: {getattr(error, 'message', error)}") from error
    return given
