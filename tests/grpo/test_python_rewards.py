"""Rewards and environments of one's own: by value to the workers, under a deadline, known by what they do."""

import os
import re
import subprocess
import sys
import threading

import numpy as np
import pytest

import envs
import evals
import grpo
from envs.authoring.auditing.state import audit_state
from envs.workers.pool import VerifierPool
from grpo.console.python import spec_of
from gymtests.places import environment
from gymtests.training.door import QUICK, over, reward, write_questions

LIMIT = 7


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    return write_questions(tmp_path_factory.mktemp("data"))


class Ending:
    """Something of the user's own that a reward uses."""

    marks = frozenset({".", "!", "?"})

    def ends(self, text):
        return text[-1:] in self.marks


def lengthy(task, completion):
    return Ending().ends(completion) or len(completion) > LIMIT


def scores(spec, completions, deadline_s=10.0):
    env = spec.build()
    with VerifierPool(spec, deadline_s=deadline_s) as pool:
        return pool.score([(env.tasks.task(0).id, completion) for completion in completions])


def outer(limit):
    return lambda task, completion: len(completion) > limit


def test_rewards_reach_the_workers_wherever_they_were_made(questions):
    bound = re.compile("x+")
    for judge, earned in [
        (lengthy, [0.0, 1.0, 1.0]),
        (outer(2), [0.0, 0.0, 1.0]),
        (lambda task, completion: np.bool_(bound.match(completion)), [1.0, 0.0, 0.0]),
        (lambda task, completion: np.float32(0.5), [0.5] * 3),
        (envs.Rubric(envs.Part("end", lengthy), envs.Part("long", outer(2))), [0.0, 0.5, 1.0]),
    ]:
        found = scores(over(questions, judge), ["x", "a!", "a long completion"])
        assert [reward.score for reward in found] == earned and all(reward.scorable for reward in found)
    whole = grpo.dataset(questions, "{question}", reward=lambda task, completion: completion == task.gold["answer"])
    gold = whole.build().tasks.task(0).gold["answer"]
    assert [reward.score for reward in scores(whole, [gold, "no"])] == [1.0, 0.0]


class Echo(envs.TextEnv):
    """Asks for a word; a class of the user's own, with a task source of the user's own."""

    def __init__(self, split="train", mark=""):
        rows = [{"word": f"{mark}{number}"} for number in range(60)]
        super().__init__(envs.ListedTasks(split, rows, prompt="Say {word}.", gold="word", solution="{gold}"), reward)


def test_environments_of_ones_own_reach_the_workers(tmp_path):
    mark = "x"
    for env in (Echo, lambda split="train": Echo(split, mark), Echo("train"), Echo("dev")):
        spec = spec_of(env).split("dev" if getattr(env, "tasks", None) and env.tasks.split == "dev" else "train")
        task = spec.build().tasks.task(0)
        with VerifierPool(spec) as pool:
            assert [one.score for one in pool.score([(task.id, task.gold), (task.id, "no")])] == [1.0, 0.0]
    run = grpo.train(env=Echo, run_dir=tmp_path / "run", **(QUICK | {"eval_tasks": 2, "steps": 2}))
    assert list(run.held_out.env) == ["own", "own"] and run.resume(steps=3, quiet=True).finished
    few = {"n": 1, "tasks": 2, "max_tokens": 4, "engine": "transformers", "out": tmp_path / "evals"}
    frame = evals.evaluate(run.path / "checkpoints" / "last", [Echo, "math"], **few)
    assert list(frame.env) == ["math", "own"]
    with pytest.raises(envs.UsageError, match=r"the split 'train' alone, and 'test' is asked for: give what makes it"):
        grpo.train(env=Echo("train"), run_dir=tmp_path / "one", **(QUICK | {"eval_tasks": 2}))
    assert not (tmp_path / "one").exists()


def test_one_completion_that_hangs_a_rubric_costs_no_other_its_reward(questions):
    def judge(task, completion):
        while completion == "hang":
            pass
        return completion == "good"

    spec = over(questions, envs.Rubric(envs.Part("a", judge), envs.Part("b", judge, weight=0.5, gate="a")))
    found = scores(spec, ["good"] * 5 + ["hang"] + ["good"] * 5, deadline_s=0.5)
    assert [one.score for one in found] == [1.0] * 5 + [0.0] + [1.0] * 5 and found[5].status == "timeout"


def test_a_reward_that_pays_for_anything_is_found_by_the_audit(questions, monkeypatch, tmp_path):
    monkeypatch.setenv("GRPO_CACHE", str(tmp_path))
    spec = over(questions, lambda task, completion: str(task.gold) in completion)
    report = grpo.audit(spec, tasks=2)
    assert report.tasks == 2 and not report.clean and report.date in audit_state(spec.split("train"))
    assert "grpo.audit(env)" in audit_state(over(questions))


