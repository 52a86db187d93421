"""Instructions about form: plain gold, disjoint splits, replies that follow the gold."""

from __future__ import annotations

import json

import pytest

from envs.builtin.format.tasks import KINDS, ProceduralFormat
from envs.core.errors import UsageError
from envs.core.task import SPLITS

FOLLOWS = {
    "repeat": lambda gold, reply: reply.split() == [gold["word"]] * gold["count"],
    "upper": lambda gold, reply: reply == gold["text"].upper(),
    "json": lambda gold, reply: json.loads(reply) == gold["object"],
    "count": lambda gold, reply: reply.splitlines() == gold["lines"],
    "bullets": lambda gold, reply: reply.splitlines() == [f"- {item}" for item in gold["items"]],
    "between": lambda gold, reply: reply == gold["open"] + gold["text"] + gold["close"],
}


@pytest.mark.parametrize("split", SPLITS)
def test_ids_round_trip_and_splits_are_disjoint(split):
    source = ProceduralFormat(split)
    other = ProceduralFormat("dev" if split == "test" else "test")
    tasks = [source.task(seed) for seed in range(200)]
    assert {task.gold["kind"] for task in tasks} == set(KINDS)
    for task in tasks[:60]:
        assert source.get(task.id) == task
        assert json.loads(json.dumps(task.gold)) == task.gold
        with pytest.raises(UsageError, match="belongs to the split"):
            other.get(task.id)


def test_the_worked_reply_follows_the_gold():
    source = ProceduralFormat("train")
    for seed in range(200):
        task = source.task(seed)
        assert FOLLOWS[task.gold["kind"]](task.gold, source.solution(task)), task


def test_swapped_words_share_a_split():
    for first, second in (("cat", "dog"), ("rain", "snow"), ("sea", "sky"), ("table", "chair")):
        owners = []
        for task_id in (f"upper/1/{first},{second}", f"upper/1/{second},{first}"):
            for split in SPLITS:
                try:
                    ProceduralFormat(split).get(task_id)
                    owners.append(split)
                except UsageError:
                    pass
        assert len(owners) == 2 and owners[0] == owners[1]


@pytest.mark.parametrize("task_id", ["repeat/1/cat,99", "repeat/1/cat", "repet/1/cat,3", ""])
def test_a_stray_id_is_refused(task_id):
    with pytest.raises(UsageError, match="has no task"):
        ProceduralFormat("train").get(task_id)


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'bullets'"):
        ProceduralFormat(kinds=("bulets",))
