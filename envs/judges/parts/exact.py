"""The answer is the gold, letter by letter."""

from __future__ import annotations

import unicodedata

from envs.core.reward import Reward
from envs.core.task import Task
from envs.judges.parts.answer import gold_text, read_answer

ALIASES = "aliases"
"""Where a task's meta lists further right answers."""


class ExactMatch:
    """1 where the answer is the gold as text.

    Both are normalised alike: Unicode NFC, runs of white space as one blank, no space around, and a full stop at the
    end dropped; with `ignore_case` also case-folded. Compatibility forms stay apart: `x²` is not `x2`. What a task's
    meta lists under `aliases` is as right as the gold.

    Args:
        ignore_case: Whether case does not matter.
        field: The field of a mapping gold to compare with; None for the gold itself.
    """

    def __init__(self, ignore_case: bool = False, field: str | None = None):
        self.ignore_case = ignore_case
        self.field = field

    def __call__(self, task: Task, completion: str) -> Reward:
        """Compares the one answer of a completion (see `read_answer`)."""
        gold = self._normal(gold_text(task, self.field))
        answer = read_answer(completion)
        if answer.text is None:
            return answer.missing()
        right = {gold, *(self._normal(str(other)) for other in task.meta.get(ALIASES) or ())} - {""}
        same = bool(gold) and self._normal(answer.text) in right
        return Reward(float(same), outcome="correct" if same else "wrong", answer=answer.text[:500])

    def _normal(self, text: str) -> str:
        normal = " ".join(unicodedata.normalize("NFC", text).split())
        if normal.endswith(".") and not normal.endswith(".."):
            normal = normal[:-1].rstrip()
        return normal.casefold() if self.ignore_case else normal
