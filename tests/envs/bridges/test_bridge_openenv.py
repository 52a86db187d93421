"""A reset/step server in OpenEnv's form as an environment, against a small server that misbehaves on request."""

import json
import os
import re
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import envs
from envs import EnvSpec, Observation, Reward, Status, UsageError

pytest.importorskip("websockets.sync.server", reason="needs `pip install websockets`")

from envs.workers.pool import VerifierPool
from evals.evaluator import EvalSettings, Evaluator
from gymtests.bridged.fixed import FixedSampler
from gymtests.bridged.openenv_server import OpenEnvServer, error, observation
from gymtests.places import SUPPORT


@pytest.fixture(scope="module")
def server():
    with OpenEnvServer() as running:
        yield running


def make(server, **arguments):
    return envs.make("openenv", url=server.url, **{"seeds": 60, "timeout": 10.0, **arguments})


def word(task):
    return task.prompt.removeprefix("Say ")


def test_an_episode_is_resets_and_steps_of_the_server(server):
    env = make(server)
    prompt, info = env.reset(seed=3)
    assert prompt == "Say " + word(env.tasks.task(3)) and info["messages"] == [{"role": "user", "content": prompt}]
    assert env.step(word(env.tasks.task(3)))[0] == f"1: {word(env.tasks.task(3))}"
    text, score, ended, cut, info = env.step("stop")
    assert (text, score, ended, cut, info["parts"]) == ("", 0.5, True, False, {"return": 0.5, "steps": 2.0})
    assert server.resets[-1] == {"seed": env.tasks.task(3).gold["seed"]}


def test_workers_give_the_same_answers_as_one_session_however_turns_are_dealt_out(server):
    spec = EnvSpec("openenv", {"url": server.url, "seeds": 60})
    env, episodes = spec.build(), []
    for place in range(6):
        task = env.tasks.task(place)
        turns = (word(task), "no", word(task), "no")[: place % 4 + 1]
        episodes += [envs.core.episode.Episode(task.id, turns[:k]) for k in range(1, len(turns) + 1)]
    kept = make(server, keep=True)
    with VerifierPool(spec, workers=2) as pool:
        answers = pool.respond(episodes)
    assert answers == [kept.respond(kept.tasks.get(one.task_id), one.turns) for one in episodes]
    assert {type(answer) for answer in answers} == {Observation, Reward}
    kept.close()


def test_an_eval_gives_the_servers_rewards(server):
    spec = EnvSpec("openenv", {"url": server.url, "seeds": 60, "max_turns": 1})
    with Evaluator(spec, EvalSettings(tasks=None, samples=1, greedy=False)) as evaluator:
        said = {task.id: word(task) if place % 2 else "no" for place, task in enumerate(evaluator.tasks)}
        summary = evaluator.run(FixedSampler(said)).summary
    right = len(said) // 2
    assert summary["mean_reward"] == pytest.approx(0.5 * right / len(said)) and summary["unscorable"] == 0


FAULTS = {
    "hang": "the step took longer than 1.5 s",
    "drip": "the step took longer than 1.5 s",
    "hang up": "hung up in a step",
    "bytes": "is no",
    "flood": "hung up in a step",
    "raw:nonsense": "is no JSON",
    "raw:[1]": "not in OpenEnv's form",
    "raw:" + observation("", float("nan"), True): "NaN is not JSON",
    'raw:{"type":"observation","data":{"observation":{},"reward":1e999,"done":true}}': "too large",
    "raw:" + observation("", "1.0", True): "no finite number",
    "raw:" + observation("", 10**399, True): "no finite number",
    "raw:" + observation("", 7.0, True): r"worth 7, outside \[0, 1\]: .*low= and high=",
    "raw:" + observation("", None, True): "no reward in the whole episode",
    "raw:" + observation("", 1.0, "yes"): "neither true nor false",
    "raw:" + observation("x" * 200_000, 0.0, False): "longer than 100,000",
    'raw:{"type":"observation","data":{"observation":"text"}}': "has no fields",
    "raw:" + error("EXECUTION_ERROR", "boom\x1b[2J\n" + "y" * 9999): r"failed in a step: boom \[2J y",
}


