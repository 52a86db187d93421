"""Did it change? Tests and intervals for two evals of the same tasks, which are paired task by task.

Pairing takes the tasks' difficulty out of the noise. The z-test of two separate means that common harnesses do leaves
it in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from envs.core.errors import UsageError
from evals.statistics.intervals import Interval, normal_quantile

_GRID = 2**16
_SMALLEST_P = 1e-12


@dataclass(frozen=True, slots=True)
class McNemar:
    """McNemar's test of two classifiers on the same tasks.

    Attributes:
        gained: Tasks that only the second passes (b).
        lost: Tasks that only the first passes (c).
        statistic: `(b - c) / sqrt(b + c)`; standard normal under no difference.
        p: Two-sided asymptotic p-value.
        p_exact: Two-sided binomial p-value given b + c; conservative.
        p_mid: The same, with half the weight of the observed table.
    """

    gained: int
    lost: int
    statistic: float
    p: float
    p_exact: float
    p_mid: float


def mcnemar(gained: int, lost: int) -> McNemar:
    """Tests whether two policies pass the same share of tasks, one binary outcome per task and policy.

    McNemar, Psychometrika 12 (1947) 153-157. Of the variants, Fagerland, Lydersen and Laake (BMC Medical Research
    Methodology 13:91, 2013) recommend the asymptotic one (most power; type I error at most 5.4% in their study) and
    mid-p, and advise against the exact conditional one and the continuity correction.

    Raises:
        UsageError: A negative count.
    """
    if gained < 0 or lost < 0:
        raise UsageError("counts of discordant tasks cannot be negative")
    discordant = gained + lost
    if discordant == 0:
        return McNemar(0, 0, 0.0, 1.0, 1.0, 1.0)
    statistic = (gained - lost) / np.sqrt(discordant)
    fewer = min(gained, lost)
    tail = float(stats.binom.cdf(fewer, discordant, 0.5))
    point = float(stats.binom.pmf(fewer, discordant, 0.5))
    p_exact = min(1.0, 2 * tail)
    p_mid = 1 - point / 2 if gained == lost else 2 * tail - point
    return McNemar(gained, lost, float(statistic), float(2 * stats.norm.sf(abs(statistic))), p_exact, p_mid)


def sign_flip_p(differences_T: np.ndarray, denominator: int | None = None) -> float:
    """Returns the two-sided p-value of the sign-flip permutation test on the sum of paired differences.

    Without an effect each task's difference is as likely to have either sign (Fisher, "The Design of Experiments",
    1935, section 21). All 2^T flips are counted, not sampled: the sum's distribution is the inverse Fourier transform
    of `prod_t cos(w d_t)`. The observed sum counts half (mid-p, Lancaster, JASA 56, 1961, 223-234); on differences in
    {-1, 0, 1} this is McNemar's mid-p.

    Args:
        differences_T: Second minus first, one for each task, (T,).
        denominator: Differences are multiples of 1 / denominator, such as the samples per task; None rounds them to a
            fine grid.

    Returns:
        A p-value, never below 1e-12, where the transform's rounding begins.
    """
    differences_T = np.asarray(differences_T, dtype=np.float64)
    total = float(np.abs(differences_T).sum())
    if total == 0:
        return 1.0
    scale = denominator if denominator is not None else max(1.0, _GRID / total)
    steps_T = np.rint(differences_T * scale).astype(np.int64)
    observed = abs(int(steps_T.sum()))
    sizes, counts = np.unique(np.abs(steps_T[steps_T != 0]), return_counts=True)
    length = 2 * int((sizes * counts).sum()) + 1
    frequencies = 2 * np.pi * np.arange(length) / length
    transform = np.ones(length)
    for size, count in zip(sizes, counts, strict=True):
        transform *= np.cos(frequencies * size) ** count
    mass = np.clip(np.fft.ifft(transform).real, 0.0, None)  # index s holds P(sum = s), negative sums at the far end
    half = length // 2
    beyond = 2 * mass[observed + 1 : half + 1].sum() + mass[observed] * (1.0 if observed else 0.5)
    return float(min(1.0, max(_SMALLEST_P, beyond)))


def difference_interval(differences_T: np.ndarray, level: float = 0.95) -> Interval:
    """Returns an interval for the mean paired difference, made to agree with the tests above.

    The shifts d that the sign-flip test in its normal form would not reject: `|mean - d| <= z sqrt(E(diff - d)^2 / T)`,
    which is McNemar's score test where differences are in {-1, 0, 1}; solved, `mean +- z s / sqrt(T - z^2)`. Where only
    a handful of tasks differ, s is an accident, and the half-width is kept at `z^2 / (T + z^2)` of the largest
    difference seen: the width of Wilson's interval for a count of zero.

    Args:
        differences_T: Second minus first, in [-1, 1], one for each task, (T,).
        level: Nominal coverage.

    Raises:
        UsageError: No differences.
    """
    differences_T = np.asarray(differences_T, dtype=np.float64)
    tasks = differences_T.size
    if tasks == 0:
        raise UsageError("no task in common: nothing to compare")
    z = normal_quantile(level)
    if tasks <= z * z + 1:
        return Interval(-1.0, 1.0)
    mean = float(differences_T.mean())
    largest = float(np.abs(differences_T).max()) or 1.0
    half = max(z * differences_T.std() / np.sqrt(tasks - z * z), z * z / (tasks + z * z) * largest)
    return Interval(max(-1.0, mean - half), min(1.0, mean + half))


def paired_bootstrap_interval(
    differences_T: np.ndarray, level: float = 0.95, resamples: int = 5_000, seed: int = 0
) -> Interval:
    """Returns a studentised bootstrap interval of the mean difference that resamples whole tasks.

    Bootstrap-t: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 12.5; clustered by task, as
    all samples of a task move together. Falls back on `difference_interval` where fewer than 10 tasks differ.

    Args:
        differences_T: Second minus first, in [-1, 1], one for each task, (T,).
        level: Nominal coverage.
        resamples: Number of bootstrap samples.
        seed: The same seed gives the same interval.
    """
    differences_T = np.asarray(differences_T, dtype=np.float64)
    tasks = differences_T.size
    if np.count_nonzero(differences_T) < 10 or np.ptp(differences_T) == 0:
        return difference_interval(differences_T, level)
    values, counts = np.unique(differences_T, return_counts=True)
    # Resampling tasks with replacement is a multinomial draw over the distinct differences.
    draws_BV = np.random.default_rng(seed).multinomial(tasks, counts / tasks, size=resamples)
    mean = differences_T.mean()
    means_B = draws_BV @ values / tasks
    spreads_B = np.sqrt(np.maximum(draws_BV @ values**2 / tasks - means_B**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        t_B = (means_B - mean) / spreads_B
    t_B = t_B[np.isfinite(t_B)]
    low, high = np.quantile(t_B, [(1 + level) / 2, (1 - level) / 2])
    spread = differences_T.std()
    return Interval(float(max(-1.0, mean - low * spread)), float(min(1.0, mean - high * spread)))


def unpaired_z_p(first_T: np.ndarray, second_T: np.ndarray) -> float:
    """Returns the p-value of the unpaired z-test on two means, as harnesses without pairing compute it."""
    first_T, second_T = np.asarray(first_T, dtype=np.float64), np.asarray(second_T, dtype=np.float64)
    variance = first_T.var(ddof=1) / first_T.size + second_T.var(ddof=1) / second_T.size
    if variance == 0:
        return 1.0 if first_T.mean() == second_T.mean() else 0.0
    return float(2 * stats.norm.sf(abs(second_T.mean() - first_T.mean()) / np.sqrt(variance)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns Holm's adjusted p-values, which bound the chance of any false claim among them.

    Holm, Scandinavian J. Statistics 6 (1979) 65-70: the i-th smallest (from 0) is multiplied by `count - i`, and the
    results are made non-decreasing.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, stepped)
    return adjusted.tolist()


def effect_size(differences_T: np.ndarray) -> float:
    """Returns Cohen's d_z, the mean difference over its standard deviation (ddof=1); 0 where nothing differs."""
    differences_T = np.asarray(differences_T, dtype=np.float64)
    spread = differences_T.std(ddof=1) if differences_T.size > 1 else 0.0
    mean = float(differences_T.mean())
    if spread == 0:
        return 0.0 if mean == 0 else float(np.copysign(np.inf, mean))
    return float(mean / spread)
