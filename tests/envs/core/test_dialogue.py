"""Episodes of several turns: through Gymnasium's door, and in workers that may be killed."""

import pickle
import re
import warnings

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

import envs
from envs import EnvSpec, Observation, Reward, Status, UsageError
from envs.core.episode import Episode
from envs.workers.pool import VerifierPool
from envs.workers.pool_worker import decode, encode
from gymtests.environments import planted_dialogue
from gymtests.places import DOCS, PLANTED_DIALOGUE

PLANTED = EnvSpec(PLANTED_DIALOGUE)
DOC = DOCS / "episodes.md"


@pytest.fixture
def env():
    return PLANTED.build()


@pytest.fixture(scope="module")
def pool():
    with VerifierPool(PLANTED, workers=2, deadline_s=0.5, memory_mb=512) as pool:
        yield pool


def test_gymnasiums_checker_passes(env):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env, skip_render_check=True)


def test_a_step_gives_the_next_observation_and_the_chat_so_far(env):
    prompt, _ = env.reset(seed=3)
    observation, score, terminated, truncated, info = env.step("hello")
    assert (observation, score, terminated, truncated) == ("1: say t3", 0.0, False, False)
    assert info["messages"] == [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": observation},
    ]
    assert env.step("t3")[0] == "2: say t3"
    observation, score, terminated, truncated, info = env.step("done")
    assert (observation, terminated, truncated) == ("", True, False)
    assert score == pytest.approx(1 / 3) == info["parts"]["named"]
    with pytest.raises(UsageError, match="reset"):
        env.step("done")


def test_running_out_of_turns_is_truncation(env):
    env.reset(seed=3)
    steps = [env.step("hm") for _ in range(4)]
    assert [step[2:4] for step in steps] == [(False, False)] * 3 + [(False, True)]
    assert steps[-1][1] == 0.0 and steps[-1][4]["outcome"] == "unfinished"
    generous = EnvSpec(PLANTED.name, {"generous": True, "max_turns": 1}).build()
    generous.reset(seed=3)
    assert generous.step("hm")[1:4] == (0.5, False, True)


def test_a_new_episode_forgets_the_one_before(env):
    env.reset(seed=3)
    env.step("hm")
    env.reset(seed=4)
    assert env.step("hm")[0] == "1: say t4"


def test_vector_environments_play_their_own_episodes(env):
    gymnasium.register("planted/Echo-v0", entry_point=PLANTED.build)
    group = gymnasium.make_vec("planted/Echo-v0", num_envs=3, vectorization_mode="sync")
    group.reset(seed=[5] * 3)
    group.step(["t5", "no", "t5"])
    _, rewards, terminated, truncated, _ = group.step(["done", "done", "t5"])
    assert list(rewards) == [0.5, 0.0, 0.0]
    assert list(terminated) == [True, True, False] and not truncated.any()


def test_the_oracle_plays_an_episode_and_pickling_keeps_it(env):
    task = env.tasks.task(6)
    played = env.oracle(task)
    assert played == [("say t6", "t6"), ("1: say t6", "t6"), ("2: say t6", "done")]
    assert pickle.loads(pickle.dumps(planted_dialogue.make())).oracle(task) == played
    single = envs.make("math")
    task = single.tasks.task(1)
    assert single.oracle(task) == [(task.prompt, single.tasks.solution(task))]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9), st.lists(st.sampled_from(["t3", "hm", "\ud800", "x" * 50, "done"]), min_size=1, max_size=4))
def test_workers_answer_as_the_environment_itself_does(pool, seed, turns):
    env = PLANTED.build()
    prompt, info = env.reset(seed=seed)
    for count in range(1, len(turns) + 1):
        (answer,) = pool.respond([Episode(info["task_id"], tuple(turns[:count]))])
        observation, score, terminated, truncated, _ = env.step(turns[count - 1])
        if isinstance(answer, Reward):
            assert (answer.score, answer.truncated) == (score, truncated) and (terminated or truncated)
            return
        assert answer.text == observation


@pytest.mark.parametrize("fault", ["raise", "die", "number", "flood", "none"])
def test_a_faulty_answer_is_our_fault_and_the_others_are_answered(pool, fault):
    first, faulty, last = pool.respond([Episode("t1", ("hm",)), Episode("t1", ("hm", fault)), Episode("t2", ("done",))])
    assert first == Observation("1: say t1") and last.score == 0.0 and last.outcome == "done"
    assert faulty.status is Status.UNSCORABLE and faulty.reason


def test_a_hanging_answer_is_killed_and_ends_its_episode(pool):
    answers = pool.respond([Episode("t1", ("hm", "hang"))] + [Episode("t1", ("hm",))] * 40)
    assert answers[0].status is Status.TIMEOUT
    assert answers[1:] == [Observation("1: say t1")] * 40


def test_episodes_that_are_none_are_unscorable(pool):
    none, many, unknown = pool.respond([Episode("t1", ()), Episode("t1", ("a",) * 5), Episode("nope", ("a",))])
    assert all(answer.status is Status.UNSCORABLE for answer in (none, many, unknown))
    assert "1 to 4 turns" in many.reason and "nope" in unknown.reason


def test_giant_turns_are_refused_together(pool):
    (giant,) = pool.respond([Episode("t1", ("x" * 600_000, "x" * 600_000))])
    assert giant.status is Status.ERROR and giant.outcome == "too_long"


def test_an_episode_can_be_finished_where_it_stands(pool):
    cut, ended = pool.finish([Episode("t1", ("hm", "hm")), Episode("t1", ("t1", "done"))])
    assert cut.truncated and cut.outcome == "unfinished" and cut.scorable
    assert not ended.truncated and ended.score == 0.5
    with VerifierPool(EnvSpec(PLANTED.name, {"generous": True})) as generous:
        paid, faulty = generous.finish([Episode("t1", ("hm",)), Episode("t1", ("bad",))])
    assert paid.score == 0.5 and paid.truncated
    assert faulty.status is Status.UNSCORABLE


def test_a_batch_override_that_breaks_costs_one_episode(monkeypatch):
    from envs.workers.pool_worker import _answers

    env = PLANTED.build()

    def respond_all(episodes):
        for episode in episodes:
            if episode.turns == ("boom",):
                raise ConnectionError("the judge is down")
            if episode.turns == ("stop",):
                return
            yield Reward(1.0)

    monkeypatch.setattr(env, "respond_all", respond_all)
    said = [("a",), ("boom",), ("b",), ("stop",), ("c",)]
    answers = list(_answers(env, [Episode("t1", turns) for turns in said]))
    assert [answer.scorable for answer in answers] == [True, False, True, False, True]
    assert "judge is down" in answers[1].reason and "fewer answers" in answers[3].reason


@settings(deadline=None)
@given(st.one_of(st.builds(Observation, st.text()), st.builds(Reward, st.floats(0, 1), truncated=st.booleans())))
def test_answers_survive_the_trip(answer):
    assert decode(encode(answer)) == answer


def test_the_limit_of_turns_is_checked():
    with pytest.raises(UsageError, match="max_turns=0"):
        EnvSpec(PLANTED.name, {"max_turns": 0}).build()


def test_the_snippet_in_the_documentation_runs():
    (code,) = re.findall(r"```python\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    names = {"__name__": "snippet"}
    exec(code, names)  # noqa: S102 - our own documentation
    assert names["observation"] == "Add 1 again." and not names["terminated"]
    assert [turn for _, turn in names["played"]] == ["1", "2", "3"]
