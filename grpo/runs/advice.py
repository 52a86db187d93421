"""What to type where a run goes wrong: only what the run's environment takes, and does not have already."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from envs.core.errors import GymError
from envs.core.registry import find
from grpo.settings.config import TrainConfig

CUT_OFF = 0.95
"""Share of completions cut off at which nothing else can be said of them."""


@lru_cache(maxsize=8)
def arguments_of(env: str) -> dict[str, Any]:
    """Returns the arguments that an environment names, with their defaults; of one that takes any, none are known."""
    try:
        parameters = inspect.signature(find(env).factory()).parameters.values()
    except (GymError, TypeError, ValueError):  # no such environment here, or one whose factory cannot be read
        return {}
    return {one.name: one.default for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}


def easier(config: TrainConfig) -> list[str]:
    """Returns how to take easier tasks; nothing where the easiest are taken already."""
    known = arguments_of(config.env)
    if "levels" not in known:
        return ["take easier tasks"]
    levels = config.env_args.get("levels", known["levels"])
    lowest = levels == 1 or (isinstance(levels, list | tuple) and list(levels) == [1])
    return [] if lowest else ["take easier tasks (--env-arg levels=1)"]


def harder(config: TrainConfig) -> str:
    """Returns how to take harder tasks."""
    return "take harder tasks" + (" (--env-arg levels=...)" if "levels" in arguments_of(config.env) else "")


def more_turns(config: TrainConfig) -> str:
    """Returns what helps where episodes run out of turns."""
    takes = "max_turns" in arguments_of(config.env)
    return listed([*easier(config), *(["raise --env-arg max_turns=..."] if takes else [])] or ["take a stronger model"])


def listed(choices: Sequence[str]) -> str:
    """Returns what may be done, as a person would say it."""
    return ", or ".join(filter(None, (", ".join(choices[:-1]), *choices[-1:])))


def longer_completions(share: float, config: TrainConfig) -> str:
    """Returns what to say of completions that are cut off at the limit of tokens."""
    return f"{share:.0%} of completions are cut off at {config.max_tokens} tokens: raise --max-tokens"
