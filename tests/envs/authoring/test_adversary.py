"""Faults that only an adversary finds, and what the adversary is made of."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import EnvSpec, TextEnv
from envs.authoring.auditing import CATALOGUE, audit
from envs.authoring.auditing.attacks.crafted.bent import bent_answers
from envs.authoring.auditing.attacks.crafted.copying import copies, spans_of
from envs.authoring.auditing.attacks.crafted.inside import Inside
from envs.authoring.auditing.attacks.crafted.pool import constants
from envs.authoring.auditing.attacks.crafted.pumps import matching, pumps
from envs.authoring.auditing.attacks.crafted.texts import another, asks_for_case, asks_for_order, tokens
from envs.authoring.auditing.attacks.earning import Earning
from envs.authoring.auditing.attacks.forms import Kind, form_of
from envs.authoring.auditing.attacks.hacks import answer_hacks
from envs.authoring.auditing.attacks.reformat import reformattings
from envs.authoring.auditing.attacks.search import best_constants
from envs.authoring.auditing.findings import DOCS
from envs.authoring.auditing.measures.templates import template_duplicates
from envs.authoring.auditing.report import badge
from envs.core.task import Task
from gymtests.environments.adversary_faults import FAULTS as planted
from gymtests.places import ROOT

ADVERSARY = str(ROOT / "tests" / "support" / "gymtests" / "environments" / "adversary_faults.py")
EXPECTED = {
    "copied-question": "copied-rewarded",
    "any-order": "order-ignored",
    "any-case": "case-ignored",
    "any-type": "type-confusion",
    "words-pay": "style-rewarded",
    "anything-pays": "wrong-rewarded",
    "magic-words": "magic-words",
    "exponential": "slow",
    "answer-is-pattern": "universal-answer",
    "giant": "universal-answer",
    "reads-score": "judge-injected",
    "gives-in": "giving-in",
    "hides": "hides",
    "errors-pay": "error-paid",
    "serial-number": "cue",
    "wordings": "template-duplicates",
    "early-stop": "early-stop",
    "told-twice": "template-duplicates",
    "any-hour": "near-number",
    "one-connection": "test-tampering",
    "circles": "circling",
}
QUICK = ("magic-words", "serial-number", "circles", "one-connection")


def audited(fault):
    return audit(EnvSpec(ADVERSARY, {"fault": fault}), tasks=12, deadline_s=2.0)


@pytest.mark.parametrize(
    "fault", [fault if fault in QUICK else pytest.param(fault, marks=pytest.mark.slow) for fault in EXPECTED]
)
def test_a_fault_is_found_for_the_right_reason(fault):
    report = audited(fault)
    found = {finding.code: finding for finding in report.findings}
    assert EXPECTED[fault] in found, found.keys()
    assert found[EXPECTED[fault]].to_json()["docs"] == f"{DOCS}#{EXPECTED[fault]}"
    assert not report.clean and " finding" in badge(report)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["sound", "sound-walk"])
def test_the_sound_one_beside_them_shows_none(fault):
    report = audited(fault)
    assert not report.findings, [finding.to_json() for finding in report.findings]
    assert "**clean**" in badge(report)


def test_every_planted_fault_is_expected_and_every_code_is_documented():
    assert set(planted) == {*EXPECTED, "sound", "sound-walk"}
    page = (ROOT / DOCS).read_text(encoding="utf-8")
    assert set(re.findall(r"^### (\S+)$", page, re.MULTILINE)) == set(CATALOGUE)


# --- luck and pay ---


def test_luck_and_pay_for_wrong_answers_have_limits_of_their_own():
    quarter = Earning.of("p", "c", [1.0] * 6 + [0.0] * 18, [True] * 6 + [False] * 18, 0.25, 0.02)
    always = Earning.of("p", "c", [0.12] * 24, [], 0.25, 0.02)
    once = Earning.of("p", "c", [0.5] + [0.0] * 23, [], 0.25, 0.02)
    half = Earning.of("p", "c", [1.0] * 14 + [0.0] * 10, [True] * 14 + [False] * 10, 0.25, 0.02)
    assert [e.too_much for e in (quarter, always, once, half)] == [False, True, False, True]
    assert half.lucky and not always.lucky and "0.12" in always.told()


# --- what is copied, bent and searched ---


@given(st.integers(1, 99), st.integers(1, 99), st.integers(2, 9))
def test_no_copy_says_what_the_answer_says(a, b, c):
    answer = str((a + b) * c)
    for _, text in copies(f"What is ({a} + {b}) * {c}? It is not {answer}.", answer):
        assert tokens(text) != tokens(answer)
    assert f"({a} + {b}) * {c}" in spans_of(f"What is ({a} + {b}) * {c}?", "formula")


@given(st.lists(st.integers(10, 999), min_size=2, max_size=6, unique=True))
def test_nothing_bent_is_the_answer_itself(numbers):
    answer = ", ".join(map(str, sorted(numbers)))
    found = bent_answers("Sort these in ascending order.", answer, another(answer))
    assert {"part-counts", "order-ignored", "repeats-ignored"} <= {code for code, _, _ in found}
    assert all(text != answer for _, _, text in found)


def test_order_and_case_are_held_against_where_they_are_asked_for():
    assert asks_for_order("Sort the words") and asks_for_order("list them in ascending order")
    assert not asks_for_order("In order to win, name the capital.") and not asks_for_order(
        "She puts in an order to buy"
    )
    assert asks_for_case("Write it in upper case", "x") and asks_for_case("Say the code", "aB3xQ")
    assert not asks_for_case("What is the capital of France?", "Paris")


def test_the_pool_holds_what_once_equalled_every_number():
    pool = {constant.answer for constant in constants(["3", "17", "40"])}
    chains = {r" \approx ".join(map(str, range(start, end))) for start, end in ((0, 260), (50, 200))}
    assert {r"\ln(10^{200})", "nan", ".*", "[]", "{gold}", r"500 \pm 500", "3, 17, 40"} | chains <= pool


def test_a_search_finds_what_earns_by_its_parts():
    def earn(texts):  # fragments that earn in full together alone
        return [("alpha" in text) / 3 + ("beta" in text) / 3 + ("gamma" in text) / 3 for text in texts]

    best = best_constants(earn, ["alpha", "beta", "gamma", "delta", "1"], 240, random.Random(0))
    assert best[0][1] == pytest.approx(1.0)
    assert best_constants(lambda texts: [0.0] * len(texts), ["a"], 48, random.Random(0)) == []


# --- what the verifier's code says ---

SECRET = ("a word held by a name",)


def reading(task, completion):
    """Not this docstring."""
    return float("a word in the code" in completion or any(word in completion for word in SECRET))


def test_the_words_of_a_verifiers_code_are_read_and_its_docstring_is_not():
    phrases = Inside(TextEnv(None, reading)).phrases()  # type: ignore[arg-type]
    assert "a word in the code" in phrases and SECRET[0] in phrases
    assert not any("docstring" in phrase for phrase in phrases)


@pytest.mark.parametrize("pattern", [r"(?i)score:\s*(\d+)/10", r"<step>.+?</step>", r"^(yes|no)\b", r"[A-Z][a-z]{2,5}"])
def test_texts_made_from_a_pattern_match_it(pattern):
    made = matching(pattern)
    assert made and all(re.search(pattern, text) for text in made)


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(\w+\s?)*$", r"(x|y|xy)*z", r"^(\s*\d+\s*,?\s*)+$"])
def test_pumps_repeat_what_the_pattern_repeats(pattern):
    unit = {"^(a+)+$": "aaaa", r"^(\w+\s?)*$": "aaaa", "(x|y|xy)*z": "xyxy", r"^(\s*\d+\s*,?\s*)+$": "1111"}[pattern]
    made = pumps(pattern)
    assert any(unit in text for text in made) and max(map(len, made)) <= 4000


# --- forms, and splits ---


@pytest.mark.parametrize(
    ("solution", "gold", "kind", "answer"),
    [
        ("Answer: 42", 42, Kind.LABEL, "42"),
        ('{"answer": "x y"}', "x y", Kind.LABEL, "x y"),
        ("b, a", ["b", "a"], Kind.PLAIN, "b, a"),
        ('{"a": 1}', {"a": 1}, Kind.PLAIN, '{"a": 1}'),
        ("- a\n- b", {"kind": "bullets"}, Kind.TEXT, "- a\n- b"),
        ('```json\n{"a": 1}\n```', {"a": 1}, Kind.LABEL, '{"a": 1}\n'),
    ],
)
def test_a_gold_that_is_written_down_is_an_answer(solution, gold, kind, answer):
    form = form_of(solution, gold, None)
    assert (form.kind, form.answer) == (kind, answer) and form.give(answer) == solution


def tasks(prefix, *pairs):
    return [Task(f"{prefix}{index}", prompt, gold) for index, (prompt, gold) in enumerate(pairs)]


def shared(train, test):
    return [
        f.examples[0].label for f in template_duplicates(tasks("t", *train), tasks("h", *test), "test against train")
    ]


def test_the_same_question_under_another_number_or_name_is_the_same():
    train = [(f"Item {n}: which land is {w}?", w[::-1]) for n, w in enumerate(("ab", "cd", "ef", "gh"))]
    test = [(f"Item {n + 50}: which land is {w}?", w[::-1]) for n, w in enumerate(("ab", "cd", "ef", "gh"))]
    assert shared(train, test) == ["but for its numbers"]
    named = [(f"{who} has {n} pens and buys {n + 2}.", n + n + 2) for who in ("Tom", "Ann") for n in range(9)]
    assert "but for its names" in shared(named[:9], named[9:])


def test_sums_of_other_numbers_are_other_tasks():
    train = [(f"What is {a} plus {b}?", a + b) for a in range(20) for b in range(20, 40)]
    test = [(f"What is {a} plus {b}?", a + b) for a in range(40, 60) for b in range(20, 40)]
    assert shared(train, test) == []


def test_a_serial_number_hides_no_duplicate_and_a_number_that_matters_makes_none():
    train = [(f"Exercise {n}. What is three times {n % 30}?", str(n % 30 * 3)) for n in range(60)]
    test = [(f"Exercise {n + 900}. What is three times {n}?", str(n * 3)) for n in range(30)]
    assert shared(train, test) == ["but for number 1 in it"]
    sums = [(f"What is {n} plus {n * 7 % 90}?", str(n + n * 7 % 90)) for n in range(200)]
    assert shared(sums[:120], sums[120:]) == []


FREE = ["in any order", "The order does not matter", "regardless of order", "the order is irrelevant"]


@given(st.lists(st.sampled_from("oak elm ash fir yew box".split()), min_size=2, max_size=5, unique=True))
def test_a_list_whose_order_is_free_may_stand_in_any(words):
    answer = ", ".join(words)
    for free in FREE:
        prompt = f"Name the trees of the grove with commas, {free}."
        assert not asks_for_order(prompt)
        assert "order-ignored" not in {code for code, _, _ in bent_answers(prompt, answer, another(answer))}
    assert asks_for_order("Name the trees in alphabetical order.")


@given(st.lists(st.integers(8 * 60, 20 * 60), min_size=2, max_size=8, unique=True).map(sorted))
def test_a_plan_is_tried_with_nothing_in_it_that_lasts(minutes):
    times = [f"{at // 60}:{at % 60:02d}" for at in minutes]
    answer = "; ".join(f"Talk {a}-{b}" for a, b in zip(times, times[1:], strict=False))
    tried = {text for code, _, text in bent_answers("Plan the day.", answer, another(answer)) if code == "near-number"}
    assert any(len(set(re.findall(r"\d+:\d\d", text))) == 1 for text in tried)
    if len(times) > 2:
        spans = [re.findall(r"(\d+:\d\d)-(\d+:\d\d)", text) for text in tried]
        assert any(len(set(found)) > 1 and all(a == b for a, b in found) for found in spans)
    assert answer not in tried


@given(st.decimals(1, 999, places=3, allow_nan=False).filter(lambda value: value % 1))
def test_one_decimal_more_is_no_other_number(value):
    solution = f"<answer>{value}</answer>"
    probes = answer_hacks("t", form_of(solution, str(value), None), solution, ["7"])
    behind = [probe.completion for probe in probes if probe.label == "more behind it"]
    assert behind == [f"<answer>{value}xyz</answer>"]


# --- what a prompt allows is not held against its environment ---


@given(st.floats(0.5, 5000).map(lambda value: round(value, 3)))
def test_where_a_tolerance_was_told_no_number_near_the_right_one_is_tried(value):
    form = form_of(f"<answer>{value}</answer>", str(value), False)
    probes = answer_hacks("t", form, f"<answer>{value}</answer>", ["-7"], "Give it to within one percent.")
    tried = [
        float(form_of(p.completion, "", False).answer) for p in probes if p.code == "near-number" and "wrong" in p.label
    ]
    assert tried and all(abs(number - value) > 0.1 * value for number in tried)


def test_where_nothing_else_may_be_said_no_sentence_is_right():
    form = form_of("<answer>5</answer>", "5", False)
    asked = "Give the digits in <answer></answer> tags, and nothing else."
    assert {"a sentence before", "bold"} <= set(reformattings(form, "<answer>5</answer>", "What is it?"))
    assert not {"a sentence before", "a sentence after", "bold"} & set(reformattings(form, "<answer>5</answer>", asked))


@given(st.integers(540, 1000), st.integers(5, 120))
def test_times_moved_to_the_edges_of_the_day_are_as_far_apart_and_out_of_bounds(start, length):
    def clock(minute):
        return f"{minute // 60:02d}:{minute % 60:02d}"

    answer = f"{clock(start)}-{clock(start + length)}"
    found = bent_answers("Between 09:00 and 18:40.", answer, another(answer))
    moved = [text for code, label, text in found if label.startswith("moved to")]
    assert len(moved) == 2
    for text in moved:
        first, last = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
        assert last - first == length and (last < 9 * 60 or last > 18 * 60 + 40)
    unbound = bent_answers("Say when.", answer, another(answer))
    assert not any(label.startswith("moved") for _, label, _ in unbound)


def test_numbers_that_meet_by_chance_are_no_twins():
    def tasks(seed, wordings, most):
        rng = random.Random(seed)
        numbers = [[rng.randint(1, most) for _ in range(3)] for _ in range(300)]
        return [Task(f"{seed}-{i}", rng.choice(wordings).format(*n), str(sum(n))) for i, n in enumerate(numbers)]

    wordings = ("Add {0}, {1} and {2}.", "What do {0} and {1} and {2} make?")
    assert not template_duplicates(tasks(1, wordings, 9), tasks(2, wordings, 9), "test")
    assert not template_duplicates(tasks(1, wordings, 900), tasks(2, wordings, 900), "test")
    told = template_duplicates(tasks(1, wordings[:1], 900), tasks(1, wordings[1:], 900), "test")
    assert [finding.examples[0].label for finding in told] == ["told in other words"]
