"""The audit's own parts, and what the command line says of them."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import EnvSpec, Task
from envs.authoring.auditing.attacks.forms import Kind, form_of
from envs.authoring.auditing.attacks.hacks import answer_hacks
from envs.authoring.auditing.attacks.probe import Expect
from envs.authoring.auditing.attacks.reformat import reformattings
from envs.authoring.auditing.card import page
from envs.authoring.auditing.findings import Example, Finding
from envs.authoring.auditing.measures.intervals import wilson
from envs.authoring.auditing.measures.leaks import leaks, normalised
from envs.authoring.auditing.measures.signal import signal_of
from envs.authoring.auditing.run import AuditReport
from envs.authoring.auditing.state import audit_state, remember
from envs.authoring.cli import parse_env_args

SOLUTIONS = {
    "so <answer>12</answer> it is": (Kind.TAG, "12"),
    "<think>hm</think><answer>x</answer>": (Kind.TAG, "x"),
    r"thus \boxed{\frac{1}{2}}.": (Kind.BOX, r"\frac{1}{2}"),
    "steps\n#### 42": (Kind.HASHES, "42"),
    "```python\ndef f(x):\n    return x\n```": (Kind.CODE, "def f(x):\n    return x\n"),
    "Paris": (Kind.PLAIN, "Paris"),
}


@pytest.mark.parametrize(("solution", "expected"), SOLUTIONS.items())
def test_the_form_is_read_off_the_solution(solution, expected):
    form = form_of(solution, "gold", None)
    assert (form.kind, form.answer) == expected
    assert form.give(form.answer).strip() == solution


def test_a_structured_gold_without_a_mark_is_about_the_whole_text():
    assert form_of("- a\n- b", {"kind": "bullets"}, None).kind is Kind.TEXT
    assert form_of("- a\n- b", {"kind": "bullets"}, False).kind is Kind.PLAIN
    assert form_of("<answer>a</answer>", "a", True).kind is Kind.TEXT


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_there_are_five_other_writings_and_each_holds_the_answer(solution):
    form = form_of(solution, "gold", None)
    written = reformattings(form, solution)
    assert len(written) >= 5
    assert all(form.answer.strip().casefold() in text.casefold() for text in written.values())
    assert solution not in written.values()


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(0, 999), min_size=1, max_size=4, unique=True))
def test_no_hack_is_a_plain_right_answer(value, wrong):
    others = [str(other) for other in wrong if other != value]
    if not others:
        return
    solution = f"<answer>{value}</answer>"
    form = form_of(solution, str(value), None)
    for probe in answer_hacks("t", form, solution, others):
        assert probe.completion.strip() != solution
        assert probe.expect in (Expect.NO_GAIN, Expect.NOT_FULL)


@given(st.floats(0, 1), st.integers(1, 500))
def test_the_interval_holds_the_mean_and_narrows(mean, count):
    low, high = wilson(mean, count)
    assert 0 <= low <= mean + 1e-9 and mean - 1e-9 <= high <= 1
    wider = wilson(mean, max(1, count // 2))
    assert high - low <= wider[1] - wider[0] + 1e-9


def test_the_interval_is_wilsons():
    low, high = wilson(0.0, 24)  # the closed form at 0: z^2 / (n + z^2)
    assert low == 0.0 and high == pytest.approx(1.959964**2 / (24 + 1.959964**2))


def tasks(*prompts):
    return [Task(f"t{index}", prompt, None) for index, prompt in enumerate(prompts)]


def held_out(*prompts):
    return [Task(f"h{index}", prompt, None) for index, prompt in enumerate(prompts)]


def test_prompts_are_compared_without_case_and_marks_but_with_operators():
    assert normalised("What  is 3+4 ?") == normalised("what is 3+4")
    assert normalised("3+4") != normalised("3-4")
    found = leaks(tasks("What is 3 + 4?"), held_out("what is 3 + 4 ?", "What is 3 - 4?"), ("train", "test"))
    assert [finding.code for finding in found.findings()] == ["leak-prompts"] and len(found.prompts) == 1


def test_wording_that_every_task_shares_is_no_leak():
    wording = "Please read the following question with care and answer it in one number only, thank you very much"
    train = tasks(*(f"{wording}: {n} plus {n + 7}" for n in range(300)))
    found = leaks(train, held_out(*(f"{wording}: {n} plus {n + 11}" for n in range(1000, 1100))), ("train", "test"))
    assert not found.findings()


def test_a_long_prompt_with_another_ending_is_a_near_duplicate_unless_its_numbers_differ():
    story = " ".join(f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyzabcdefg")
    same = leaks(tasks(f"{story} costs 5 coins"), held_out(f"{story} costs 5 pennies"), ("train", "test"))
    other = leaks(tasks(f"{story} costs 5 coins"), held_out(f"{story} costs 6 coins"), ("train", "test"))
    assert [finding.code for finding in same.findings()] == ["near-duplicates"]
    assert not other.findings() and other.closest[0].overlap > 0.5


def test_a_policy_whose_groups_agree_gives_no_signal():
    dead = signal_of("p", [[0.0] * 4] * 97 + [[0.0, 1.0, 0.0, 0.0]] * 3)
    assert dead.zero_variance == 0.97 and "97% zero-variance groups: this run will not learn; lower" in dead.verdict
    assert [finding.code for finding in dead.findings()] == ["no-signal"]
    assert "raise the level" in signal_of("p", [[1.0] * 4] * 10).verdict
    assert not signal_of("p", [[0.0, 1.0]] * 5).findings()


def report(**changes):
    example = Example("t<1>", "label", "<script>alert(1)</script>", 1.0)
    finding = Finding("substring", 1, 2, "detail & more", (example,))
    given = dict(
        name="my-env", version="1", split="test", tasks=2, scored=9, findings=(finding,), earnings=(), tried={},
        leaks=(), signal=None, agreements=(), notes=(), date="2026-01-02",
    )  # fmt: skip
    return AuditReport(**{**given, **changes})


def test_the_card_escapes_what_completions_hold():
    html = page(report())
    assert "<script>" not in html and "&lt;script&gt;" in html and "t&lt;1&gt;" in html and "substring" in html


def test_the_last_audit_is_remembered_by_environment_and_arguments(tmp_path, monkeypatch):
    monkeypatch.setenv("GRPO_CACHE", str(tmp_path))
    spec = EnvSpec("math", {"levels": [1], "split": "train"})
    assert audit_state(spec) == "audit: never run: `grpo env audit math --env-arg levels=1`"
    remember(spec, True, [], "2026-11-22")
    assert audit_state(spec.split("test")) == "audit: clean, 2026-11-22"
    assert (
        audit_state(EnvSpec("math", {"levels": [2, 3]}))
        == "audit: never run: `grpo env audit math --env-arg levels=2,3`"
    )
    asked = {"data": "/a b.csv", "prompt": "{q}?", "exact": True, "split": "train"}
    command = shlex.split(audit_state(EnvSpec("dataset", asked)).split("`")[1])
    assert parse_env_args(command[5::2]) == {name: value for name, value in asked.items() if name != "split"}
    assert "never run" in audit_state(EnvSpec("math", {"levels": [2]}))
    remember(spec, False, ["substring"], "2026-11-23")
    assert audit_state(spec) == "audit: 1 findings (substring), 2026-11-23"


def test_a_file_that_changed_counts_as_never_audited(tmp_path, monkeypatch):
    monkeypatch.setenv("GRPO_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "own_env.py"
    path.write_text("x = 1\n")
    remember(EnvSpec(str(path)), True, [], "2026-11-22")
    assert "clean" in audit_state(EnvSpec(str(path)))
    path.write_text("x = 2\n")
    assert "never run" in audit_state(EnvSpec(str(path)))


def test_the_state_of_a_nameless_environment_is_a_line_too():
    assert "never run" in audit_state(EnvSpec("no-such-env"))


ACCEPTING = """
from envs import ListedTasks, TextEnv
from envs.authoring import AuditProfile, Expect, Probe

