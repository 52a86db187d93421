# ruff: noqa: E501 - rows are short programs on one line
"""LiveCodeBench, APPS, CodeContests and LeetCodeDataset as environments, and their rows anywhere else."""

import base64
import json
import pickle
import zlib

import pytest

import envs
from envs.authoring.judge.code import job_of
from envs.builtin.datasets.kinds import KINDS
from envs.core.errors import UsageError
from envs.judges.code.rows import problem_of
from envs.judges.sandbox import CodeJudge

SUM = "print(sum(map(int, input().split())))"
ADD = "def add(a, b): return a + b"
TWO_SUM = "class Solution:\n    def twoSum(self, nums: List[int], target: int) -> List[int]:\n        return [0, 1]\n"
LISTS = """from typing import *
class ListNode:
    def __init__(self, val=0, next=None): self.val, self.next = val, next
def list_node(values):
    head = None
    for value in reversed(values): head = ListNode(value, head)
    return head
def is_same_list(a, b):
    while a and b:
        if a.val != b.val: return False
        a, b = a.next, b.next
    return a is None and b is None
"""
REVERSE = """class Solution:
    def rev(self, head: Optional[ListNode]) -> Optional[ListNode]:
        prev = None
        while head: head.next, prev, head = prev, head, head.next
        return prev
"""


def packed(tests):
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(tests)))).decode()


def in_out(inputs, outputs, **more):
    return json.dumps({"inputs": inputs, "outputs": outputs, **more})


LEETCODE = {
    "task_id": "reverse",
    "prompt": LISTS,
    "entry_point": "Solution().rev",
    "test": "def check(candidate):\n    assert is_same_list(candidate(head = list_node([1, 2])), list_node([2, 1]))\n",
    "query": "Reverse a list.",
    "response": f"```python\n{REVERSE}```",
    "input_output": [{"input": "head = [1, 2]", "output": "[2, 1]"}],
}
PLUS = {
    "entry_point": "fact", "prompt": "def fact(n):\n", "base_input": [[2]], "plus_input": [[0], [5]], "atol": 0,
    "canonical_solution": "    return 1 if n < 2 else n * fact(n - 1)\n",
}  # fmt: skip
STDIN = [{"input": "1 2", "output": "3", "testtype": "stdin"}]
FUNCTIONAL = [{"input": "[2, 7]\n9", "output": "[0, 1]", "testtype": "functional"}]
ROWS = {
    "apps": ({"input_output": in_out(["1 2\n"], ["3\n"]), "solutions": json.dumps([SUM])}, SUM, "print(4)"),
    "apps_lines": ({"input_output": in_out([["1 2", ""]], [["3"]])}, SUM, "print('3 3')"),
    "apps_wrapped": ({"input_output": in_out([[1, 2], [3, 4]], [[3], [7]], fn_name="add")}, ADD, "def add(a, b): return 3"),
    "taco": ({"input_output": in_out([[1, 2], [3, 4]], [3, 7], fn_name="add")}, ADD, "class Solution:\n  def add(s, a, b): return a - b"),
    "apps_list": ({"input_output": in_out([[1, 2], [3, 4]], [[3], [7]], fn_name="add")}, "def add(a, b): return [a + b]", "def add(a, b): return [[a + b]]"),
    "deep": ({"input_output": in_out(["9000\n"], ["9000\n"])}, "def f(n): return n and 1 + f(n - 1)\nprint(f(int(stdin.readline())))", "print(0)"),
    "keys_of_json": ({"input_output": in_out([[{"1": 2}]], [{"2": 1}], fn_name="f")}, "def f(d): return {v: k for k, v in d.items()}", "def f(d): return d"),
    "contests": ({"public_tests": {"input": ["1 2"], "output": ["3"]}, "private_tests": {"input": [], "output": []}, "generated_tests": [{"input": "2 2", "output": "4"}]}, SUM, "print(3)"),
    "lcb": ({"public_test_cases": json.dumps(STDIN), "private_test_cases": packed(STDIN), "metadata": "{}"}, SUM, "print(2)"),
    "lcb_function": ({"public_test_cases": "[]", "private_test_cases": packed(FUNCTIONAL), "metadata": '{"func_name": "twoSum"}'}, TWO_SUM, TWO_SUM.replace("[0, 1]", "[1, 0]")),
    "kodcode": ({"test": "from solution import add\ndef test_a():\n    assert add(1, 2) == 3\n", "solution": ADD}, ADD, "def add(a, b): return 0"),
    "leetcode": (LEETCODE, REVERSE, "class Solution:\n    def rev(self, head): return head\n"),
    "prime": ({"reward_model": {"ground_truth": in_out(["1 2\n"], ["3\n"])}}, SUM, "print(1)"),
    "cases": ({"test_cases": [{"input": "1 2", "output": "3"}]}, SUM, "print(1)"),
    "plus": (PLUS, "def fact(n):\n    r = 1\n    for i in range(2, n + 1): r *= i\n    return r", "def fact(n): return 2"),
}  # fmt: skip