@pytest.mark.parametrize("said", FAULTS, ids=lambda said: said[:30])
def test_what_the_server_does_wrong_is_unscorable_and_the_next_episode_is_served(said, server, monkeypatch):
    monkeypatch.setattr("envs.bridges.openenv.env._TRIES", 1)
    env = make(server, timeout=1.5 if said in ("hang", "drip") else 10.0)
    task = make(server).tasks.task(0)
    answer = env.respond(task, (said,))
    assert isinstance(answer, Reward) and answer.status is Status.UNSCORABLE
    assert re.search(FAULTS[said], answer.reason) and len(answer.reason) <= 300 and answer.reason.isprintable()
    monkeypatch.undo()
    assert make(server).respond(task, (word(task), "stop")) == Reward(
        0.5, {"return": 0.5, "steps": 2.0}, outcome="ended"
    )


def test_what_is_lost_on_the_way_is_played_again(server):
    with OpenEnvServer(full=1) as crowded:
        env = make(crowded)
        crowded.full = 1
        task = env.tasks.task(0)
        assert env.respond(task, (word(task), "stop")).score == 0.5 and crowded.full == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
replies = st.fixed_dictionaries(
    {"type": st.sampled_from(["observation", "error"])},
    optional={
        "data": json_values
        | st.fixed_dictionaries({}, optional={name: json_values for name in ("observation", "reward", "done", "code")})
    },
)


@settings(max_examples=25)
@given(replies.map(json.dumps) | st.text(max_size=30))
@example('{"type":"observation","data":{"observation":{"a":"\\ud800\\u001b[2J"},"reward":0,"done":false}}')
@example('{"type":"error","data":{"code":"VALIDATION_ERROR","errors":[{"loc":[],"msg":"\\ud800"}]}}')
@example("[" * 5_000)
def test_whatever_a_server_says_is_an_observation_or_a_reward(reply):
    env = _SHARED["env"]
    answer = env.respond(_SHARED["task"], ("raw:" + reply,))
    if isinstance(answer, Reward):
        assert 0.0 <= answer.score <= 1.0 and (answer.scorable or answer.score == 0.0)
    else:
        answer.text.encode("utf-8")
        assert all(char.isprintable() or char in "\n\t" for char in answer.text if ord(char) < 160)


_SHARED = {}


@pytest.fixture(autouse=True, scope="module")
def shared(server):
    _SHARED["env"] = make(server, keep=True)
    _SHARED["task"] = _SHARED["env"].tasks.task(1)
    yield
    _SHARED["env"].close()


@pytest.mark.parametrize(
    ("said", "least"),
    [("plain", "That is no action: there is not one <act></act>"), ("<act>a</act><act>b</act>", "That is no action")],
)
def test_a_turn_that_is_no_action_costs_a_turn_and_reaches_no_server(said, least, server):
    env = make(server, tag="act", max_turns=2)
    task, before = env.tasks.task(0), len(server.steps)
    assert env.respond(task, (said,)).text.startswith(least) and len(server.steps) == before
    ended = env.respond(task, (said, f"<think><act>x</act></think><act>{word(task)}</act>"))
    assert (ended.score, ended.truncated, ended.outcome) == (0.5, True, "unfinished")


def test_a_step_that_the_server_refuses_is_told_to_the_policy(server):
    env = make(server)
    refused = error("VALIDATION_ERROR", "Invalid message", errors=[{"loc": ["message"], "msg": "too short"}])
    assert env.respond(env.tasks.task(0), ("raw:" + refused,)).text == "That is no action: message: too short"


FIELDS = {"row": {"type": "integer"}, "note": {"type": "string"}, "metadata": {"type": "object"}}


@pytest.mark.parametrize(
    ("schema", "action", "turn", "sent", "asked"),
    [
        ({"properties": {"message": {"type": "string"}}}, None, " a b ", {"message": "a b"}, ""),
        ({"properties": {"n": {"type": "integer"}}}, None, "7", {"n": 7}, "Answer with a whole number"),
        ({"properties": FIELDS, "required": ["row"]}, None, "3", {"row": 3}, "Answer with a whole number"),
        ({"properties": FIELDS}, None, '```json\n{"row": 1}\n```', {"row": 1}, '"row" (a whole number), "note" (text)'),
        ({}, {"type": "call", "arguments": {"m": "{text}"}}, "hi", {"type": "call", "arguments": {"m": "hi"}}, ""),
    ],
)  # fmt: skip
def test_actions_are_made_as_the_schema_or_the_user_says(schema, action, turn, sent, asked):
    with OpenEnvServer(schema) as server:
        env = make(server, action=action)
        task = env.tasks.task(0)
        assert asked in task.prompt and bool(asked) == ("\n\n" in task.prompt)
        env.respond(task, (turn,))
        assert server.steps == [sent]
        if asked:
            assert env.respond(task, ("no JSON",)).text.startswith("That is no action") and server.steps == [sent]


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        ({"properties": {"tool_name": {}, "arguments": {}}}, "call its tools: say which"),
        ({"properties": {}}, "names no field"),
        ({"properties": 3}, "names no schema"),
    ],
)
def test_a_schema_that_says_too_little_asks_for_the_action(schema, line):
    with OpenEnvServer(schema) as server, pytest.raises(UsageError, match=line) as caught:
        make(server)
    assert "--env-arg" in str(caught.value) and "\n" not in str(caught.value)


