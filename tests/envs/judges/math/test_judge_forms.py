"""Forms of golds: each equals itself however it is spelt, and nothing that only looks like it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from envs.judges.math.values.policy import Policy
from envs.judges.math.verifier import MathVerifier
from gymtests.judging.judge_forms import forms
from gymtests.judging.judge_rows import load
from gymtests.judging.respelling import RESPELLINGS, is_formula
from gymtests.places import DATA

JUDGE = MathVerifier()
FORMS = forms()


def _paid(answer: str, gold: str) -> int:
    return JUDGE(f"We get $\\boxed{{{answer}}}$.", gold).score


def test_right_answers_are_paid() -> None:
    refused = [(form.gold, answer) for form in FORMS for answer in form.right if not _paid(answer, form.gold)]
    assert refused == []


def test_wrong_answers_are_not() -> None:
    paid = [(form.gold, answer) for form in FORMS for answer in form.wrong if _paid(answer, form.gold)]
    assert paid == []


def _golds() -> list[str]:
    golds = [form.gold for form in FORMS] + [row.gold for row in load()]
    path = DATA / "math500" / "test.jsonl"
    if path.is_file():
        golds += [json.loads(line)["answer"] for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted({gold for gold in golds if is_formula(gold) and "boxed" not in gold and "####" not in gold})


@pytest.mark.parametrize("respelt", RESPELLINGS, ids=lambda function: function.__name__)
def test_a_gold_respelt_is_itself(respelt: Callable[[str], str]) -> None:
    golds = [(gold, respelt(gold)) for gold in _golds()]
    assert [pair for pair in golds if pair[0] != pair[1] and not _paid(pair[1], pair[0])] == []
    assert [pair for pair in golds if pair[0] != pair[1] and not _paid(pair[0], pair[1])] == []


@pytest.mark.parametrize("respelt", RESPELLINGS, ids=lambda function: function.__name__)
def test_a_wrong_answer_respelt_stays_wrong(respelt: Callable[[str], str]) -> None:
    pairs = [(form.gold, answer) for form in FORMS for answer in form.wrong if is_formula(answer)]
    assert [(gold, respelt(answer)) for gold, answer in pairs if _paid(respelt(answer), gold)] == []


@pytest.mark.parametrize("between", ["", " ", "\n", "\n\n", ", ", ". ", "; ", " or ", " and then ", "$ $"])
def test_a_right_box_of_any_form_is_not_paid_beside_a_wrong_one(between: str) -> None:
    boxes = {
        gold: rf"${{one}}{between}\boxed{{9173}}$" if "$" in between else rf"{{one}}{between}\boxed{{9173}}"
        for gold in _golds()
    }
    wholes = {gold: form.replace("{one}", rf"\boxed{{{gold}}}") for gold, form in boxes.items()}
    assert [gold for gold, text in wholes.items() if gold != "9173" and JUDGE(text, gold).score] == []


# --- golds made up ---

LETTER = st.sampled_from("abkmnpqrstuvwxyzLMNRTW")
NUMBER = st.integers(2, 40)
NAMES = st.sampled_from(["x", "y", "AB", "CD", "f(2)", "f(3)", "P(A)", "P(B)", "a_1", "S_5", r"\alpha", r"\theta",
                         "E(X)", r"\angle ABC", r"\text{mean}", r"\text{median}", r"\Delta t",
                         "y'(0)", "I_0"])  # fmt: skip
TEMPLATES = st.sampled_from(
    ["@ $", "@$", "@ $+#", "# - @$", r"\frac{@ $}{#}", r"\sqrt{@ $}", "$^@", r"@ $\sin $", r"e^{-@ $}", "@($+#)",
     "$_0^@", r"\sum_{j=1}^{@} $^j", r"\int_0^{@} j^2+$\,dj", "f(@)$", "Y=@ $", "|$|<@", "$>@", r"(@,\infty)\cup($,0)",
     "(@,$)",
     r"\{@,$\}", r"\begin{pmatrix}@&$\\#&1\end{pmatrix}", "$^2+j^2=@", r"@ \pmod{#}", "@:#:$", r"\log_{@}$", "$=@,j=#",
     r"\begin{cases}$&j>@\\#&j\le @\end{cases}", r"\lim_{j\to @}f($ j)", "g($)", "$''+@$=0"]
)  # fmt: skip


def _filled(template: str, letter: str, one: int, other: int) -> str:
    return template.replace("@", str(one)).replace("#", str(other)).replace("$", letter)


@settings(max_examples=300, deadline=None)
@given(TEMPLATES, LETTER, NUMBER, NUMBER, st.sampled_from(RESPELLINGS))
def test_a_made_up_gold_is_itself(
    template: str, letter: str, one: int, other: int, respelt: Callable[[str], str]
) -> None:
    gold = _filled(template, letter, one, other)
    assert _paid(gold, gold)
    assert _paid(respelt(gold), gold)


@settings(max_examples=300, deadline=None)
@given(TEMPLATES, LETTER, LETTER, NUMBER, NUMBER)
def test_another_variable_or_number_is_never_paid(template: str, letter: str, new: str, one: int, other: int) -> None:
    assume(letter != new and "@" in template and "$" in template)
    gold = _filled(template, letter, one, other)
    assert not _paid(_filled(template, new, one, other), gold)
    assert not _paid(_filled(template, letter, one + 1, other), gold)
    assert not _paid(str(one), gold)


@settings(max_examples=200, deadline=None)
@given(st.lists(NAMES, min_size=2, max_size=3, unique=True), st.lists(NUMBER, min_size=3, max_size=3, unique=True))
def test_named_values_are_never_paid_when_swapped(names: list[str], values: list[int]) -> None:
    listed = [f"{name}={value}" for name, value in zip(names, values, strict=False)]
    turned = [f"{name}={value}" for name, value in zip(names, values[1 : len(names)] + values[:1], strict=False)]
    gold = ", ".join(listed)
    assert _paid(", ".join(reversed(listed)), gold)
    assert not _paid(", ".join(turned), gold)


@settings(max_examples=100, deadline=None)
@given(st.lists(LETTER, min_size=3, max_size=4, unique=True), NUMBER)
def test_a_chain_over_names_is_their_list(names: list[str], value: int) -> None:
    chain, listed = "=".join([*names, str(value)]), ", ".join(f"{name}={value}" for name in names)
    point = f"({', '.join(str(value) for _ in names)})"
    assert _paid(listed, chain) and _paid(chain, listed) and _paid(chain, point) and _paid(point, chain)
    part = "=".join([*names[1:], str(value)])
    assert not _paid(part, chain) and not _paid(part, listed) and not _paid(part, point)


@settings(max_examples=100, deadline=None)
@given(NAMES, NAMES, NUMBER)
def test_a_name_is_the_golds(name: str, other: str, value: int) -> None:
    assume(name != other)
    assert _paid(f"{name} = {value}", f"{name}={value}")
    assert _paid(str(value), f"{name}={value}")
    assert not _paid(f"{other}={value}", f"{name}={value}")


@settings(max_examples=100, deadline=None)
@given(st.permutations(["<", r"\le", ">", r"\ge"]), st.integers(-20, 20))
def test_otherwise_is_where_no_other_row_holds(signs: list[str], end: int) -> None:
    rest = {"<": r"\ge", r"\le": ">", ">": r"\le", r"\ge": "<"}
    gold = rf"\begin{{cases}} x^2 & x {signs[0]} {end} \\ x+3 & \text{{otherwise}}\end{{cases}}"
    for sign in signs:
        said = rf"\begin{{cases}} x^2 & x {signs[0]} {end} \\ x+3 & x {sign} {end}\end{{cases}}"
        assert _paid(said, gold) == _paid(gold, said) == (sign == rest[signs[0]])


CONSTANTS = st.sampled_from(["A", "B", "C", "D", "K", "a", "b", "c", "k", "C_1", "C_2", "c_1", "c_2", "k_1"])
SOLUTIONS = st.sampled_from(
    [r"y=@e^x+#e^{-x}", r"y(x)=@\cos x+#\sin x", "y=e^{2x}(@+#x)", "f(x)=@x^2+#+x", r"y=\frac{@}{x+#}"]
)


@settings(max_examples=200, deadline=None)
@given(SOLUTIONS, CONSTANTS, CONSTANTS)
def test_constants_of_integration_have_any_usual_names(solution: str, one: str, other: str) -> None:
    gold, answer = _with_constants(solution, "C_1", "C_2"), _with_constants(solution, one, other)
    assert _paid(answer, gold) == (one.lower() != other.lower())
    assert not _paid(_with_constants(solution, one, "t"), gold)
    assert not _paid(_with_constants(solution, one, "3"), gold)
    assert not _paid(_with_constants(solution, f"{one}x", other), gold)


def _with_constants(solution: str, one: str, other: str) -> str:
    return solution.replace("@", f"{one} ").replace("#", f"{other} ")


@pytest.mark.parametrize(
    "side", [r"n(n+1)", "2x", "a+b", "xy", "x^2", r"\sqrt{x}", r"\frac{a}{b}", "AB+BC", "|x|", "x+1"]
)
def test_the_right_side_of_an_equation_is_no_answer(side: str) -> None:
    assert _paid(f"{side} = 6", f"{side}=6")
    assert not _paid("6", f"{side}=6")


@pytest.mark.parametrize(
    ("policy", "gold", "answer", "paid"),
    [
        ("default", "5 m", "5", 0), ("gsm8k", "5 m", "5", 1), ("gsm8k", "5 m", r"5\text{ m}", 1),
        ("default", "5", "5 m", 1),
        ("gsm8k", "5", "3 h", 0), ("default", "5", "5 n", 0), ("default", "2 h", "2m", 0),
    ],
)  # fmt: skip
def test_slanted_unit_letters(policy: str, gold: str, answer: str, paid: int) -> None:
    assert MathVerifier(policy)(f"\\boxed{{{answer}}}", gold).score == paid


@pytest.mark.parametrize(
    ("answer", "paid"), [("1,5", 1), ("1{,}5", 1), (r"\frac32", 1), ("15", 0), ("(1,5)", 1), ("1; 5", 0)]
)
def test_decimal_commas(answer: str, paid: int) -> None:
    judge = MathVerifier(Policy(decimal_comma=True))
    assert judge(f"\\boxed{{{answer}}}", "1,5").score == paid
    assert judge(r"\boxed{1.234,5}", "1234.5").score == 1
    assert MathVerifier()(r"\boxed{1.5}", "1,5").score == 0
