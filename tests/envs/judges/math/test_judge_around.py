"""What stands around an answer: second answers, denials, what is glued to it, the frames it may stand in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
SIX, FIVE = r"\boxed{6}", r"\boxed{5}"
VALUES = st.integers(10, 99)
IN_FORMULA = ["%s", "$%s$", r"\(%s\)"]

SIDE_BY_SIDE = [
    "First guess: <one>. Second guess: <two>.", "Method 1: <one>. Method 2: <two>.", "Case 1: <one>. Case 2: <two>.",
    "Option one gives <one>. Option two gives <two>.",
    "Under interpretation 1 we get <one>. Under interpretation 2 we get <two>.",
    "We get <one>. We also get <two>.", "<one>; we get <two> as well.", "<one>. Hence also <two>.",
    "<one> donc <two>", "<one> 所以 <two> 都可以",
    "We obtain <one>. We obtain <two>. Choose whichever matches.", "Answer 1: <one>. Therefore answer 2: <two>.",
    "<one>, 1+1=2, <two>",
    "The larger root is <one>. Solving again, the smaller root is <two>. Both are valid answers.",
    "<one> is what we get if we include 0; excluding it, <two>.", "<one>. Alternatively, adding, <two>.",
    "The two roots are: we find <one>, then we find <two>.", "<one>. Similarly, we obtain <two>.",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SIDE_BY_SIDE), st.sampled_from(IN_FORMULA), VALUES, VALUES, st.booleans())
def test_two_boxes_without_a_step_between_them_are_never_paid(form, around, one, two, first) -> None:
    two = two if two != one else two + 100
    boxed = [around % rf"\boxed{{{value}}}" for value in (one, two)]
    text = form.replace("<one>", boxed[0]).replace("<two>", boxed[1])
    assert JUDGE(text, str(one if first else two)).score == 0, text


@pytest.mark.parametrize(
    "word", ["hence", "so", "donc", "we get", "we obtain", "所以", "then", "adding", "gives", "next"]
)
def test_half_a_step_is_none(word: str) -> None:
    assert JUDGE(rf"{SIX} {word} {FIVE}", "5").score == 0


STEPS = [
    "$a = <one>$. Then $b = a + <more> = <two>$.",
    "The width is <one>, so the length is $<first> + <more> = <two>$.", "We have <one>. Adding <more> gives <two>.",
    "<one>. Wait, that is wrong. It is <two>.", "Step 1: <one>\nStep 2: <two>",
    "The answer is <one>.\n\nLet me check: not <first>. So the answer is <two>.",
    "Ann has <one>. Tom has <more box> of them. Together they have <two>.",
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(STEPS), VALUES, VALUES)
def test_a_computation_or_a_correction_leads_from_one_box_to_the_next(form: str, one: int, more: int) -> None:
    boxed = {"<one>": one, "<more box>": more, "<two>": one + more}
    text = form.replace("<first>", str(one)).replace("<more>", str(more))
    for mark, value in boxed.items():
        text = text.replace(mark, rf"\boxed{{{value}}}")
    assert JUDGE(text, str(one + more)).score == 1, text
    assert JUDGE(text, str(one)).score == 0, text


WRAPPED = [
    "%s", "$%s$", r"\(%s\)", "**%s**", r"$\mathbf{%s}$", r"\textbf{%s}", r"$\underline{%s}$",
    r"$\colorbox{yellow}{%s}$",
    r"$\bbox[1px]{%s}$", r"$\color{red}{%s}$", "$x = %s$", r"$\text{%s}$", "<b>%s</b>",
]  # fmt: skip
JOINED = [
    "%s, %s", "%s; %s", "%s and %s", "%s + %s", "%s | %s", "%s & %s", "%s (%s)", r"%s $\to$ %s", "%s versus %s",
    "%s %s",
    "%s / %s", "%s, and also %s.", "%s or %s", "%s. %s", "%s. Hence, %s.", "%s\n\nHence, %s.", "%s\n\nSo %s.",
    "%s\n%s",
    "%s when n is even and %s when n is odd.", "%s only if n is even; otherwise %s.", "%s for even n, %s for odd n.",
    "%s in case one, %s in case two", "%s (case A); %s (case B)", "%s with probability one half, otherwise %s",
    "%s. My other guess is %s.",
    "%s. The key may say %s.", "%s. If the grader disagrees, then %s.",
    "%s except that it may be %s.",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(JOINED), st.sampled_from(IN_FORMULA), st.sampled_from(WRAPPED), VALUES, VALUES)
def test_a_second_value_behind_a_box_is_one_in_whatever_it_is_wrapped(form, around, wrapped, value, other) -> None:
    text = form.replace("%s", around % rf"\boxed{{{value}}}", 1).replace("%s", wrapped % other)
    assert value == other or JUDGE(text, str(value)).score == 0, text


@pytest.mark.parametrize(
    "text",
    [
        "{}, not $6$.", "{} (not 6, since we do not count 0).", "{} and we discard $x=-2$.",
        "{}, attained at $x = 6$.",
        "{} 或 $x=-2$（舍去）。", "{} or $x = -2$ (rejected).", "{}$^\\circ$ since $n = 6$ fails.",
        "$x =$ {}, $y = 6$.",
        "{}.\n\nNote: if we had allowed zero, the answer would be 6.", "{} out of 12.", "{} (mod 7)",
        "{}: $(1,2), (2,3)$.", "{} such numbers: 2, 3, 5, 7, 11.",
        "{}\n\nSo, the integer is 5, and its square is 25.",
        "{}\n\nSo $5$.",
        "{}, $5$",
        "{}, achieved when $(x,y) = (1,2)$",
        "{}\n\nRemark. For $n = 7$ the same argument gives 8.",
    ],
)  # fmt: skip
def test_other_numbers_behind_a_box_are_no_second_answer(text: str) -> None:
    assert JUDGE(text.format(f"${FIVE}$"), "5").score == 1


@pytest.mark.parametrize("before", ["6 ", "**6** ", "$6$ ", "It was 6.\n6 "])
def test_a_number_that_is_all_of_the_line_before_a_box_is_a_second_answer(before: str) -> None:
    assert JUDGE(f"{before}${FIVE}$", "5").score == 0
    assert JUDGE(f"{before.replace('6', '5')}${FIVE}$", "5").score == 1
    assert JUDGE(f"{before.strip()}.\n${FIVE}$", "5").score == 1
