"""The code environments: rewards of honest and dishonest completions, and data files that are wrong."""

import gzip
import json
import pickle
from dataclasses import replace

import pytest

import envs
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from envs.core.reward import Status
from envs.judges.code.verifier import CodeVerifier
from envs.judges.sandbox import CodeJudge
from envs.workers.pool import VerifierPool
from gymtests.places import DATA

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not beside the project")
ROWS = [
    {
        "task_id": f"Mini/{k}",
        "entry_point": f"add{k}",
        "prompt": f"def add{k}(x):\n    ''' Adds {k}. '''\n",
        "canonical_solution": f"    return x + {k}\n",
        "test": f"def check(candidate):\n    assert candidate(1) == {1 + k}\n",
    }
    for k in range(3)
]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def code():
    env = envs.make("code", split="train", timeout=20)
    yield env
    env.close()


def written(tmp_path, rows):
    path = tmp_path / "HumanEval.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def step(env, completion, seed=0):
    env.reset(seed=seed)
    _, score, terminated, truncated, info = env.step(completion)
    assert terminated and not truncated
    return score, info


def test_the_worked_solution_earns_everything_and_its_ruin_nothing(code):
    for seed in range(10):
        task = code.tasks.task(seed)
        score, info = step(code, code.tasks.solution(task), seed)
        assert (score, info["status"], info["outcome"]) == (1.0, "ok", "passed")
        ruined = f"```python\ndef {task.gold['entry_point']}(*args): return None\n```"
        score, info = step(code, ruined, seed)
        assert (score, info["outcome"]) == (0.0, "failed")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("while True: pass", Status.TIMEOUT, "timeout"),
        ("return 1 / 0", Status.ERROR, "error"),
        ("return [0] * 10**10", Status.ERROR, "memory"),
        ("import os; os._exit(0)", Status.ERROR, "error"),
    ],
)
def test_what_the_completion_causes_is_a_score_of_0(body, status, outcome):
    env = envs.make("code", timeout=1.0 if outcome == "timeout" else 20.0)
    name = env.tasks.task(0).gold["entry_point"]
    score, info = step(env, f"```python\ndef {name}(*args):\n    {body}\n```")
    assert (score, info["status"], info["outcome"]) == (0.0, str(status), outcome)
    env.close()


@pytest.mark.parametrize(
    "completion", ["", "I do not know.", "```python\n```", "\0", "\ud800", "(" * 10_000, "x" * 10**6]
)
def test_strange_completions_earn_nothing(code, completion):
    assert step(code, completion)[0] == 0.0


def test_the_shown_example_alone_earns_nothing(code):
    task = code.tasks.task(1)
    shown = task.prompt.rpartition("== ")[2].rstrip(".")
    score, _ = step(code, f"```python\ndef {task.gold['entry_point']}(*args): return {shown}\n```", 1)
    assert score == 0.0


def test_partial_credit_is_off_unless_asked_for():
    env = envs.make("code", levels=[1], partial_credit=True, timeout=20)
    task = env.tasks.task(0)
    name, (first, *_) = task.gold["entry_point"], task.gold["calls"]
    half = f"```python\ndef {name}(*args): return {first[1]!r} if list(args) == {first[0]!r} else None\n```"
    assert 0 < step(env, half)[0] < 1
    env.close()
    env = envs.make("code", levels=[1], timeout=20)
    assert step(env, half)[0] == 0
    env.close()


def test_no_sandbox_is_our_fault_and_not_the_completions(monkeypatch):
    from envs.judges.sandbox.host.server import ForkServer, LayerMissing

    def missing(self, *rest):
        raise LayerMissing("namespaces", "not here")

    monkeypatch.setattr(ForkServer, "__init__", missing)
    env = envs.make("code")
    score, info = step(env, "```python\ndef f(x): return x\n```")
    assert (score, info["status"]) == (0.0, "unscorable")
    assert "namespaces" in info["reason"]


def test_building_starts_nothing_and_verifiers_travel(code):
    step(code, code.tasks.solution(code.tasks.task(0)))
    copy = pickle.loads(pickle.dumps(code.verifier))
    task = code.tasks.task(0)
    assert copy(task, code.tasks.solution(task)).score == 1.0
    copy.close()


