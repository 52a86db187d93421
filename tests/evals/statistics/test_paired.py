from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from envs.core.errors import UsageError
from evals.statistics.paired import (
    difference_interval,
    effect_size,
    holm,
    mcnemar,
    paired_bootstrap_interval,
    sign_flip_p,
    unpaired_z_p,
)
from evals.statistics.power import Difficulty, minimum_detectable, power_sentence, tasks_needed

counts = st.integers(0, 60)


def test_mcnemar_by_hand():
    # b = 10, c = 2: z = 8 / sqrt(12); exact 2 * (1 + 12 + 66) / 4096.
    result = mcnemar(10, 2)
    assert result.statistic == pytest.approx(2.3094011)
    assert result.p == pytest.approx(0.0209213, abs=1e-6)
    assert result.p_exact == pytest.approx(2 * 79 / 4096)
    assert result.p_mid == pytest.approx((2 * 79 - 66) / 4096)


@given(counts, counts)
def test_mcnemar_equals_scipy(gained, lost):
    result = mcnemar(gained, lost)
    if gained + lost:
        assert result.p_exact == pytest.approx(stats.binomtest(gained, gained + lost).pvalue)
        assert result.p == pytest.approx(stats.chi2.sf((gained - lost) ** 2 / (gained + lost), 1))
    assert mcnemar(lost, gained).p == result.p
    assert 0 < result.p_mid <= 1


@given(counts, counts)
def test_sign_flips_of_single_samples_are_mcnemar_mid_p(gained, lost):
    differences = np.r_[np.ones(gained), -np.ones(lost), np.zeros(5)]
    assert sign_flip_p(differences, 1) == pytest.approx(mcnemar(gained, lost).p_mid, abs=1e-9)


def by_enumeration(differences):
    sums = np.array([np.dot(signs, differences) for signs in product((-1, 1), repeat=len(differences))])
    observed = abs(differences.sum())
    return np.mean(np.abs(sums) > observed + 1e-9) + np.mean(np.isclose(np.abs(sums), observed)) / 2


@settings(max_examples=60)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_sign_flips_equal_enumeration(steps):
    differences = np.array(steps) / 4
    expected = 1.0 if not any(steps) else by_enumeration(differences)
    assert sign_flip_p(differences, 4) == pytest.approx(expected, abs=1e-9)


def test_sign_flips_off_a_lattice_equal_enumeration():
    differences = np.random.default_rng(0).uniform(-0.5, 0.8, 12)
    assert sign_flip_p(differences) == pytest.approx(by_enumeration(differences), abs=2e-3)


def test_sign_flips_approach_the_normal():
    differences = np.random.default_rng(1).integers(-8, 10, 900) / 8
    z = differences.sum() / np.sqrt((differences**2).sum())
    assert sign_flip_p(differences, 8) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.02)


def test_a_certain_change_has_a_tiny_p_and_not_zero():
    assert 0 < sign_flip_p(np.ones(500), 1) < 1e-9


def test_interval_is_the_inverted_score_test():
    differences = np.r_[np.ones(20), -np.ones(8), np.zeros(72)]
    for bound in difference_interval(differences):
        z = (differences.mean() - bound) / np.sqrt(((differences - bound) ** 2).mean() / 100)
        assert abs(z) == pytest.approx(1.959964, abs=1e-5)


@given(st.integers(0, 40), st.integers(0, 40))
def test_interval_and_mcnemar_never_contradict(gained, lost):
    differences = np.r_[np.ones(gained), -np.ones(lost), np.zeros(50)]
    low, high = difference_interval(differences)
    result = mcnemar(gained, lost)
    if abs(result.p - 0.05) > 1e-3 and gained + lost >= 5:
        assert (low > 0 or high < 0) == (result.p < 0.05)