@pytest.fixture(scope="module")
def judge():
    with CodeJudge(timeout=20, lists_for_tuples=True) as judge:
        yield judge


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_judged_as_its_authors_judge_it(judge, name):
    row, good, bad = ROWS[name]
    assert judge.judge(**job_of({**row, "completion": f"So:\n```python\n{good}\n```"})).score == 1
    verdict = judge.judge(**job_of({**row, "code": bad}))
    assert verdict.score == 0 and verdict.status != "refused", verdict
    KINDS["code"].gold(row)


@pytest.mark.parametrize(
    "row",
    [
        {"input_output": "{"},
        {"input_output": in_out([], [])},
        {"input_output": in_out(["1"], [])},
        {"input_output": in_out([1], [2])},
        {"input_output": in_out(["1 +"], ["2"], fn_name="f")},
        {"public_tests": {"input": ["1"], "output": ["1"]}, "input_file": "a.in"},
        {"public_tests": 3},
        {"private_test_cases": "not base64!"},
        {"private_test_cases": base64.b64encode(zlib.compress(pickle.dumps(print))).decode()},
        {"private_test_cases": base64.b64encode(zlib.compress(pickle.dumps(["[]", "[]"]))).decode()},
        {"private_test_cases": base64.b64encode(zlib.compress(b"not a pickle")).decode()},
        {"public_test_cases": json.dumps(STDIN + FUNCTIONAL)},
        {"public_test_cases": json.dumps(FUNCTIONAL), "metadata": "{}"},
        {"test_cases": [1]},
        {**PLUS, "canonical_solution": None},
    ],
    ids=range(15),
)
def test_what_cannot_be_run_refuses_the_row(row):
    with pytest.raises(UsageError):
        problem_of(row)


def test_an_unknown_row_is_no_problem_of_these():
    assert problem_of({"tests": "assert f(1)", "stdin": "x"}) is None


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def apps_rows(count):
    return [{"problem_id": k, "question": f"Add {k}.", **ROWS["apps"][0]} for k in range(count)]


def test_an_environment_over_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data = write(tmp_path / "rows.jsonl", apps_rows(30))
    ids = {}
    for split in ("train", "dev", "test"):
        with envs.make("apps", data=data, split=split, check=split == "dev") as env:
            ids[split] = set(t.id for t in env.tasks)
            task = env.tasks.get(sorted(ids[split])[0])
            assert env.score(task, env.tasks.solution(task)).score == 1
            assert env.score(task, "```python\nprint(0)\n```").score == 0
    assert sum(map(len, ids.values())) == 30 == len(set.union(*ids.values()))


def test_a_folder_names_its_splits_and_a_wrong_solution_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "leetcode"
    folder.mkdir()
    wrong = {**LEETCODE, "task_id": "wrong", "response": "```python\nclass Solution:\n    def rev(s, head): 1 / 0\n```"}
    write(folder / "LeetCodeDataset-train.jsonl", [LEETCODE])
    write(folder / "LeetCodeDataset-test.jsonl", [wrong, {**LEETCODE, "task_id": "other"}])
    with pytest.raises(UsageError, match=r"leetcode/wrong.*ZeroDivisionError"):
        envs.make("leetcode", data=str(folder), split="test")
    with envs.make("leetcode", data=str(folder), split="test", skip="leetcode/wrong") as env:
        assert list(t.id for t in env.tasks) == ["leetcode/other"]


def test_livecodebench_is_held_out(tmp_path):
    row = {
        **ROWS["lcb_function"][0],
        "question_id": "q1",
        "question_content": "Two.",
        "starter_code": "class Solution:",
    }
    data = write(tmp_path / "test.jsonl", [row])
    with envs.make("livecodebench", data=data) as env:
        task = env.tasks.get("livecodebench/q1")
        assert "class Solution:" in task.prompt
        assert env.score(task, f"```python\n{TWO_SUM}```").score == 1
    with pytest.raises(UsageError):
        envs.make("livecodebench", data=data, split="train")
