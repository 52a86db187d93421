"""Tasks of inspect_ai as environments, held against inspect_ai itself over the same completions."""

import asyncio
import json
import pickle

import numpy as np
import pytest

import envs
from envs import EnvSpec, Status, UsageError
from envs.bridges.inspect_ai import make
from envs.workers.pool import VerifierPool
from evals.evaluator import EvalSettings, Evaluator
from gymtests.bridged.fixed import FixedSampler
from gymtests.bridged.inspect_tasks import NAMES, completion, their_results, write

pytest.importorskip("inspect_ai", reason="needs `pip install inspect-ai`")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write(tmp_path_factory.mktemp("inspect"))


def texts_for(name):
    return [completion(name, place) for place in range(25 if name == "numbers" else 24)]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_completions_get_the_same_score_to_the_last_digit(name, file, tmp_path):
    texts = texts_for(name)
    theirs, asked = their_results(name, file, texts, tmp_path)
    env = make(f"{file}@{name}", split="test")
    env.start_worker()
    assert [env.messages(task) for task in env.tasks] == asked
    rewards = [env.score(task, text) for task, text in zip(env.tasks, texts, strict=True)]
    assert {key: np.mean([reward.parts[key] for reward in rewards]) for key in env.parts} == theirs
    first = next(iter(theirs))
    assert np.mean([reward.score for reward in rewards]) == theirs[first] and 0 < theirs[first] < 1
    assert all(reward.scorable for reward in rewards)


def test_a_whole_eval_gives_their_figures(file, tmp_path):
    texts = texts_for("cities")
    theirs, _ = their_results("cities", file, texts, tmp_path)
    spec = EnvSpec(f"inspect/{file}@cities")
    with Evaluator(spec, EvalSettings(tasks=None, samples=1, greedy=False)) as evaluator:
        said = {task.id: text for task, text in zip(evaluator.tasks, texts, strict=True)}
        summary = evaluator.run(FixedSampler(said)).summary
    assert summary["parts"] == theirs and summary["unscorable"] == 0


