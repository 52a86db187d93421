"""How much of the completion says again what it said before."""

from __future__ import annotations

from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from envs.core.text import folded


class RepeatedNgrams:
    """The share of n-grams that occurred before, in [0, 1]: a penalty, for a negative weight.

    1 - distinct / all, over runs of `n` pieces between white space, compared without case and invisible characters. The
    whole completion is read. A reply shorter than `n` repeats nothing. Text without white space (Chinese, or a
    letter held down) is cut into characters: ask for it with `unit`.

    Args:
        n: Length of an n-gram.
        unit: `words` (runs without white space) or `characters`.
        allowed: The share that costs nothing; what is above is scaled back to [0, 1].

    Raises:
        UsageError: A number is out of range, or the unit is unknown.
    """

    def __init__(self, n: int = 4, unit: str = "words", allowed: float = 0.0):
        if n < 1 or not 0 <= allowed < 1 or unit not in ("words", "characters"):
            raise UsageError("n-grams need n from 1 up, a share allowed in [0, 1), and words or characters")
        self.n, self.unit, self.allowed = n, unit, allowed

    def __call__(self, task: Task, completion: str) -> Reward:
        """Counts the n-grams of the whole completion, thoughts included."""
        text = folded(completion)
        pieces = text.split() if self.unit == "words" else [char for char in text if not char.isspace()]
        grams = [tuple(pieces[start : start + self.n]) for start in range(len(pieces) - self.n + 1)]
        share = 1 - len(set(grams)) / len(grams) if grams else 0.0
        score = max(0.0, (share - self.allowed) / (1 - self.allowed))
        return Reward(score, outcome="repeats" if score else "fresh", reason=f"{share:.0%} repeated")
