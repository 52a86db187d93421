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


def _taking(argument: str, config: TrainConfig, but: object = object()) -> str | None:
    """Returns how `--env-arg` names an argument of the first environment that takes it and has it not at `but`."""
    for environment in config.environments:
        has = environment.spec.kwargs.get(argument)
        if argument in arguments_of(environment.spec.name) and has != but and has != [but]:
            return f"--env-arg {environment.label}.{argument}" if environment.label else f"--env-arg {argument}"
    return None


def easier(config: TrainConfig) -> str:
    """Returns how to take easier tasks."""
    flag = _taking("levels", config, but=1)
    return "take easier tasks" + (f" ({flag}=1)" if flag else "")


def harder(config: TrainConfig) -> str:
    """Returns how to take harder tasks."""
    flag = _taking("levels", config)
    return "take harder tasks" + (f" ({flag}=...)" if flag else "")


def more_turns(config: TrainConfig) -> str:
    """Returns what helps where episodes run out of turns."""
    flag = _taking("max_turns", config)
    return easier(config) + (f", or raise {flag}=..." if flag else "")


def longer_completions(share: float, config: TrainConfig) -> str:
    """Returns what to say of completions that are cut off at the limit of tokens."""
    return f"{share:.0%} of completions are cut off at {config.longest_turn} tokens: raise --max-tokens"
