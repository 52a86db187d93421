"""Procedural Python functions: gold that the worked solution meets, and hidden calls that are not shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import envs
from envs.builtin.code.kinds import KINDS, LEVELS
from envs.builtin.code.tasks import ProceduralCode
from envs.core.errors import UsageError
from envs.core.task import SPLITS

seeds = st.integers(min_value=0, max_value=2**62)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(LEVELS), seeds)
def test_the_worked_solution_meets_every_hidden_call(level, seed):
    source = ProceduralCode("train", levels=(level,), families=None)
    task = source.task(seed)
    body = source.solution(task).removeprefix("```python\n").removesuffix("\n```")
    scope: dict = {}
    exec(body, scope)  # our own text, not a model's
    assert task.gold["calls"]
    for arguments, expected in task.gold["calls"]:
        assert scope[task.gold["entry_point"]](*arguments) == expected


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(LEVELS), seeds)
def test_no_hidden_call_is_shown_and_gold_is_plain_data(level, seed):
    task = ProceduralCode("train", levels=(level,), families=None).task(seed)
    name = task.gold["entry_point"]
    shown = [f"{name}({', '.join(map(repr, arguments))}) ==" for arguments, _ in task.gold["calls"]]
    assert not any(call in task.prompt for call in shown)
    assert len(set(shown)) == len(shown)
    assert json.loads(json.dumps(task.gold)) == task.gold


@pytest.mark.parametrize("split", SPLITS)
def test_every_kind_appears_in_every_split_and_ids_round_trip(split):
    source = ProceduralCode(split, levels=LEVELS, families=None)
    tasks = [source.task(seed) for seed in range(700)]
    assert {task.meta["family"] for task in tasks} == set(KINDS)
    other = ProceduralCode("dev" if split == "test" else "test")
    for task in tasks[:100]:
        assert source.get(task.id) == task
        with pytest.raises(UsageError, match="belongs to the split"):
            other.get(task.id)


@pytest.mark.parametrize("task_id", ["plus/1/1", "plus/2/7", "plus/1/07", "plus/1/7,8", "pluss/1/7", ""])
def test_a_stray_id_is_refused(task_id):
    with pytest.raises(UsageError, match="has no task"):
        ProceduralCode("train").get(task_id)


def test_only_the_families_asked_for_are_drawn():
    source = ProceduralCode("train", levels=LEVELS, families=["swap", "affine"])
    assert {source.task(seed).meta["family"] for seed in range(50)} == {"swap", "affine"}
    assert source.levels == (2, 3)
    assert envs.make("code", levels=3, families="mirror").tasks.task(1).meta["family"] == "mirror"
    everything = envs.make("code", levels=[3], families="all").tasks
    assert len({everything.task(seed).meta["family"] for seed in range(60)}) == 5


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"levels": (6,)}, "levels are 1 to 5"),
        ({"families": ["swop"]}, "did you mean 'swap'"),
        ({"families": []}, "no family"),
        ({"levels": (1,), "families": ["swap"]}, "swap is of level 3"),
    ],
)
def test_wrong_levels_and_families_are_refused(wrong, word):
    with pytest.raises(UsageError, match=word):
        ProceduralCode(**wrong)
