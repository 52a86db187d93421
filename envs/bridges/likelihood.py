"""Environments in which a policy writes nothing: it is asked how likely it holds given texts, and judged by that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from envs.core.environment import TextEnv
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from envs.core.reward import Reward
from envs.core.task import Task, TaskSource


@dataclass(frozen=True, slots=True)
class Continuation:
    """A text, and what stands before it."""

    context: str
    text: str


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a policy holds a continuation.

    Attributes:
        logprob: Of all its tokens together, in nats.
        greedy: Whether each of them is the likeliest.
        tokens: How many there are.
    """

    logprob: float
    greedy: bool
    tokens: int


class LikelihoodEnv(TextEnv):
    """An environment that evaluates by log-likelihood, and trains nobody.

    Args:
        spec: How a copy is built, by pickle.
        tasks: The source of one split.
        render_mode: Gymnasium's; None is the only one.
    """

    def __init__(self, spec: EnvSpec, tasks: TaskSource, *, render_mode: str | None = None):
        super().__init__(tasks, self.score, render_mode=render_mode)
        self._spec = spec

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """What other packages make of a task is not to be pickled; how it is built is."""
        return EnvSpec.build, (self._spec,)

    def continuations(self, task: Task) -> list[Continuation]:
        """Returns what the policy is asked of a task."""
        raise NotImplementedError

    def judged(self, task: Task, found: Sequence[Likelihood]) -> Reward:
        """Returns the verdict on how likely it holds the continuations, which are given in their order."""
        raise NotImplementedError

    def respond(self, task: Task, turns: Sequence[str], *, final: bool = False) -> NoReturn:
        """Takes no text.

        Raises:
            UsageError: In any case.
        """
        name = self._spec.name
        raise UsageError(f"{name} is scored by log-likelihood and hears no answer: grpo eval --env {name} evaluates it")
