"""Which environment a group is of: a pure function of (seed, step, slot), in the shares that were asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from grpo.rollouts.collect import BatchCollector
from grpo.rollouts.drawing.draws import Draws, drawn_counts, drawn_environment
from grpo.rollouts.drawing.orders import TaskOrder
from grpo.rollouts.rollout import RolloutTiming
from grpo.settings.config import TrainConfig
from gymtests.training.rollouts import make_rollouts

SEEDS = st.integers(0, 2**62)
WEIGHTS = st.lists(st.floats(0.01, 100.0), min_size=1, max_size=5)


@given(SEEDS, st.lists(st.integers(1, 9), min_size=2, max_size=4))
def test_drawn_shares_lie_within_a_binomial_interval_of_those_asked_for(seed, weights):
    steps, slots = 125, 16
    counts = drawn_counts(seed, weights, steps, slots)
    assert sum(counts) == steps * slots
    for count, weight in zip(counts, weights, strict=True):
        # Some 300 shares are looked at: one in a million of each may lie outside.
        assert binomtest(count, steps * slots, weight / sum(weights)).pvalue > 1e-6


@given(SEEDS, WEIGHTS, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)), max_size=20))
def test_a_draw_knows_nothing_of_other_draws(seed, weights, places):
    there = [drawn_environment(seed, weights, *place) for place in places]
    back = [drawn_environment(seed, weights, *place) for place in reversed(places)]
    assert there == back[::-1] and all(0 <= env < len(weights) for env in there)


@given(SEEDS, WEIGHTS)
def test_weights_are_shares(seed, weights):
    same = [weight * 4 for weight in weights]  # a power of 2 rounds nothing
    assert drawn_counts(seed, weights, 4, 8) == drawn_counts(seed, same, 4, 8)


def test_every_part_of_a_place_counts_and_the_draw_is_pinned():
    drawn = [drawn_environment(0, (2, 1), step, slot) for step in (1, 2) for slot in range(12)]
    assert drawn == PINNED, "a change here changes every run of several environments"
    others = [drawn_environment(1, (2, 1), step, slot) for step in (1, 2) for slot in range(12)]
    assert drawn[:12] != drawn[12:] and drawn != others


PINNED = [0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0]


@given(SEEDS, WEIGHTS, st.integers(1, 6), st.integers(0, 3))
def test_a_collector_taken_up_from_its_positions_goes_on_with_each_environments_own_order(
    seed, weights, steps, refills
):
    sizes = [None if place % 2 else 5 + place for place in range(len(weights))]
    config = TrainConfig(tasks_per_step=4, group_size=2, max_refills=refills)

    def fresh(positions=()):
        drawn = []

        def groups(draws, group_size, step, on_progress=None, first_slot=0):
            drawn.extend(draws)
            for slot, draw in enumerate(draws, first_slot):
                assert draw.env == drawn_environment(seed, weights, step, slot)
            rewards = [[1.0, float(draw.seed % 2)] for draw in draws]
            return make_rollouts(len(draws), group_size, rewards=rewards), RolloutTiming(0, 0)

        draws = Draws(seed, weights, [TaskOrder(seed, size) for size in sizes], positions)
        return BatchCollector(config, groups, draws), drawn

    whole, drawn = fresh()
    positions, again = [0] * len(weights), []
    for step in range(1, steps + 1):
        whole.collect(step)
        resumed, more = fresh(positions)
        resumed.collect(step)
        positions, again = resumed.draws.positions, again + more
    assert again == drawn and positions == whole.draws.positions
    for env, size in enumerate(sizes):  # what an environment gives beside others is what it gives alone
        alone = TaskOrder(seed, size)
        own = [draw.seed for draw in drawn if draw.env == env]
        assert own == [alone.seed(place) for place in range(len(own))]


@pytest.mark.parametrize("weights", [(3.5,), (1,)])
def test_one_environment_is_always_drawn(weights):
    assert {drawn_environment(7, weights, step, slot) for step in range(9) for slot in range(9)} == {0}
