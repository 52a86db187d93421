"""Environments that score with somebody else's code: in a worker that can be killed, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from envs.core.environment import TextEnv, Verifier
from envs.core.episode import Answer
from envs.core.registry import EnvSpec
from envs.core.reward import Reward, Status
from envs.core.task import Task, TaskSource
from envs.workers.pool import VerifierPool

_LONGEST_ANSWER = 500
_LONGEST_REASON = 300


class ApartEnv(TextEnv):
    """An environment whose verifier runs code of another package on hostile text.

    In a worker of a verifier pool, completions are scored in place. Anywhere else `step` and `score` send them to a
    pool of one worker of the environment's own: what may hang, hangs there, and costs a completion its score.

    Args:
        spec: How a worker builds this environment; so is a copy of it, by pickle.
        tasks: The source of one split.
        verifier: What scores completions.
        render_mode: Gymnasium's; None is the only one.
    """

    def __init__(self, spec: EnvSpec, tasks: TaskSource, verifier: Verifier, *, render_mode: str | None = None):
        super().__init__(tasks, verifier, render_mode=render_mode)
        self._spec = spec
        self._worker_pid = 0
        self._pool: VerifierPool | None = None
        self._pool_pid = 0

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """What other packages make of a task is not to be pickled; how it is built is."""
        return EnvSpec.build, (self._spec,)

    def start_worker(self) -> None:
        """Prepares the verifier before the first deadline runs; from now on this process scores completions."""
        self._worker_pid = os.getpid()
        super().start_worker()

    def respond(self, task: Task, turns: Sequence[str], *, final: bool = False) -> Answer:
        """Returns the verdict on a completion, given by a process that can be killed."""
        if self._worker_pid == os.getpid() or len(turns) != 1 or not isinstance(turns[0], str):
            return super().respond(task, turns, final=final)
        if self._pool is None or self._pool_pid != os.getpid():
            self._pool, self._pool_pid = VerifierPool(self._spec), os.getpid()
        return self._pool.score([(task.id, turns[0])])[0]

    def close(self) -> None:
        """Ends the process of this environment; the next completion starts another."""
        if self._pool is not None and self._pool_pid == os.getpid():
            self._pool.close()
        self._pool = None

    def __del__(self) -> None:
        if getattr(self, "_pool", None) is not None:
            self.close()


class ForeignScorer:
    """Scores completions with another package's code; for a worker that can be killed, since it may hang on them.

    Attributes:
        package: What the package is called in messages.
    """

    package: str

    def judge(self, task: Task, completion: str) -> Reward:
        """Returns what the package makes of a completion; `verdict` writes it down.

        Raises:
            Exception: Whatever the package and the task's own functions raise.
        """
        raise NotImplementedError

    def right_answer(self, task: Task) -> str:
        """Returns a completion that holds the task's own answer."""
        return str(task.gold)

    def __call__(self, task: Task, completion: str) -> Reward:
        """Returns the verdict; what is raised counts against a completion where the right answer does not raise it."""
        try:
            return self.judge(task, completion)
        except Exception as error:
            reason = f"{self.package} raised {type(error).__name__}: {error}"[:_LONGEST_REASON]
        try:
            self.judge(task, self.right_answer(task))
        except Exception:
            return Reward.unscorable(reason)
        return Reward(0.0, status=Status.ERROR, outcome="scorer_raised", reason=reason)


def verdict(whose: str, value: Any, parts: Mapping[str, float], answer: str | None, *, blank: bool = False) -> Reward:
    """Returns another package's value of a completion as a reward; one that is no number from 0 to 1 is no verdict.

    Args:
        whose: The package and its figure, for messages.
        value: The figure.
        parts: All figures by name.
        answer: What was read from the completion.
        blank: Whether nothing was.
    """
    if not fits(value):
        return Reward.unscorable(f"{whose} is {value!r}, no number from 0 to 1"[:_LONGEST_REASON], "out_of_range")
    outcome = "correct" if value >= 1 else "partial" if value > 0 else "wrong"
    answer = answer and answer[:_LONGEST_ANSWER]
    return Reward(float(value), parts, outcome="no_answer" if blank else outcome, answer=answer)


def fits(value: Any) -> bool:
    """Returns whether a value can be a reward."""
    try:
        return 0.0 <= float(value) <= 1.0
    except (TypeError, ValueError):
        return False
