"""How long the completion is."""

from __future__ import annotations

from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from envs.core.text import reply_of

_UNITS = ("words", "characters")


def _size(text: str, unit: str) -> int:
    return len(text.split()) if unit == "words" else len(text)


def _checked_unit(unit: str) -> str:
    if unit not in _UNITS:
        raise UsageError(f"length is counted in {' or '.join(_UNITS)}, not {unit!r}")
    return unit


class Length:
    """1 where the reply is neither shorter nor longer than asked for.

    Args:
        least: Shortest length; at least 1, so that silence is never rewarded.
        most: Longest length.
        unit: `words` (runs without white space) or `characters`.

    Raises:
        UsageError: The bounds are no range, or the unit is unknown.
    """

    def __init__(self, least: int, most: int, unit: str = "words"):
        if not 1 <= least <= most:
            raise UsageError(f"a length from {least} to {most} is no range of positive numbers")
        self.least, self.most, self.unit = least, most, _checked_unit(unit)

    def __call__(self, task: Task, completion: str) -> Reward:
        """Measures the reply, which is the completion without its thinking block."""
        size = _size(reply_of(completion), self.unit)
        outcome = "too_short" if size < self.least else "too_long" if size > self.most else "fits"
        return Reward(float(outcome == "fits"), outcome=outcome, reason=f"{size} {self.unit}")


class SoftOverlong:
    """How far the completion runs into the last stretch before its limit: a penalty, for a negative weight.

    0 up to `limit - buffer`, then linear to 1 at `limit` and beyond: the negative of equation 13 of DAPO
    (arXiv:2503.14476), counted in words or characters of the whole completion, because verifiers see text. The trainer
    has its own, in tokens.

    Args:
        limit: The length that must not be reached (L_max).
        buffer: The stretch before it over which the penalty grows (L_cache).
        unit: `words` (runs without white space) or `characters`.

    Raises:
        UsageError: The buffer does not fit the limit, or the unit is unknown.
    """

    def __init__(self, limit: int, buffer: int, unit: str = "words"):
        if not 0 < buffer <= limit:
            raise UsageError(f"a buffer of {buffer} does not fit a limit of {limit}: give 0 < buffer <= limit")
        self.limit, self.buffer, self.unit = limit, buffer, _checked_unit(unit)

    def __call__(self, task: Task, completion: str) -> Reward:
        """Measures the whole completion, thoughts included."""
        size = _size(completion, self.unit)
        over = (size - (self.limit - self.buffer)) / self.buffer
        score = min(max(over, 0.0), 1.0)
        return Reward(score, outcome="overlong" if score else "fits", reason=f"{size} {self.unit}")
