"""How small a difference an eval can see, before it is run and after."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from scipy import stats

from envs.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a policy's scores on a set of tasks look like.

    Attributes:
        mean: Mean pass rate, in [0, 1].
        within: Mean over tasks of the variance of one sample, `E[p (1 - p)]`.
        between: Variance over tasks of the pass rate.
        correlation: Of the two policies' pass rates over tasks.
    """

    mean: float = 0.5
    within: float = 0.125
    between: float = 0.125
    correlation: float = 0.8

    @classmethod
    def measured(cls, values_T: np.ndarray, samples: int, correlation: float = 0.8) -> Difficulty:
        """Returns the difficulty seen in an earlier eval.

        Args:
            values_T: Pass rate of each task, (T,).
            samples: Samples behind each; with one, the variance is split in half, because it cannot be told apart.
            correlation: Assumed for the policy to compare with.
        """
        values_T = np.asarray(values_T, dtype=np.float64)
        mean, variance = float(values_T.mean()), float(values_T.var())
        if samples < 2:
            return cls(mean, variance / 2, variance / 2, correlation)
        within = float((values_T * (1 - values_T)).mean()) * samples / (samples - 1)
        return cls(mean, within, max(0.0, variance - within / samples), correlation)

    def difference_sd(self, samples: int) -> float:
        """Returns the standard deviation over tasks of a paired difference of means of `samples` samples.

        `sqrt(2 between (1 - correlation) + 2 within / samples)`, section 5 of Miller, "Adding Error Bars to Evals"
        (arXiv 2411.00640), for two policies alike in spread.
        """
        return sqrt(2 * self.between * (1 - self.correlation) + 2 * self.within / samples)


def minimum_detectable(
    tasks: int, samples: int, difficulty: Difficulty | None = None, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Returns the smallest true difference that a paired comparison sees with the given power.

    `(z_{1 - alpha/2} + z_power) * sd / sqrt(tasks)`.

    Args:
        tasks: Tasks evaluated.
        samples: Samples of each.
        difficulty: Of the tasks; the default stands for a mid-range benchmark: mean 0.5, half the variance between
            tasks, and two policies that find the same tasks hard (correlation 0.8).
        alpha: Two-sided false-positive rate.
        power: Chance of seeing a difference of that size.

    Raises:
        UsageError: Fewer than one task or sample.
    """
    if tasks < 1 or samples < 1:
        raise UsageError("power needs at least one task and one sample")
    sd = (difficulty or Difficulty()).difference_sd(samples)
    return min(1.0, _quantiles(alpha, power) * sd / sqrt(tasks))


def tasks_needed(difference: float, sd: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Returns how many tasks a paired comparison needs to see a difference, the inverse of `minimum_detectable`.

    Args:
        difference: True difference of the means, not 0.
        sd: Standard deviation over tasks of the paired difference.
        alpha: Two-sided false-positive rate.
        power: Chance of seeing it.

    Raises:
        UsageError: The difference is 0: no number of tasks shows it.
    """
    if difference == 0:
        raise UsageError("no number of tasks shows a difference of 0")
    return max(1, ceil((_quantiles(alpha, power) * sd / abs(difference)) ** 2))


def _quantiles(alpha: float, power: float) -> float:
    return float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))


def power_sentence(tasks: int, samples: int, difficulty: Difficulty | None = None) -> str:
    """Returns what a planned eval will see, in words."""
    points = 100 * minimum_detectable(tasks, samples, difficulty)
    return f"{tasks} tasks x {samples} samples will see differences >= {points:.1f} points"
