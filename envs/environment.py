"""The environment: a `gymnasium.Env` whose observation and action are text.

The same object trains and evaluates. A seed decides the task and everything random in it, so a group of G rollouts
of one task is G environments reset with one seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

import gymnasium

from envs.errors import UsageError
from envs.reward import Reward, Status, checked
from envs.spaces import UnicodeText
from envs.task import Task, TaskSource

_MANIFEST_SEEDS = 4096


class Verifier(Protocol):
    """Scores one completion of one task. Pure, picklable, and never trusting the text."""

    def __call__(self, task: Task, completion: str) -> Reward | float:
        """Returns a `Reward`, or a bare score in [0, 1]."""
        ...


class TextEnv(gymnasium.Env[str, str]):
    """A single-turn environment over a source of tasks and a verifier.

    Building one starts no thread and no process and opens no file that must stay open: verifier workers are forked
    with a built environment in hand. Whatever a verifier needs beyond that it starts on first use.

    Attributes:
        tasks: The source of one split.
        verifier: What scores completions.
        summary: One line for `grpo env list`.
        parts: What each reward part means, by name.
        stop: Strings a policy without chat training should stop at; empty for none.
    """

    metadata: dict[str, Any] = {"render_modes": []}
    summary: str = ""
    parts: Mapping[str, str] = {}

    def __init__(self, tasks: TaskSource, verifier: Verifier, *, render_mode: str | None = None):
        self.tasks = tasks
        self.verifier = verifier
        self.render_mode = render_mode
        self.observation_space = UnicodeText()
        self.action_space = UnicodeText()
        self._task: Task | None = None
        self._stepped = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: Decides the task. Without it the next task is drawn from the environment's own generator.
            options: `{"task_id": ...}` picks a task by its id instead.

        Returns:
            The prompt, and an info with `task_id`, `messages` (the chat form) and `meta`.
        """
        super().reset(seed=seed)
        task_id = (options or {}).get("task_id")
        if task_id is not None:
            self._task = self.tasks.get(task_id)
        else:
            self._task = self.tasks.task(int(self.np_random.integers(2**62)) if seed is None else seed)
        self._stepped = False
        return self._task.prompt, {
            "task_id": self._task.id,
            "messages": self.messages(self._task),
            "meta": dict(self._task.meta),
        }

    def messages(self, task: Task) -> list[dict[str, str]]:
        """Returns the chat form of a task's prompt."""
        return [{"role": "user", "content": task.prompt}]

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Scores a completion and ends the episode.

        Returns:
            An empty observation, the score in [0, 1], `terminated=True`, `truncated=False`, and an info with the
            reward's `parts`, `answer`, `status`, `outcome` and `reason`. Never any wall-clock time.

        Raises:
            UsageError: `reset` was not called, or the episode is over.
        """
        if self._task is None or self._stepped:
            raise UsageError("call reset() before step(): this episode has not begun or is over")
        self._stepped = True
        reward = self.score(self._task, action)
        return "", reward.score, True, False, info_of(self._task, reward)

    def score(self, task: Task, completion: str) -> Reward:
        """Returns the verdict on a completion; a verifier that raises is our fault, not the completion's."""
        if not isinstance(completion, str):
            raise UsageError(f"an action is text, not {type(completion).__name__}")
        try:
            return checked(self.verifier(task, completion))
        except MemoryError:
            return Reward(score=0.0, status=Status.ERROR, outcome="memory", reason="verification ran out of memory")
        except Exception as error:  # plugin code: whatever it raises must not end a run
            return Reward.unscorable(f"the verifier raised {type(error).__name__}: {error}"[:300], "verifier_raised")

    def start_worker(self) -> None:
        """Called once in each verifier worker, before its first completion; starts what the verifier keeps running."""

    def manifest(self) -> dict[str, Any]:
        """Returns what identifies this split: source version and a hash of its task ids.

        A source without end is hashed over its first 4,096 seeds.
        """
        count = self.tasks.size if self.tasks.size is not None else _MANIFEST_SEEDS
        ids = sorted({self.tasks.task(seed).id for seed in range(count)})
        digest = hashlib.sha256("\n".join(ids).encode("utf-8", "surrogatepass")).hexdigest()
        return {
            "split": self.tasks.split,
            "version": self.tasks.version,
            "size": self.tasks.size,
            "ids_sha256": digest,
        }


def info_of(task: Task, reward: Reward) -> dict[str, Any]:
    """Returns the info that `step` gives for a reward."""
    return {
        "task_id": task.id,
        "parts": dict(reward.parts),
        "answer": reward.answer,
        "status": str(reward.status),
        "outcome": reward.outcome,
        "reason": reward.reason,
    }


def reward_of(score: float, info: Mapping[str, Any]) -> Reward:
    """Returns the reward that a `step` described by its score and info; the inverse of `info_of`."""
    return checked(
        Reward(
            score=score,
            parts=dict(info.get("parts", {})),
            status=Status(info.get("status", "ok")),
            outcome=str(info.get("outcome", "")),
            answer=info.get("answer"),
            reason=str(info.get("reason", "")),
        )
    )
