"""How learned and verifiable parts are compared, against counts made by hand and scipy's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import Reward, UsageError
from envs.judges.learned.agreement import agreement


def _rewards(pairs):
    return [Reward(verifiable, {"judge": learned, "correct": verifiable}) for learned, verifiable in pairs]


def test_the_table_of_a_judge_that_is_half_fooled():
    pairs = [(0.9, 0.0), (0.5, 1.0), (0.1, 1.0), (0.1, 0.0), (0.95, 0.0)]
    found = agreement(["a", "a", "b", "b", "b"], _rewards(pairs), "judge", "correct")
    assert (found.count, found.pairs) == (5, 3)  # a: 1 pair; b: the right one against two wrong ones
    assert found.opposite == pytest.approx(2 / 3) and found.undecided == pytest.approx(1 / 3)
    assert [case.index for case in found.fooled] == [4, 0] and [case.index for case in found.missed] == [2]
    assert found.rank_correlation is not None and found.rank_correlation < 0
    assert any("66.7% of 3" in line for line in found.lines())


def test_unscorable_rewards_and_missing_parts_are_counted_out():
    rewards = [*_rewards([(0.9, 1.0), (0.1, 0.0)]), Reward.unscorable("down"), Reward(1.0, {"correct": 1.0})]
    found = agreement(["a"] * 4, rewards, "judge", "correct")
    assert (found.count, found.left_out, found.opposite, found.rank_correlation) == (2, 2, 0.0, pytest.approx(1.0))


def test_what_cannot_be_compared_is_told():
    with pytest.raises(UsageError, match="did you mean 'judge'"):
        agreement(["a"], _rewards([(1.0, 1.0)]), "jugde", "correct")
    with pytest.raises(UsageError, match="2 task ids for 1"):
        agreement(["a", "b"], _rewards([(1.0, 1.0)]), "judge", "correct")


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=12
    )
)
def test_turning_the_learned_part_round_turns_the_disagreement_round(rows):
    tasks = [task for task, _, _ in rows]
    one = agreement(tasks, _rewards([(x, y) for _, x, y in rows]), "judge", "correct")
    other = agreement(tasks, _rewards([(-x, y) for _, x, y in rows]), "judge", "correct")
    assert one.pairs == other.pairs and one.undecided == other.undecided
    if one.opposite is not None:
        assert one.opposite + other.opposite + one.undecided == pytest.approx(1.0)
    if one.rank_correlation is not None:
        assert one.rank_correlation == pytest.approx(-other.rank_correlation, abs=1e-9)
