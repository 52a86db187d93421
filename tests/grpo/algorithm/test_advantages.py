"""Group advantages against the oracle, and what must never change them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grpo.algorithm.advantages import group_advantages
from gymtests.training.oracle import advantages as oracle_advantages
from gymtests.training.oracle import batch_advantages

SHAPES = st.tuples(st.integers(1, 5), st.integers(2, 9))
SCORES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1, width=32))


def all_scorable(rewards_PG):
    return np.ones_like(rewards_PG, dtype=bool)


@given(hnp.arrays(np.float64, SHAPES, elements=SCORES))
def test_agrees_with_the_oracle(rewards_PG):
    expected = np.array([oracle_advantages(list(rewards_G)) for rewards_G in rewards_PG])
    np.testing.assert_allclose(group_advantages(rewards_PG, all_scorable(rewards_PG)), expected, atol=1e-9)


@given(hnp.arrays(np.float64, SHAPES, elements=SCORES), st.randoms())
def test_members_may_come_in_any_order(rewards_PG, random):
    order = list(range(rewards_PG.shape[1]))
    random.shuffle(order)
    scorable = all_scorable(rewards_PG)
    np.testing.assert_allclose(
        group_advantages(rewards_PG[:, order], scorable), group_advantages(rewards_PG, scorable)[:, order], atol=1e-12
    )


@given(st.floats(0, 1), st.integers(2, 8))
def test_a_group_without_variance_has_exactly_no_advantage(score, size):
    rewards = np.full((1, size), score)
    assert not group_advantages(rewards, all_scorable(rewards)).any()


@given(hnp.arrays(np.float64, SHAPES, elements=SCORES), st.data())
def test_what_cannot_be_scored_leaves_the_baseline(rewards_PG, data):
    scorable_PG = data.draw(hnp.arrays(bool, rewards_PG.shape))
    poisoned = np.where(scorable_PG, rewards_PG, np.nan)
    advantages_PG = group_advantages(poisoned, scorable_PG)
    for advantages_G, rewards_G, scorable_G in zip(advantages_PG, rewards_PG, scorable_PG, strict=True):
        assert not advantages_G[~scorable_G].any()
        np.testing.assert_allclose(advantages_G[scorable_G], oracle_advantages(list(rewards_G[scorable_G])), atol=1e-9)


@pytest.mark.parametrize("kind", ["group", "centred", "loo", "batch"])
@given(hnp.arrays(np.float64, SHAPES, elements=SCORES), st.data())
def test_every_kind_is_the_oracles_over_the_scorable_members(kind, rewards_PG, data):
    scorable_PG = data.draw(hnp.arrays(bool, rewards_PG.shape))
    ours_PG = group_advantages(np.where(scorable_PG, rewards_PG, np.nan), scorable_PG, kind)
    theirs = batch_advantages(
        [list(r_G[s_G]) for r_G, s_G in zip(rewards_PG, scorable_PG, strict=True) if s_G.any()], kind
    )
    np.testing.assert_allclose(ours_PG[scorable_PG], [a for group in theirs for a in group], atol=1e-9)
    assert not ours_PG[~scorable_PG].any()


@pytest.mark.parametrize("kind", ["group", "centred", "loo", "batch"])
@given(hnp.arrays(np.float64, SHAPES, elements=SCORES))
def test_no_kind_invents_an_advantage_where_there_is_no_variance(kind, rewards_PG):
    rewards_PG[0] = rewards_PG[0, 0]
    assert not group_advantages(rewards_PG, all_scorable(rewards_PG), kind)[0].any()


def test_wrong_shapes_are_refused_not_broadcast():
    with pytest.raises(ValueError, match="must both be"):
        group_advantages(np.zeros((2, 4)), np.ones((4,), dtype=bool))
    with pytest.raises(ValueError, match="not finite"):
        group_advantages(np.array([[np.nan, 1.0]]), np.ones((1, 2), dtype=bool))
