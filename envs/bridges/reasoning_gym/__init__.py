"""The family `reasoning-gym`: every data set of that package as an environment.

The package's code runs in processes of ours only: tasks are generated in a host process, answers are scored in a worker
of the verifier pool. See `docs/bridges.md`.
"""

from __future__ import annotations

from typing import Any

from envs.bridges.reasoning_gym.env import ReasoningGymEnv
from envs.bridges.reasoning_gym.generator import data_sets


def names() -> list[str]:
    """Returns the names of the data sets the installed package has.

    Raises:
        UsageError: The package is not installed.
    """
    return sorted(data_sets())


def make(
    member: str, split: str = "train", partial: bool = True, render_mode: str | None = None, **config: Any
) -> ReasoningGymEnv:
    """Builds the environment of one data set.

    Args:
        member: The data set, such as `leg_counting`.
        split: `train`, `dev` or `test`.
        partial: Whether an answer gets the share of the point the package gives it; otherwise all or nothing.
        render_mode: Gymnasium's; None is the only one.
        **config: Fields of the data set's own configuration, such as `max_animals=5`.

    Raises:
        UsageError: The package is not installed, or refuses the configuration.
    """
    return ReasoningGymEnv(member, split, config, partial=partial, render_mode=render_mode)
