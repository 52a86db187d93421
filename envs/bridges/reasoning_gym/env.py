"""A data set of reasoning-gym as an environment; answers are scored in a worker that can be killed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.bridges.apart import ApartEnv
from envs.bridges.reasoning_gym.generator import Generator, data_sets, generator
from envs.bridges.reasoning_gym.host import HostedProblems
from envs.bridges.reasoning_gym.screen import evaluates, harmless
from envs.bridges.reasoning_gym.source import ReasoningGymTasks
from envs.core.errors import RunError
from envs.core.registry import EnvSpec
from envs.core.reward import Reward, Status
from envs.core.task import Task
from envs.core.text import reply_of

FLOOR = 0.05
"""What some of the package's scorers pay for any answer at all; a partial score counts from above it."""
_OPEN, _CLOSE = "<answer>", "</answer>"


class AnswerScorer:
    """Scores the tagged answer of a completion as reasoning-gym does.

    The answer is what stands between `<answer>` and `</answer>` outside a leading thinking block, without the space
    around it. The package itself takes the last such pair; here several must agree, a tag that is not closed is no
    answer, and no answer scores 0, so that listing candidates earns nothing.

    Args:
        name: The data set's.
        config: Fields of its configuration.
        partial: Whether an answer gets the share of the point the package gives it, where that is more than the `FLOOR`
            it gives to anything; otherwise all or nothing.
    """

    def __init__(self, name: str, config: Mapping[str, Any], partial: bool = True):
        self.name = name
        self.config = dict(config)
        self.partial = partial
        self._generator: Generator | None = None
        self._screened = False

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_generator": None}

    def __call__(self, task: Task, completion: str) -> Reward:
        """Returns the score; an answer the package cannot cope with scores 0 where it copes with the right one."""
        answer, outcome = tagged_answer(completion)
        if answer is None:
            return Reward(0.0, {"answer": 0.0}, outcome=outcome)
        generator = self._loaded()
        if self._screened and not harmless(answer):
            reason = "the package would evaluate this answer as code"
            return Reward(0.0, {"answer": 0.0}, Status.ERROR, "refused", answer[:500], reason)
        item = int(task.meta["item"])
        try:
            score = generator.score(item, answer)
        except RunError:
            raise
        except Exception as error:
            return self._raised(task, item, answer, error)
        given = (score if score > FLOOR else 0.0) if self.partial else float(score >= 1.0)
        outcome = "correct" if score >= 1.0 else "partial" if given > 0 else "wrong"
        return Reward(given, {"answer": score}, outcome=outcome, answer=answer[:500])

    def _raised(self, task: Task, item: int, answer: str, error: Exception) -> Reward:
        """The completion's fault where the right answer does not raise, and otherwise ours."""
        reason = f"reasoning-gym raised {type(error).__name__}: {error}"[:300]
        try:
            if task.gold is not None:
                self._loaded().score(item, task.gold)
        except Exception:
            return Reward.unscorable(reason)
        return Reward(0.0, {"answer": 0.0}, Status.ERROR, "scorer_raised", answer[:500], reason)

    def _loaded(self) -> Generator:
        if self._generator is None:
            self._generator = generator(self.name, self.config)
            parts = [part["name"] for part in self.config.get("datasets", [])]  # `composite` hands answers on
            self._screened = any(evaluates(data_sets()[name][0]) for name in [self.name, *parts])
        return self._generator

    def start_worker(self) -> None:
        """Imports the package now, so that no completion's deadline has to wait for it."""
        self._loaded()


def tagged_answer(completion: str) -> tuple[str | None, str]:
    """Returns the one tagged answer of a completion, line breaks kept, or None; and the outcome."""
    before, *pieces = reply_of(completion).split(_OPEN)
    answers = set()
    for piece in pieces:
        answer, closed, rest = piece.partition(_CLOSE)
        if not closed or _CLOSE in rest:
            return None, "no_answer"
        answers.add(answer.strip())
    if _CLOSE in before or not answers or "" in answers:
        return None, "no_answer"
    return (answers.pop(), "answered") if len(answers) == 1 else (None, "ambiguous")


class ReasoningGymEnv(ApartEnv):
    """One data set; see `make` for the arguments.

    The package's scorers run on hostile text: they may hang, and some hand it to `eval` or to sympy's parser.
    """

    tasks: ReasoningGymTasks
    parts = {"answer": "what reasoning-gym's own scorer gives the tagged answer"}

    def __init__(
        self, data_set: str, split: str, config: dict[str, Any], *, partial: bool, render_mode: str | None = None
    ):
        tasks = ReasoningGymTasks(data_set, split, config)
        spec = EnvSpec(f"reasoning-gym/{data_set}", {"split": split, "partial": partial, **config})
        super().__init__(spec, tasks, AnswerScorer(data_set, config, partial), render_mode=render_mode)
        self.summary = f"The data set {data_set} of reasoning-gym"

    def close(self) -> None:
        """Ends the processes of this environment; the next completion starts new ones."""
        super().close()
        if isinstance(self.tasks.problems, HostedProblems):
            self.tasks.problems.close()
