"""How sure a score over tasks is: intervals whose unit is the task, not the sample.

Samples of one task are alike, so n tasks with m samples each are fewer than n * m observations. Everything here takes
one value for each task (the mean over its samples) and treats tasks as draws from the population the score is about.
`benchmarks/evaluation/eval_statistics.py` prints the coverage of these intervals in simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from envs.core.errors import UsageError

_FEW_CARRIERS = 2.0


class Interval(NamedTuple):
    """A two-sided interval."""

    low: float
    high: float


def normal_quantile(level: float) -> float:
    """Returns the z with `P(|Z| <= z) = level`."""
    return float(special.ndtri((1 + level) / 2))


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Returns Wilson's score interval for a proportion.

    The p with `|p_hat - p| <= z * sqrt(p (1 - p) / n)`: E. B. Wilson, JASA 22 (1927) 209-212. Recommended over the
    normal and the exact interval by Brown, Cai and DasGupta, Statistical Science 16 (2001) 101-133.

    Args:
        successes: How many, fractions allowed (an effective number).
        trials: Out of how many, above 0, fractions allowed.
        level: Nominal coverage.

    Raises:
        UsageError: No trials, or more successes than trials.
    """
    if not trials > 0 or not 0 <= successes <= trials:
        raise UsageError(f"{successes} of {trials} is no proportion")
    z = normal_quantile(level)
    p = successes / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return Interval(float(max(0.0, centre - half)), float(min(1.0, centre + half)))


def clustered_se(values_T: np.ndarray) -> float:
    """Returns the standard error of the mean over tasks, each task one cluster of samples.

    `sqrt(sum((v - mean)^2) / (T (T - 1)))`, equation 1 of Miller, "Adding Error Bars to Evals" (arXiv 2411.00640),
    applied to task means: the variance within tasks is already in their spread. NaN for fewer than two tasks.
    """
    values_T = np.asarray(values_T, dtype=np.float64)
    if values_T.size < 2:
        return float("nan")
    return float(values_T.std(ddof=1) / np.sqrt(values_T.size))


def score_interval(values_T: np.ndarray, level: float = 0.95) -> Interval:
    """Returns an interval for the mean over tasks of values in [0, 1]; the one all reports use.

    Wilson's interval for means of tasks. Wilson asks which p lie within z standard errors of the mean, the standard
    error being the one at p; for tasks of any kind the variance at p is

        var(p) = v + slope (p - mean) - u (p - mean)^2

    with v the tasks' variance and `u = v / (mean (1 - mean))` the design effect (Kish, "Survey Sampling", 1965) in
    units of one independent sample per task. With `slope = u (1 - 2 mean)` this is Wilson's interval at the effective
    sample size `T / u`, as Dean and Pagano (J. Survey Statistics and Methodology 3, 2015, 484-503) and, for exact
    intervals, Korn and Graubard (Survey Methodology 24, 1998, 193-201) take it. With one sample per task, or tasks that
    are all or nothing, u is 1 and this is Wilson's interval exactly; with m independent samples u is 1/m.

    Two repairs for means of several samples, both for the end towards 1/2, both without effect where u is 1:

    - Where a few tasks carry the score, variance grows with the mean faster than that. The slope is then the third
      central moment over the variance, which is how the variance of any exponential family moves with its mean, and
      which for all-or-nothing tasks is Wilson's own `1 - 2 mean`.
    - Two passes in 480 samples say nothing about how alike samples of a task are. u is drawn towards its largest
      value, 1, by `1 / (1 + (c / 2)^2)` with c Kish's effective number of tasks that carry the score.

    The normal quantile gives way to Student's with 2 (T - 1) degrees of freedom as u falls from 1, where the variance
    is known given p, to 0, where all of it is estimated. `benchmarks/evaluation/eval_statistics.py` checks the coverage
    on kinds of tasks that none of this was chosen on, and shows where nothing that looks at the scores alone can cover:
    rare tasks that carry half of the score and happen not to be among those evaluated.

    Args:
        values_T: One value in [0, 1] for each task, (T,).
        level: Nominal coverage.

    Raises:
        UsageError: No values, or values outside [0, 1].
    """
    values_T = np.asarray(values_T, dtype=np.float64)
    if values_T.size == 0:
        raise UsageError("an interval over no tasks: nothing was scored")
    if not np.all((values_T >= 0) & (values_T <= 1)):
        raise UsageError("score intervals are for values in [0, 1]: use bootstrap_interval for others")
    mean = float(values_T.mean())
    if mean > 0.5:
        low, high = score_interval(1 - values_T, level)
        return Interval(1 - high, 1 - low)
    effect, slope, doubt = _spread(values_T, mean)
    doubted = effect + (1 - effect) * doubt
    low = _score_ends(mean, values_T.size, effect, effect * (1 - 2 * mean), level).low
    high = _score_ends(mean, values_T.size, doubted, max(slope, doubted * (1 - 2 * mean)), level).high
    return Interval(low, high)


