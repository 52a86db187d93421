"""A sentence that says several values: none of them is paid for, all of them together may be."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
LEADS = ["So ", "Therefore, ", "Hence ", "Thus we get ", "We have ", "So either ", ""]
BESIDE = [
    "x = {0} or x = {1}", "x = {0} and x = {1}", "x = {0} and y = {1}", "x = {0}, or equivalently y = {1}",
    "x = {0} but y = {1}", "f(1) = {0}, while f(2) = {1}", "x < {0} or x = {1}", "n = {0} or 99, and m = {1}",
    "the roots are x = {0} and x = {1}", "the dimensions are length = {0} and width = {1}",
    "the ratio of boys to girls is {0}:{1}", "the odds are {0}:{1}", "x = {0} or equivalently 3x = {1}",
    "x = {0}; therefore 3x = {1}", "x = {0}, y = 98, and x + y = {1}", "the eigenvalues are **{0} and {1}**",
    "the solutions are **x = {0}** and **x = {1}**", r"the eigenvalues are $\lambda_1 = {0}$ and $\lambda_2 = {1}$",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(LEADS), st.sampled_from(BESIDE), st.lists(st.integers(2, 90), min_size=2, max_size=2, unique=True)
)
def test_no_value_is_paid_that_stands_beside_another(lead: str, form: str, values: list[int]):
    assume(values[0] != values[1] ** 2)  # 81:9 is 9
    sentence = lead + form.format(*values) + "."
    assert [JUDGE(sentence, str(value)).score for value in values] == [0, 0], sentence


@pytest.mark.parametrize(
    ("sentence", "gold"),
    [
        ("So x = -1 or x = 2.", "-1, 2"), ("Therefore x = 3 and y = 5.", "x=3,y=5"), ("So x = 3 and y = 5.", "(3,5)"),
        ("So the ratio of boys to girls is 3:4.", "3:4"), ("So the ratio is $3:4$.", "3:4"),
        ("So she arrives at 8:15.", "8:15"), ("So the time is 2:45.", "2:45"), ("They will finish at 2:30 PM.", "2:30"),
        ("The eigenvalues are **-1 and 2**.", "-1, 2"), ("The solutions are **x = -1** and **x = 2**.", "-1, 2"),
        ("The vertex of the parabola is at **(-1, 2)**.", "(-1, 2)"), ("The center of the circle is (2, 3).", "(2,3)"),
        ("So the range is [2, 5].", "[2,5]"), ("The point of intersection is therefore $(-1, 2)$.", "(-1, 2)"),
    ],
)  # fmt: skip
def test_all_of_them_are_the_answer(sentence: str, gold: str):
    assert JUDGE(sentence, gold).score == 1


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        [
            "So x + y = {a} + {b} = {c}.", "Since x = {a} and y = {b}, we have x + y = {c}.",
            "So with x = {a} and y = {b} the sum is {c}.", "So the {a} boys and {b} girls have {c} apples.",
            "There are {a} flutes + {b} oboes = {c} people in it.", "So they have {a} + {b} = {c} sheep together.",
            "Therefore, the sum of {a} and {b} is {c}.", "Therefore, the area is $\\frac{{{d}}}{{2}} = {c}$.",
            "So the area is \\(\\frac{{{d}}}{{2}} = {c}\\).", "Thus, the area of triangle $ABC$ is ${a} + {b} = {c}$.",
            "The sum is therefore {c}.", "The sum is thus ${c}$.", "Thus, $n = {c}$ is the smallest such integer.",
            "Therefore $x={c}$. $\\blacksquare$", "x = {c} ∎", "Also ist die Antwort {c}.", "따라서 답은 {c}입니다.",
            "したがって、答えは{c}です。", "Kim should read {d} / 2 = {c} pages tomorrow.",
        ]
    ),
    st.integers(2, 40), st.integers(2, 40), st.sampled_from([0, 1, 3]),
)  # fmt: skip
def test_what_leads_to_a_value_is_no_other_value(sentence: str, one: int, other: int, off: int):
    total = one + other
    said = sentence.format(a=one, b=other, c=total + off, d=2 * total)
    assert JUDGE(said, str(total)).score == (not off), said


def test_of_what_is_counted_the_asked_thing_is_paid():
    said, question = (
        "Thus the farmer has 30 chickens and 20 cows.",
        "A farmer has 50 animals. How many {} does he have?",
    )
    for asked, gold in (("cows", "20"), ("chickens", "30")):
        assert JUDGE(said, gold, question.format(asked)).score == 1
        assert JUDGE(said, "50", question.format(asked)).score == 0
    assert JUDGE(said, "20", question.format("chickens")).score == 0
    assert JUDGE(said, "20", question.format("pigs")).score == 0


@pytest.mark.parametrize(
    "box",
    [r"$\boxed{4210}_5$.", r"\[\boxed{4210}_{5}\]", r"$\boxed{4210_5}$ in base 5", r"\boxed{4210} (base 5).",
     r"$\boxed{4210}_{\text{five}}$"],
)  # fmt: skip
def test_a_base_behind_a_box_is_the_boxes(box: str):
    assert JUDGE(f"The number is {box}", "4210_5").score == 1
    assert JUDGE(f"The number is {box.replace('4210', '4211')}", "4210_5").score == 0
    assert JUDGE(f"The number is {box}", "4210_6").score == 0


@pytest.mark.parametrize("unit", ["m/s$^2$", "cm$^2$", "cm$^{3}$", r"$\text{cm}^2$"])
def test_the_power_of_a_unit_is_no_other_answer(unit: str):
    for said in (rf"The answer is $\boxed{{24}}$ {unit}.", f"The area is 24 {unit}."):
        assert JUDGE(said, "24").score == 1 and JUDGE(said, "25").score == 0 and JUDGE(said, "2").score == 0


@pytest.mark.parametrize(
    "behind",
    ["\n\nI just noticed that I miscounted: there are 6.", "\n\nHowever, the true value is nearer to 5.4.",
     ". I forgot to add the last one, which makes it 6.", ", plus or minus one", ", give or take one.",
     ". A more careful computation yields 6."],
)  # fmt: skip
def test_a_box_that_its_writer_doubts_or_widens_is_none(behind: str):
    assert JUDGE(rf"So it is \boxed{{5}}{behind}", "5").score == 0


MARBLES = "How many marbles does Tom have?"


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(
        [
            "Tom has between {0} and {1} marbles.", "Tom has from {0} up to {1} marbles.",
            "Tom has anywhere from {0} to {1} marbles.", "- Tom has {0} marbles\n- Tom has {1} marbles",
            "1. Tom has {0} marbles.\n2. Tom has {1} marbles.", "**{0} marbles**\n\n**{1} marbles**",
            "Case A: Tom has {0} marbles.\nCase B: Tom has {1} marbles.", "| Answer | {0} |\n| Answer | {1} |",
        ]
    ),
    st.lists(st.integers(4, 90), min_size=2, max_size=2, unique=True),
)  # fmt: skip
def test_no_end_of_a_range_and_no_last_of_two_lines_is_paid(form: str, values: list[int]):
    assert [JUDGE(form.format(*values), str(value), MARBLES).score for value in values] == [0, 0], form


@pytest.mark.parametrize(
    ("said", "gold", "question"),
    [
        ("Their profit increased by 25%.", "25", "By what percentage did their profit increase?"),
        ("Eliza earned $400 + $60 = $460 this week.", "460", "How much are Eliza's earnings for this week?"),
        ("He is 45 miles from home at the end of those 4 hours.", "45",
         "John drives for 3 hours. How far is he from home at the end of those 4 hours?"),
        ("In total, it had 60 + 180 + 126 = 366 downloads over the three months.", "366",
         "It had 60 downloads in the first month. How many downloads did it have over the three months?"),
        ("So, her change is $60 - $56 = $4.", "4", "A pen costs $4. What is her change?"),
        ("5 + 12 = 17\n17 + 3 = 20", "20", MARBLES), ("Anna has 3 marbles.\nTom has 7 marbles.", "7", MARBLES),
    ],
)  # fmt: skip
def test_the_questions_own_words_at_the_end_are_context(said: str, gold: str, question: str):
    assert JUDGE(said, gold, question).score == 1
    assert JUDGE(said, str(int(gold) + 1), question).score == 0


@pytest.mark.parametrize(("unit", "score"), [("degrees", 1), ("radians", 0), ("meters", 0), ("in the end", 1), ("", 1)])
def test_a_unit_behind_a_box_is_the_golds(unit: str, score: int):
    assert JUDGE(rf"So it is \boxed{{30}} {unit}", r"30^\circ").score == score


@pytest.mark.parametrize("part", ["1,", "1,000,", "x = 1,", "1 or ", "1 and ", "16 flutes + ", "1:2, ", "(1,"])
def test_a_long_list_that_is_none_is_told_soon(part: str):
    for size in (57, 390):
        for lead in ("", "So ", "The roots are "):
            assert JUDGE((lead + part * size)[:size] + "x", "5", MARBLES).rung != "deadline"
            assert JUDGE((lead + part * size)[:size] + "x", "5", MARBLES).status != "timeout"
