"""Evaluating a run before and after its training; the command line hands this to the trainer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from evals.evaluator import EvalSettings, Evaluator
from evals.results.contamination import check_plan, overlap_words
from grpo.rollouts.episodes import OnProgress

if TYPE_CHECKING:
    from grpo.engines.base import Engine
    from grpo.loop import Evaluate
    from grpo.policy.chat import ChatRenderer
    from grpo.runs.rundir import RunDir
    from grpo.settings.config import TrainConfig


logger = logging.getLogger("grpo")


def make_evaluator(config: TrainConfig, run: RunDir, progress: OnProgress) -> Evaluate:
    """Returns what evaluates a run's weights on a held-out split and writes `evals/LABEL` in the run.

    Tasks and samples do not depend on the run's seed, so that runs can be compared task by task.

    Args:
        config: The run's config.
        run: Where evals are written.
        progress: Told how far sampling and scoring are.

    Raises:
        UsageError: The environment has no test split that can be built.
    """
    evaluators: dict[str, Evaluator] = {}
    contamination: dict[str, dict[str, Any]] = {}

    def evaluate(engine: Engine, renderer: ChatRenderer, label: str, split: str = "test") -> dict[str, Any]:
        if split not in evaluators:
            evaluators[split] = _evaluator(config, split)
        if split not in contamination:  # said once, before the first step
            contamination[split] = _contamination(config, evaluators[split])
        model: dict[str, Any] = {"name": config.model, "run": str(run.path), "label": label}
        if chat := config.chat_form.facts():
            model["chat"] = chat
        with evaluators[split] as evaluator:  # its workers need not wait through the training
            result = evaluator(engine, renderer, model=model, progress=progress)
        result.summary["contamination"] = contamination[split]
        if lost := result.summary["tasks_left_out"]:
            logger.warning("%s tasks of the %s split are left out of evals: their prompts are too long", lost, split)
        return result.save(run.evals / label).brief()

    evaluators["test"] = _evaluator(config, "test")  # what cannot be built is said before the first step
    return evaluate


def _evaluator(config: TrainConfig, split: str) -> Evaluator:
    settings = EvalSettings(
        split=split,
        tasks=config.eval_tasks,
        samples=config.eval_samples,
        temperature=config.eval_temperature,
        max_tokens=config.max_tokens,
        shots=config.shots,
        max_prompt_tokens=config.max_prompt_tokens,
    )
    return Evaluator(config.env_spec, settings, workers=config.verify_workers, deadline_s=config.verify_deadline)


def _contamination(config: TrainConfig, evaluator: Evaluator) -> dict[str, Any]:
    found = check_plan(config, evaluator.tasks)
    if found["status"] == "contaminated":
        logger.warning("the held-out split %r is not clean: %s", evaluator.settings.split, overlap_words(found))
    return found
