"""Evaluating a run before and after its training; the command line hands this to the trainer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evals.evaluator import EvalSettings, Evaluator
from evals.results.average import average, save_average
from evals.results.contamination import check_plan, overlap_words
from evals.results.result import EvalResult
from evals.results.summary import tasks_words
from grpo.rollouts.episodes import OnProgress

if TYPE_CHECKING:
    from grpo.engines.base import Engine
    from grpo.loop import Evaluate
    from grpo.policy.chat import ChatRenderer
    from grpo.runs.rundir import RunDir
    from grpo.settings.config import TrainConfig
    from grpo.settings.environments import Environment


logger = logging.getLogger("grpo")


def make_evaluator(config: TrainConfig, run: RunDir, progress: OnProgress) -> Evaluate:
    """Returns what evaluates a run's weights on a held-out split and writes `evals/LABEL` in the run.

    Of several environments each has a folder of its own there, `evals/LABEL/math`, and `average.json` is their average,
    weighed as their groups are drawn. Tasks and samples do not depend on the run's seed, so that runs can be compared
    task by task.

    Args:
        config: The run's config.
        run: Where evals are written.
        progress: Told how far sampling and scoring are.

    Raises:
        UsageError: An environment has no test split that can be built.
    """
    held_out = [_HeldOut(config, environment, run, progress) for environment in config.environments]

    def evaluate(engine: Engine, renderers: Sequence[ChatRenderer], label: str, split: str = "test") -> dict[str, Any]:
        found = [one(engine, renderer, label, split) for one, renderer in zip(held_out, renderers, strict=True)]
        if len(found) == 1:
            return found[0]
        environments = config.environments
        summaries = {one.label: summary for one, summary in zip(environments, found, strict=True)}
        averaged = average(summaries, {one.label: one.weight for one in environments})
        save_average(run.evals / label, averaged)
        return averaged

    return evaluate


class _HeldOut:
    """Evaluates on one of a run's environments."""

    def __init__(self, config: TrainConfig, environment: Environment, run: RunDir, progress: OnProgress):
        self._config = config
        self._environment = environment
        self._run = run
        self._progress = progress
        self._contamination: dict[str, dict[str, Any]] = {}
        self._evaluators = {"test": self._evaluator("test")}  # what cannot be built is said before the first step

    def __call__(self, engine: Engine, renderer: ChatRenderer, label: str, split: str) -> dict[str, Any]:
        if split not in self._evaluators:
            self._evaluators[split] = self._evaluator(split)
        model: dict[str, Any] = {"name": self._config.model, "run": str(self._run.path), "label": label}
        if chat := replace(self._config.chat_form, system=self._environment.system).facts():
            model["chat"] = chat
        with self._evaluators[split] as evaluator:  # its workers need not wait through the training
            result = evaluator(engine, renderer, model=model, progress=self._progress)
        if split not in self._contamination:  # said once
            self._contamination[split] = self._check(split, result)
        result.summary["contamination"] = self._contamination[split]
        if result.summary["tasks_left_out"]:
            line = f"evals on the {split} split are over {tasks_words(result.summary)}"
            logger.warning("%s", self._environment.told(line))
        place = self._run.evals / label
        if self._environment.label:
            place = place / self._environment.label.replace("/", ".")
        return result.save(place).brief()

    def _evaluator(self, split: str) -> Evaluator:
        config, environment = self._config, self._environment
        settings = EvalSettings(
            split=split,
            tasks=config.eval_tasks,
            samples=config.eval_samples,
            temperature=config.eval_temperature,
            max_tokens=environment.max_tokens,
            shots=config.shots,
            max_prompt_tokens=environment.max_prompt_tokens,
        )
        return Evaluator(
            environment.spec, settings, workers=config.verify_workers, deadline_s=environment.verify_deadline,
            rollouts=config.rollouts,
        )  # fmt: skip

    def _check(self, split: str, result: EvalResult) -> dict[str, Any]:
        found = check_plan(self._config, result.sampled_of(self._evaluators[split].tasks))
        if found["status"] == "contaminated":
            line = f"the held-out split {split!r} is not clean: {overlap_words(found)}"
            logger.warning("%s", self._environment.told(line))
        return found
