"""The format environment: every task can be met, no cheap reply is, and the six forms stay what they were."""

from __future__ import annotations

import hashlib
import itertools
import pickle
import random

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

import envs
from envs.builtin.format.env import FollowsInstructions
from envs.builtin.format.families import FAMILIES
from envs.builtin.format.forms import KINDS
from envs.builtin.format.tasks import ProceduralFormat
from envs.builtin.format.vocabulary import FILLERS, TOPICS
from envs.core.task import SPLITS

LEVELS = (1, 2, 3, 4)
CONSTRAINTS = {1: {0}, 2: {1}, 3: {2}, 4: {3, 4}}


@pytest.mark.parametrize("level", LEVELS)
def test_every_task_has_a_reply_that_meets_it(level):
    env = envs.make("format", levels=level)
    for seed in range(800):
        task = env.tasks.task(seed)
        reward = env.score(task, env.tasks.solution(task))
        assert reward.score == 1 and set(reward.parts.values()) == {1.0}, (task, reward)
        assert len(task.gold.get("constraints", [])) in CONSTRAINTS[level]
        assert set(reward.parts) <= set(env.parts)


@given(st.integers(0, 2**62), st.sampled_from(LEVELS), st.sampled_from(SPLITS))
@settings(deadline=None)
def test_a_task_is_its_id_and_belongs_to_one_split(seed, level, split):
    source = ProceduralFormat(split, levels=LEVELS)
    task = ProceduralFormat(split, levels=(level,)).task(seed)
    assert source.get(task.id) == task
    for other in set(SPLITS) - {split}:
        with pytest.raises(envs.UsageError, match="belongs to the split"):
            ProceduralFormat(other, levels=LEVELS).get(task.id)


def test_every_family_occurs_at_every_level_and_with_most_others():
    met = {level: set() for level in LEVELS}
    for level, seed in itertools.product(LEVELS, range(600)):
        task = ProceduralFormat("train", levels=(level,)).task(seed)
        names = [task.gold["kind"]] if level == 1 else [name for name, *_ in task.gold["constraints"]]
        met[level] |= set(names) | set(itertools.combinations(names, 2))
    assert met[1] == set(KINDS)
    for level in LEVELS[1:]:
        assert set(FAMILIES) <= met[level]
    assert len(met[4] - set(FAMILIES)) > 400  # of 595 pairs, some of which exclude each other


def cheap_replies(task, others):
    """What a policy without regard for the instruction could say."""
    shuffled = task.prompt.split()
    random.Random(0).shuffle(shuffled)
    yield from ("", " ", "\n\n", ".", "...", "a", "yes", "I don't know.", "0", "{}", "[]", "null", '""', "<think>")
    yield from (task.prompt, f"{task.prompt}\n", f"> {task.prompt}", f"Sure! {task.prompt}", task.prompt.lower())
    yield from (" ".join(TOPICS), " ".join(FILLERS), " ".join(FAMILIES), task.prompt.upper(), task.prompt * 3)
    yield f"<think>{task.prompt}"
    yield " ".join(task.gold.get("topics", []))
    yield from others


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("level", LEVELS)
def test_cheap_replies_score_nothing(level, partial):
    env = envs.make("format", levels=level, partial=partial, split="test")
    tasks = [env.tasks.task(seed) for seed in range(60)]
    for place, task in enumerate(tasks):
        others = (env.tasks.solution(other) for other in tasks[place + 1 : place + 4] if other.id != task.id)
        for reply in cheap_replies(task, others):
            reward = env.score(task, reply)
            assert reward.score == 0 and reward.status == "ok", (task.prompt, reply, reward)


def test_partial_is_the_share_of_constraints_once_the_base_is_met():
    env, whole = envs.make("format", levels=3, partial=True), FollowsInstructions()
    task = env.tasks.get(_first_id("no_commas", "sentence_count", "train"))
    number = dict((name, params) for name, *params in task.gold["constraints"])["sentence_count"][0]
    first, second = task.gold["topics"]
    text = [f"The {first} and the {second} are near one another here"] + ["It is"] * (number - 1)
    assert env.score(task, ". ".join(text) + ".").score == 1
    missed = ", ".join(text) + "."
    assert env.score(task, missed).score == 0 and whole(task, missed).score == 0
    half = " ".join(text) + "."
    assert env.score(task, half).score == 0.5 and whole(task, half).score == 0
    assert env.score(task, half).parts["sentence_count"] == 0 and env.score(task, half).parts["no_commas"] == 1
    assert "missed: sentence_count" in env.score(task, half).reason


def _first_id(first, second, split):
    for pair in itertools.combinations(TOPICS, 2):
        for number in FAMILIES[second].space[0]:
            constraints = ";".join(f"{second}={number}" if name == second else name for name in (second, first))
            try:
                return ProceduralFormat(split, levels=(3,)).get(f"{first}/3/{','.join(pair)};{constraints}").id
            except envs.UsageError:
                continue
    raise AssertionError("no such task")