def test_code_of_another_python_is_not_run(questions):
    spec = over(questions)
    other = envs.EnvSpec("dataset", spec.kwargs | {"reward": spec.kwargs["reward"] | {"python": "3.10"}})
    with pytest.raises(envs.UsageError, match="made by Python 3.10"):
        other.build()
    for code in ("", "eJwr", "!!"):
        broken = envs.EnvSpec("dataset", spec.kwargs | {"reward": spec.kwargs["reward"] | {"pickle": code}})
        with pytest.raises(envs.UsageError, match="'reward' cannot be loaded"):
            broken.build()
    with pytest.raises(envs.UsageError, match="grpo.dataset"):
        envs.make("dataset", data=str(questions), prompt="{question}", answer="{answer}", verifier="own")
    with pytest.raises(envs.UsageError, match=r"grpo.train\(env=make\)"):
        envs.make("own")


def test_a_reward_from_a_script_reaches_the_workers(questions):
    program = f"""
import sys, grpo
assert not any(name in sys.modules for name in ("torch", "transformers", "pandas", "cloudpickle"))
FINE = 3
def helper(text): return len(text) > FINE
def reward(task, completion): return helper(completion)
spec = grpo.dataset({str(questions)!r}, "{{question}}", "{{answer}}", reward)
assert "torch" not in sys.modules
from envs.authoring.auditing.state import audit_state
from envs.workers.pool import VerifierPool
from grpo.console.python import spec_of
with VerifierPool(spec) as pool:
    print([one.score for one in pool.score([(spec.build().tasks.task(0).id, "abcd")])], spec.kwargs["reward"]["sha256"])
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", text], env=environment(), capture_output=True, text=True, check=True
        ).stdout
        for text in (program, program.replace("FINE = 3", "\n\nFINE = 3"), program.replace("FINE = 3", "FINE = 2"))
    ]
    assert said[0].startswith("[1.0]") and said[0] == said[1], "where it is written is not what it does"
    assert said[2].startswith("[1.0]") and said[2] != said[0]


def test_a_reward_that_hangs_or_raises_is_treated_as_any_other(questions):
    def judge(task, completion):
        while completion == "hang":
            pass
        return 1 / (completion != "raise")

    late, fault, fine = scores(over(questions, judge), ["hang", "raise", "fine"], deadline_s=0.5)
    assert (late.score, late.status) == (0.0, "timeout") and fine.score == 1.0
    assert not fault.scorable and "ZeroDivisionError" in fault.reason


@pytest.mark.parametrize("said", [None, float("nan"), 1.5, -0.5, "yes", [1]])
def test_what_is_no_reward_leaves_the_sample_out_and_says_so(questions, tmp_path, capsys, said):
    settings = QUICK | {"steps": 1, "eval_tasks": 2, "eval_samples": 1, "quiet": False}
    run = grpo.train(env=over(questions, lambda task, completion: said), run_dir=tmp_path / "run", **settings)
    assert set(run.rollouts.status) == {"unscorable"} and run.metrics.unscorable.iloc[0] == 8
    assert run.metrics.warnings.iloc[0][0].startswith("unscorable: 8 of 8 samples could not be scored")
    shown = capsys.readouterr()
    assert "warning: nothing was learnt: no completion of any step could be scored (" in shown.err
    assert "could not be scored" in shown.err and "held-out: no completion could be scored" in shown.err + shown.out


def test_a_reward_that_never_ends_does_not_keep_a_run_from_ending(questions, tmp_path):
    def judge(task, completion):
        while True:
            pass

    settings = QUICK | {"steps": 1, "tasks_per_step": 1, "group_size": 2, "verify_deadline": 0.05, "verify_workers": 2}
    run = grpo.train(env=over(questions, judge), run_dir=tmp_path / "run", **settings)
    assert run.finished and set(run.rollouts.status) == {"timeout"}


async def later(task, completion):
    return 1.0


class Later:
    async def __call__(self, task, completion):
        return 1.0


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        (later, "'later' is async"),
        (Later(), "'Later' is async"),
        (lambda prompts, completions, **more: [1.0], r"TRL's form, for a batch: write reward\(task, completion\)"),
        (lambda prompts, completions, answer: [1.0], "TRL's form"),
        (lambda task: 1.0, "too many positional"),
    ],
)
def test_what_is_no_reward_of_ours_is_said_at_once(questions, judge, told):
    with pytest.raises(envs.UsageError, match=told):
        over(questions, judge)


def test_an_empty_answer_is_no_gold(tmp_path):
    path = tmp_path / "q.csv"
    path.write_text("question,answer\n" + "".join(f"{n}?,{n if n % 4 else ''}\n" for n in range(40)))
    with pytest.warns(UserWarning, match="10 bad rows left out .*the answer is empty"):
        tasks = over(path).build().tasks
    assert all(tasks.task(n).gold for n in range(60))


def test_what_cannot_travel_is_named(questions):
    lock, big = threading.Lock(), os.urandom(2**21)
    for judge, told in [
        (lambda task, completion: lock.locked(), "'lock', a lock: make it inside the function"),
        (lambda task, completion: completion in str(big), "2.0 MiB .* read data from a file"),
        (lambda completion: True, r"must take a task and a completion"),
        (7, "not int"),
        ("mth", "did you mean 'math'"),
    ]:
        with pytest.raises(envs.UsageError, match=told):
            over(questions, judge).build()
