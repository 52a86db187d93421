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