def _score_ends(mean: float, tasks: int, effect: float, slope: float, level: float) -> Interval:
    """Solves `(p - mean)^2 = q^2 var(p) / T` for p."""
    z = normal_quantile(level)
    t = float(special.stdtrit(2 * (tasks - 1), (1 + level) / 2)) if tasks > 1 else z
    share = (z + (t - z) * (1 - effect)) ** 2 / tasks
    centre = share * slope / 2
    half = float(np.sqrt(centre**2 + (1 + share * effect) * share * effect * mean * (1 - mean)))
    low, high = ((centre + sign * half) / (1 + share * effect) + mean for sign in (-1, 1))
    return Interval(max(0.0, low), min(1.0, high))


def _spread(values_T: np.ndarray, mean: float) -> tuple[float, float, float]:
    """Returns the design effect of a mean of at most 1/2, how the variance moves with it, and the doubt in both."""
    bernoulli = mean * (1 - mean)
    off_T = values_T - mean
    variance = float((off_T**2).mean())
    if bernoulli <= 0 or variance <= 1e-12 * bernoulli:
        return 1.0, 1 - 2 * mean, 0.0  # every task alike: how alike samples are cannot be told, so each counts once
    carriers = values_T.sum() ** 2 / np.square(values_T).sum()
    doubt = 1 / (1 + (carriers / _FEW_CARRIERS) ** 2)
    return min(1.0, variance / bernoulli), float((off_T**3).mean()) / variance, float(doubt)


def bootstrap_interval(
    values_T: np.ndarray,
    statistic: Callable[..., np.ndarray] = np.mean,
    level: float = 0.95,
    resamples: int = 2_000,
    seed: int = 0,
) -> Interval:
    """Returns a bootstrap interval that resamples whole tasks; for values without bounds, such as lengths.

    The bias-corrected and accelerated interval of Efron, JASA 82 (1987) 171-185, by `scipy.stats.bootstrap`. For rates
    use `score_interval`: at few tasks or extreme rates every bootstrap covers too little.

    Args:
        values_T: One value for each task, (T,).
        statistic: Takes an array and `axis`.
        level: Nominal coverage.
        resamples: Number of bootstrap samples.
        seed: The same seed gives the same interval.

    Raises:
        UsageError: No values.
    """
    values_T = np.asarray(values_T, dtype=np.float64)
    if values_T.size == 0:
        raise UsageError("an interval over no tasks: nothing was scored")
    if np.ptp(values_T) == 0:
        point = float(statistic(values_T, axis=-1))
        return Interval(point, point)
    result = stats.bootstrap(
        (values_T,),
        statistic,
        n_resamples=resamples,
        confidence_level=level,
        method="BCa",
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    return Interval(float(result.confidence_interval.low), float(result.confidence_interval.high))


def weighted_interval(values_E: np.ndarray, intervals: Sequence[Interval], weights_E: np.ndarray) -> Interval:
    """Returns an interval for a weighted mean of figures that were measured independently of each other.

    Each end is as far from the mean as the root of the sum of squares of how far the figures' own ends are from them:
    MOVER, G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693-1702.

    Args:
        values_E: The figures.
        intervals: One for each, of one level.
        weights_E: One for each, above 0.
    """
    shares_E = np.asarray(weights_E, dtype=np.float64) / np.sum(weights_E)
    values_E, ends_E2 = np.asarray(values_E, dtype=np.float64), np.asarray(intervals, dtype=np.float64)
    mean = float(shares_E @ values_E)
    below, above = (np.sqrt(np.sum((shares_E * (ends_E2[:, end] - values_E)) ** 2)) for end in (0, 1))
    return Interval(mean - float(below), mean + float(above))
