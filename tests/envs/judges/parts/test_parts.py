"""The library of parts, each in both directions and against hostile text."""

from __future__ import annotations

import json
import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import EnvSpec, Status, Task, UsageError
from envs.core.text import in_latin, mixes_scripts, paragraphs, reply_of, sentences, words
from envs.judges import (
    CodeTests,
    ExactMatch,
    ForbiddenWords,
    JsonSchema,
    Length,
    MathMatch,
    NumericMatch,
    RegexMatch,
    RepeatedNgrams,
    RequiredWords,
    Script,
    SoftOverlong,
    TagFormat,
    read_answer,
    read_json,
    read_number,
)
from envs.workers.pool import VerifierPool

SCHEMA = {
    "type": "object",
    "required": ["name", "age"],
    "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer"}},
    "additionalProperties": False,
}
# part: (gold, what it accepts, what it refuses)
CASES = {
    "exact": (
        ExactMatch(), "Paris",
        ["Paris", " Paris.\n", "So:\n Paris", "<answer>Paris</answer>", r"It is \boxed{Paris}",
        "<think>Rome</think>Paris",
         "<answer>Paris</answer>, yes <answer> Paris </answer>", "hm</think>Paris"],
        ["", "paris", "Paris, France", "Rome\nParis or Rome", "<answer>Paris</answer><answer>Rome</answer>",
        "P\u0430ris",
         "<answer>Rome</answer> Paris", "<answer>Paris", "<answer></answer>Paris", "<think>Paris",
         "<think>Paris</think>",
         r"\boxed{Paris} \boxed{Rome}", r"\boxed{Paris", "Paris\nRome", "</answer>Paris", "Paris\u200b"],
    ),
    "exact, any case": (ExactMatch(ignore_case=True), "Straße", ["STRASSE", "straße."], ["Strase", "Straße!"]),
    "exact, a composed accent": (ExactMatch(), "caf\u00e9", ["cafe\u0301"], ["cafe", "caf"]),
    "exact, no compatibility forms": (ExactMatch(), "x2", ["x2"], ["x\u00b2"]),
    "exact, a field": (ExactMatch(field="city"), {"city": "Paris"}, ["Paris"], ["city"]),
    "numeric": (
        NumericMatch(), "0.5",
        ["0.5", ".5", "5e-1", "+0.50", "<answer>\n0.5 </answer>", "0.5."],
        ["", "0.51", "-0.5", "five", "0.5 or 1", "0,5", "nan", "inf", "1e-1000", "1e999999999", "0x1", "5_0", "٠.٥",
        "０.５",
         "1/0", "1/2", "2/4", "50%", "0.5" + "0" * 100, "<answer>0.5</answer><answer>1/2</answer>", "--0.5", "1/2/1",
         "0.5/1", "0.5e", "."],
    ),
    "numeric, a quotient": (NumericMatch(), "1/2", ["1/2", "1/2.", "+1/2"], ["2/4", "0.5", "50%", "-1/2", "2"]),
    "numeric, a quotient as the gold has it": (NumericMatch(), "2/4", ["2/4", "1/2"], ["3/6", "0.5"]),
    "numeric, a quotient worked out": (NumericMatch(), "24", ["24", "24.0"], ["48/2", "24/1", "2400%"]),
    "numeric, a percentage": (NumericMatch(), "50%", ["50%", "50.0 %"], ["0.5", "50", "1/2"]),
    "numeric, a quotient within a tolerance": (NumericMatch(0.01), "1/3", ["1/3", "0.33"], ["2/6", "33%", "0.3"]),
    "numeric, within a tolerance": (NumericMatch(abs_tolerance=0.01), 3.14, ["3.15", "3.13"], ["3.151", "3.12"]),
    "numeric, a relative tolerance": (NumericMatch(rel_tolerance=0.01), "-1,000", ["-1010", "-990"], ["1000", "-1011"]),
    "math": (MathMatch(), "1/2", ["0.5", r"\boxed{\frac{1}{2}}"], ["", "0.25", "0.5 or 0.25"]),
    "regex": (
        RegexMatch(r"[a-z]+\d"), None,
        ["abc1", " abc1\n", "<think>1</think>abc1"],
        ["", "abc", "abc12", "x abc1", "abc1\nabc1", "a" * 4000 + "1"],
    ),
    "regex, anywhere": (RegexMatch("b+", search=True), None, ["abc"], ["", "ac", "b" * 4001]),
    "tags": (
        TagFormat("think", "answer"), None,
        ["<think>a</think><answer>b</answer>", "\n<think>a < b\n</think>\n <answer>b</answer>\n"],
        ["", "<answer>b</answer>", "<answer>b</answer><think>a</think>", "<think></think><answer>b</answer>",
         "<think>a</think><answer> </answer>", "<think>a</think>x<answer>b</answer>",
         "x<think>a</think><answer>b</answer>",
         "<think>a</think><answer>b</answer>x", "<think>a</think><answer>b</answer><answer>c</answer>",
         "<think>a<answer>c</answer></think><answer>b</answer>", "<think>a</think><answer>b",
         "<think>a<answer>b</answer>",
         "<think>a</think><answer><answer>b</answer></answer>", "<THINK>a</THINK><ANSWER>b</ANSWER>",
         "<think >a</think><answer>b</answer>", "<think>a<think>b</think></think><answer>b</answer>"],
    ),
    "tags, opened": (
        TagFormat("think", "answer", opened=True), None,
        ["a</think><answer>b</answer>"], ["<think>a</think><answer>b</answer>", "</think><answer>b</answer>"],
    ),
    "schema": (
        JsonSchema(SCHEMA), None,
        ['{"name": "a", "age": 3}', '```json\n{"age": 3, "name": "a"}\n```', '```\n{"age": 3, "name": "a"}```'],
        ["", "null", "{}", '{"name": "a", "age": "3"}', '{"name": "a", "age": 3, "x": 1}', '{"name": "", "age": 3}',
         '{"name": "a", "age": 3} yes', 'Sure: {"name": "a", "age": 3}', '{"name": "a", "age": 3, "age": 3}',
         '{"name": "a", "age": NaN}', '{"name": "a", "age": Infinity}', '{"name": "a", "age": 1e999}',
         '{"name": "a", "age": ' + "9" * 5000 + "}", '{"name": "a", "age": ' + "[" * 90_000, "{'name': 'a', 'age': 3}",
         '{"name": "a", "age": true}', '{"name": "a", "age": 3,}', '```python\n{"name": "a", "age": 3}\n```',
         '{"name": "a", "age": 3}{"name": "a", "age": 3}'],
    ),
    "schema of the task": (JsonSchema(), {"schema": {"type": "array", "minItems": 1}}, ["[1]"], ["[]", "{}", "1"]),
    "length": (
        Length(2, 3), None, ["a b", "a b c", "<think>a b c d e</think> a b", "1 2"], ["", "a", "a b c d", "<think>a b"]
    ),
    "length in characters": (Length(2, 3, "characters"), None, ["ab", " abc "], ["a", "abcd", "    "]),
    "script": (
        Script("latin"), None,
        ["Hello, 123!", "café", "Hello мир you all and everyone else here today"],
        ["", "123 !?", "привет", "Неllo мир", "𝐇𝐞𝐥𝐥𝐨", "你好", "\u200b"],
    ),
    "script, Japanese with kanji": (Script("japanese"), None, ["日本語です"], ["中文", "hello", ""]),
    "script, letters enough": (Script("cyrillic", least=5), None, ["привет"], ["да", "да hello"]),
    "required": (
        RequiredWords(["cat", "New York"]), None,
        ["The CAT left new york.", "New\nYork: cat", "cat new yor\u200bk"],
        ["", "cat", "concatenate New York", "cats New York", "York New cat", "c\u0430t New York", "cat New-York",
        "cat newyork"],
    ),
    "forbidden": (
        ForbiddenWords(["cat", "été"]), None,
        ["A dog.", "concatenate", "cats", "cat's", "an eté-like"],
        ["", "...", "The Cat.", "c\u200bat", "c\u0430t", "\uff43\uff41\uff54", "the ete", "c\u00e1t", "cat",
        "<think>", "𝐜𝐚𝐭", "a \u1d04at", "a d\u043eg and no more"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_part_accepts_and_refuses(name):
    part, gold, accepts, refuses = CASES[name]
    task, part = Task("t", "?", gold), pickle.loads(pickle.dumps(part))
    for text in accepts:
        assert part(task, text).score == 1, text
    for text in refuses:
        reward = part(task, text)
        assert reward.score == 0 and reward.scorable and reward.outcome, text


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12), st.data())
def test_one_letter_of_another_script_is_a_disguise_and_no_latin(word, data):
    place = data.draw(st.integers(0, len(word) - 1))
    other = data.draw(st.sampled_from("\u0436\u0434\u03bb\u05d0\u0561\u4e2d\u0251"))
    bent = word[:place] + other + word[place + 1 :]
    assert mixes_scripts(bent) and not in_latin(bent)
    assert in_latin(f"{word.upper()} caf\u00e9 12!") and not mixes_scripts(word)


HOSTILE = [
    "<answer>" * 5_000, "\\boxed{" * 5_000, "{" * 20_000, "a" * 50_000, "1" * 50_000, "." * 50_000, "<think>" * 5_000,
    "\ud800", "\x00", "\n" * 50_000, " " * 50_000, "<think></think>" * 3_000, "a\u0301" * 9_000, "ﷺ" * 5_000,
    "[" * 90_000,
    "</answer>" * 5_000, "a b " * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_hostile_text_is_judged_and_is_the_completions_fault(name):
    part, gold, _, _ = CASES[name]
    for text in HOSTILE:
        assert part(Task("t", "?", gold), text).scorable


@given(st.text(max_size=80))
def test_no_text_makes_a_part_raise(text):
    for part, gold, _, _ in CASES.values():
        if not isinstance(part, MathMatch):  # the judge has its own
            assert 0 <= part(Task("t", "?", gold), text).score <= 1


@pytest.mark.parametrize(
    ("size", "penalty"), [(0, 0), (60, 0), (80, 0), (85, 0.25), (90, 0.5), (95, 0.75), (100, 1), (10_000, 1)]
)
def test_soft_overlong_is_equation_13_of_dapo(size, penalty):
    # (L_max - L_cache - |y|) / L_cache between the bounds, with the sign turned
    part = SoftOverlong(limit=100, buffer=20)
    assert part(Task("t", "", None), "w " * size).score == penalty
    assert SoftOverlong(100, 20, "characters")(Task("t", "", None), "x" * size).score == penalty


@given(st.lists(st.sampled_from(["a", "b", "C", "d"]), max_size=30), st.integers(1, 4))
def test_repeated_ngrams_are_those_seen_before(pieces, n):
    grams = [tuple(piece.casefold() for piece in pieces[i : i + n]) for i in range(len(pieces) - n + 1)]
    repeated = sum(gram in grams[:i] for i, gram in enumerate(grams))
    expected = repeated / len(grams) if grams else 0
    assert RepeatedNgrams(n)(Task("t", "", None), " ".join(pieces)).score == pytest.approx(expected)


def test_repetition_sees_through_case_invisible_characters_and_missing_blanks():
    task = Task("t", "", None)
    assert RepeatedNgrams(1)(task, "go GO g\u200bo go").score == 0.75
    assert RepeatedNgrams(4)(task, "a b c d").score == 0 and RepeatedNgrams(1)(task, "").score == 0
    assert (
        RepeatedNgrams(1)(task, "哈哈哈哈").score == 0
        and RepeatedNgrams(1, "characters")(task, "哈哈哈哈").score == 0.75
    )
    assert RepeatedNgrams(1, allowed=0.5)(task, "go go").score == 0
    assert RepeatedNgrams(1, allowed=0.5)(task, "go go go go").score == 0.5


def test_a_share_of_required_words():
    part = RequiredWords(["cat", "dog", "owl", "fox"], every=False)
    assert part(Task("t", "", None), "a cat and a fox").score == 0.5


@given(st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**4))
def test_a_number_is_read_exactly(value):
    assert read_number(f"{value.numerator}/{value.denominator}") == value
    rounded = Fraction(round(value * 1000), 1000)
    assert read_number(f"{float(rounded):.3f}") == rounded
    assert read_number(f"{int(value):,}") == int(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_json_round_trips(value):
    assert read_json(json.dumps(value)) == value and read_json(f"```json\n{json.dumps(value)}\n```") == value


def test_a_pattern_that_backtracks_is_ended_by_the_pool(tmp_path):
    source = tmp_path / "slow_env.py"
    source.write_text(
        "from envs import Task, TextEnv\n"
        "from envs.judges import ExactMatch, RegexMatch\n"
        "from envs.core.rubric import Part, Rubric\n"
        "class One:\n"
        "    size, version = 1, '1'\n"
        "    def __init__(self, split): self.split = split\n"
        "    def task(self, seed): return Task('t', 'p', 'x')\n"
        "    def get(self, task_id): return self.task(0)\n"
        "    def solution(self, task): return None\n"
        "def make(split='train'):\n"
        "    return TextEnv(One(split), Rubric(Part('form', RegexMatch('(a+)+b'))))\n"
    )
    with VerifierPool(EnvSpec(str(source)), workers=1, deadline_s=1.0) as pool:
        slow, quick = pool.score([("t", "a" * 60), ("t", "aab")])
    assert (slow.score, slow.status) == (0.0, Status.TIMEOUT) and quick.score == 1


def test_code_tests_are_a_part():
    part = CodeTests(unsafe_exec="i-accept")
    task = Task("t", "?", {"entry_point": "double", "calls": [[[2], 4], [[5], 10]]})
    try:
        assert part(task, "```python\ndef double(x):\n    return 2 * x\n```").score == 1
        assert part(task, "```python\ndef double(x):\n    return 4\n```").score == 0
        assert part(task, "").score == 0
    finally:
        part.close()


@pytest.mark.parametrize(
    "part", [ExactMatch(), ExactMatch(field="x"), NumericMatch(), MathMatch(), JsonSchema(field="x")]
)
def test_a_gold_that_cannot_be_read_is_our_fault(part):
    from envs.core.rubric import Part, Rubric

    assert Rubric(Part("p", part))(Task("t", "?", ["no", "text"]), "5").status is Status.UNSCORABLE


BAD = {
    "no range": lambda: Length(3, 2),
    "positive": lambda: Length(0, 2),
    "words or characters": lambda: Length(1, 2, "bytes"),
    "0 < buffer": lambda: SoftOverlong(10, 20),
    "did you mean 'latin'": lambda: Script("latn"),
    "share": lambda: Script("latin", share=0),
    "list of words": lambda: RequiredWords("cat"),
    "hold a word": lambda: ForbiddenWords(["cat", "!!"]),
    "no regular expression": lambda: RegexMatch("("),
    "empty reply": lambda: RegexMatch("a*"),
    "different names": lambda: TagFormat("think", "think"),
    "tags are": lambda: TagFormat("a b"),
    "no JSON Schema": lambda: JsonSchema({"type": "strin"}),
    "tolerance": lambda: NumericMatch(abs_tolerance=math.inf),
    "n-grams": lambda: RepeatedNgrams(0),
}


@pytest.mark.parametrize("message", BAD)
def test_a_part_that_cannot_work_is_refused_when_it_is_made(message):
    with pytest.raises(UsageError, match=message):
        BAD[message]()


def test_text_is_cut_alike_everywhere():
    assert words("It's a well-known № 5_x café e\u0301t") == ["It's", "a", "well-known", "x", "café", "ét"]
    assert sentences("One. Two? 3.5 is it! …\nLast one") == ["One", "Two", "3.5 is it", "Last one"]
    assert paragraphs("\n\na\nb\n \n\n\nc\n") == ["a\nb", "c"]
    assert [reply_of(text) for text in ("<think>a</think> b", "a</think>b", "<think>a", "a <think>b</think> c",
    "")] == [
        "b", "b", "", "a <think>b</think> c", "",
    ]  # fmt: skip


def test_an_answer_says_why_it_is_none():
    assert read_answer("<answer>1</answer> <answer>2</answer>").outcome == "ambiguous"
    assert read_answer("<answer>1").reason == "an answer tag is not closed"
    assert read_answer("the\n answer").text == "answer"