@needs_data
def test_humaneval_and_mbpp_pass_their_own_tests_and_nothing_else():
    for name, sizes in (("humaneval", {"test": 164}), ("mbpp", {"train": 146, "dev": 17, "test": 264})):
        ids = set()
        for split, size in sizes.items():
            env = envs.make(name, data=str(DATA / name), split=split, check=False, timeout=20)
            assert env.tasks.size == size
            found = {env.tasks.task(seed).id for seed in range(size)}
            assert len(found) == size and not found & ids
            ids |= found
        for seed in range(0, env.tasks.size, 20):
            task = env.tasks.task(seed)
            assert step(env, env.tasks.solution(task), seed)[0] == 1.0
            assert step(env, f"```python\ndef {task.gold['entry_point']}(*args): pass\n```", seed)[0] == 0.0
        env.close()


@pytest.mark.parametrize("style", ["chat", "completion"])
def test_prompts_of_both_styles(tmp_path, style):
    env = envs.make("humaneval", data=written(tmp_path, ROWS), style=style, timeout=20)
    prompt, _ = env.reset(seed=1)
    assert ROWS[1]["prompt"] in prompt
    assert (prompt == ROWS[1]["prompt"]) == (style == "completion")
    assert env.step("    return x + 1\n")[1] == 1.0
    env.close()


def test_a_solution_that_fails_its_tests_is_rejected_with_its_id(tmp_path):
    rows = [*ROWS, {**ROWS[0], "task_id": "Mini/bad", "canonical_solution": "    return x - 1\n"}]
    with pytest.raises(UsageError, match="Mini/bad"):
        envs.make("humaneval", data=written(tmp_path, rows))


def test_a_file_is_checked_once_for_its_content_and_again_when_it_changes(tmp_path, monkeypatch):
    judged = []
    verdict = CodeVerifier.verdict
    monkeypatch.setattr(
        CodeVerifier, "verdict", lambda self, task, text: judged.append(task.id) or verdict(self, task, text)
    )
    data = written(tmp_path, ROWS)
    envs.make("humaneval", data=data)
    assert judged == ["Mini/0", "Mini/1", "Mini/2"]
    envs.make("humaneval", data=data)
    assert len(judged) == 3
    bad = {**ROWS[0], "task_id": "Mini/bad", "canonical_solution": "    return x - 1\n"}
    for _ in range(2):
        with pytest.raises(UsageError, match="Mini/bad"):
            envs.make("humaneval", data=written(tmp_path, [bad]))


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert envs.make("humaneval", data=written(tmp_path, ROWS)).tasks.size == 3


def test_the_same_code_for_the_same_task_is_run_once(monkeypatch):
    env = envs.make("code", timeout=20)
    task = env.tasks.task(0)
    runs = []
    judge = CodeJudge.judge
    monkeypatch.setattr(
        CodeJudge, "judge", lambda self, *given, **named: runs.append(1) or judge(self, *given, **named)
    )
    good = env.tasks.solution(task)
    assert [env.verifier(task, good).score for _ in range(3)] == [1.0, 1.0, 1.0]
    assert len(runs) == 1
    other = replace(task, gold={**task.gold, "calls": [[arguments, "else"] for arguments, _ in task.gold["calls"]]})
    assert env.verifier(other, good).score == 0.0
    assert len(runs) == 2
    env.close()


def test_a_verifier_pool_waits_as_long_as_the_environment_says(tmp_path):
    spec = EnvSpec("humaneval", {"data": written(tmp_path, ROWS), "timeout": 2.0})
    with VerifierPool(spec, deadline_s=0.01) as pool:
        assert pool.deadline_s > 12
        assert pool.score([("Mini/1", "    return x + 1\n")])[0].score == 1.0


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([{"task_id": "a"}], "prompt"),
        ([7], "task_id"),
        ([], "no tasks"),
        ([{**ROWS[0], "test": "x = 1"}], "no assert"),
        ([{**ROWS[0], "test": "assert ("}], "not Python"),
        ([{**ROWS[0], "entry_point": "missing"}], "Mini/0"),
    ],
)
def test_data_files_that_are_wrong(tmp_path, rows, word):
    with pytest.raises(UsageError, match=word):
        envs.make("humaneval", data=written(tmp_path, rows))


def test_data_must_be_given_and_be_there(tmp_path):
    for kwargs in ({}, {"data": str(tmp_path)}, {"data": str(tmp_path / "no.jsonl")}):
        with pytest.raises(UsageError, match="data"):
            envs.make("humaneval", **kwargs)
    with pytest.raises(UsageError, match="split"):
        envs.make("humaneval", data=written(tmp_path, ROWS), split="tests")
    with pytest.raises(UsageError, match="style"):
        envs.make("humaneval", data=written(tmp_path, ROWS), style="chatty")
