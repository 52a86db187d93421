"""The prompts of a split: how long they are, and which leave room for a completion. Only those are sampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from envs.core.environment import TextEnv
from grpo.policy.chat import ChatRenderer
from grpo.rollouts.context import Room, context_for

_KEPT = 1024
_LEAST_CONTEXT = 256
_SOLUTIONS_READ = 8
_PROBED = 64
"""Prompts of a source without end that are looked at before a run."""


@dataclass(frozen=True, slots=True)
class RenderedTask:
    """A task as the policy reads it."""

    task_id: str
    prompt: str
    messages: list[dict[str, str]]
    prompt_ids: list[int]
    meta: dict[str, object]


class Prompts:
    """The tasks of an environment as a policy reads them.

    Args:
        env: The environment, on one split.
        renderer: Chats to token ids.

    Attributes:
        limit: Most tokens of a prompt; None until it is known.
    """

    def __init__(self, env: TextEnv, renderer: ChatRenderer, limit: int | None = None):
        self.env = env
        self.renderer = renderer
        self.limit = limit
        self._lengths: dict[int, int] = {}
        self.render = lru_cache(maxsize=_KEPT)(self._render)  # asked for first by `fits`, then by what samples

    def _render(self, seed: int) -> RenderedTask:
        """Resets the environment to a task and renders its prompt."""
        prompt, info = self.env.reset(seed=seed)
        ids = self.renderer.prompt_ids(info["messages"])
        return RenderedTask(info["task_id"], prompt, info["messages"], ids, info["meta"])

    def fits(self, seed: int) -> bool:
        """Whether a task's prompt is no longer than the limit."""
        if self.limit is None:
            return True
        length = self._lengths.get(seed)
        return (len(self.render(seed).prompt_ids) if length is None else length) <= self.limit

    @property
    def left_out(self) -> int:
        """How many tasks of a finite split are left out, as far as it was measured."""
        if self.limit is None or self.env.tasks.size is None:
            return 0
        return sum(length > self.limit for length in self._lengths.values())

    def measure(self) -> list[int]:
        """Returns the prompts' lengths in tokens: of every task of a finite split, of a few of one without end."""
        size = self.env.tasks.size
        seeds = range(_PROBED if size is None else size)
        chats = [self.env.messages(self.env.tasks.task(seed)) for seed in seeds]
        lengths = self.renderer.prompt_lengths(chats)
        self._lengths.update(zip(seeds, lengths, strict=True))
        return lengths


def plan_prompts(env: TextEnv, renderer: ChatRenderer, room: Room) -> tuple[Prompts, int, str | None]:
    """Measures the prompts of a split and sizes the context that is needed for them.

    Args:
        env: The environment, on that split.
        renderer: Chats to token ids.
        room: What the policy's context leaves for prompts.

    Returns:
        The prompts with their limit; the context, in which an episode of the longest has room and another prompt
        beside it; and what is to be said where some do not fit.

    Raises:
        UsageError: None fits.
    """
    prompts = Prompts(env, renderer)
    lengths = prompts.measure()
    room.check_some_fit(lengths)
    fitting = [length for length in lengths if length <= room.limit]
    longest, where = max(fitting), f"{env.tasks.split} split"
    endless = env.tasks.size is None
    if endless and room.wanted:  # a longer one than those looked at may come
        longest = room.wanted
    needed = longest + context_for(longest, room.max_tokens, env.max_turns)
    context = min(room.context, max(_LEAST_CONTEXT, needed))
    kept = replace(room, context=context) if endless else room
    prompts.limit = kept.limit
    lost = sum(length > prompts.limit for length in lengths)
    line = kept.said(lost, len(lengths), where) + ("; others take their place" if endless else "")
    return prompts, context, line if lost else None


def stopped_solution(env: TextEnv, stops: Sequence[str]) -> str | None:
    """Returns what to say where a stop string is part of the environment's own solutions, which it would cut off."""
    for seed in range(_SOLUTIONS_READ if stops else 0):
        for _, turn in env.oracle(env.tasks.task(seed)) or ():
            if found := next((stop for stop in stops if stop in turn), None):
                return (
                    f"--stop {found!r} is part of this environment's own solutions, such as {turn[-60:]!r}, and what "
                    "is judged ends before it"
                )
    return None
