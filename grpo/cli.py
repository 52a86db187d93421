"""`grpo train`: flags and config file in, a run out."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from envs.cli import parse_env_args
from envs.errors import UsageError
from grpo.config import TrainConfig, load_config
from grpo.request import MakeEvaluator, TrainRequest


def train_options() -> list[inspect.Parameter]:
    """Returns one typed flag for every field of `TrainConfig`, explained by the field's docstring."""
    parameters = []
    for name, field in TrainConfig.model_fields.items():
        flag, kind = "--" + name.replace("_", "-"), field.annotation
        text = f"{field.description} \\[{field.get_default(call_default_factory=True)}]"
        if typing.get_origin(kind) is dict:
            flag, kind, text = flag.removesuffix("s"), list[str], f"{field.description} Repeat it: --env-arg levels=1,2"
        option = typer.Option(flag, help=text, show_default=False)
        parameters.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
            )
        )
    return parameters


def _with_config_flags(function: Callable[..., None]) -> Callable[..., None]:
    """Returns a command with one flag for each config field in its signature, which is where Typer reads options."""
    own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + train_options()

    def command(**flags: Any) -> None:
        function(**flags)

    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command
