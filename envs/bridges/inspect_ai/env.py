"""One of inspect_ai's tasks as an environment, and its samples as tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from envs.bridges.apart import ApartEnv
from envs.bridges.inspect_ai.library import load, quiet, sample_key
from envs.bridges.inspect_ai.playing import InspectScorer, Play, meaning
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from envs.core.sources.procedural import split_of
from envs.core.sources.tasklist import TaskList, checked_split, content_version
from envs.core.task import Task

_WAYS = ("{}", "ANSWER: {}", "{}.", "The answer is {}.", "\\boxed{{{}}}")
"""How a right answer may have to be written for a task's scorer to find it."""


class InspectTasks(TaskList):
    """The samples of one split, asked as the task's solvers ask them.

    A task's id is the name of the task's function and a hash of the sample; a sample that occurs twice is two tasks,
    since inspect_ai counts it twice.

    Args:
        name: The task's name.
        split: Which split this is.
        samples: The split's samples.
        play: Its solvers and scorers.

    Attributes:
        samples: The samples by task id.
        chats: The messages of each task by id.
    """

    def __init__(self, name: str, split: str, samples: Sequence[Any], play: Play):
        self.samples: dict[str, Any] = {}
        self.chats: dict[str, list[dict[str, str]]] = {}
        self._play = play
        short = name.rpartition("@")[2].rpartition("/")[2]
        made = []
        for sample in samples:
            first = f"{short}/{sample_key(sample)}"
            task_id = first
            while task_id in self.samples:
                task_id = f"{first}-{len(self.samples)}"
            self.samples[task_id] = sample
            with quiet():
                self.chats[task_id] = play.prompt(sample)
            prompt = "\n\n".join(turn["content"] for turn in self.chats[task_id] if turn["role"] != "system")
            gold = sample.target if isinstance(sample.target, str) else list(sample.target)
            made.append(Task(task_id, prompt, gold, {"dataset": short}))
        version = f"inspect-{content_version(f'{one.id} {self.chats[one.id]} {one.gold}' for one in made)}"
        super().__init__(split, made, version, empty=f"inspect/{name} has no sample in the split {split!r}")

    def solution(self, task: Task) -> str | None:
        """Returns the sample's target, written so that the task's own scorer gives it the point."""
        targets = task.gold if isinstance(task.gold, list) else [task.gold]
        for text in [way.format(target) for target in [*targets, ",".join(targets)] for way in _WAYS]:
            try:
                with quiet():
                    value, _ = self._play.scores(self.samples[task.id], text)[self._play.scorer]
            except Exception:  # this way is none
                continue
            if value == 1:
                return text
        return None


class InspectEnv(ApartEnv):
    """One task; see `make` for the arguments."""

    tasks: InspectTasks

    def __init__(self, spec: EnvSpec, tasks: InspectTasks, play: Play, render_mode: str | None = None):
        super().__init__(spec, tasks, InspectScorer(play, tasks.samples), render_mode=render_mode)
        asks = [f"at most {play.limits['max_tokens']} tokens"] if "max_tokens" in play.limits else []
        asks += [f"cut at {', '.join(map(repr, play.limits['stop_seqs']))}"] if "stop_seqs" in play.limits else []
        self.summary = f"The task {play.name} of inspect_ai: {play.scorer}" + "".join(f"; {one}" for one in asks)
        self.parts = {name: meaning(scorer) for name, scorer in play.scorers.items()}

    def messages(self, task: Task) -> list[dict[str, str]]:
        """Returns the chat that the task's solvers have written."""
        return [dict(turn) for turn in self.tasks.chats[task.id]]


def build(
    name: str,
    split: str,
    divide: bool,
    scorer: str | None,
    arguments: Mapping[str, Any],
    render_mode: str | None = None,
) -> InspectEnv:
    """Builds the environment of one task; see `make`.

    Raises:
        UsageError: As `make`.
    """
    checked_split(split)
    task, samples = load(name, arguments)
    if not divide and split != "test":
        raise UsageError(
            f"inspect/{name} is one set of samples, to evaluate: --env-arg divide=true trains on 80% of it"
        )
    if divide:
        samples = [sample for sample in samples if split_of(_asked(sample)) == split]
    play = Play(name, task, scorer)
    tasks = InspectTasks(name, split, samples, play)
    told = {"divide": True} if divide else {}
    told |= {"scorer": scorer} if scorer is not None else {}
    return InspectEnv(EnvSpec(f"inspect/{name}", {"split": split, **told, **arguments}), tasks, play, render_mode)


def _asked(sample: Any) -> str:
    text = sample.input if isinstance(sample.input, str) else "\n".join(turn.text for turn in sample.input)
    return " ".join(text.split())
