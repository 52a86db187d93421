"""The family `inspect`: tasks of inspect_ai that ask once and score by text, as environments.

Its solvers write the prompt and its scorers judge, in a worker of the verifier pool. See `docs/bridges.md`.
"""

from __future__ import annotations

from typing import Any

from envs.bridges.inspect_ai.env import InspectEnv, build
from envs.bridges.inspect_ai.library import registered

OPEN = True
PACKAGE = ("inspect_ai", "inspect", "a task of inspect_ai")


def names() -> list[str]:
    """Returns the names of tasks that installed packages register with inspect_ai.

    Raises:
        UsageError: The package is not installed.
    """
    return registered()


def make(
    member: str,
    split: str = "train",
    divide: bool = False,
    scorer: str | None = None,
    render_mode: str | None = None,
    **task_args: Any,
) -> InspectEnv:
    """Builds the environment of one task.

    Args:
        member: The task: `FILE.py@task`, `FILE.py` where it has one task, or `package/task`.
        split: `test` for all samples; with `divide` one of three parts.
        divide: Whether the samples are divided by a hash of the input (80% train, 10% dev, 10% test), to train on them.
        scorer: Which of the task's scorers is the reward, where it has several; by default the first.
        render_mode: Gymnasium's; None is the only one.
        **task_args: Arguments of the task's own.

    Raises:
        UsageError: The package is not installed, the task is not there, or it is not one that asks once and scores by
            text: with tools, a sandbox, an agent or a model that grades.
    """
    return build(member, split, bool(divide), scorer, task_args, render_mode)
