"""Words around a value that make another of it, and computations that a sentence holds beside its result."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.judges import MathVerifier

JUDGE = MathVerifier()
HOURS = "How many hours does it take?"
APPLES = "Ann sold 3 apples. How many apples did Bob sell?"


@settings(max_examples=150, deadline=None)
@given(
    st.integers(4, 90),
    st.sampled_from(
        [
            r"\boxed{%d} hours and a half", r"\boxed{%d} hours and three quarters", r"\boxed{%d} hours or more",
            r"\boxed{%d} hours times two", r"\boxed{%d} hours and thirty minutes", r"\boxed{%d} hours doubled",
            r"\boxed{%d}, negated", r"\boxed{%d}, increased by one", r"\boxed{%d}, plus a constant",
            r"\boxed{%d} is one less than the answer", r"\boxed{%d} is the answer plus one", r"\boxed{%d}, times $\pi$",
            r"Half the answer comes to \boxed{%d}", r"The answer squared is \boxed{%d}",
            r"Eight less than the answer is \boxed{%d}", r"If we add 8 to the answer we get \boxed{%d}",
            "So it takes %d and a half hours.", "So it takes %d to ninety-nine hours.", "So it takes %d hours or more.",
            "So it takes %d hours times two.", "So let us verify that it takes %d hours.", "So try $x = %d$.",
            "So we need to check whether it takes %d hours.", "So it nearly takes %d hours.", "So x divides %d.",
        ]
    ),
)  # fmt: skip
def test_words_that_make_another_value_of_it_are_not_passed_over(value: int, form: str):
    assert JUDGE(form % value, str(value), HOURS).score == 0, form


@pytest.mark.parametrize(
    "form",
    [
        r"\boxed{%d} hours", r"\boxed{%d} hours and no more", r"So the total is \boxed{%d} hours.",
        "So it takes %d hours.", "So it takes her %d hours to paint it.", "We need %d hours.",
        "So we need %d hours.",
    ],
)  # fmt: skip
def test_words_that_change_nothing_are(form: str):
    assert JUDGE(form % 5, "5", HOURS).score == 1, form


@settings(max_examples=100, deadline=None)
@given(
    st.integers(4, 40),
    st.sampled_from(["more apples than Ann", "fewer apples than Ann", "times as many apples as Ann"]),
)
def test_what_is_compared_is_the_answer_only_where_that_is_asked(value: int, compared: str):
    for form in (f"Hence he sold {value} {compared}.", rf"\boxed{{{value}}} {compared}"):
        assert JUDGE(form, str(value), APPLES).score == 0, form
    if compared.startswith("times"):
        return
    asked = f"How many {compared.partition(' than')[0].partition(' as Ann')[0]} did Bob sell than Ann?"
    assert JUDGE(rf"\boxed{{{value}}} {compared}", str(value), asked).score == 1


UNITS = [("hours", "minutes", 60), ("feet", "inches", 12), ("pounds", "ounces", 16), ("days", "hours", 24)]


@settings(max_examples=80, deadline=None)
@given(st.integers(2, 11), st.integers(1, 11), st.sampled_from(UNITS), st.sampled_from([" and ", " ", ", "]))
def test_a_quantity_in_two_units_is_neither_of_its_numbers(large: int, small: int, units, link: str):
    one, two, factor = units
    line = f"It is {large} {one}{link}{small} {two}."
    question = f"How many {one} is it?"
    assert JUDGE(line, str(large), question).score == 0
    assert JUDGE(line, str(small), f"How many {two} is it?").score == int(small == large * factor + small)
    assert JUDGE(line, f"{large * factor + small}", f"How many {two} is it?").score == 1
    assert JUDGE(f"It takes {large * 60} minutes or {large} hours.", str(large * 60), "How many minutes?").score == 1


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(4, 90), min_size=2, max_size=2, unique=True), st.sampled_from(
    ["So x = {0}. So x = {1}.", "The result is {0}. The result is {1}.", "Bob sold {0} apples. Bob sold {1} apples.",
     "Therefore, the length of the box is {0} cm and its width is {1} cm."]))  # fmt: skip
def test_the_last_of_two_like_sentences_is_not_paid(values: list[int], form: str):
    assert [JUDGE(form.format(*values), str(value)).score for value in values] == [0, 0], form


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.integers(2, 12))
def test_a_formula_that_the_value_was_put_into_contradicts_nothing(one: int, two: int):
    product = one * two
    for right in (
        rf"$A = \frac{{1}}{{2}} b h = \frac{{1}}{{2}}({2 * one})({two}) = {product}$",
        rf"$A = bh = {one} \cdot {two} = {product}$", rf"\boxed{{A = x^2 y = {product}}}",
        rf"$A = \pi r^2 = \pi \cdot {one}^2 = {one * one}\pi$",
    ):  # fmt: skip
        gold = rf"{one * one}\pi" if "pi" in right else str(product)
        assert JUDGE(right, gold).score == 1, right
    assert JUDGE(rf"$A = bh = {one} \cdot {two + 1} = {product}$", str(product)).score == 0, "its arithmetic is checked"


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.integers(2, 9))
def test_a_sentence_says_the_result_of_its_computation(one: int, two: int):
    for form in (
        r"There are $\frac{%d}{%d} = %d$ ways to arrange the books.",
        r"The area of it is $\frac{%d}{%d} = %d$ square units.",
        r"The car's average speed is $\frac{%d}{%d} = %d$ mph.",
    ):  # fmt: skip
        assert JUDGE(form % (one * two, two, one), str(one)).score == 1, form
        assert JUDGE(form % (one * two, two, one + 1), str(one + 1)).score == 0, "false ones are refused"
    assert JUDGE("The number of arrangements is 5! = 120.", "120").score == 1


@pytest.mark.parametrize(
    ("line", "gold"),
    [
        ("The remainder when 2^10 is divided by 17 is 4.", "4"), ("The 5th term is 15.", "15"),
        ("The minimum value is 15, attained when x = 3.", "15"), ("So x is minus 5.", "-5"),
        ("Yes, it is possible.", "Yes"),
    ],
)  # fmt: skip
def test_a_statement_is_read_by_its_form(line: str, gold: str):
    assert JUDGE(line, gold).score == 1


@settings(max_examples=80, deadline=None)
@given(
    st.integers(2, 90),
    st.sampled_from(["2x", "x^2", "x+1", "-x", r"\sqrt{x}", "x!", r"\frac{x}{2}"]),
    st.sampled_from(["What is the value of $x$?", "Find x.", "Solve for $x$.", "What is x, if it is positive?"]),
)
def test_what_equals_the_box_is_the_letter_that_is_asked_for(value: int, side: str, question: str):
    assert JUDGE(rf"${side} = \boxed{{{value}}}$", str(value), question).score == 0
    assert JUDGE(rf"$x = \boxed{{{value}}}$", str(value), question).score == 1
    assert JUDGE(rf"${side} = \boxed{{{value}}}$", str(value), f"Find ${side}$.").score == 1


@pytest.mark.parametrize(
    "form",
    [
        r"in {}: \boxed{{18}}", r"\boxed{{18}} ({})", r"\boxed{{18}}, in {}", r"\text{{{}}} = \boxed{{18}}",
        "The number of {} is 18.",
    ],
)  # fmt: skip
def test_what_is_measured_around_a_value_is_what_is_asked_for(form: str):
    assert JUDGE(form.format("minutes"), "18", HOURS).score == 0
    assert JUDGE(form.format("hours"), "18", HOURS).score == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 40), st.integers(2, 40))
def test_a_quantity_that_is_said_again_in_brackets_is_the_same_or_none(hours: int, other: int):
    right, wrong = (
        rf"\boxed{{{hours} \text{{ hours ({60 * hours} minutes)}}}}",
        rf"\boxed{{{hours} \text{{ hours ({other} minutes)}}}}",
    )
    assert JUDGE(right, str(hours), HOURS).score == 1
    assert JUDGE(wrong, str(hours), HOURS).score == 0
    assert JUDGE(rf"\boxed{{\frac{{1}}{{{hours}}} (or 37\%)}}", rf"\frac{{1}}{{{hours}}}").score == 0
    assert JUDGE(f"It takes {hours} hours and 30 minutes.", f"{hours}.5", HOURS).score == 1


AREA = "What is the area of the rectangle, in square feet?"


@pytest.mark.parametrize(
    "form", [r"\boxed{25} feet squared", r"The area is \boxed{25} square feet.", r"\boxed{25} feet$^2$"]
)
def test_the_power_of_a_length_is_its_unit_and_that_of_another_thing_changes_it(form: str):
    assert JUDGE(form, "25").score == 1 and JUDGE(form, "25", AREA).score == 1
    assert JUDGE(r"\boxed{25} hours squared", "25", HOURS).score == 0
    assert JUDGE(r"\boxed{25} units squared", "25").score == 1 and JUDGE(r"\boxed{25} feet", "25", AREA).score == 0


@pytest.mark.parametrize(
    "form",
    [
        r"\boxed{%d}, minutes later he left", r"\boxed{%d} (second attempt)", r"\boxed{%d}, in total",
        r"\boxed{%d} in all",
        r"\boxed{%d}, day and night", r"\boxed{%d}, since each minute counts", r"\boxed{%d} hours and no minutes",
        r"\boxed{%d} hours or, more precisely, that many", r"Time: \boxed{%d}",
        r"Second: \boxed{%d}", r"Hours: \boxed{%d}",
        r"\boxed{%d} hours and two dogs", r"\boxed{%d} hours, half of them at night",
        r"\boxed{%d} hours, as you add them up",
    ],
)  # fmt: skip
@settings(max_examples=10, deadline=None)
@given(value=st.integers(2, 90))
def test_words_beside_a_box_that_say_something_else_leave_it_alone(form: str, value: int):
    assert JUDGE(form % value, str(value), HOURS).score == 1, form
