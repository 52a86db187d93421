"""The audit of a reward that mixes a learned part with one that can be checked."""

import json

ENV = """
from envs import ListedTasks, Part, Rubric, TextEnv
from envs.authoring import AuditProfile
from envs.judges import NumericMatch


def fond_of_length(task, completion):
    "Stands for a model that takes length for quality."
    return min(1.0, len(completion) / 60)


def make(split="train"):
    rows = [{"n": n, "answer": str(2 * n)} for n in range(10, 99)]
    rubric = Rubric(
        Part("correct", NumericMatch(), primary=True), Part("style", fond_of_length, weight=0.3, gate="correct")
    )
    env = TextEnv(ListedTasks(split, rows, prompt="What is {n} + {n}?"), rubric)
    env.audit_profile = AuditProfile(learned={"style": "correct"})
    return env
"""


def test_the_audit_tells_how_far_a_learned_part_disagrees(grpo, tmp_path, monkeypatch):
    monkeypatch.setenv("GRPO_CACHE", str(tmp_path / "cache"))
    env = tmp_path / "mixed.py"
    env.write_text(ENV)
    _, out, err = grpo("env", "audit", env, "--tasks", "6", "--json")
    (found,) = json.loads(out)["agreements"]
    assert (found["learned"], found["verifiable"]) == ("style", "correct")
    assert found["fooled"] and found["opposite"] > 0.2, err
    _, out, err = grpo("env", "audit", env, "--tasks", "6")
    assert "style against correct" in out + err
