"""The environment contract, through Gymnasium's own doors."""

import json
import pickle
import subprocess
import sys
import warnings

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs import EnvSpec, Reward, Status, UsageError
from envs.core.environment import info_of, reward_of
from envs.core.reward import checked
from envs.core.spaces import UnicodeText
from gymtests.places import PLANTED

NO_DATA_NEEDED = ["math", "code"]


@pytest.mark.parametrize("split", envs.SPLITS)
@pytest.mark.parametrize("name", NO_DATA_NEEDED)
def test_gymnasiums_checker_passes(name, split):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(envs.make(name, split=split), skip_render_check=True)


def test_gymnasium_makes_it_by_id():
    env = gymnasium.make("grpo/Math-v0", split="test")
    prompt, info = env.reset(seed=7)
    assert prompt == envs.make("math", split="test").reset(seed=7)[0]
    assert info["messages"] == [{"role": "user", "content": prompt}]
    assert env.unwrapped.tasks.split == "test"


def test_a_group_is_one_seed_many_times():
    group = gymnasium.make_vec("grpo/Math-v0", num_envs=4, vectorization_mode="sync")
    prompts, infos = group.reset(seed=[11] * 4)
    assert len(set(prompts)) == 1
    _, rewards, terminated, truncated, _ = group.step(["<answer>no</answer>"] * 4)
    assert not rewards.any() and terminated.all() and not truncated.any()


def test_the_seed_decides_the_task_in_every_process():
    program = "import envs; print(envs.make('math', split='dev').reset(seed=123)[1]['task_id'])"
    others = {subprocess.check_output([sys.executable, "-c", program], text=True).strip() for _ in range(2)}
    assert others == {envs.make("math", split="dev").reset(seed=123)[1]["task_id"]}


def test_an_id_is_an_address():
    env = envs.make("math")
    prompt, info = env.reset(seed=5)
    assert env.reset(options={"task_id": info["task_id"]})[0] == prompt
    with pytest.raises(UsageError):
        env.reset(options={"task_id": "no/such/task"})


def test_an_episode_is_one_step_and_its_info_is_the_reward():
    env = envs.make("math")
    env.reset(seed=5)
    task = env.tasks.task(5)
    _, score, terminated, truncated, info = env.step(env.tasks.solution(task))
    assert (score, terminated, truncated) == (1.0, True, False)
    assert info["status"] == "ok" and info["outcome"] == "correct" and info["parts"]["correct"] == 1.0
    with pytest.raises(UsageError, match="reset"):
        env.step("again")


def test_a_verifier_that_raises_is_our_fault():
    env = envs.make(PLANTED)
    env.reset(seed=1)
    _, score, _, _, info = env.step("raise")
    assert score == 0.0 and info["status"] == "unscorable" and "planted" in info["reason"]


@given(
    st.floats(0, 1),
    st.dictionaries(st.text(max_size=5), st.floats(-1, 1), max_size=3),
    st.sampled_from(list(Status)),
    st.text(max_size=9),
)
def test_rewards_survive_the_info(score, parts, status, text):
    reward = Reward(score, parts, status, text, text, text)
    task = envs.Task("t", "p", None)
    assert reward_of(score, info_of(task, reward)) == reward


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1, None, "1", [1.0], Reward(2.0)])
def test_what_is_no_score_is_unscorable(value):
    assert checked(value).status is Status.UNSCORABLE


@pytest.mark.parametrize("value", [0, 1, True, 0.5, Reward(0.5)])
def test_a_number_is_a_score(value):
    assert checked(value).scorable


def test_specs_round_trip_through_json_and_pickle():
    spec = EnvSpec("math", {"split": "test", "levels": [1, 3]})
    again = EnvSpec(**json.loads(json.dumps(spec.to_json())))
    assert again == spec == pickle.loads(pickle.dumps(spec))
    assert again.build().reset(seed=3) == spec.build().reset(seed=3)
    assert pickle.loads(pickle.dumps(spec.build())).reset(seed=3) == spec.build().reset(seed=3)


def test_manifests_tell_splits_and_settings_apart():
    manifests = [
        envs.make("math", split=split, levels=levels).manifest() for split in ("train", "test") for levels in ([1], [2])
    ]
    assert len({manifest["ids_sha256"] for manifest in manifests}) == 4
    assert manifests[0] == envs.make("math", split="train", levels=[1]).manifest()


def test_unknown_names_get_the_closest():
    for name, says in (("mth", "'math'"), ("grpo/Mth-v0", "math"), ("./x.py", "no environment file")):
        with pytest.raises(UsageError, match=says):
            envs.make(name)
    with pytest.raises(UsageError, match="did you mean 'test'"):
        envs.make("math", split="tset")


def test_a_file_is_an_environment(tmp_path):
    env = envs.make(PLANTED, split="test")
    assert env.spec.id == "grpo/PlantedEnv-v0"
    broken = tmp_path / "broken.py"
    broken.write_text("import no_such_module_at_all")
    with pytest.raises(UsageError, match="no_such_module_at_all"):
        envs.make(str(broken))
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def make(split='train'): return 3")
    with pytest.raises(UsageError, match="not a TextEnv"):
        envs.make(str(wrong))


def test_plugins_are_listed_unimported_and_a_broken_one_takes_nothing_down(tmp_path, monkeypatch):
    (tmp_path / "grpo_plug.py").write_text("raise RuntimeError('imported too early')")
    meta = tmp_path / "grpo_plug-1.2.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: grpo-plug\nVersion: 1.2\n")
    (meta / "entry_points.txt").write_text("[grpo.envs]\nplugged = grpo_plug:make\nmath = grpo_plug:make\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.warns(UserWarning, match="already has"):
        found = {entry.name: entry for entry in envs.entries()}
    assert found["plugged"].origin == "plugin grpo-plug 1.2"
    assert found["math"].origin == "built-in"
    with pytest.warns(UserWarning), pytest.raises(UsageError, match="imported too early"):
        envs.make("plugged")


def test_the_space_holds_every_string_and_samples_by_seed():
    space = UnicodeText(seed=3)
    assert "\ud800 any \x00 text" in space and 3 not in space
    assert [space.sample() for _ in range(3)] == [s.sample() for s in [UnicodeText(seed=3)] for _ in range(3)]
    assert space == UnicodeText()