def test_rewards_are_cut_and_scaled_between_low_and_high(server):
    turns = ("raw:" + observation("", 7.0, True),)
    for low, high, score in ((0, 14, 0.5), (-7, 7, 1.0), (8, 9, 0.0), (0, 5, 1.0)):
        env = make(server, low=low, high=high)
        reward = env.respond(env.tasks.task(0), turns)
        assert (reward.score, reward.parts["return"]) == (score, 7.0)
    last = make(server, reward="last")
    task = last.tasks.task(0)
    assert last.respond(task, (word(task), word(task), "stop")).score == 0.0


@settings(max_examples=30)
@given(
    st.lists(st.none() | st.floats(-1e308, 1e308), max_size=4), st.sampled_from([(None, None), (0.0, 1e-300), (-2, 3)])
)
def test_no_rewards_make_a_score_outside_its_bounds(rewards, ends):
    from envs.bridges.openenv.env import Heard, Worth

    for rule in ("sum", "last"):
        given = [Heard("", reward, False) for reward in rewards]
        verdict = envs.core.reward.checked(Worth(rule, *ends).reward(given, "unfinished"))
        assert 0.0 <= verdict.score <= 1.0


def test_splits_share_no_prompt_and_cover_every_seed(server):
    sources = {split: make(server, split=split).tasks for split in envs.SPLITS}
    tasks = {split: [source.task(n) for n in range(source.size)] for split, source in sources.items()}
    assert sum(map(len, tasks.values())) == 60
    prompts = {split: {task.prompt for task in found} for split, found in tasks.items()}
    assert not any(prompts[a] & prompts[b] for a, b in (("train", "dev"), ("train", "test"), ("dev", "test")))
    env = make(server, split="test")
    assert all(env.tasks.get(task.id) == task and task.gold["seed"] < 60 for task in tasks["test"])
    with pytest.raises(UsageError, match="no task '1-0': ids look like"):
        env.tasks.address("1-0")


def test_resets_that_look_alike_are_divided_by_seed():
    with OpenEnvServer(words=1) as server:
        found = [split for split in envs.SPLITS if _has_tasks(server, split)]
        assert len(found) == 1
        sizes = [make(server, split=split, divide="seed").tasks.size for split in envs.SPLITS]
        assert sum(sizes) == 60 and min(sizes) > 0


def _has_tasks(server, split):
    try:
        return make(server, split=split).tasks.size == 60
    except UsageError as error:
        assert "they show 1 different things; --env-arg divide=seed" in str(error)
        return False


def test_a_server_that_does_not_keep_to_its_seed_is_refused():
    shown = lambda count: observation(f"reset {count}", None, False)  # noqa: E731
    with OpenEnvServer(first=shown) as server, pytest.raises(UsageError, match="another thing each time"):
        make(server)


def test_what_is_not_done_again_is_unscorable(server):
    env = make(server)
    task = env.tasks.task(0)
    assert isinstance(env.respond(task, ("count",)), Observation)
    assert "in another way than before" in env.respond(task, ("count",)).reason
    moved = envs.Task(task.id, task.prompt, {**task.gold, "shown": "0" * 16})
    assert "shows something else than it did before" in env.respond(moved, ("x",)).reason


def test_a_probe_that_is_answered_in_two_ways_refuses_the_server(server):
    with pytest.raises(UsageError, match="probe of the seed 0 failed: .*in another way than before"):
        make(server, probe="count")
    env = make(server, probe="stop")
    assert env.respond(env.tasks.task(0), (word(env.tasks.task(0)), "stop")).score == 0.5


@pytest.mark.parametrize(
    ("reset", "line"),
    [
        (observation("Say it", None, True), "over before it begins"),
        ('{"type": "observation", "data": {"observation": {"metadata": {"a": "b"}}}}', "shows the policy nothing"),
        (error("EXECUTION_ERROR", "no display"), "no display"),
        (observation("x" * 100_001, None, False), "shows more than 100,000"),
    ],
)  # fmt: skip
def test_a_reset_that_nobody_can_be_asked_is_refused(reset, line):
    with OpenEnvServer(first=lambda count: reset) as server, pytest.raises(UsageError, match=line):
        make(server)


