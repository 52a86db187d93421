"""Every fault planted on purpose is found, each for the right reason, and sound environments show none."""

import pytest

from envs import EnvSpec
from envs.authoring.auditing import CATALOGUE, audit
from gymtests.environments.planted_faults import FAULTS as planted
from gymtests.places import DATA, EXAMPLES, FAULTS

# What must be found, and what may be found beside it because the fault implies it.
EXPECTED = {
    "first-match": ({"first-answer-wins"}, set()),
    "any-match": ({"any-answer-wins"}, {"first-answer-wins"}),
    "substring": (
        {"substring", "candidates-listed"},
        {"any-answer-wins", "candidates-in-answer", "eval", "first-answer-wins", "giving-in", "near-number",
         "prefix-match", "suffix-match", "thinking-only", "unclosed", "universal-answer"},
    ),
    "in-tag": ({"candidates-in-answer"}, {"candidates-listed", "eval", "giving-in", "near-number", "universal-answer"}),
    "evaluated": ({"eval"}, {"candidates-in-answer", "hangs", "slow"}),
    "format-pays": (
        {"format-rewarded"},
        {"answer-in-prompt", "constant-rewarded", "echo-rewarded", "other-rewarded", "random-rewarded",
         "wrong-rewarded"},
    ),
    "length-pays": (
        {"length-rewarded"},
        {"constant-rewarded", "empty-rewarded", "giving-in", "judge-injected", "magic-words",
         "not-a-number", "style-rewarded", "universal-answer"},
    ),
    "startswith": ({"prefix-match"}, {"candidates-in-answer", "giving-in", "near-number"}),
    "endswith": ({"suffix-match"}, {"candidates-in-answer", "giving-in", "near-number"}),
    "regex-anything": (
        {"other-rewarded", "constant-rewarded"},
        {"answer-in-prompt", "benign-missed", "random-rewarded", "slow"},
    ),
    "unclosed": ({"unclosed"}, {"candidates-in-answer", "near-number"}),
    "thinking": ({"thinking-only"}, set()),
    "tolerant": ({"near-number"}, {"universal-answer"}),
    "not-unequal": ({"not-a-number"}, {"universal-answer"}),
    "raised-digits": ({"look-alike"}, set()),
    "letters-for-digits": ({"look-alike"}, set()),
    "strict-spacing": ({"benign-missed"}, set()),
    "oracle-zero": ({"oracle-missed"}, set()),
    "empty-pays": ({"empty-rewarded"}, set()),
    "constant": (
        {"no-contrast", "empty-rewarded", "constant-rewarded"},
        {"answer-in-prompt", "echo-rewarded", "format-rewarded", "judge-injected", "length-rewarded",
         "other-rewarded", "random-rewarded"},
    ),
    "out-of-range": ({"out-of-range"}, set()),
    "negative": ({"out-of-range"}, set()),
    "not-finite": ({"not-finite"}, set()),
    "returns-text": ({"wrong-type"}, set()),
    "raises": ({"raises"}, {"thinking-only"}),
    "hangs": ({"hangs"}, {"slow"}),
    "dies": ({"dies"}, set()),
    "guesses": ({"nondeterministic"}, {"benign-missed", "oracle-missed"}),
    "remembers": ({"state-dependent"}, set()),
    "mutates": ({"mutates-task"}, set()),
    "tells": ({"gold-in-info"}, set()),
    "echo-counts": ({"echo-rewarded"}, {"answer-in-prompt"}),
    "exit-code": ({"early-exit"}, {"equality-override", "hangs", "reads-tests", "test-tampering"}),
    "in-process": ({"equality-override", "reads-tests"}, {"test-tampering"}),
    "stuck": ({"seed-ignored"}, {"answer-in-prompt", "constant-rewarded"}),
    "unstable": ({"unstable-task"}, {"leak-ids", "leak-prompts"}),
    "no-address": ({"no-address"}, {"no-contrast", "oracle-missed"}),
    "shared-ids": ({"leak-ids"}, set()),
    "shared-prompts": ({"leak-prompts"}, set()),
    "near-prompts": ({"near-duplicates"}, {"template-duplicates"}),
    "one-answer": ({"constant-rewarded"}, {"candidates-in-answer", "near-number", "other-rewarded"}),
    "in-prompt": ({"answer-in-prompt"}, {"cue"}),
    "in-info": ({"gold-in-info"}, set()),
    "case": ({"benign-missed"}, set()),
}  # fmt: skip
QUICK = ("first-match", "format-pays", "mutates", "near-prompts")


def codes(spec, **options):
    report = audit(spec, **{"tasks": 8, "deadline_s": 1.0, **options})
    return {finding.code for finding in report.findings}, report


def assert_found(fault):
    found, report = codes(EnvSpec(FAULTS, {"fault": fault}))
    must, may = EXPECTED[fault]
    assert must <= found <= must | may, [finding.to_json() for finding in report.findings]


@pytest.mark.parametrize("fault", QUICK)
def test_a_fault_is_found_for_the_right_reason(fault):
    assert_found(fault)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [fault for fault in EXPECTED if fault not in QUICK])
def test_every_fault_is_found_for_the_right_reason(fault):
    assert_found(fault)


def test_there_are_enough_of_them_and_every_one_is_expected():
    assert set(planted) == {*EXPECTED, "sound"} and len(EXPECTED) >= 25
    named = set().union(*(must | may for must, may in EXPECTED.values()))
    assert named <= set(CATALOGUE)


def assert_clean(spec, **options):
    found, report = codes(spec, **options)
    assert not found, [finding.to_json() for finding in report.findings]
    assert report.clean and report.tasks > 1


def test_a_sound_environment_shows_no_fault():
    assert_clean(EnvSpec(FAULTS, {"fault": "sound"}))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["math", "code", "countdown", "guess", "calculator", "chain"])
def test_our_own_environments_show_none(name):
    assert_clean(EnvSpec(name), tasks=16, deadline_s=10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "file"),
    [("gsm8k", "gsm8k"), ("math500", "math500"), ("humaneval", "humaneval"), ("mbpp", "mbpp")],
)
def test_the_data_sets_show_none(name, file):
    if not (DATA / file).exists():
        pytest.skip(f"no {file} in ../shared/data")
    assert_clean(EnvSpec(name, {"data": str(DATA / file)}), tasks=8, deadline_s=20)


@pytest.mark.slow
@pytest.mark.parametrize("module", ["general_knowledge", "unit_conversion", "twenty_questions", "reverse_env"])
def test_the_examples_show_none(module, monkeypatch, tmp_path):
    if module == "reverse_env":
        return assert_clean(EnvSpec(str(EXAMPLES / "reverse_env.py")))
    monkeypatch.syspath_prepend(EXAMPLES / module.replace("_", "-"))
    path = tmp_path / f"{module}_env.py"
    path.write_text(f"from {module}.env import make\n")
    assert_clean(EnvSpec(str(path)))
