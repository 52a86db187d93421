"""The tasks an audit works on, each with its oracle's solution taken apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from envs.authoring.auditing.attacks.forms import Form, form_of
from envs.authoring.auditing.attacks.probe import Completion, profile_of
from envs.core.environment import TextEnv
from envs.core.errors import GymError, UsageError
from envs.core.registry import EnvSpec
from envs.core.task import SPLITS, Task

_DRAWS_PER_TASK = 20
_GOLDEN = 0.6180339887498949
FEW = 30
"""Held-out tasks below which an environment warns."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One task under audit.

    Attributes:
        task: The task.
        solution: What a perfect policy says; in an episode of several turns, at its last.
        form: How it gives the answer.
        before: What it says at the turns before that; None in an environment of one turn.
    """

    task: Task
    solution: str
    form: Form
    before: tuple[str, ...] | None = None

    def ending(self, text: str) -> Completion:
        """Returns the perfect episode with another last turn."""
        return text if self.before is None else (*self.before, text)


def splits_of(spec: EnvSpec) -> dict[str, TextEnv]:
    """Returns the environment over each split that it has.

    Raises:
        UsageError: It has none; the message is that of the first split.
    """
    found, first = {}, None
    for split in SPLITS:
        try:
            found[split] = spec.split(split).build()
        except UsageError as error:
            first = first or error
    if not found:
        raise first or UsageError(f"environment {spec.name!r} has no split")
    return found


def few_tasks(split: str, env: TextEnv) -> list[str]:
    """Returns a warning where a held-out split is too small to tell anything, in a list of none or one."""
    size = env.tasks.size
    if size is None or size >= FEW:
        return []
    return [f"{size} {split} tasks: below about {FEW} a score moves by more than 3 points with one task"]


def hearsay_notes(env: TextEnv, subjects: Iterable[Subject]) -> list[str]:
    """Returns what to say of tests that only the judged objects decide, where the verifier knows of such."""
    asked = getattr(env.verifier, "hearsay", None)
    if asked is None:
        return []
    notes = []
    for subject in subjects:
        lines = asked(subject.task, subject.solution)
        if lines:
            notes.append(f"{subject.task.id}: only what the code says of itself decides `{lines[0]}`")
    env.close()
    return notes


def distinct_tasks(env: TextEnv, count: int) -> list[Task]:
    """Returns up to `count` different tasks, spread over a finite split, since neighbours in a file are often alike."""
    size = env.tasks.size
    seeds = range(count * _DRAWS_PER_TASK) if size is None else _spread(size)
    tasks: dict[str, Task] = {}
    for seed in seeds:
        task = env.tasks.task(seed)
        tasks.setdefault(task.id, task)
        if len(tasks) == count:
            break
    return list(tasks.values())


def _spread(size: int) -> Iterator[int]:
    """Yields every index once, so that any beginning lies evenly over the whole: steps of the golden section."""
    step = max(1, round(size * _GOLDEN))
    while math.gcd(step, size) > 1:
        step += 1
    return (index * step % size for index in range(size))


def subjects_of(env: TextEnv, tasks: Iterable[Task]) -> list[Subject]:
    """Returns the tasks of which the environment knows a perfect episode."""
    whole_text = profile_of(env).whole_text
    found = []
    for task in tasks:
        try:
            turns = tuple(turn for _, turn in env.oracle(task) or ())
        except GymError:
            continue
        if turns and isinstance(turns[-1], str) and turns[-1]:
            before = turns[:-1] if env.max_turns > 1 else None
            found.append(Subject(task, turns[-1], form_of(turns[-1], task.gold, whole_text), before))
    return found
