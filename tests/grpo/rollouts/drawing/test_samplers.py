"""Samplers: pure functions of what they are given; today's order; a band with a floor; a curriculum up and back."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from envs import UsageError
from grpo.rollouts.drawing.cells import Cell
from grpo.rollouts.drawing.draws import Drawing, Draws
from grpo.rollouts.drawing.history import Band, GroupResult, History, Tally
from grpo.rollouts.drawing.orders import TaskOrder
from grpo.rollouts.drawing.samplers import sampler_of
from grpo.rollouts.seeds import derive_seed

NAMES = ("in_order", "uniform", "band", "curriculum")
BAND = Band(0.2, 0.8)
SEEDS = st.integers(0, 2**62)
SIZES = st.one_of(st.none(), st.integers(3, 40))


def levelled(seed):
    """Three levels, in finite and endless sources alike."""
    return Cell("", seed % 3 + 1)


def order_of(run_seed, size, cell=levelled, **more):
    return TaskOrder(run_seed, size, cell=cell, **more)


def known(rates, tried=64, size=None):
    """A history in which the levels, and of a finite split the tasks, have these pass rates."""
    cells = {Cell("", level): Tally(rate * tried, tried, tried) for level, rate in rates.items()}
    tasks = {s: cells[levelled(s)] for s in range(size or 0) if levelled(s) in cells}
    return History(cells=cells, tasks=tasks)


RATES = st.dictionaries(st.sampled_from([1, 2, 3]), st.sampled_from([0.0, 0.1, 0.5, 1.0]))


@given(st.sampled_from(NAMES), SEEDS, SIZES, RATES, st.lists(st.tuples(st.integers(1, 99), st.integers(0, 60))))
def test_a_draw_knows_its_arguments_alone(name, run_seed, size, rates, places):
    history = known(rates, size=size)

    def drawn(places):
        sampler = sampler_of(name, order_of(run_seed, size), BAND, 0.3)
        return [sampler.next(step, slot, replace(history, position=7 * step + slot)) for step, slot in places]

    there = drawn(places)
    assert there == drawn(places[::-1])[::-1]
    assert all(one.seed in range(size) if size else one.seed >= 0 for one in there)


@given(SEEDS, st.sampled_from([None, 5, 12]), st.integers(1, 5), st.floats(0, 1))
def test_in_order_is_what_runs_have_always_drawn(run_seed, size, steps, forget):
    draws = Draws(run_seed, [1.0], [order_of(run_seed, size)], how=Drawing(forget=forget, lag=1))
    drawn = []
    for step in range(1, steps + 1):
        here = [draws.next(step, slot).seed for slot in range(4)]
        draws.learn([GroupResult(0, seed, "", 1, seed % 2, 1) for seed in here])
        drawn += here
    if size is None:
        assert drawn == [derive_seed(run_seed, "task", place) for place in range(4 * steps)]
    else:
        assert drawn == [TaskOrder(run_seed, size).seed(place) for place in range(4 * steps)]


def test_in_order_is_pinned():
    drawn = [Draws(3, [1.0], [TaskOrder(3, size)]) for size in (7, None)]
    assert [[draws.next(1, slot).seed for slot in range(9)] for draws in drawn] == [PINNED, ENDLESS]


PINNED = [3, 2, 5, 0, 6, 4, 1, 2, 3]
ENDLESS = [
    3882583190499559084,
    462853345147548941,
    4266336713837825089,
    580560286758701373,
    545783683281644644,
    89745500774976269,
    4153297090956817464,
    956918813148272604,
    1215239800326138623,
]


@given(SEEDS, st.integers(2, 30))
def test_uniform_gives_each_task_its_share_and_none_twice_in_a_step(run_seed, size):
    sampler = sampler_of("uniform", order_of(run_seed, size), BAND, 0.1)
    counts, steps = Counter(), 200
    for step in range(1, steps + 1):
        here = [sampler.next(step, slot, History()).seed for slot in range(2)]
        assert len(set(here)) == 2
        counts.update(here)
    assert binomtest(counts[0], steps, 2 / size).pvalue > 1e-6  # some hundred are looked at


@given(SEEDS, SIZES.filter(lambda size: size != 3), st.sampled_from([0.0, 0.1, 0.4]))
def test_the_band_draws_what_lies_outside_no_more_often_than_the_floor_says(run_seed, size, explore):
    history = known({1: 1.0, 2: 0.5}, size=size)  # one level always solved, one that teaches, one unknown
    sampler = sampler_of("band", order_of(run_seed, size), BAND, explore)
    counts, groups = Counter(), 400
    for slot in range(groups):
        seed, position = sampler.next(slot // 8 + 1, slot % 8, history)
        history = replace(history, position=position)
        counts[levelled(seed).level] += 1
    if explore == 0:
        assert counts[1] == 0
    assert binomtest(counts[1], groups, explore).pvalue > 1e-6
    assert counts[2] and counts[3]


@given(SEEDS, st.integers(6, 30))
def test_a_band_goes_through_what_can_teach_in_epochs(run_seed, size):
    history = known({1: 1.0}, size=size)
    sampler = sampler_of("band", order_of(run_seed, size), BAND, 0.0)
    inside = [seed for seed in range(size) if levelled(seed).level != 1]
    drawn = []
    for _ in range(2 * len(inside)):
        seed, position = sampler.next(1, 0, history)
        history = replace(history, position=position)
        drawn.append(seed)
    assert sorted(drawn[: len(inside)]) == sorted(drawn[len(inside) :]) == inside


@given(SEEDS, st.integers(40, 90))
def test_few_tasks_in_the_band_are_not_drilled(run_seed, size):
    history = known({1: 1.0, 2: 0.0, 3: 0.0}, size=size)
    history = replace(history, tasks={**history.tasks, 7: Tally(4, 8, 8)})
    sampler = sampler_of("band", order_of(run_seed, size), BAND, 0.1)
    counts, groups = Counter(), 400
    for slot in range(groups):
        seed, position = sampler.next(slot // 8 + 1, slot % 8, history)
        history = replace(history, position=position)
        counts[seed] += 1
    assert binomtest(counts[7], groups, 4 / size).pvalue > 1e-6 and len(counts) > size / 2


@given(SEEDS, SIZES)
def test_where_nothing_lies_in_the_band_all_is_drawn(run_seed, size):
    history = known({1: 1.0, 2: 0.0, 3: 1.0}, size=size)
    sampler = sampler_of("band", order_of(run_seed, size), BAND, 0.0)
    plain = sampler_of("in_order", order_of(run_seed, size), BAND, 0.0)
    for slot in range(8):
        assert sampler.next(1, slot, replace(history, position=slot)) == plain.next(
            1, slot, replace(history, position=slot)
        )


def test_a_tasks_own_rate_goes_before_its_levels_and_few_samples_of_a_level_say_nothing():
    sampler = sampler_of("band", order_of(0, 30), BAND, 0.0)
    own = replace(known({1: 0.0, 2: 0.5}), tasks={0: Tally(4, 8, 8), 1: Tally(0, 8, 8)})
    drawn = {sampler.next(1, 0, replace(own, position=place)).seed for place in range(60)}
    assert 0 in drawn and 1 not in drawn and not {3, 6, 9} & drawn
    few = sampler_of("band", order_of(0, 30), BAND, 0.0)
    unsure = known({1: 0.0}, tried=16)
    assert {few.next(1, 0, replace(unsure, position=place)).seed for place in range(30)} == set(range(30))


def learnt(draws, level, rate, groups=4):
    """Lets a batch of one level come in, with this pass rate."""
    draws.learn([GroupResult(0, level - 1, "", level, round(8 * rate), 8) for _ in range(groups)])
    return draws.known[0].stage.level


@pytest.mark.parametrize("size", [None, 30])
def test_a_curriculum_moves_up_when_solved_and_back_when_failed(size):
    draws = Draws(0, [1.0], [order_of(0, size)], how=Drawing("curriculum", BAND, explore=0.0, forget=0.3))

    def levels(step):
        return {levelled(draws.next(step, slot).seed).level for slot in range(8)}

    assert levels(1) == {1}
    assert learnt(draws, 1, 0.5) == 1, "within the band"
    assert [learnt(draws, 1, 1.0) for _ in range(8)].index(2) > 0, "what was, fades, and is not forgotten at once"
    assert learnt(draws, 1, 0.0) == 2, "what comes in of a level that was left does not count"
    assert levels(9) == {2}
    assert learnt(draws, 2, 0.0, groups=3) == 2, "too few to judge by"
    assert learnt(draws, 2, 0.0, groups=1) == 1 and levels(10) == {1}
    assert learnt(draws, 1, 1.0) == 2 and learnt(draws, 2, 1.0) == 3 and learnt(draws, 3, 1.0) == 3, "the last"
    assert learnt(draws, 3, 0.0) == 3 and levels(11) == {3}


@pytest.mark.parametrize("size", [None, 30])
def test_a_curriculum_looks_at_other_levels_at_its_floor(size):
    draws = Draws(0, [1.0], [order_of(0, size)], how=Drawing("curriculum", BAND, explore=0.25))
    counts = Counter(levelled(draws.next(step, slot).seed).level for step in range(1, 51) for slot in range(8))
    assert binomtest(400 - counts[1], 400, 0.25).pvalue > 1e-6 and counts[2] and counts[3]


@pytest.mark.parametrize("cell", [lambda seed: Cell("a", None), lambda seed: Cell("a", 4)])
def test_a_curriculum_needs_levels(cell):
    with pytest.raises(UsageError, match="needs tasks of several levels.*--sampler band"):
        sampler_of("curriculum", order_of(0, 9, cell), BAND, 0.1)


@pytest.mark.parametrize("lag", [0, 1])
def test_what_a_batch_knows_is_fixed_by_the_schedule_and_survives_in_text(lag):
    def fresh(positions=(), saved=None):
        return Draws(0, [1.0], [order_of(0, 30)], positions, Drawing("band", BAND, 0.2, lag=lag), saved)

    whole, resumed = fresh(), fresh()
    for step in range(1, 12):
        batch = [whole.next(step, slot) for slot in range(4)]
        assert [resumed.next(step, slot) for slot in range(4)] == batch
        results = [GroupResult(0, draw.seed, "", levelled(draw.seed).level, draw.seed % 9, 8) for draw in batch]
        before = list(whole.known)
        whole.learn(results)
        resumed.learn(results)
        assert whole.seen == (before if lag else whole.known)
        resumed = fresh(resumed.positions, resumed.to_json())
        assert resumed.known == whole.known and resumed.positions == whole.positions


def test_a_selection_is_all_that_is_drawn():
    for size in (None, 30):
        order = order_of(0, size, chosen=lambda seed: levelled(seed).level == 2)
        drawn = [order.seed(place) for place in range(20)]
        assert {levelled(seed).level for seed in drawn} == {2} and order.passed_over == 0 and order.levels == (2,)