def test_no_difference_seen_is_not_no_difference():
    low, high = difference_interval(np.zeros(100))
    assert low == -high
    assert 0.02 < high < 0.05


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=6, max_size=80).map(np.array))
def test_intervals_hold_the_mean_and_mirror(differences):
    for interval in (difference_interval, paired_bootstrap_interval):
        low, high = interval(differences)
        assert -1 <= low <= differences.mean() + 1e-9
        assert differences.mean() - 1e-9 <= high <= 1
    low, high = difference_interval(differences)
    assert difference_interval(-differences) == pytest.approx((-high, -low))


def test_bootstrap_is_close_to_the_score_interval_and_seeded():
    differences = np.random.default_rng(2).integers(-4, 6, 400) / 8
    interval = paired_bootstrap_interval(differences, seed=1)
    assert interval == pytest.approx(difference_interval(differences), abs=0.006)
    assert interval == paired_bootstrap_interval(differences, seed=1)


def test_pairing_sees_what_the_unpaired_z_misses():
    # 1,000 tasks, same difficulty: 20 tasks lost, 45 gained.
    first = (np.arange(1000) < 500).astype(float)
    second = first.copy()
    second[:20], second[500:545] = 0, 1
    assert unpaired_z_p(first, second) > 0.2
    assert mcnemar(45, 20).p < 0.01


def test_unpaired_z_edges():
    assert unpaired_z_p(np.ones(5), np.ones(5)) == 1.0
    assert unpaired_z_p(np.ones(5), np.zeros(5)) == 0.0


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_order_and_never_helps(p_values):
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    assert min(adjusted) == pytest.approx(min(1.0, min(p_values) * len(p_values)))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= -1e-15)


def test_effect_size_by_hand():
    assert effect_size(np.array([0.0, 0.5, 1.0])) == pytest.approx(1.0)
    assert effect_size(np.zeros(4)) == 0.0
    assert effect_size(np.ones(4)) == np.inf


def test_power_by_hand():
    # sd = sqrt(2 * .125 * .2 + 2 * .125 / 4) = sqrt(.1125); (1.95996 + .84162) * sd / sqrt(500)
    assert minimum_detectable(500, 4) == pytest.approx(2.80158 * 0.1125**0.5 / 500**0.5, abs=1e-5)
    assert power_sentence(500, 4) == "500 tasks x 4 samples will see differences >= 4.2 points"


def test_tasks_needed_inverts_the_detectable_difference():
    sd = Difficulty().difference_sd(8)
    assert tasks_needed(minimum_detectable(321, 8), sd) in (321, 322)
    with pytest.raises(UsageError):
        tasks_needed(0.0, sd)


def test_promised_power_is_delivered():
    rng = np.random.default_rng(5)
    tasks, samples, rho = 200, 4, 0.5
    rates = rng.beta(0.5 * (1 / rho - 1), 0.5 * (1 / rho - 1), (800, tasks))
    difficulty = Difficulty(0.5, 0.25 * (1 - rho), 0.25 * rho, correlation=1.0)
    delta = minimum_detectable(tasks, samples, difficulty)
    lifted = np.clip(rates + delta * rates * (1 - rates) / (0.25 * (1 - rho)), 0, 1)
    first, second = (rng.binomial(samples, r) / samples for r in (rates, lifted))
    power = np.mean([sign_flip_p(b - a, samples) < 0.05 for a, b in zip(first, second, strict=True)])
    assert power == pytest.approx(0.8, abs=0.06)


def test_difficulty_is_measured_from_an_eval():
    rng = np.random.default_rng(3)
    rates = rng.beta(2, 2, 20_000)
    measured = Difficulty.measured(rng.binomial(8, rates) / 8, 8)
    assert measured.within == pytest.approx(np.mean(rates * (1 - rates)), abs=0.005)
    assert measured.between == pytest.approx(rates.var(), abs=0.003)


def test_bad_counts_are_refused():
    with pytest.raises(UsageError):
        mcnemar(-1, 2)
    with pytest.raises(UsageError):
        difference_interval(np.array([]))
    with pytest.raises(UsageError):
        minimum_detectable(0, 4)
