"""Log-likelihoods as an eval keeps them: a policy's one turn, in the journal, and a table beside the samples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from envs.bridges.likelihood import Likelihood, LikelihoodEnv
from envs.core.episode import Answer, Episode
from envs.core.reward import Reward
from envs.core.task import Task
from evals.sampling.slot import Slot


def turn_of(found: Sequence[Likelihood] | str) -> str:
    """Returns log-likelihoods, or why there are none, as the text of a turn."""
    return json.dumps(found if isinstance(found, str) else [[one.logprob, one.greedy, one.tokens] for one in found])


def likelihoods_of(turn: str) -> list[Likelihood] | str:
    """Returns what `turn_of` was given.

    Raises:
        ValueError: It is no such turn.
    """
    found = json.loads(turn)
    if isinstance(found, str):
        return found
    return [Likelihood(float(logprob), bool(greedy), int(tokens)) for logprob, greedy, tokens in found]


def judge(env: LikelihoodEnv, task: Task, turn: str) -> Reward:
    """Returns the verdict on a turn; what cannot be asked of the policy is nobody's fault."""
    try:
        found = likelihoods_of(turn)
    except (ValueError, TypeError) as error:
        return Reward.unscorable(f"no log-likelihoods: {error}"[:300])
    if isinstance(found, str):
        return Reward.unscorable(found, "cannot_be_asked")
    return env.judged(task, found)


class LikelihoodPool:
    """Judges what a policy gives its choices here and now: none of it is the policy's text, and no code of its runs.

    Args:
        env: What the choices are of.
    """

    def __init__(self, env: LikelihoodEnv):
        self._env = env
        self._answers: list[tuple[int, Answer]] = []

    @property
    def pending(self) -> int:
        """Episodes handed in whose answers have not been taken."""
        return len(self._answers)

    def submit(self, key: int, episode: Episode) -> None:
        """Judges an episode of one turn."""
        task = self._env.tasks.get(episode.task_id)
        self._answers.append((key, judge(self._env, task, episode.turns[0])))

    def poll(self, timeout: float | None = 0.0) -> list[tuple[int, Answer]]:
        """Returns the answers, with their keys."""
        answers, self._answers = self._answers, []
        return answers

    def cancel(self) -> None:
        """Gives up whatever is pending."""
        self._answers.clear()


def choice_rows(env: LikelihoodEnv, slots: Sequence[Slot]) -> list[dict[str, Any]]:
    """Returns a row for each continuation of each task, in order; none of a task that could not be asked."""
    rows = []
    for slot in slots:
        found = likelihoods_of(slot.turns[0].text) if slot.turns and slot.turns[0].text else ""
        if isinstance(found, str):
            continue
        for place, (asked, one) in enumerate(zip(env.continuations(slot.task), found, strict=True)):
            rows.append(
                {
                    "task_id": slot.task_id, "choice": place, "context": asked.context, "continuation": asked.text,
                    "logprob": one.logprob, "greedy": one.greedy, "tokens": one.tokens,
                }
            )  # fmt: skip
    return rows
