"""The environment `own`: one that a user made in Python, by value."""

from __future__ import annotations

from typing import Any

from envs.core.environment import TextEnv
from envs.core.errors import UsageError
from envs.workers.shipping import ship, unship

_WHAT = "environment"


class OneSplit:
    """Gives an environment that was made by hand where its own split is asked for."""

    def __init__(self, env: TextEnv):
        self.env = env

    def __call__(self, split: str) -> TextEnv:
        """Returns the environment.

        Raises:
            UsageError: Another split is asked for.
        """
        if split != self.env.tasks.split:
            raise UsageError(
                f"this {type(self.env).__name__} is the split {self.env.tasks.split!r} alone, and {split!r} is asked "
                "for: give what makes it, a class or a function called with split=..., or train with eval_tasks=0"
            )
        return self.env


def packed(env: Any) -> dict[str, Any]:
    """Returns the arguments of `own` that make an environment: a class, a function of a split, or an object."""
    return {"factory": ship(OneSplit(env) if isinstance(env, TextEnv) else env, _WHAT)}


def make(split: str = "train", factory: dict[str, str] | None = None, render_mode: str | None = None) -> TextEnv:
    """Builds it.

    Args:
        split: `train`, `dev` or `test`.
        factory: What makes it, as `grpo.train` in Python packs it.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: It cannot be made here.
    """
    if factory is None:
        raise UsageError("own is an environment made in Python: grpo.train(env=make), see docs/python.md")
    return unship(factory, _WHAT)(split=split)
