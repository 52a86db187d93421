"""An episode of an eval: of which task, and which sample of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from envs.core.reward import Reward
from envs.core.task import Task
from grpo.rollouts.episodes import Transcript

Place = tuple[str, int, bool]
"""Task id, sample index, and whether it is the greedy completion: an episode's address in the journal."""


@dataclass(kw_only=True)
class Slot(Transcript):
    """One episode to play.

    Attributes:
        task: The task.
        prompt: Its prompt, as the environment gave it.
        index: Place among the task's samples; 0 for the greedy one.
        greedy: Whether it is the greedy one.
    """

    task: Task
    prompt: str
    index: int
    greedy: bool

    @property
    def place(self) -> Place:
        """Its address in the journal."""
        return (self.task_id, self.index, self.greedy)

    @property
    def tokens(self) -> int:
        """Tokens of the policy."""
        return sum(turn.tokens for turn in self.turns)

    def end(self, reward: Reward) -> None:
        """Ends the episode and lets its tokens go: an eval keeps text, and of more samples than memory holds tokens."""
        super().end(reward)
        self.turns = [replace(turn, token_ids=(), logprobs=(), heard_ids=()) for turn in self.turns]
