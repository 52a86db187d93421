"""One of lm-eval's tasks as an environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.bridges.apart import ApartEnv
from envs.bridges.lm_eval.choices import ChoiceEnv, ChoiceScoring, ChoiceTasks
from envs.bridges.lm_eval.library import LIKELIHOOD, load, prepared
from envs.bridges.lm_eval.scoring import LmEvalScorer, Scoring
from envs.bridges.lm_eval.source import LmEvalTasks, documents
from envs.core.registry import EnvSpec
from envs.core.task import Task


class LmEvalEnv(ApartEnv):
    """One task; see `make` for the arguments."""

    tasks: LmEvalTasks

    def __init__(
        self, spec: EnvSpec, tasks: LmEvalTasks, scoring: Scoring, summary: str, render_mode: str | None = None
    ):
        super().__init__(spec, tasks, LmEvalScorer(scoring, tasks.docs), render_mode=render_mode)
        self.summary = summary
        self.parts = _parts(scoring)

    def messages(self, task: Task) -> list[dict[str, str]]:
        """Returns lm-eval's messages, or its plain prompt as the user's one message."""
        return self.tasks.chats.get(task.id) or super().messages(task)


def build(name: str, split: str, chosen: Mapping[str, Any], render_mode: str | None = None) -> LmEvalEnv | ChoiceEnv:
    """Builds the environment of one task.

    Args:
        name: The task.
        split: `train`, `dev` or `test`.
        chosen: The arguments of `make` that were given.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: As `make`.
    """
    with prepared():
        files = (chosen.get("include_path"), chosen.get("data"), chosen.get("num_fewshot"))
        task = load(name, *files, trains=split == "train")
        asked = (chosen.get("metric"), chosen.get("filter"))
        spec = EnvSpec(f"lm-eval/{name}", {"split": split, **chosen})
        prompts = chosen.get("prompts", "text")
        if task.OUTPUT_TYPE in LIKELIHOOD:
            choosing = ChoiceScoring(name, task, *asked)
            choices = ChoiceTasks(name, split, task, documents(name, task, split), choosing, prompts)
            return ChoiceEnv(spec, choices, choosing, _parts(choosing), render_mode)
        scoring = Scoring(name, task, *asked)
        tasks = LmEvalTasks(name, split, task, documents(name, task, split), scoring, prompts)
    return LmEvalEnv(spec, tasks, scoring, _summary(name, task, scoring), render_mode)


def _parts(scoring: Scoring) -> dict[str, str]:
    return {
        f"{metric},{filter}": f"lm-eval's {metric} after its filter {filter}"
        for metric in scoring.metrics
        for filter in scoring.filters
    }


def _summary(name: str, task: Any, scoring: Scoring) -> str:
    asks = task.config.generation_kwargs or {}
    tokens = asks.get("max_gen_toks")
    limits = [f"at most {tokens} tokens"] if tokens else []
    limits += [f"cut at {', '.join(map(repr, scoring.stops))}"] if scoring.stops else []
    asked = f"; {', '.join(limits)}" if limits else ""
    return f"The task {name} of lm-eval: {scoring.metric} after {scoring.filter}{asked}"
