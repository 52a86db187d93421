"""What to type where a run goes wrong: only what the run's environment takes, and does not have already."""

from __future__ import annotations

import inspect
from functools import lru_cache

from envs.core.errors import GymError
from envs.core.registry import find
from grpo.settings.config import TrainConfig

CUT_OFF = 0.95
"""Share of completions cut off at which nothing else can be said of them."""


@lru_cache(maxsize=8)
def arguments_of(env: str) -> frozenset[str]:
    """Returns the arguments that an environment names; of a family's member, which takes any, none are known."""
    try:
        parameters = inspect.signature(find(env).factory()).parameters.values()
    except (GymError, TypeError, ValueError):  # no such environment here, or one whose factory cannot be read
        return frozenset()
    return frozenset(one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY))


def easier(config: TrainConfig) -> str:
    """Returns how to take easier tasks."""
    if "levels" in arguments_of(config.env) and config.env_args.get("levels") not in (1, [1]):
        return "take easier tasks (--env-arg levels=1)"
    return "take easier tasks"


def harder(config: TrainConfig) -> str:
    """Returns how to take harder tasks."""
    return "take harder tasks" + (" (--env-arg levels=...)" if "levels" in arguments_of(config.env) else "")


def more_turns(config: TrainConfig) -> str:
    """Returns what helps where episodes run out of turns."""
    takes = "max_turns" in arguments_of(config.env)
    return easier(config) + (", or raise --env-arg max_turns=..." if takes else "")


def longer_completions(share: float, config: TrainConfig) -> str:
    """Returns what to say of completions that are cut off at the limit of tokens."""
    return f"{share:.0%} of completions are cut off at {config.max_tokens} tokens: raise --max-tokens"
