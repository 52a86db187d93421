"""Confidence intervals of mean rewards."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z_95 = 1.959964


def wilson(mean: float, count: int) -> tuple[float, float]:
    """Returns the 95% score interval of a mean of `count` values in [0, 1] (Wilson 1927).

    Exact in form for zeros and ones; for values between it is wide enough, since their variance is below p(1 - p).
    """
    if count == 0:
        return 0.0, 1.0
    square = Z_95**2 / count
    centre = (mean + square / 2) / (1 + square)
    half = Z_95 * math.sqrt(mean * (1 - mean) / count + square / (4 * count)) / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)


def mean(values: Sequence[float]) -> float:
    """Returns the mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