ROWS = [{"n": n, "answer": str(n)} for n in range(60)]

class Env(TextEnv):
    audit_profile = AuditProfile(accepts={"answer-in-prompt": "copying is the task"})

    def probes(self, task, solution):
        yield Probe("shouting", "upper case", task.id, solution.upper() + "!!!", Expect.NOTHING)

def make(split="train"):
    tasks = ListedTasks(split, ROWS, prompt="Say {n}", solution="{gold}")
    return Env(tasks, lambda task, text: float(text.strip().rstrip("!") == task.gold))
"""


def test_a_plugins_own_probes_count_and_what_it_accepts_does_not(tmp_path, monkeypatch, grpo):
    monkeypatch.setenv("GRPO_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "copying_env.py"
    path.write_text(ACCEPTING)
    card = tmp_path / "card.html"
    code, out, _ = grpo("env", "audit", path, "--tasks", "4", "--json", "--html", card)
    found = {finding["code"]: finding for finding in json.loads(out)["findings"]}
    assert code == 1 and found["shouting"]["count"] == 4 and not found["shouting"]["accepted"]
    assert found["answer-in-prompt"]["accepted"] == "copying is the task"
    assert "shouting" in card.read_text()
    assert "1 findings (shouting)" in audit_state(EnvSpec(str(path)))


def test_an_unknown_environment_is_one_line(grpo):
    code, _, err = grpo("env", "audit", "mth")
    assert code == 2 and "did you mean 'math'" in err