def test_thoughts_are_no_part_of_the_reply():
    env = envs.make("format", levels=2)
    task = env.tasks.task(0)
    good = env.tasks.solution(task)
    assert env.score(task, f"<think>hm, {task.prompt}</think>\n{good}").score == 1
    assert env.score(task, f"  {good}\n").score == 1
    assert env.score(task, f"<think>{good}").score == 0
    assert env.score(task, f"<think>{good}</think>").score == 0


@pytest.mark.parametrize(
    ("task_id", "reply", "score"),
    [
        ("repeat/1/cat,3", "cat  cat\ncat ", 1), ("repeat/1/cat,3", "cat cat cat cat", 0), ("repeat/1/cat,3",
        "catcatcat", 0),
        ("upper/1/cat,dog", "CAT DOG", 1), ("upper/1/cat,dog", "DOG CAT", 0), ("upper/1/cat,dog", "CAT dog", 0),
        ("json/1/cat,42", '{"cat":42}', 1), ("json/1/cat,42", '```json\n{ "cat" : 42 }\n```', 1),
        ("json/1/cat,42", '{"cat": "42"}', 0), ("json/1/cat,42", '{"cat": 42.0}', 0), ("json/1/cat,42", "[42]", 0),
        ("json/1/cat,42", '{"cat": 41, "cat": 42}', 0), ("json/1/cat,42", '{"cat": 42, "dog": 1}', 0),
        ("count/1/10,2", "10\n11", 1), ("count/1/10,2", "10 11", 0), ("count/1/10,2", "10\n11\n12", 0),
        ("bullets/1/cat,dog,sun", "- cat\n-dog\n-  sun", 1), ("bullets/1/cat,dog,sun", "- cat\n- sun\n- dog", 0),
        ("bullets/1/cat,dog,sun", "cat\ndog\nsun", 0), ("between/1/cat,42", "[[ cat 42 ]]", 1),
        ("between/1/cat,42", "[cat 42]", 0), ("between/1/cat,42", "[[cat 42]] [[cat 41]]", 0),
        ("between/1/cat,42", "[[[cat 42]]]", 0), ("between/1/cat,42", "[[cat 42", 0),
    ],
)  # fmt: skip
def test_the_six_forms_are_judged_by_their_form(task_id, reply, score):
    kind = KINDS[task_id.split("/")[0]]
    params = task_id.split("/")[2].split(",")
    gold = kind.gold(*[int(param) if param.isdigit() else param for param in params])
    task = envs.Task(task_id, "", {"kind": kind.name, **gold})
    assert FollowsInstructions()(task, reply).score == score


def test_level_one_draws_the_tasks_it_always_drew():
    ids = [ProceduralFormat(split).task(seed).id for split in SPLITS for seed in range(200)]
    assert hashlib.sha256("|".join(ids).encode()).hexdigest().startswith("833920b6d721cd31")


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("level", LEVELS)
def test_gymnasium_takes_it(split, level):
    env = gymnasium.make("grpo/Format-v0", split=split, levels=level)
    check_env(env.unwrapped, skip_render_check=True)
    pickle.loads(pickle.dumps(env.unwrapped.verifier))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": 5}, "levels are 1 to 4"), ({"families": ["titel"]}, "did you mean 'title'"),
        ({"levels": 1, "families": "title"}, "level 1 has none"), ({"levels": [1, 2], "families": "json"},
        "level 2 has none"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(envs.UsageError, match=message):
        envs.make("format", **arguments)


@pytest.mark.parametrize(
    "task_id",
    ["title/2/river,bridge;title", "title/2/acorn,acorn;title", "title/2/acorn,anchor",
        "title/2/acorn,anchor;no_commas",
     "title/3/acorn,anchor;title;starts_with=Dear friend", "no_commas/3/acorn,anchor;title;no_commas",
     "avoid_letter/2/acorn,anchor;avoid_letter=o", "title/9/acorn,anchor;title",
     "word_count/2/acorn,anchor;word_count=99"],
)  # fmt: skip
def test_a_stray_id_is_refused(task_id):
    with pytest.raises(envs.UsageError, match="has no task"):
        ProceduralFormat("train", levels=LEVELS).get(task_id)


@pytest.mark.parametrize("other", ["\u0430", "\u03b1", "\u0251", "\uff54\u0436"])
def test_letters_that_only_look_latin_are_off_the_topic(other):
    env = envs.make("format", levels=2)
    for seed in range(40):
        task = env.tasks.task(seed)
        reply = env.tasks.solution(task)
        if '"' in reply or "#" in reply:
            continue
        disguised = f"{reply[:-1]} {other}{reply[-1]}"
        assert env.score(task, disguised).score == 0 == env.score(task, disguised).parts["topic"]
