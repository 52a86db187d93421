"""lm-eval's tasks by log-likelihood: which of several texts a policy holds for the likeliest; they evaluate alone."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from envs.bridges.likelihood import Continuation, Likelihood, LikelihoodEnv
from envs.bridges.lm_eval.scoring import Scoring, Values
from envs.bridges.lm_eval.source import LmEvalTasks
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from envs.core.reward import Reward
from envs.core.task import Task


class ChoiceScoring(Scoring):
    """The metrics of a task by log-likelihood; see `Scoring`."""

    def target(self, doc: Any) -> str:
        """Returns the choice that a document holds for right; where the choices stand in the context, that one."""
        if self.task.multiple_input:
            return str(self.task.doc_to_choice(doc)[self.task.doc_to_text(doc)])
        return super().target(doc)

    def choices(self, doc: Any) -> list[str]:
        """Returns the choices of a document; where there are none, its target."""
        if self.task.config.doc_to_choice is None:
            return [self.target(doc)]
        return [str(choice) for choice in self.task.doc_to_choice(doc)]

    def values_of(self, doc: Any, requests: Sequence[Any], found: Sequence[Likelihood]) -> Values:
        """Returns what each metric gives for the log-likelihoods of lm-eval's requests; see `Scoring.values`.

        Raises:
            Exception: Whatever the task's own functions raise.
        """
        values = {}
        said = [
            self._instance(asked.request_type, doc, asked.args, asked.idx, resps=[(one.logprob, one.greedy)])
            for asked, one in zip(requests, found, strict=True)
        ]
        for ensemble in self.task._filters:
            ensemble.apply(said)
            left = [one.filtered_resps[ensemble.name] for one in said]
            for key, value in self.task.process_results(copy.deepcopy(doc), left).items():
                values[key, ensemble.name] = value, left
        return values

    def _bounded(self, metrics: Sequence[str]) -> list[str]:
        """Returns the metrics; what is no number from 0 to 1 is told where it comes up."""
        return list(metrics)


class ChoiceTasks(LmEvalTasks):
    """The documents of one split, and what lm-eval asks a policy of each; see `LmEvalTasks`.

    Attributes:
        requests: lm-eval's requests of each task by id: contexts and continuations.
    """

    def __init__(self, name: str, split: str, task: Any, docs: Sequence[Any], scoring: Scoring, prompts: str = "text"):
        if prompts != "text":
            raise UsageError(
                f"lm-eval/{name} is scored by log-likelihood of its plain text: leave out prompts={prompts}"
            )
        self.requests: dict[str, list[Any]] = {}
        super().__init__(name, split, task, docs, scoring, prompts)

    def _prompt(self, task_id: str, task: Any, doc: Any, split: str, prompts: str) -> str:
        try:
            asked = task.construct_requests(doc, self._context(task_id, task, doc, split, prompts))
            self.requests[task_id] = asked if isinstance(asked, list) else [asked]
            return str(self.requests[task_id][0].args[0])
        except Exception as error:  # whatever a task's own functions raise
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise UsageError(f"lm-eval/{task_id}: what it asks cannot be written: {reason}") from error

    def _identity(self, task: Task) -> str:
        return f"{super()._identity(task)} {[request.args[1] for request in self.requests[task.id]]}"

    def solution(self, task: Task) -> str | None:
        """Returns None: nothing is to be written."""
        return None


class ChoiceEnv(LikelihoodEnv):
    """One task by log-likelihood; see `envs.bridges.lm_eval.make` for the arguments."""

    tasks: ChoiceTasks

    def __init__(
        self,
        spec: EnvSpec,
        tasks: ChoiceTasks,
        scoring: ChoiceScoring,
        parts: Mapping[str, str],
        render_mode: str | None = None,
    ):
        super().__init__(spec, tasks, render_mode=render_mode)
        self._scoring = scoring
        self.summary = (
            f"The task {spec.name.partition('/')[2]} of lm-eval: {scoring.metric} after {scoring.filter}, by "
            "log-likelihood; it evaluates alone"
        )
        self.parts = parts

    def continuations(self, task: Task) -> list[Continuation]:
        """Returns the contexts and continuations that lm-eval asks for."""
        return [Continuation(*map(str, request.args[:2])) for request in self.tasks.requests[task.id]]

    def judged(self, task: Task, found: Sequence[Likelihood]) -> Reward:
        """Returns the chosen metric; the answer is the likeliest choice, or the target where it is the likeliest."""
        if any(math.isnan(one.logprob) for one in found):
            return Reward.unscorable("a log-likelihood is no number: the policy's logits are none", "not_a_number")
        doc = self.tasks.docs[task.id]
        try:
            values = self._scoring.values_of(doc, self.tasks.requests[task.id], found)
            choices = self._scoring.choices(doc)
        except Exception as error:  # whatever the task's own functions raise
            return Reward.unscorable(f"lm-eval raised {type(error).__name__}: {error}"[:300])
        likeliest = choices[int(np.argmax([one.logprob for one in found[: len(choices)]]))]
        return self._scoring.verdict(values, likeliest if len(choices) > 1 or found[0].greedy else "")
