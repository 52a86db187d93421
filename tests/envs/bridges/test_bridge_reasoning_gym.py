"""reasoning-gym's data sets as environments: the family, its tasks in every process, its scorers on hostile text."""

import json
import os
import pickle
import subprocess
import sys
import warnings

import pytest
from gymnasium.utils.env_checker import check_env

import envs
from envs import EnvSpec, Status, UsageError
from envs.bridges.reasoning_gym.env import FLOOR
from envs.bridges.reasoning_gym.screen import evaluates, harmless
from envs.workers.pool import VerifierPool

pytest.importorskip("reasoning_gym", reason="needs `pip install reasoning-gym`")


@pytest.fixture(scope="module")
def legs():
    env = envs.make("reasoning-gym/leg_counting")
    yield env
    env.close()


def test_the_family_is_one_line_and_its_members_are_found(grpo):
    code, out, _ = grpo("env", "list", "--json")
    names = [entry["name"] for entry in json.loads(out)]
    assert code == 0 and "reasoning-gym/..." in names and "reasoning-gym/leg_counting" not in names
    code, out, _ = grpo("env", "list", "reasoning-gym", "--json")
    members = {entry["name"]: entry["id"] for entry in json.loads(out)}
    assert len(members) > 90 and members["reasoning-gym/arc_1d"] == "grpo/ReasoningGym.Arc1d-v0"
    assert len(set(members.values())) == len(members)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("reasoning-gym/leg_counter", "did you mean 'reasoning-gym/leg_counting'"),
        ("reasoning-gym", "is a family"),
        ("reasoning-gim", "did you mean 'reasoning-gym'"),
    ],
)
def test_a_wrong_name_gets_the_closest(name, says):
    with pytest.raises(UsageError, match=says):
        envs.make(name)


def test_listing_imports_nothing_of_it():
    program = "import sys, envs; envs.entries(); envs.families(); print('reasoning_gym' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).startswith("False")


