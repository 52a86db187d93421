"""A task of inspect_ai played in this process: what it asks, and what it makes of one completion."""

from __future__ import annotations

import copy
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from envs.bridges.apart import ForeignScorer, verdict
from envs.bridges.inspect_ai.library import inspect_module, named, quiet, scorers_of, solvers_of
from envs.core.errors import RunError, UsageError, did_you_mean
from envs.core.reward import Reward
from envs.core.task import Task

_NO_MODEL = "none/none"


class _Asked(Exception):
    """Ends the solvers where they first ask the policy."""


class Play:
    """The solvers and scorers of one task.

    Args:
        name: The task's name.
        task: The `Task`.
        scorer: Which scorer is the reward; None for the first.

    Attributes:
        scorers: By name.
        scorer: The one that is the reward.
        limits: What the task asks the policy's sampling to be: `stop_seqs` and `max_tokens`, where it says so; known
            once a prompt has been asked for.

    Raises:
        UsageError: There is no such scorer.
    """

    def __init__(self, name: str, task: Any, scorer: str | None = None):
        self.name = name
        self.task = task
        self.scorers = scorers_of(task)
        if scorer is not None and scorer not in self.scorers:
            raise UsageError(f"inspect/{name} has no scorer {scorer!r}: {did_you_mean(scorer, self.scorers)}")
        self.scorer = scorer or next(iter(self.scorers))
        self.limits: dict[str, Any] = {}
        self._solvers = solvers_of(task)
        self._to_float = inspect_module("inspect_ai.scorer").value_to_float()

    def prompt(self, sample: Any) -> list[dict[str, str]]:
        """Returns the chat that the policy is to continue.

        Raises:
            UsageError: It is not text, ends in a turn of the assistant, or is never put to the policy.
        """
        state = self._state(sample)

        async def generate(state: Any, **asked: Any) -> Any:
            self.limits = self._limits(asked)
            raise _Asked

        try:
            for solver in self._solvers:
                state = _finished(solver(state, generate))
        except _Asked:
            return self._chat(state)
        raise UsageError(f"inspect/{self.name} never asks the policy: its solvers lack generate()")

    def scores(self, sample: Any, completion: str) -> dict[str, tuple[Any, str | None]]:
        """Returns what each scorer gives a completion as a number (None where it is none), and the answer it read.

        Raises:
            Exception: Whatever a solver or a scorer raises.
        """
        output = inspect_module("inspect_ai.model").ModelOutput
        calls = 0

        async def generate(state: Any, **asked: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls > 1:
                raise RunError("its solvers ask the policy more than once")
            state.output = output.from_content(_NO_MODEL, self._cut(completion, self._limits(asked)))
            state.messages.append(state.output.message)
            return state

        state = self._state(sample)
        for solver in self._solvers:
            state = _finished(solver(state, generate))
        found = {}
        for name, scorer in self.scorers.items():
            score = _finished(scorer(state, state.target))
            value = score.value if score is not None else None
            scalar = isinstance(value, str | int | float | bool)
            found[name] = (self._to_float(value) if scalar else None, score.answer if score is not None else None)
        return found

    def _limits(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        own = {key: getattr(self.task.config, key) for key in ("stop_seqs", "max_tokens")}
        return {key: asked.get(key) or own[key] for key in own if asked.get(key) or own[key]}

    @staticmethod
    def _cut(completion: str, limits: Mapping[str, Any]) -> str:
        for stop in limits.get("stop_seqs", ()):
            completion = completion.split(stop)[0] if stop else completion
        return completion

    def _state(self, sample: Any) -> Any:
        solver, model = inspect_module("inspect_ai.solver"), inspect_module("inspect_ai.model")
        target = inspect_module("inspect_ai.scorer").Target(sample.target)
        asked = copy.deepcopy(sample.input)
        messages = [model.ChatMessageUser(content=asked)] if isinstance(asked, str) else asked
        return solver.TaskState(
            model=model.ModelName(_NO_MODEL), sample_id=sample.id or 0, epoch=1, input=sample.input, messages=messages,
            target=target, choices=sample.choices, metadata=copy.deepcopy(sample.metadata or {}),
        )  # fmt: skip

    def _chat(self, state: Any) -> list[dict[str, str]]:
        turns = list(state.messages)
        for turn in turns:
            if turn.role == "tool" or not all(part == "text" for part in _kinds(turn.content)):
                raise UsageError(f"inspect/{self.name} shows the policy more than text: choose a task of text alone")
        if not turns or turns[-1].role != "user":
            raise UsageError(
                f"inspect/{self.name} begins the answer itself: choose a task whose chat ends in a question"
            )
        system = self.task.config.system_message
        first = [{"role": "system", "content": system}] if system else []
        return [*first, *({"role": turn.role, "content": turn.text} for turn in turns)]


def _kinds(content: str | Sequence[Any]) -> list[str]:
    return ["text"] if isinstance(content, str) else [part.type for part in content]


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Returns what a coroutine that waits for nothing returns, in any thread and under any event loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RunError("it waits for something: a model, a tool or a file")


class InspectScorer(ForeignScorer):
    """Scores completions as inspect_ai does.

    Args:
        play: The task's solvers and scorers.
        samples: The samples by the ids of their tasks.
    """

    package = "inspect_ai"

    def __init__(self, play: Play, samples: Mapping[str, Any]):
        self.play = play
        self.samples = samples

    def judge(self, task: Task, completion: str) -> Reward:
        """Returns the chosen scorer's value; see `ForeignScorer.judge`."""
        with quiet():
            scores = self.play.scores(self.samples[task.id], completion)
        value, answer = scores[self.play.scorer]
        parts = {name: float(one) for name, (one, _) in scores.items() if one is not None}
        return verdict(f"inspect_ai's {self.play.scorer}", value, parts, answer, blank=not value and not answer)

    def start_worker(self) -> None:
        """Scores one completion, so that no deadline has to wait for what inspect_ai imports late."""
        task_id, sample = next(iter(self.samples.items()))
        self(Task(task_id, "", sample.target), "")


def meaning(scorer: Any) -> str:
    """Returns what a part of the reward means."""
    return f"inspect_ai's scorer {named(scorer)}"
