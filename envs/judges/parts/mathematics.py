"""The answer is the gold as a mathematical value."""

from __future__ import annotations

from envs.core.reward import Reward
from envs.core.task import Task
from envs.judges.math.verifier import MathVerifier
from envs.judges.parts.answer import gold_text


class MathMatch:
    """1 where the final answer has the gold's mathematical value, by the math judge.

    The judge finds the final answer by its own rules (docs/math-judge.md) and asks sympy, in a process of its own,
    only where nothing cheaper decides.

    Args:
        policy: What counts as equal: a `Policy` of the judge or the name of a preset.
        field: The field of a mapping gold to compare with; None for the gold itself.
    """

    def __init__(self, policy: str = "default", field: str | None = None):
        self.judge = MathVerifier(policy)
        self.field = field

    def __call__(self, task: Task, completion: str) -> Reward:
        """Returns the judge's verdict."""
        return self.judge(completion, gold_text(task, self.field), task.prompt).to_reward()
