"""`grpo env check`: what keeps the contract passes, and what breaks it is named."""

import json

import pytest

import envs
from envs import EnvSpec, UsageError
from envs.authoring.checking import check

BROKEN = """
import random
from envs import ListedTasks, Reward, Task, TextEnv
from gymtests.places import FAULTS

class Own:
    size, version = 9, "1"
    def __init__(self, split): self.split = split
    def task(self, seed): return self.get(f"{self.split}-{seed % 9}")
    def get(self, task_id): return Task(TASK_ID, PROMPT, GOLD)
    def solution(self, task): return "x"

class Env(TextEnv):
    summary = SUMMARY
    parts = {"correct": "1 where it is x"}

def verify(task, text):
    return VERDICT

def make(split="train"):
    return Env(Own(split), verify)
"""
SOUND = {
    "TASK_ID": "task_id", "PROMPT": "f'say x, {task_id}'", "GOLD": "'x'", "SUMMARY": "'says x'",
    "VERDICT": "Reward(float(text == 'x'), {'correct': float(text == 'x')})",
}  # fmt: skip
FAULTY = {
    "a prompt that is no text": ({"PROMPT": "['say', 'x']"}, "tasks are well formed", "is list, not text"),
    "an empty prompt": ({"PROMPT": "' '"}, "tasks are well formed", "is empty"),
    "no id": ({"TASK_ID": "''"}, "tasks are well formed", "has no id"),
    "an id that is no text": ({"TASK_ID": "None"}, "tasks are well formed", "has no id"),
    "a gold that is no data": ({"GOLD": "object()"}, "tasks are well formed", "not plain data"),
    "one task for all seeds": ({"TASK_ID": "self.split"}, "a seed is a task", "every seed gives"),
    "tasks by chance": ({"PROMPT": "f'say {random.random()}'"}, "a seed is a task", "gives"),
    "a score above 1": ({"VERDICT": "2.0"}, "scores in range", "outside [0, 1]"),
    "a score that is text": ({"VERDICT": "'1.0'"}, "scores in range", "returned str"),
    "scores by chance": ({"VERDICT": "random.random()"}, "the same in every process", "scores"),
    "no summary": ({"SUMMARY": "''"}, "documentation", "no summary"),
    "a part without meaning": ({"VERDICT": "Reward(1.0, {'style': 1.0})"}, "documentation", "'style'"),
    "ids shared by the splits": ({"TASK_ID": "task_id[-1]"}, "disjoint from train", "leak-ids"),
}


def written(tmp_path, changes):
    text = BROKEN
    for name, value in {**SOUND, **changes}.items():
        text = text.replace(name, value)
    path = tmp_path / "checked_env.py"
    path.write_text(text)
    return EnvSpec(str(path))


def failed(report):
    return {result.name: result.detail for result in report.results if not result.ok}


def test_what_keeps_the_contract_passes(tmp_path):
    report = check(written(tmp_path, {}))
    assert report.ok, failed(report)
    assert {result.split for result in report.results} >= set(envs.SPLITS)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTY)
def test_what_breaks_it_is_named(tmp_path, fault):
    changes, name, says = FAULTY[fault]
    assert says in failed(check(written(tmp_path, changes))).get(name, "nothing found")


@pytest.mark.parametrize("fault", ["a prompt that is no text"])
def test_a_broken_contract_is_exit_code_1(tmp_path, grpo, fault):
    changes, name, says = FAULTY[fault]
    code, out, _ = grpo("env", "check", written(tmp_path, changes).name, "--json")
    found = {result["name"]: result["detail"] for result in json.loads(out)["results"] if not result["ok"]}
    assert code == 1 and says in found[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["math", "code", "countdown", "guess", "calculator", "chain"])
def test_every_built_in_environment_passes(name):
    report = check(EnvSpec(name))
    assert report.ok, failed(report)


@pytest.mark.slow
def test_what_hangs_is_killed_and_said(tmp_path):
    report = check(written(tmp_path, {"VERDICT": "[None for _ in iter(int, 1)]"}), deadline_s=0.5, timeout_s=5)
    assert not report.ok
    assert "took longer" in failed(report)["throughput"] and "took longer" in failed(report)["survives the check"]


def test_lists_split_by_what_is_asked():
    rows = [{"word": f"w{n}", "answer": n} for n in range(400)]
    splits = {split: envs.ListedTasks(split, rows, prompt="Say {word}") for split in envs.SPLITS}
    assert sum(tasks.size for tasks in splits.values()) == 400
    tasks = splits["test"]
    assert all(tasks.get(tasks.task(seed).id) == tasks.task(seed) for seed in range(tasks.size))
    assert tasks.solution(tasks.task(0)) == f"<answer>{tasks.task(0).gold}</answer>"
    more = envs.ListedTasks("test", [{"word": "first", "answer": 0}, *rows], prompt="Say {word}")
    assert {tasks.task(seed).id for seed in range(tasks.size)} <= {more.task(seed).id for seed in range(more.size)}


@pytest.mark.parametrize(
    ("rows", "options", "says"),
    [
        ([{"a": 1}], {"prompt": "Say {b}"}, "names a field 'b' that row 1 lacks"),
        ([{"a": n} for n in range(99)], {"prompt": "Say {a}"}, "has no field 'answer'"),
        ([], {"prompt": "Say {a}"}, "no task falls into the split 'test'"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(rows, options, says):
    with pytest.raises(UsageError, match=says):
        envs.ListedTasks("test", rows, **options)


def test_groups_are_one_task_in_worker_processes_too():
    import gymnasium

    options = {"shared_memory": False}
    group = gymnasium.make_vec("grpo/Math-v0", num_envs=2, vectorization_mode="async", vector_kwargs=options)
    try:
        prompts, _ = group.reset(seed=[5, 5])
        assert prompts[0] == prompts[1] == envs.make("math").reset(seed=5)[0]
    finally:
        group.close()


HEARSAY = '''
from envs import ListedTasks, TextEnv
from envs.judges.code.verifier import CodeVerifier
SOLVED = """```python
class V:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return self.x == other.x
```"""

class Env(TextEnv):
    summary = "a class to write"
    parts = {"correct": "1 where the tests pass", "tests": "the share that does"}

    def close(self): self.verifier.close()

def make(split="train"):
    rows = [{"n": n, "gold": {"tests": "assert V(1) == V(1)" if n else "assert V(4).x == 4"}} for n in range(2)]
    tasks = ListedTasks("train", rows, prompt="Write V, {n}.", gold="gold", key="0", solution=lambda _: SOLVED)
    return Env(tasks, CodeVerifier(20.0))
'''


def test_tests_that_only_the_judged_objects_decide_are_named(tmp_path):
    path = tmp_path / "hearsay_env.py"
    path.write_text(HEARSAY)
    report = check(EnvSpec(str(path)))
    named = {result.split: result for result in report.results if result.name == "tests decide by themselves"}
    assert named["train"].ok and named["train"].detail.endswith("(1 tasks)"), report.results
    assert "only what the code says of itself decides `assert V(1) == V(1)`" in named["train"].detail
