"""The environment: a `gymnasium.Env` whose observation and action are text.

The same object trains and evaluates. A seed decides the task and everything random in it, so a group of G rollouts
of one task is G environments reset with one seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import gymnasium
import numpy as np
from gymnasium.utils import seeding

from envs.core.episode import Answer, Episode, Observation, checked_observation
from envs.core.errors import UsageError
from envs.core.reward import Reward, Status, checked
from envs.core.spaces import UnicodeText
from envs.core.task import Task, TaskSource

_MANIFEST_SEEDS = 4096


class Verifier(Protocol):
    """Scores one completion of one task. Pure, picklable, and never trusting the text."""

    def __call__(self, task: Task, completion: str) -> Reward | float:
        """Returns a `Reward`, or a bare score in [0, 1]."""
        ...


class TextEnv(gymnasium.Env[str, str]):
    """An environment over a source of tasks and a verifier, in which an episode is one turn.

    Building one starts no thread and no process and opens no file that must stay open: verifier workers are forked
    with a built environment in hand. Whatever a verifier needs beyond that it starts on first use.

    Episodes of several turns are `DialogueEnv`, which differs in `reply` and `max_turns` alone.

    Attributes:
        tasks: The source of one split.
        verifier: What scores completions.
        max_turns: Most turns of the policy in one episode.
        summary: One line for `grpo env list`.
        parts: What each reward part means, by name.
        verify_seconds: How long the verifier may rightly take over one completion, where that is longer than a verifier
            pool would wait.
        verify_memory_mb: MiB a verifier worker may rightly grow by, where that is more than a pool would allow: a
            reward model, for one.
    """

    metadata: dict[str, Any] = {"render_modes": []}
    summary: str = ""
    parts: Mapping[str, str] = {}
    max_turns: int = 1
    _generator: np.random.Generator | None = None
    _generator_seed: int | None = None
    verify_seconds: float = 0.0
    verify_memory_mb: int = 0

    def __init__(self, tasks: TaskSource, verifier: Verifier, *, render_mode: str | None = None):
        self.tasks = tasks
        self.verifier = verifier
        self.render_mode = render_mode
        self.observation_space = UnicodeText()
        self.action_space = UnicodeText()
        self._task: Task | None = None
        self._turns: tuple[str, ...] = ()
        self._messages: list[dict[str, str]] = []

    @property
    def _np_random(self) -> np.random.Generator | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Gymnasium's generator, made when first asked for: most episodes draw nothing, and making it is dear."""
        if self._generator is None and self._generator_seed is not None:
            self._generator, self._np_random_seed = seeding.np_random(self._generator_seed)
        return self._generator

    @_np_random.setter
    def _np_random(self, value: np.random.Generator | None) -> None:
        self._generator, self._generator_seed = value, None

    def _seed_lazily(self, seed: int) -> None:
        if not isinstance(seed, int) or seed < 0:
            seeding.np_random(seed)  # raises Gymnasium's own error
        self._generator, self._generator_seed, self._np_random_seed = None, seed, seed

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: Decides the task. Without it the next task is drawn from the environment's own generator.
            options: `{"task_id": ...}` picks a task by its id instead.

        Returns:
            The prompt, and an info with `task_id`, `messages` (the chat form) and `meta`.
        """
        if seed is not None:
            self._seed_lazily(seed)
        task_id = (options or {}).get("task_id")
        if task_id is not None:
            self._task = self.tasks.get(task_id)
        else:
            self._task = self.tasks.task(int(self.np_random.integers(2**62)) if seed is None else seed)
        self._turns = ()
        self._messages = self.messages(self._task)
        return self._task.prompt, {
            "task_id": self._task.id,
            "messages": list(self._messages),
            "meta": dict(self._task.meta),
        }

    def messages(self, task: Task) -> list[dict[str, str]]:
        """Returns the chat form of a task's prompt."""
        return [{"role": "user", "content": task.prompt}]

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Takes a turn of the policy.

        Returns:
            While the episode goes on: the next observation, a reward of 0, two times False, and an info with `task_id`
            and `messages` (the chat so far). At its end: an empty observation, the score of the whole episode in
            [0, 1], whether it came to its own end or was cut off (`truncated`: it ran out of turns), and an info with
            the reward's `parts`, `answer`, `status`, `outcome` and `reason`. Never any wall-clock time.

        Raises:
            UsageError: `reset` was not called, or the episode is over, or the action is no text.
        """
        task = self._task
        if task is None:
            raise UsageError("call reset() before step(): this episode has not begun or is over")
        turns = (*self._turns, action)
        answer = self.respond(task, turns)
        if isinstance(answer, Reward):
            self._task = None
            return "", answer.score, not answer.truncated, answer.truncated, info_of(task, answer)
        self._turns = turns
        said = ({"role": "assistant", "content": action}, {"role": "user", "content": answer.text})
        self._messages = [*self._messages, *said]
        return answer.text, 0.0, False, False, {"task_id": task.id, "messages": list(self._messages)}

    def reply(self, task: Task, turns: Sequence[str]) -> Answer | float:
        """Returns what the environment answers to everything the policy has said; here, the verdict on its one turn.

        A pure function of its arguments. Called by way of `respond`, which sees to the limits and to what it raises.
        """
        return self.verifier(task, turns[0])

    def unfinished(self, task: Task, turns: Sequence[str]) -> Reward | float:
        """Returns the reward of an episode cut off after these turns: 0, unless an environment knows better."""
        return Reward(score=0.0, outcome="unfinished", reason=f"cut off after {len(turns)} turns")

    def respond(self, task: Task, turns: Sequence[str], *, final: bool = False) -> Answer:
        """Returns the environment's answer to the policy's turns; what `reply` raises is our fault, not the policy's.

        Args:
            task: The task.
            turns: Everything the policy has said; 1 to `max_turns` of them.
            final: Whether no turn can follow: the answer is then a reward, as it is after `max_turns`.

        Raises:
            UsageError: No turns, too many, or one that is not text.
        """
        if not 1 <= len(turns) <= self.max_turns:
            raise UsageError(f"an episode has 1 to {self.max_turns} turns, not {len(turns)}")
        for turn in turns:
            if not isinstance(turn, str):
                raise UsageError(f"an action is text, not {type(turn).__name__}")
        try:
            answer = self.reply(task, turns)
            if not isinstance(answer, Observation):
                return checked(answer)
            if final or len(turns) == self.max_turns:
                return replace(checked(self.unfinished(task, turns)), truncated=True)
            return checked_observation(answer)
        except MemoryError:
            return Reward(score=0.0, status=Status.ERROR, outcome="memory", reason="verification ran out of memory")
        except Exception as error:  # plugin code: whatever it raises must not end a run
            return Reward.unscorable(f"the verifier raised {type(error).__name__}: {error}"[:300], "verifier_raised")

    def respond_all(self, episodes: Sequence[Episode]) -> Iterator[Answer]:
        """Yields the answer to each episode, in order, as verifier workers ask for them.

        A verifier that has `score_batch(pairs)`, as a reward model does, gets the completions of one-turn episodes
        together; the pool's deadline for an item covers the work done until that item is yielded.

        Raises:
            UsageError: There is no such task, or its turns are not those of an episode.
        """
        together = getattr(self.verifier, "score_batch", None) if self.max_turns == 1 else None
        if together is not None:
            pairs = [(self.tasks.get(episode.task_id), episode.turns[0]) for episode in episodes]
            yield from map(checked, together(pairs))
            return
        for episode in episodes:
            yield self.respond(self.tasks.get(episode.task_id), episode.turns, final=episode.final)

    def score(self, task: Task, completion: str) -> Reward:
        """Returns the reward of an episode in which the policy says this and nothing else."""
        answer = self.respond(task, (completion,), final=True)
        assert isinstance(answer, Reward)  # what `final` promises
        return answer

    def oracle_turn(self, task: Task, turns: Sequence[str]) -> str | None:
        """Returns what a perfect policy says next after these turns of its own, or None where nobody knows."""
        return None if turns else self.tasks.solution(task)

    def oracle(self, task: Task) -> list[tuple[str, str]] | None:
        """Plays an episode as a perfect policy would.

        Returns:
            What the environment said and what the policy answered, turn by turn, from the prompt on; None where no
            solution is known. In an episode of one turn that is the prompt and the solution.
        """
        said, exchanges, turns = task.prompt, [], ()
        while (turn := self.oracle_turn(task, turns)) is not None:
            exchanges.append((said, turn))
            turns = (*turns, turn)
            if len(turns) == self.max_turns:  # whatever the verdict: none is asked for where none is needed
                return exchanges
            answer = self.respond(task, turns)
            if isinstance(answer, Reward):
                return exchanges
            said = answer.text
        return None

    def start_worker(self) -> None:
        """Called once in each verifier worker, before its first completion; starts what the verifier keeps running.

        A verifier that has something to start has a method of this name itself.
        """
        start = getattr(self.verifier, "start_worker", None)
        if start is not None:
            start()

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


class DialogueEnv(TextEnv):
    """An environment whose episodes have several turns: the policy speaks, the environment answers, and so on.

    A subclass defines `reply(task, turns)`, a pure function of the task and of everything the policy has said, which
    returns an `Observation` while the episode goes on and the reward of the whole episode at its end. There is no
    hidden state: the same turns get the same answer in every process. Where it knows how the episode is won it also
    defines `oracle_turn(task, turns)`.

    Args:
        tasks: The source of one split.
        max_turns: Most turns of the policy; an episode that goes on after them is cut off and gets `unfinished`.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: `max_turns` is below 1.
    """

    def __init__(self, tasks: TaskSource, *, max_turns: int = 8, render_mode: str | None = None):
        if max_turns < 1:
            raise UsageError(f"an episode needs at least 1 turn, not max_turns={max_turns}")
        super().__init__(tasks, self.score, render_mode=render_mode)
        self.max_turns = max_turns

    def reply(self, task: Task, turns: Sequence[str]) -> Answer | float:
        """Returns an observation while the episode goes on, the reward of the whole episode at its end."""
        raise NotImplementedError(f"{type(self).__name__} does not define reply(task, turns)")


def info_of(task: Task, reward: Reward) -> dict[str, Any]:
    """Returns the info that `step` gives for a reward."""
    return {
        "task_id": task.id,
        "parts": dict(reward.parts),
        "answer": reward.answer,
        "status": str(reward.status),
        "outcome": reward.outcome,
        "reason": reward.reason,
        "truncated": reward.truncated,
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
            truncated=bool(info.get("truncated", False)),
        )
    )