def test_a_field_and_a_template_make_the_prompt():
    shown = json.dumps({"type": "observation", "data": {"observation": {"metadata": {"a": ["no", "b"]}, "n": 1}}})
    with OpenEnvServer(first=lambda count: shown) as server:
        env = make(server, observation="metadata.a.1", prompt="Play: {observation}!", divide="seed")
        assert env.tasks.task(0).prompt == "Play: b!"
        assert make(server, divide="seed").tasks.task(0).prompt == '{"n": 1}'


def test_a_token_is_sent_from_the_environment_and_stands_in_no_argument(monkeypatch):
    with OpenEnvServer(key="s3cret") as server:
        with pytest.raises(UsageError, match="OPENENV_TOKEN is not set"):
            make(server)
        monkeypatch.setenv("OPENENV_TOKEN", "s3cret")
        env = make(server)
        task = env.tasks.task(0)
        assert env.respond(task, (word(task), "stop")).score == 0.5


@pytest.mark.parametrize(
    ("pairs", "line"),
    [
        (["url=http://127.0.0.1:9"], "127.0.0.1:9"),
        ([], "--env-arg url="),
        (["url=file:///etc/passwd"], "url is http://HOST:PORT"),
        (["url=http://127.0.0.1:9", "seeds=0"], "seeds is a whole number"),
        (["url=http://127.0.0.1:9", "reward=max"], "sum or last"),
        (["url=http://127.0.0.1:9", "low=1"], "belong together"),
        (["url=http://127.0.0.1:9", "low=no", "high=1"], "are numbers, not 'no'"),
        (["url=http://127.0.0.1:9", "low=2", "high=1"], "low is below its high"),
        (["url=http://127.0.0.1:9", "timeout=soon"], "seconds above 0"),
        (["url=http://127.0.0.1:9", 'action={"a": 1}'], '"{text}"'),
        (["url=http://127.0.0.1:9", 'reset={"seed": 1}'], "without the seed"),
    ],
)
def test_what_is_wrong_with_an_argument_is_one_line(pairs, line, grpo):
    code, _, err = grpo("env", "play", "openenv", *(word for pair in pairs for word in ("--env-arg", pair)))
    assert code == 2 and line in err and err.count("\n") == 1


@pytest.mark.slow
def test_a_policy_trains_against_a_server(server, grpo, tmp_path):
    code, _, err = grpo(
        "train", "--env", "openenv", "--env-arg", f"url={server.url}", "--env-arg", "max_turns=2", "--model",
        "builtin:tiny", "--engine", "transformers", "--steps", 2, "--tasks-per-step", 2, "--group-size", 2,
        "--max-tokens", 8, "--eval-tasks", 2, "--no-rehearsal", "--run-dir", tmp_path / "run",
    )  # fmt: skip
    assert code == 0, err
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["unscorable"] for line in lines] == [0, 0] and all(line["turns"] == 2.0 for line in lines)


def test_a_server_of_openenvs_own_package_is_an_environment():
    pytest.importorskip("openenv.core", reason="needs `pip install openenv`, in an environment of its own")
    program = str(SUPPORT / "gymtests" / "bridged" / "openenv_template.py")
    path = os.pathsep.join(sys.path)
    process = subprocess.Popen(
        [sys.executable, program], env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    )
    try:
        env = envs.make("openenv", url=process.stdout.readline().strip(), observation="echoed_message", seeds=40)
        task, wrong = env.tasks.task(0), env.tasks.task(1)
        said = word(task)
        assert env.respond(task, ("d",)) == Observation("d")
        assert env.respond(task, ("d", said)) == Reward(1.0, {"return": 1.0, "steps": 2.0}, outcome="ended")
        assert env.respond(wrong, ("d", "stop")).score == 0.0 and env.respond(wrong, ("x" * 999,)).text == "x" * 100
        assert "failed in a step: an illegal move" in env.respond(task, ("raise",)).reason
        assert not env.respond(task, ("nan",)).scorable
        with VerifierPool(EnvSpec("openenv", dict(env.spec.kwargs)), workers=3) as pool:  # it has two sessions
            assert [reward.score for reward in pool.score([(task.id, said)] * 12)] == [1.0] * 12
    finally:
        process.kill()
        process.wait()
