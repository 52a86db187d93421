import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.core.errors import UsageError
from evals.statistics.passk import maj_at_k, pass_at_k


def by_combinations(n, c, k):
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def test_equals_the_paper_by_hand():
    # n=5, c=2, k=3: the only subsets without a pass are the 1 of 10 made of the 3 failures.
    assert pass_at_k([5], [2], 3)[0] == pytest.approx(0.9)
    assert pass_at_k([10, 10], [0, 10], 4).tolist() == [0.0, 1.0]


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_equals_the_formula(case):
    n, c, k = case
    assert pass_at_k([n], [c], k)[0] == pytest.approx(by_combinations(n, c, k), abs=1e-12)


def test_is_unbiased():
    rng = np.random.default_rng(0)
    p, n, k = 0.3, 6, 4
    estimates = pass_at_k(np.full(40_000, n), rng.binomial(n, p, 40_000), k)
    assert estimates.mean() == pytest.approx(1 - (1 - p) ** k, abs=0.006)


def test_pass_at_1_is_the_mean():
    assert pass_at_k([8, 8], [3, 5], 1).tolist() == pytest.approx([3 / 8, 5 / 8])


@given(st.integers(2, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_grows_with_k(case):
    n, c = case
    curve = [pass_at_k([n], [c], k)[0] for k in range(1, n + 1)]
    assert all(a <= b + 1e-12 for a, b in zip(curve, curve[1:], strict=False))


@pytest.mark.parametrize(("n", "c", "k"), [(4, 2, 5), (4, 2, 0), (4, 5, 1), (4, -1, 1)])
def test_refuses_what_has_no_estimate(n, c, k):
    with pytest.raises(UsageError):
        pass_at_k([n], [c], k)


def test_majority_of_all():
    assert maj_at_k(["4", "4", "5"], [1, 1, 0], 3) == 1.0
    assert maj_at_k(["4", "5", "5"], [1, 0, 0], 3) == 0.0


def test_majority_ties_share():
    assert maj_at_k(["4", "5"], [1, 0], 2) == 0.5


def test_majority_of_subsets_by_hand():
    # Of the three pairs of (4, 4, 5): one agrees on 4, two tie.
    assert maj_at_k(["4", "4", "5"], [1, 1, 0], 2) == pytest.approx((1 + 0.5 + 0.5) / 3)


def test_no_answer_has_no_vote():
    assert maj_at_k([None, None, "4"], [0, 0, 1], 3) == 1.0
    assert maj_at_k([None, None], [0, 0], 2) == 0.0


def test_sampled_subsets_are_seeded_and_close():
    answers, scores = ["4"] * 9 + ["5"] * 7, [1.0] * 9 + [0.0] * 7
    first = maj_at_k(answers, scores, 5, seed=3)
    assert first == maj_at_k(answers, scores, 5, seed=3)
    exact = sum(math.comb(9, i) * math.comb(7, 5 - i) for i in (3, 4, 5)) / math.comb(16, 5)
    assert first == pytest.approx(exact, abs=0.07)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=8))
def test_majority_of_one_is_the_mean_of_answered(samples):
    answers = [answer for answer, _ in samples]
    scores = [score if answer is not None else 0.0 for answer, score in samples]
    assert maj_at_k(answers, scores, 1) == pytest.approx(np.mean(scores))


def test_majority_refuses_bad_k():
    with pytest.raises(UsageError, match="maj@3"):
        maj_at_k(["1", "2"], [1, 0], 3)
    with pytest.raises(UsageError):
        maj_at_k(["1"], [1, 0], 1)
