"""The `math` environment: procedural problems, answers judged as values."""

from __future__ import annotations

from collections.abc import Sequence

from envs.builtin.math.tasks import DEFAULT_FAMILIES, DEFAULT_LEVELS, ProceduralMath
from envs.core.environment import TextEnv
from envs.core.reward import Reward
from envs.core.task import Task
from envs.judges.math.verifier import MathVerifier


class JudgedAnswer:
    """Scores a completion by the math judge: 1 for the right value, whatever its form."""

    def __init__(self) -> None:
        self._judge = MathVerifier()

    def __call__(self, task: Task, completion: str) -> Reward:
        """Returns the judge's verdict as a reward."""
        return self._judge(completion, task.gold).to_reward()


class MathEnv(TextEnv):
    """Arithmetic and algebra; see `ProceduralMath` for families, levels and splits."""

    summary = "Procedural arithmetic and algebra, answers compared as values"
    parts = {"correct": "1 where the final answer has the gold's value"}


def make(
    split: str = "train",
    levels: int | Sequence[int] = DEFAULT_LEVELS,
    families: str | Sequence[str] | None = DEFAULT_FAMILIES,
    answer_format: str = "tags",
    render_mode: str | None = None,
) -> MathEnv:
    r"""Builds the environment.

    Args:
        split: `train`, `dev` or `test`.
        levels: Difficulties to draw from, 1 to 5; one or several.
        families: Families to draw from, one or several; "all" or None for all thirteen.
        answer_format: `tags` asks for `<answer>`, `boxed` for `\boxed{}`.
        render_mode: Gymnasium's; None is the only one.
    """
    levels = [levels] if isinstance(levels, int) else levels
    if isinstance(families, str):
        families = None if families == "all" else [families]
    return MathEnv(ProceduralMath(split, levels, families, answer_format), JudgedAnswer(), render_mode=render_mode)