def test_gymnasium_makes_and_checks_it(legs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(legs, skip_render_check=True)
    assert legs.spec.id == "grpo/ReasoningGym.LegCounting-v0"
    assert envs.make("grpo/ReasoningGym.LegCounting-v0").spec.id == legs.spec.id


def test_its_own_answer_gets_the_point_and_what_is_no_answer_gets_none(legs):
    task = legs.tasks.task(4)
    answer = task.gold
    assert legs.tasks.get(task.id) == task
    texts = {
        f"<answer>{answer}</answer>": "correct",
        f"<think>maybe 7</think>so <answer>\n{answer} </answer>": "correct",
        f"<answer>{answer}</answer> again <answer>{answer}</answer>": "correct",
        f"<answer>7777</answer><answer>{answer}</answer>": "ambiguous",
        f"<answer>{answer}</answer><answer>7777</answer>": "ambiguous",
        f"<think><answer>{answer}</answer>": "no_answer",
        f"<answer>{answer}": "no_answer",
        f"{answer}</answer>": "no_answer",
        "<answer></answer>": "no_answer",
        answer: "no_answer",
        "": "no_answer",
    }
    for text, outcome in texts.items():
        reward = legs.score(task, text)
        assert (reward.outcome, reward.score) == (outcome, float(outcome == "correct")), text


@pytest.mark.parametrize("name", ["isomorphic_strings", "knight_swap"])
def test_sets_of_strings_and_kept_state_do_not_change_a_task(name):
    """These differ from process to process in the package itself, by hash seed or by what was asked before."""
    program = (
        f"import envs; env = envs.make('reasoning-gym/{name}'); tasks = [env.tasks.task(s) for s in ORDER]\n"
        "print(sorted((task.id, task.prompt, task.gold) for task in tasks))"
    )
    outputs = {
        subprocess.check_output(
            [sys.executable, "-c", program.replace("ORDER", order)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            text=True,
        )
        for seed, order in (("1", "(1, 2)"), ("2", "(2, 1)"))
    }
    assert len(outputs) == 1


def test_splits_share_no_question():
    """`coin_flip` asks few enough questions that seeds repeat them: only the question can decide the split."""
    asked = {}
    for split in envs.SPLITS:
        env = envs.make("reasoning-gym/coin_flip", split=split, min_trials=3, max_trials=4)
        asked[split] = {" ".join(env.tasks.task(seed).prompt.split()) for seed in range(60)}
        env.close()
    assert sum(map(len, asked.values())) == len(set.union(*asked.values()))
    assert len(asked["train"]) < 60


def test_arguments_are_the_data_sets_own(legs):
    with pytest.raises(UsageError, match="did you mean 'max_animals'"):
        envs.make("reasoning-gym/leg_counting", max_animal=3).tasks.task(0)
    with pytest.raises(UsageError, match="refuses its configuration"):
        envs.make("reasoning-gym/leg_counting", max_animals=-3).tasks.task(0)
    one = envs.make("reasoning-gym/leg_counting", min_animals=1, max_animals=1)
    assert len(one.tasks.task(0).prompt) < len(legs.tasks.task(0).prompt)
    assert one.tasks.version != legs.tasks.version
    one.close()
    parts = [{"name": "leg_counting"}, {"name": "chain_sum", "weight": 2.0}]
    both = envs.make("reasoning-gym/composite", datasets=parts)
    task = both.tasks.task(1)
    assert both.score(task, both.tasks.solution(task)).score == 1.0
    both.close()


def test_partial_credit_is_the_packages_and_can_be_refused():
    for partial in (True, False):
        env = envs.make("reasoning-gym/leg_counting", partial=partial)
        task = env.tasks.task(0)
        reward = env.score(task, f"<answer>{task.gold} legs</answer>")
        assert (reward.score > FLOOR) == partial and reward.parts["answer"] > FLOOR
        env.close()


def test_what_the_package_pays_for_anything_is_not_paid():
    env = envs.make("reasoning-gym/rubiks_cube")
    reward = env.score(env.tasks.task(0), "<answer>U U'</answer>")
    assert reward.score == 0 < reward.parts["answer"] <= FLOOR and reward.outcome == "wrong"
    env.close()


HOSTILE = [
    "[__import__('os').system('touch {mark}')]", "().__class__.__bases__", "[open('{mark}', 'w')]", "exec('1')",
    "[x for x in iter(int, 1)]", "9**9**9**9", "[" * 5000, "f'{{open(1)}}'", "[print][0]('x')", "\uff45\uff56al('1')",
]  # fmt: skip


@pytest.mark.parametrize("name", ["spiral_matrix", "simple_integration"])
def test_what_the_package_would_evaluate_is_screened_and_never_runs_here(name, tmp_path):
    mark = tmp_path / "written"
    spec = EnvSpec(f"reasoning-gym/{name}")
    env = spec.build()
    task = env.tasks.task(0)
    texts = [f"<answer>{text.format(mark=mark) if '{mark}' in text else text}</answer>" for text in HOSTILE]
    with VerifierPool(spec, deadline_s=5) as pool:
        rewards = pool.score([(task.id, text) for text in texts] + [(task.id, env.tasks.solution(task))])
    env.close()
    assert rewards[-1].score == 1.0
    assert all(reward.score < 0.1 and reward.scorable for reward in rewards[:-1]), rewards
    assert not mark.exists()
    assert rewards[0].outcome == "refused" and rewards[0].status is Status.ERROR


def test_scoring_happens_in_another_process(legs, monkeypatch):
    monkeypatch.setattr("envs.bridges.reasoning_gym.env.AnswerScorer.__call__", lambda *_: pytest.fail("scored here"))
    task = legs.tasks.task(0)
    assert legs.score(task, f"<answer>{task.gold}</answer>").score == 1.0


def test_the_screen_lets_answers_through():
    from envs.bridges.reasoning_gym.generator import data_sets, generator

    screened = [name for name, (kind, _) in data_sets().items() if evaluates(kind)]
    assert {"puzzle24", "spiral_matrix", "simple_integration"} <= set(screened) and "codeio" not in screened
    for name in screened:
        if name != "intermediate_integration":  # half a second an item
            assert all(harmless(answer) for item in range(20) if (answer := generator(name, {}).problem(item)[1]))


def test_it_pickles_and_names_what_to_install(legs, monkeypatch):
    copy = pickle.loads(pickle.dumps(legs))
    assert copy.reset(seed=3)[0] == legs.reset(seed=3)[0]
    copy.close()
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(UsageError, match=r"pip install 'grpo-gym\[reasoning-gym\]'"):
        envs.make("reasoning-gym/leg_counting")


def test_a_plugin_can_offer_a_family(tmp_path, monkeypatch):
    (tmp_path / "grpo_kin.py").write_text(
        "import envs\n"
        "def names(): return ['one', 'two']\n"
        "def make(member, split='train', **kwargs): return envs.make('math', split=split, **kwargs)\n"
    )
    meta = tmp_path / "grpo_kin-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: grpo-kin\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text("[grpo.env_families]\nkin = grpo_kin\nreasoning-gym = grpo_kin\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.warns(UserWarning, match="already has"):
        found = {entry.name: entry for entry in envs.families()}
    assert found["kin"].origin == "plugin grpo-kin 1.0" and found["reasoning-gym"].origin == "built-in"
    with pytest.warns(UserWarning):
        assert envs.make("kin/two", split="test").tasks.split == "test"
        with pytest.raises(UsageError, match="did you mean 'kin/two'"):
            envs.make("kin/twoo")
