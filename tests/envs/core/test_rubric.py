"""Rubrics: weights, gates and blame, as properties over any parts."""

from __future__ import annotations

import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import Reward, Status, Task, TextEnv, UsageError
from envs.core.rubric import Part, Rubric
from envs.judges import ExactMatch, RepeatedNgrams, TagFormat

TASK = Task("t", "?", "4")
UNIT = st.floats(0, 1)


class Fixed:
    """A part that always says the same."""

    def __init__(self, reward):
        self.reward = reward

    def __call__(self, task, completion):
        if isinstance(self.reward, Exception):
            raise self.reward
        return self.reward


@st.composite
def rubrics(draw, statuses=(Status.OK,)):
    """Parts with random weights, scores and gates that point to earlier parts, so without circles."""
    parts = []
    for index in range(draw(st.integers(1, 6))):
        reward = Reward(draw(UNIT), status=draw(st.sampled_from(statuses)))
        gate = draw(st.sampled_from([None, *(part.name for part in parts)]))
        weight = draw(st.floats(0.1, 5) if index == 0 else st.floats(-3, 3))
        parts.append(Part(f"p{index}", Fixed(reward), weight, gate, draw(st.floats(0.05, 1))))
    return parts


def score(parts):
    return Rubric(*parts)(TASK, "").score


def counts(part, parts):
    """The oracle of gates, written as a recursion."""
    if part.gate is None:
        return True
    gate = next(other for other in parts if other.name == part.gate)
    reward = gate.verifier.reward
    return counts(gate, parts) and reward.status is Status.OK and reward.score >= part.threshold


def replaced(parts, index, score):
    old = parts[index]
    new = Part(old.name, Fixed(Reward(score)), old.weight, old.gate, old.threshold)
    return [*parts[:index], new, *parts[index + 1 :]]


@given(rubrics())
def test_the_score_is_the_weighted_mean_of_what_counts(parts):
    total = sum(max(part.weight, 0) for part in parts)
    earned = sum(part.weight * part.verifier.reward.score for part in parts if counts(part, parts))
    assert score(parts) == pytest.approx(min(max(earned / total, 0), 1))
    assert 0 <= score(parts) <= 1


@given(rubrics(statuses=tuple(Status)), st.randoms())
def test_the_order_of_parts_does_not_matter(parts, random):
    shuffled = random.sample(parts, len(parts))
    first, second = Rubric(*parts)(TASK, ""), Rubric(*shuffled)(TASK, "")
    assert (first.score, first.parts, first.status) == (second.score, second.parts, second.status)


@given(rubrics(), st.data())
def test_more_of_a_positive_part_that_gates_no_penalty_never_hurts(parts, data):
    def opens_a_penalty(name):
        behind = [part for part in parts if part.gate == name]
        return any(part.weight < 0 or opens_a_penalty(part.name) for part in behind)

    good = [i for i, part in enumerate(parts) if part.weight > 0 and not opens_a_penalty(part.name)]
    if good:
        index = data.draw(st.sampled_from(good))
        more = data.draw(st.floats(parts[index].verifier.reward.score, 1))
        assert score(replaced(parts, index, more)) >= score(parts)


@given(rubrics(), st.data(), UNIT)
def test_a_part_behind_a_closed_gate_has_no_influence(parts, data, other):
    closed = [i for i, part in enumerate(parts) if not counts(part, parts)]
    if closed:
        index = data.draw(st.sampled_from(closed))
        changed = replaced(parts, index, other)
        assert score(changed) == score(parts)
        assert Rubric(*changed)(TASK, "").parts[f"p{index}"] == other  # and is logged all the same


@given(rubrics(statuses=(Status.OK, Status.UNSCORABLE)))
def test_unscorable_is_the_whole_exactly_where_a_part_that_matters_is(parts):
    def gates_weight(name):
        behind = [part for part in parts if part.gate == name]
        return any(part.weight or gates_weight(part.name) for part in behind)

    def open_or_unknown(part):
        gate = next((other for other in parts if other.name == part.gate), None)
        if gate is None:
            return True
        reward = gate.verifier.reward
        return open_or_unknown(gate) and (not reward.scorable or reward.score >= part.threshold)

    ours = [
        part
        for part in parts
        if not part.verifier.reward.scorable and open_or_unknown(part) and (part.weight or gates_weight(part.name))
    ]
    assert (Rubric(*parts)(TASK, "").status is Status.UNSCORABLE) == bool(ours)