ODD = """
import random
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageUser, ContentImage
from inspect_ai.scorer import *
from inspect_ai.solver import *
from inspect_ai.tool import bash

ONE = [Sample(input="a?", target="a")]

def odd(**changed):
    return Task(**{"dataset": ONE, "scorer": match(), **changed})

@task
def tools(): return odd(solver=[use_tools(bash()), generate()])
@task
def critic(): return odd(solver=[generate(), self_critique()])
@task
def own():
    @solver
    def mine():
        async def solve(state, generate): return await generate(state)
        return solve
    return odd(solver=mine())
@task
def graded(): return odd(scorer=model_graded_qa(model="mockllm/model"))
@task
def unscored(): return odd(scorer=None)
@task
def boxed(): return odd(sandbox="local")
@task
def shuffles(): return odd(solver=multiple_choice(shuffle=True), scorer=choice())
@task
def chances(): return odd(dataset=[Sample(input=f"{random.SystemRandom().random()}", target="a")])
@task
def pictures():
    image = ContentImage(image="data:image/png;base64,AA==")
    return odd(dataset=[Sample(input=[ChatMessageUser(content=[image])], target="a")])
@task
def begun(): return odd(solver=[assistant_message("It is"), generate()])
@task
def silent(): return odd(solver=[system_message("Hi")])
@task
def breaks(): return 1 / 0
@task
def hangs(stop: str = "END"):
    return odd(solver=generate(stop_seqs=[stop], max_tokens=7), scorer=[pattern("^((?:a+)+)$"), includes()])
"""
REFUSED = {
    "tools": "is solved by use_tools: here a policy is asked once",
    "critic": "is solved by self_critique",
    "own": "is solved by mine",
    "graded": "is scored by model_graded_qa: here by text alone",
    "unscored": "has no scorer",
    "boxed": "needs a sandbox",
    "shuffles": "shuffles its choices anew",
    "chances": "gives other samples each time it is loaded: give its shuffle a seed",
    "pictures": "shows the policy more than text",
    "begun": "begins the answer itself",
    "silent": "never asks the policy",
    "breaks": "cannot be built: ZeroDivisionError",
    "gone": "cannot be built: ",
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    path = tmp_path_factory.mktemp("odd") / "odd.py"
    path.write_text(ODD)
    return str(path)


@pytest.mark.parametrize(("name", "says"), REFUSED.items())
def test_what_cannot_be_an_environment_is_refused_in_one_line(name, says, odd):
    with pytest.raises(UsageError, match=says) as caught:
        make(f"{odd}@{name}", split="test")
    assert "\n" not in str(caught.value) and f"{odd}@{name}" in str(caught.value)


@pytest.mark.parametrize(
    ("member", "arguments", "says"),
    [
        ("{odd}", {}, "has 13 tasks: say which, as inspect/.*odd.py@"),
        ("{odd}@hangs", {"split": "train"}, "is one set of samples, to evaluate: --env-arg divide=true"),
        ("{odd}@hangs", {"scorer": "include"}, "did you mean 'includes'"),
        ("{odd}@hangs", {"stopp": "x"}, "takes no argument 'stopp': did you mean 'stop'"),
        ("{odd}@hangs", {"seed": 1}, "takes no argument 'seed'"),
        ("nowhere.py@one", {}, "no file nowhere.py: .*inspect/FILE.py@task"),
        ("nowhere.py", {}, "no file nowhere.py"),
        ("nothing/none", {}, "no task 'nothing/none' of inspect_ai|cannot be built"),
        ("", {}, "'inspect/?' is a family: say which, as inspect"),
    ],
)
def test_wrong_names_and_arguments_are_named(member, arguments, says, odd):
    with pytest.raises(UsageError, match=says):
        envs.make(f"inspect/{member.format(odd=odd)}", **{"split": "test", **arguments})


def test_a_pattern_that_hangs_costs_a_completion_its_score(odd):
    spec = EnvSpec(f"inspect/{odd}@hangs", {"split": "test"})
    env = spec.build()
    assert "at most 7 tokens; cut at 'END'" in env.summary
    task = env.tasks.task(0)
    with VerifierPool(spec, deadline_s=1) as pool:
        first, hung, last = pool.score([(task.id, text) for text in ("a", "a" * 60 + "!", "aEND!")])
    assert (first.score, hung.score, last.score) == (1.0, 0.0, 1.0)
    assert hung.status is Status.TIMEOUT and first.parts == {"pattern": 1.0, "includes": 1.0}
    other = make(f"{odd}@hangs", split="test", scorer="includes", stop="!")
    other.start_worker()
    assert other.score(task, "?a").score == 1.0 and other.score(task, "?!a").score == 0.0


def test_samples_are_divided_to_train_on_them(file):
    name = f"{file}@numbers"
    parts = {split: make(name, split=split, divide=True, size=200) for split in envs.SPLITS}
    asked = {split: {task.prompt for task in env.tasks} for split, env in parts.items()}
    assert sum(map(len, asked.values())) == len(set.union(*asked.values())) == 200
    assert len(asked["train"]) > len(asked["dev"]) + len(asked["test"])


def test_right_answers_are_known_and_get_the_point(file):
    for name in NAMES:
        env = make(f"{file}@{name}", split="test")
        env.start_worker()
        for task in env.tasks:
            assert env.score(task, env.tasks.solution(task)).score == 1.0


def test_it_is_scored_elsewhere_pickles_and_runs_under_an_event_loop(file, monkeypatch):
    monkeypatch.setattr("envs.bridges.inspect_ai.playing.InspectScorer.__call__", lambda *_: pytest.fail("scored here"))

    async def played():
        env = pickle.loads(pickle.dumps(envs.make(f"inspect/{file}@letters", split="test")))
        prompt, info = env.reset(seed=1)
        score = env.step("ANSWER: B")[1]
        env.close()
        return prompt, info["task_id"], score

    prompt, task_id, score = asyncio.run(played())
    assert "A) x 1\nB) y 1\nC) z 1" in prompt and task_id.startswith("letters/") and score == 1.0


def test_the_command_line_shows_it(file, grpo):
    code, out, err = grpo("env", "show", f"inspect/{file}@cities", "--split", "test", "--json")
    assert code == 0, err
    assert json.loads(out)["example"]["solution"] == "Saint-City 0"
    code, _, err = grpo("env", "show", f"inspect/{file}@cities")
    assert code == 2 and err.count("\n") == 1 and "divide=true" in err
