"""What a run knows of how hard tasks are: the order in a batch does not matter, the old fades, text keeps it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grpo.rollouts.drawing.cells import Cell
from grpo.rollouts.drawing.history import Band, GroupResult, History, Stage, Tally

RESULT = st.builds(
    lambda seed, family, level, passed, more: GroupResult(0, seed, family, level, passed, passed + more),
    st.integers(0, 4), st.sampled_from(["", "add", "mul"]), st.sampled_from([None, 1, 2]), st.integers(0, 8),
    st.integers(0, 8),
)  # fmt: skip
BATCHES = st.lists(st.lists(RESULT, max_size=8), max_size=5)
FORGET = st.floats(0, 0.99)


def after(batches, forget, **more):
    history = History(stage=Stage(1))
    for batch in batches:
        history = history.after(batch, forget, **more)
    return history


@given(BATCHES, FORGET, st.randoms(use_true_random=False))
def test_the_order_of_results_within_a_batch_does_not_matter_to_the_bit(batches, forget, random):
    shuffled = [random.sample(batch, len(batch)) for batch in batches]
    assert after(shuffled, forget) == after(batches, forget)


@given(BATCHES, FORGET)
def test_text_brings_it_back_to_the_bit(batches, forget):
    history = after(batches, forget)
    assert History.from_json(json.loads(json.dumps(history.to_json()))) == history


@given(BATCHES, FORGET)
def test_a_tally_is_the_sum_of_batches_each_weighing_less_than_the_next(batches, forget):
    history = after(batches, forget)
    cells = {Cell(one.family, one.level) for batch in batches for one in batch if one.tried}
    assert set(history.cells) == cells
    for cell in cells:
        own = [[one for one in batch if one.cell == cell] for batch in batches]
        counts = [(sum(one.passed for one in b), sum(one.tried for one in b)) for b in own]
        counts = [(passed, tried) for passed, tried in counts if tried]  # a batch without news forgets nothing
        ages = range(len(counts) - 1, -1, -1)
        expected = [sum(pair[i] * (1 - forget) ** age for pair, age in zip(counts, ages, strict=True)) for i in (0, 1)]
        tally = history.cells[cell]
        assert (tally.passed, tally.tried) == pytest.approx(tuple(expected))
        assert tally.samples == sum(tried for _, tried in counts) and 0 <= tally.rate <= 1


@given(BATCHES)
def test_without_forgetting_everything_is_counted_once_for_each_it_belongs_to(batches):
    history = after(batches, 0.0)
    every = [one for batch in batches for one in batch]
    for tallies in (history.tasks, history.cells):
        assert sum(tally.tried for tally in tallies.values()) == history.whole.tried == sum(o.tried for o in every)
    assert sum(t.passed for t in history.families.values()) == sum(o.passed for o in every if o.family)
    assert sum(t.passed for t in history.levels.values()) == sum(o.passed for o in every if o.level is not None)
    assert history.stage.tally.tried == sum(o.tried for o in every if o.level == 1)
    assert after(batches, 0.0, by_task=False).tasks == {}


def test_the_newest_counts_most_and_shares_are_of_a_band():
    solved, failed = (GroupResult(0, 0, "", None, passed, 8) for passed in (8, 0))
    assert after([[failed], [failed], [solved]], 0.5).whole.rate == pytest.approx(8 / 14)
    assert after([[solved], [failed]], 0.5).whole.rate == pytest.approx(4 / 12)
    assert Tally().rate is None and Tally().after(0, 0, 0.5) == Tally()
    many = [GroupResult(0, seed, "", None, passed, 8) for seed, passed in enumerate((0, 1, 4, 8))]
    assert after([many], 0.5).shares(Band(0.125, 0.9)) == {"below": 0.25, "within": 0.5, "above": 0.25}
    assert History().shares(Band(0, 1)) == {}
