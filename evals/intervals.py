"""How sure a score over tasks is: intervals whose unit is the task, not the sample.

Samples of one task are alike, so n tasks with m samples each are fewer than n * m observations. Everything here takes
one value for each task (the mean over its samples) and treats tasks as draws from the population the score is about.
`benchmarks/eval_statistics.py` prints the coverage of these intervals in simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from envs.errors import UsageError

_FEW_CARRIERS = 3.0


class Interval(NamedTuple):
    """A two-sided interval."""

    low: float
    high: float


def normal_quantile(level: float) -> float:
    """Returns the z with `P(|Z| <= z) = level`."""
    return float(special.ndtri((1 + level) / 2))


def wilson(successes: float, trials: float, level: float = 0.95, quantile: float | None = None) -> Interval:
    """Returns Wilson's score interval for a proportion.

    The p with `|p_hat - p| <= z * sqrt(p (1 - p) / n)`: E. B. Wilson, JASA 22 (1927) 209-212. Recommended over the
    normal and the exact interval by Brown, Cai and DasGupta, Statistical Science 16 (2001) 101-133.

    Args:
        successes: How many, fractions allowed (an effective number).
        trials: Out of how many, above 0, fractions allowed.
        level: Nominal coverage.
        quantile: Critical value in place of the normal one.

    Raises:
        UsageError: No trials, or more successes than trials.
    """
    if not trials > 0 or not 0 <= successes <= trials:
        raise UsageError(f"{successes} of {trials} is no proportion")
    z = normal_quantile(level) if quantile is None else quantile
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

    Wilson's interval at the effective sample size `T / u`, where `u = var(v) / (p (1 - p))` is the design effect (Kish,
    "Survey Sampling", 1965) in units of one independent sample per task: u is 1 where a task is all or nothing (one
    sample per task included, which makes this Wilson's interval exactly) and 1/m where m samples of a task are
    independent. Wilson's interval with an effective sample size is studied for clustered proportions by Dean and Pagano
    (J. Survey Statistics and Methodology 3, 2015, 484-503).

    Two passes in 480 samples say nothing about how alike samples of a task are. Where few tasks carry the score, the
    end of the interval towards 1/2 is therefore taken at a u drawn towards its largest value, 1, by `exp(-(c / 3)^2)`
    with c Kish's effective number of tasks that carry it. The normal quantile gives way to Student's with 2 (T - 1)
    degrees of freedom as u falls from 1, where the variance is known given p, to 0, where all of it is estimated. Both
    shapes are ours, fitted in simulation over beta-binomial tasks; without the first, coverage at 30 tasks of 16
    samples and a rate of 0.02 falls to 87%.

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
    design_effect, doubt = _design_effect(values_T, mean)
    doubted = design_effect + (1 - design_effect) * doubt
    return Interval(
        _wilson_at(design_effect, mean, values_T.size, level).low, _wilson_at(doubted, mean, values_T.size, level).high
    )


def _wilson_at(design_effect: float, mean: float, tasks: int, level: float) -> Interval:
    z = normal_quantile(level)
    t = float(special.stdtrit(2 * (tasks - 1), (1 + level) / 2)) if tasks > 1 else z
    trials = tasks / design_effect
    return wilson(min(mean * trials, trials), trials, level, z + (t - z) * (1 - design_effect))


def _design_effect(values_T: np.ndarray, mean: float) -> tuple[float, float]:
    """Returns the design effect of a mean of at most 1/2, and how much it is to be doubted, from 0 to 1."""
    spread = mean * (1 - mean)
    variance = float(values_T.var())
    if spread <= 0 or variance <= 1e-12 * spread:
        return 1.0, 0.0  # every task alike: how alike samples are cannot be told, so each task counts once
    carriers = values_T.sum() ** 2 / np.square(values_T).sum()
    return min(1.0, variance / spread), float(np.exp(-((carriers / _FEW_CARRIERS) ** 2)))


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
