"""What to type where a run goes wrong: only what the run's environment takes, and does not have already."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
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


def _taking(argument: str, config: TrainConfig) -> Iterator[tuple[str, Any]]:
    """Yields how `--env-arg` names an argument of each environment that takes it, and what it has there."""
    for environment in config.environments:
        known = arguments_of(environment.spec.name)
        if argument in known:
            flag = f"{environment.label}.{argument}" if environment.label else argument
            yield f"--env-arg {flag}", environment.spec.kwargs.get(argument, known[argument])


def easier(config: TrainConfig) -> list[str]:
    """Returns how to take easier tasks; nothing where the easiest are taken already."""
    found = list(_taking("levels", config))
    if not found:
        return ["take easier tasks"]
    higher = [flag for flag, levels in found if levels != 1 and levels not in ([1], (1,))]
    return [f"take easier tasks ({higher[0]}=1)"] if higher else []


def harder(config: TrainConfig) -> str:
    """Returns how to take harder tasks."""
    flags = [flag for flag, _ in _taking("levels", config)]
    return "take harder tasks" + (f" ({flags[0]}=...)" if flags else "")


def more_turns(config: TrainConfig) -> str:
    """Returns what helps where episodes run out of turns."""
    turns = [f"raise {flag}=..." for flag, _ in _taking("max_turns", config)]
    return listed([*easier(config), *turns[:1]] or ["take a stronger model"])


def listed(choices: Sequence[str]) -> str:
    """Returns what may be done, as a person would say it."""
    return ", or ".join(filter(None, (", ".join(choices[:-1]), *choices[-1:])))


def too_slow(late: int, of: int, config: TrainConfig) -> str:
    """Returns what to say of verifications that their deadline ends, whose rewards say nothing of the policy."""
    return (
        f"{late} of {of} completions were not verified within verify_deadline, {config.verify_deadline:g} s, and earn "
        "nothing: make the reward faster, or raise --verify-deadline"
    )


def longer_completions(share: float, config: TrainConfig) -> str:
    """Returns what to say of completions that are cut off at the limit of tokens."""
    return f"{share:.0%} of completions are cut off at {config.longest_turn} tokens: raise --max-tokens"
