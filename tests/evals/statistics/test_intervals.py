import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from envs.core.errors import UsageError
from evals.statistics.intervals import bootstrap_interval, clustered_se, score_interval, wilson

unit_values = st.lists(st.floats(0, 1), min_size=2, max_size=60).map(np.array)


@pytest.mark.parametrize(("successes", "trials"), [(0, 30), (1, 30), (15, 30), (263, 1319), (500, 500)])
def test_wilson_equals_scipy(successes, trials):
    reference = stats.binomtest(successes, trials).proportion_ci(method="wilson")
    assert wilson(successes, trials) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_wilson_by_hand():
    # 8 of 10, z = 1.959964: the textbook interval (0.4902, 0.9433), as statsmodels' proportion_confint prints it.
    assert wilson(8, 10) == pytest.approx((0.49016247, 0.94331784), abs=1e-7)


def test_one_sample_per_task_is_wilson():
    values = np.arange(57) < 21
    assert score_interval(values) == pytest.approx(wilson(21, 57), abs=1e-12)


def test_all_or_nothing_tasks_count_once_however_many_samples():
    one = (np.arange(40) < 10).astype(float)  # 16 equal samples of each task leave the same task means
    assert score_interval(one) == pytest.approx(wilson(10, 40))


def test_independent_samples_narrow_it():
    rng = np.random.default_rng(0)
    many = rng.binomial(16, 0.4, 300) / 16
    one = rng.binomial(1, 0.4, 300)
    width = np.diff(score_interval(many))[0] / np.diff(score_interval(one))[0]
    assert width == pytest.approx(1 / 4, rel=0.1)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_alike_at_the_edge_is_wilson(value):
    assert score_interval(np.full(30, value)) == pytest.approx(wilson(30 * value, 30))


def test_one_lucky_sample_does_not_make_it_sure():
    # 1 pass in 480 samples of 30 tasks must not claim more than 0 passes do.
    nothing = score_interval(np.zeros(30))
    lucky = score_interval(np.r_[1 / 16, np.zeros(29)])
    assert lucky.high > 0.6 * nothing.high


@given(unit_values)
def test_holds_the_mean_and_stays_in_bounds(values):
    low, high = score_interval(values)
    assert 0 <= low <= values.mean() + 1e-9
    assert values.mean() - 1e-9 <= high <= 1


@given(unit_values)
def test_mirrored_scores_mirror_the_interval(values):
    low, high = score_interval(values)
    mirrored = score_interval(1 - values)
    # At a mean of exactly 1/2 the two ways of counting carriers may differ in the last digits of the shrinkage.
    if abs(values.mean() - 0.5) > 1e-6:
        assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-6)


@settings(max_examples=30)
@given(unit_values, st.randoms())
def test_order_of_tasks_is_nothing(values, random):
    shuffled = values.tolist()
    random.shuffle(shuffled)
    assert score_interval(np.array(shuffled)) == pytest.approx(score_interval(values), abs=1e-9)


@pytest.mark.parametrize(
    ("tasks", "p", "rho", "samples"), [(30, 0.05, 0.6, 16), (100, 0.5, 0.3, 4), (300, 0.95, 0.1, 8)]
)
def test_covers_about_nominally(tasks, p, rho, samples):
    rng = np.random.default_rng(7)
    rates = rng.beta(p * (1 / rho - 1), (1 - p) * (1 / rho - 1), (1500, tasks))
    held = [low <= p <= high for low, high in map(score_interval, rng.binomial(samples, rates) / samples)]
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize("values", [[], [0.5, 1.5], [0.5, float("nan")]])
def test_refuses_what_is_no_rate(values):
    with pytest.raises(UsageError):
        score_interval(np.array(values))


def test_clustered_se_is_that_of_task_means():
    values = np.array([0.0, 0.5, 1.0, 0.25])
    assert clustered_se(values) == pytest.approx(stats.sem(values))
    assert np.isnan(clustered_se(np.array([0.5])))


def test_bootstrap_agrees_with_t_on_lengths():
    values = np.random.default_rng(1).normal(50, 8, 400)
    low, high = bootstrap_interval(values)
    reference = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(reference, abs=0.15)
    assert bootstrap_interval(values) == bootstrap_interval(values)
    assert bootstrap_interval(np.full(5, 3.0)) == (3.0, 3.0)


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_no_proportion(successes, trials):
    with pytest.raises(UsageError):
        wilson(successes, trials)