@pytest.mark.parametrize("status", [Status.TIMEOUT, Status.ERROR])
def test_a_part_that_breaks_off_is_taken_at_its_worst(status):
    broken = Fixed(Reward(0.7, status=status))
    gives = Rubric(Part("a", broken), Part("b", Fixed(1.0)))(TASK, "")
    takes = Rubric(Part("a", broken, weight=-0.5), Part("b", Fixed(1.0)))(TASK, "")
    shuts = Rubric(Part("a", broken), Part("b", Fixed(1.0), gate="a", threshold=0.5))(TASK, "")
    assert (gives.score, takes.score, shuts.score) == (0.5, 0.5, 0.0)
    assert gives.status == takes.status == shuts.status == status


def test_the_worst_status_wins_and_a_watched_part_has_no_say():
    rubric = Rubric(
        Part("a", Fixed(Reward(0.0, status=Status.ERROR))),
        Part("b", Fixed(Reward(0.0, status=Status.TIMEOUT))),
        Part("watched", Fixed(ValueError("boom")), weight=0),
    )
    reward = rubric(TASK, "")
    assert reward.status is Status.TIMEOUT and reward.parts["watched"] == 0


@pytest.mark.parametrize("wrong", [ValueError("boom"), float("nan"), 1.5, "1", None])
def test_a_part_that_misbehaves_is_our_fault_and_named(wrong):
    reward = Rubric(Part("fine", Fixed(1.0)), Part("bad", Fixed(wrong)))(TASK, "")
    assert reward.status is Status.UNSCORABLE and "'bad'" in reward.reason


def test_out_of_memory_is_left_to_the_environment():
    with pytest.raises(MemoryError):
        Rubric(Part("a", Fixed(MemoryError())))(TASK, "")


def test_answer_outcome_and_reason_come_from_the_primary_or_the_heaviest():
    light = Part("light", Fixed(Reward(0.0, outcome="l", answer="1")), weight=0.1)
    heavy = Part("heavy", Fixed(Reward(1.0, outcome="h", answer="2")))
    assert Rubric(light, heavy)(TASK, "").answer == "2"
    chosen = Part("light", light.verifier, 0.1, primary=True)
    assert Rubric(heavy, chosen)(TASK, "").outcome == "l"


def test_what_parts_log_themselves_is_logged_below_their_name():
    inner = Rubric(Part("x", Fixed(0.25)), Part("y", Fixed(0.75)))
    reward = Rubric(Part("style", inner), Part("z", Fixed(1.0)))(TASK, "")
    assert reward.parts == {"style": 0.5, "z": 1.0, "style.x": 0.25, "style.y": 0.75}


BAD = {
    "share a name": lambda: Rubric(Part("a", ExactMatch()), Part("a", ExactMatch())),
    "no part of the rubric": lambda: Rubric(Part("a", ExactMatch(), weight=-1)),
    "circle: a <- b <- a": lambda: Rubric(Part("a", ExactMatch(), gate="b"), Part("b", ExactMatch(), gate="a")),
    "circle: a <- a": lambda: Rubric(Part("a", ExactMatch(), gate="a")),
    "did you mean 'correct'": lambda: Rubric(Part("correct", ExactMatch()), Part("f", ExactMatch(), gate="corect")),
    "both primary": lambda: Rubric(Part("a", ExactMatch(), primary=True), Part("b", ExactMatch(), primary=True)),
    "not a function": lambda: Part("a", 3),
    "without dots": lambda: Part("a.b", ExactMatch()),
    "finite": lambda: Part("a", ExactMatch(), weight=float("inf")),
    "threshold": lambda: Part("a", ExactMatch(), threshold=0.0),
}


@pytest.mark.parametrize("message", BAD)
def test_a_rubric_that_cannot_work_is_refused_when_it_is_made(message):
    with pytest.raises(UsageError, match=message):
        BAD[message]()


def test_a_rubric_is_a_picklable_verifier_that_explains_itself():
    rubric = Rubric(
        Part("correct", ExactMatch()),
        Part("format", TagFormat("think", "answer"), weight=0.25, gate="correct"),
        Part("repeats", RepeatedNgrams(1), weight=-0.5),
    )

    class OneTask:
        split, size, version = "test", 1, "1"

        def task(self, seed):
            return TASK

    env = TextEnv(OneTask(), pickle.loads(pickle.dumps(rubric)))
    env.reset(seed=0)
    _, value, _, _, info = env.step("<think>2+2</think> <answer>4</answer>")
    assert value == 1 and info["answer"] == "4"
    assert info["parts"] == {"correct": 1.0, "format": 1.0, "repeats": 0.0}
    assert rubric.meanings["format"].endswith("(weight 0.25, counts where correct is at least 1)")


def test_every_order_of_three_parts_scores_alike():
    parts = [Part("a", Fixed(0.1), 0.7), Part("b", Fixed(0.2), 0.1), Part("c", Fixed(0.3), 0.2)]
    assert len({score(order) for order in itertools.permutations(parts)}) == 1
