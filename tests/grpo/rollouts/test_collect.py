"""Dynamic sampling and shaping: what fills a batch, what is taken off a score, and that both are counted."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import Reward
from grpo.algorithm.shaping import equalise, overlong_penalty, penalise, set_advantages
from grpo.rollouts.collect import BatchCollector, has_variance
from grpo.rollouts.drawing.draws import Draws
from grpo.rollouts.drawing.orders import TaskOrder
from grpo.rollouts.rollout import RolloutTiming
from grpo.settings.config import TrainConfig
from gymtests.training import oracle
from gymtests.training.rollouts import make_rollouts

G = 4


class Sampler:
    """Gives groups whose scores follow from the task seed: every `useful`-th task has variance."""

    def __init__(self, useful):
        self.useful = useful
        self.calls = []

    def __call__(self, draws, group_size, step, on_progress=None, first_slot=0):
        task_seeds = [draw.seed for draw in draws]
        self.calls.append((list(task_seeds), first_slot))
        rewards = [[1.0, 0.0, 0.0, 0.0] if seed % self.useful == 0 else [1.0] * group_size for seed in task_seeds]
        rollouts = make_rollouts(len(task_seeds), group_size, rewards=rewards)
        for rollout, seed in zip(rollouts, (s for s in task_seeds for _ in range(group_size)), strict=True):
            rollout.task_id = f"task{seed}"
        return rollouts, RolloutTiming(1.0, 0.5)


class Counting(TaskOrder):
    """Task seeds 0, 1, 2, ..."""

    def seed(self, position):
        return position


def collector(useful, max_refills, position=0):
    config = TrainConfig(tasks_per_step=3, group_size=G, max_refills=max_refills)
    sampler = Sampler(useful)
    return BatchCollector(config, sampler, Draws(0, [1.0], [Counting(0, None)], [position])), sampler


def tasks(batch):
    return [rollout.task_id for rollout in batch.rollouts[::G]]


def test_groups_without_variance_make_room_for_fresh_tasks():
    collect, sampler = collector(useful=2, max_refills=10)
    batch = collect.collect(1)
    assert tasks(batch) == ["task0", "task2", "task4"]
    assert sampler.calls == [([0, 1, 2], 0), ([3], 3), ([4], 4)]
    assert (batch.refills, batch.sampled_groups, batch.unfilled_groups) == (2, 5, 0)
    assert batch.sampled_reward == pytest.approx((3 * 0.25 + 2 * 1.0) / 5)
    assert batch.timing == RolloutTiming(3.0, 1.5)
    assert collect.draws.positions == [5]
    assert tasks(collect.collect(2)) == ["task6", "task8", "task10"], "the next step goes on after the last task used"


def test_refills_are_bounded_and_the_batch_is_full_all_the_same():
    collect, sampler = collector(useful=10**9, max_refills=2, position=1)
    batch = collect.collect(1)
    assert len(sampler.calls) == 3 and collect.draws.positions == [10]
    assert tasks(batch) == ["task1", "task2", "task3"]
    assert (batch.refills, batch.sampled_groups, batch.unfilled_groups) == (2, 9, 3)


def test_without_dynamic_sampling_every_task_is_taken_as_it_comes():
    collect, sampler = collector(useful=10**9, max_refills=0)
    batch = collect.collect(1)
    assert sampler.calls == [([0, 1, 2], 0)] and len(batch.rollouts) == 3 * G
    assert batch.metrics()["refills"] == batch.metrics()["unfilled_groups"] == 0


@given(st.integers(1, 5), st.integers(0, 4), st.integers(1, 6))
def test_a_collector_that_starts_at_a_saved_position_goes_on_exactly(useful, max_refills, steps):
    whole, _ = collector(useful, max_refills)
    batches = [tasks(whole.collect(step)) for step in range(1, steps + 1)]
    first, _ = collector(useful, max_refills)
    for step, expected in enumerate(batches, 1):
        resumed, _ = collector(useful, max_refills, *first.draws.positions)
        assert tasks(resumed.collect(step)) == expected
        first.collect(step)


def test_members_that_cannot_be_scored_make_no_variance():
    lost = Reward.unscorable("lost")
    assert not has_variance(make_rollouts(1, 3, rewards=[[1.0, 1.0, lost]]))
    assert not has_variance(make_rollouts(1, 3, rewards=[[0.0, lost, lost]]))
    assert has_variance(make_rollouts(1, 3, rewards=[[0.0, 1.0, lost]]))


@given(st.integers(0, 300), st.integers(1, 200), st.sampled_from([0.1, 0.2, 0.5]))
def test_the_overlong_penalty_is_the_papers(length, max_tokens, share):
    ours = overlong_penalty(length, max_tokens, share)
    assert ours == pytest.approx(oracle.overlong(length, max_tokens, share * max_tokens), abs=1e-12)
    assert -1 <= ours <= 0 and overlong_penalty(max_tokens, max_tokens, share) == pytest.approx(-1)


def test_penalties_change_advantages_and_are_kept_apart_from_the_score():
    rollouts = make_rollouts(1, 3, rewards=[[1.0, 1.0, Reward.unscorable("lost")]])
    for rollout, length in zip(rollouts, (10, 20, 20), strict=True):
        rollout.mask = [True] * length
    penalise(rollouts, TrainConfig(overlong_share=0.5), 20, lambda _: [])
    assert [r.penalties for r in rollouts] == [{"overlong": 0.0}, {"overlong": -1.0}, {}]
    set_advantages(rollouts, 3)
    assert rollouts[0].advantage > 0 > rollouts[1].advantage and rollouts[2].advantage == 0
    assert [r.reward.score for r in rollouts[:2]] == [1.0, 1.0]


def test_the_kl_comes_off_the_score_before_advantages():
    rollouts = make_rollouts(1, 2, rewards=[[0.5, 0.5]])
    config = TrainConfig(kl_coef=0.1, kl_in="reward", kl_estimator="k1")
    penalise(rollouts, config, 20, lambda scored: [3.0, 1.0])
    assert [r.shaped_score for r in rollouts] == pytest.approx([0.2, 0.4])


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_a_turn_is_what_the_policy_says_in_one_go(lengths):
    mask = [own for own, n in zip(itertools.cycle([True, False]), lengths, strict=False) for _ in range(n)]
    (rollout, *_) = make_rollouts(1, 2)
    rollout.mask = mask
    assert rollout.longest_turn == max(lengths[::2])


def two_environments(scores, kind):
    """Two groups of one environment, then two of another, with these scores."""
    rollouts = make_rollouts(4, G, rewards=scores)
    for place, rollout in enumerate(rollouts):
        rollout.env = "ab"[place // (2 * G)]
    set_advantages(rollouts, G, kind)
    return rollouts


SCORES = st.lists(st.lists(st.floats(0, 1), min_size=G, max_size=G), min_size=4, max_size=4)


@given(SCORES, st.sampled_from(["group", "centred", "loo", "batch"]))
def test_equal_scale_is_the_oracles(scores, kind):
    rollouts = two_environments(scores, kind)
    before = np.array([r.advantage for r in rollouts]).reshape(2, 2, G)  # environments, groups, members
    equalise(rollouts, G)
    after = np.array([r.advantage for r in rollouts]).reshape(2, 2, G)
    teaching = before.any(axis=2)
    whole = np.sqrt((before[teaching] ** 2).mean()) if teaching.any() else 0.0
    for env in range(2):
        own = before[env][teaching[env]]
        rms = np.sqrt((own**2).mean()) if own.size else whole
        assert after[env] == pytest.approx(before[env] * (whole + 1e-4) / (rms + 1e-4), rel=1e-12)
        if own.size and rms > 0.01:
            assert np.sqrt((after[env][teaching[env]] ** 2).mean()) == pytest.approx(whole, rel=0.01)


@given(SCORES)
def test_equal_scale_changes_nothing_of_one_environment_to_the_bit(scores):
    rollouts = make_rollouts(4, G, rewards=scores)
    before = [r.advantage for r in rollouts]
    equalise(rollouts, G)
    assert [r.advantage for r in rollouts] == before
