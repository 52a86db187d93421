"""What the scripts beside it share: a sampler that says what it is told, made-up texts, and what is printed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from envs import EnvSpec
from evals.evaluator import EvalSettings, Evaluator
from grpo.rollouts.sampler import Sampled


class Repeats:
    """A sampler of ours that says what it is told to.

    Args:
        texts: By task id.
    """

    def __init__(self, texts: Mapping[str, str]):
        self.texts = texts

    def check(self, requests: Any, sampling: Any) -> None:
        """Takes every prompt."""

    def sample(self, requests: Any, sampling: Any, on_sampled: Any) -> list[Sampled]:
        """Returns each task's text."""
        said = [Sampled(self.texts[request.task_id], 1, "stop") for request in requests]
        for place, sampled in enumerate(said):
            on_sampled(place, sampled)
        return said


def made_up(place: int, ways: Sequence[str], hostile: Sequence[str], **facts: str) -> str:
    """Returns the text of a document: every fifth is hostile, the others follow the ways in turn."""
    if place % 5 == 4:
        return hostile[place // 5 % len(hostile)]
    return ways[place % len(ways)].format(**facts)


def opened(spec: EnvSpec, workers: int = 2) -> Evaluator:
    """Returns an evaluator of every document, one sample of each."""
    return Evaluator(spec, EvalSettings(tasks=None, samples=1, greedy=False), workers=workers)


def said(evaluator: Evaluator, texts: Sequence[str]) -> dict[str, Any]:
    """Returns the summary of an eval in which the policy says these texts, task by task."""
    told = {task.id: text for task, text in zip(evaluator.tasks, texts, strict=True)}
    return evaluator.run(Repeats(told)).summary


def same(name: str, count: int, theirs: Mapping[str, float], summary: Mapping[str, Any], **alike: bool) -> bool:
    """Prints one line a figure, theirs and ours, and returns whether all are the same to the last digit.

    Args:
        name: The task's.
        count: How many documents there are.
        theirs: Figures by name.
        summary: Of our eval, whose parts have the same names.
        **alike: What else has to be alike.
    """
    ours = summary["parts"]
    for figure, value in theirs.items():
        print(f"{name:20} {figure:32} {count:5} {float(value)!r:20} {ours.get(figure)!r:20}", flush=True)
    if ours == theirs and all(alike.values()) and summary["unscorable"] == 0:
        return True
    print(f"{name}: {alike}, unscorable {summary['unscorable']}", flush=True)
    return False


def heading(theirs: str) -> None:
    """Prints what stands above the lines."""
    print(f"{'task':20} {'figure':32} {'n':>5} {theirs:20} {'ours':20}")


def leave(what: str, found: Sequence[bool]) -> None:
    """Prints how many tasks were the same, and leaves with 1 where one was not."""
    print(f"same {what}: {sum(found)} of {len(found)} tasks")
    sys.exit(0 if all(found) else 1)
