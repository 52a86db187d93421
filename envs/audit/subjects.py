"""The tasks an audit works on, each with its oracle's solution taken apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from envs.audit.forms import Form, form_of
from envs.audit.probe import profile_of
from envs.environment import TextEnv
from envs.errors import GymError, UsageError
from envs.registry import EnvSpec
from envs.task import SPLITS, Task

_DRAWS_PER_TASK = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """One task under audit."""

    task: Task
    solution: str
    form: Form


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


def distinct_tasks(env: TextEnv, count: int) -> list[Task]:
    """Returns up to `count` different tasks, spread evenly over a finite split: neighbours in a file are often alike."""
    size = env.tasks.size
    if size is None:
        seeds = range(count * _DRAWS_PER_TASK)
    else:
        stride = max(1, size // count)
        seeds = [*range(0, size, stride), *range(size)]
    tasks: dict[str, Task] = {}
    for seed in seeds:
        task = env.tasks.task(seed)
        tasks.setdefault(task.id, task)
        if len(tasks) == count:
            break
    return list(tasks.values())


def subjects_of(env: TextEnv, tasks: Iterable[Task]) -> list[Subject]:
    """Returns the tasks whose source knows a solution of one text."""
    whole_text = profile_of(env).whole_text
    found = []
    for task in tasks:
        try:
            solution = env.tasks.solution(task)
        except GymError:
            continue
        if isinstance(solution, str) and solution:
            found.append(Subject(task, solution, form_of(solution, task.gold, whole_text)))
    return found
