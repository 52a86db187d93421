"""Units and the question: the unit asked for in any of its spellings is right, and every other known unit is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.judges.math.values.questions.reader import read_question
from envs.judges.math.values.units import conversion, singular
from envs.judges.math.values.words import COUNTED, vocabulary
from envs.judges.math.verifier import MathVerifier

JUDGES = [MathVerifier(), MathVerifier("gsm8k")]
SPELLINGS = {
    "kilograms": "kg kilograms kilos", "pounds": "lb lbs pounds", "ounces": "oz ounces", "grams": "g grams",
    "meters": "m meters", "kilometers": "km kilometers", "centimeters": "cm centimeters", "miles": "mi miles",
    "feet": "ft feet", "inches": "inches", "yards": "yd yds yards", "hours": "h hr hrs hours",
    "minutes": "min mins minutes", "seconds": "s sec secs seconds", "days": "days", "weeks": "wk weeks",
    "months": "months", "years": "yr yrs years", "liters": "L liters", "milliliters": "mL milliliters",
    "gallons": "gal gallons", "dollars": "dollars", "cents": "cents", "calories": "cal calories",
    "megabytes": "MB megabytes", "gigabytes": "GB gigabytes", "kilowatt hours": "kWh", "newtons": "N newtons",
}  # fmt: skip
QUESTIONS = [
    "How many {} does it take?", "What is the number of {} in the box?", "What does it come to in {}?",
    "It lasts 3 days. How many more {} are there in total?", "How many {} of water does Mr. Lee need in 2 hours?",
    "How many {} long is it?", "How much is it? Express your answer in {}.",
]  # fmt: skip
FORMS = [r"\boxed{{12\text{{ {}}}}}", "#### 12 {}", "The answer is 12 {}.", r"It is $\boxed{{12}}\text{{ {}}}$."]


def paid(answer: str, question: str, gold: str = "12") -> set[bool]:
    """Returns the verdicts of both presets."""
    return {judge(answer, gold, question).score == 1 for judge in JUDGES}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("unit", SPELLINGS)
def test_the_unit_asked_for_may_stand_behind_a_number_in_every_spelling(unit: str, question: str) -> None:
    wrong = [
        form.format(spelling)
        for spelling in SPELLINGS[unit].split()
        for form in FORMS
        if paid(form.format(spelling), question.format(unit)) != {True}
    ]
    assert wrong == []


@pytest.mark.parametrize("unit", SPELLINGS)
def test_an_abbreviation_in_the_question_is_the_unit_spelt_out(unit: str) -> None:
    for asked in SPELLINGS[unit].split():
        if len(asked) > 1:
            assert paid(rf"\boxed{{12\text{{ {unit}}}}}", f"How many {asked} does it take?") == {True}, asked


@pytest.mark.parametrize("question", QUESTIONS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_other_unit_is_another_value(question: str, data: st.DataObject) -> None:
    asked, other = data.draw(st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=2, max_size=2, unique=True))
    spelling = data.draw(st.sampled_from(SPELLINGS[other].split()))
    form = data.draw(st.sampled_from(FORMS))
    assert paid(form.format(spelling), question.format(asked)) == {False}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(set(SPELLINGS) - {"kilowatt hours"})),
    st.sampled_from(["a", "per", "each", "every"]),
    st.sampled_from(["day", "week", "month", "year"]),
    st.sampled_from(["a", "per", "each"]),
)
def test_what_a_rate_divides_by_is_not_the_unit_asked_for(unit: str, over: str, time: str, said: str) -> None:
    question = f"How many {unit} {over} {time} does she need?"
    for answer in ("{u}", "{u} {s} {t}", "{u}/{t}"):
        assert paid(r"\boxed{12\text{ " + answer.format(u=unit, s=said, t=time) + "}}", question) == {True}, answer
    assert paid(f"#### 12 {unit} {said} {time}", question) == {True}
    if f"{time}s" != unit:
        assert paid(rf"\boxed{{12\text{{ {time}s}}}}", question) == {False}
        assert paid(rf"\boxed{{12\text{{ {unit} per minute}}}}", question) == {False}


@pytest.mark.parametrize(
    ("answer", "question", "right"),
    [
        ("12 mph", "What is the speed in miles per hour?", True),
        ("12 miles per hour", "What is the speed, in miles per hour?", True),
        ("12 miles", "What is the speed in miles per hour?", False),
        ("12 mpg", "How many miles per gallon does it get?", True),
        ("12 gallons", "How many miles per gallon does it get?", False),
        ("12 cm^2", "What is the area, in square centimeters?", True),
        ("12 sq. cm", "What is the area, in square centimeters?", True),
        ("12 ft²", "How many square feet is it?", True),
        ("12 sq ft", "How many square feet is it?", True),
        ("12 feet", "How many square feet is it?", False),
        ("12¢", "How many cents does she have?", True),
        (r"\$12", "How many cents does she have?", False),
        (r"\$12", "How many dollars did he pay for 3 pounds?", True),
        ("12 pounds", "How many dollars did he pay for 3 pounds?", False),
        ("£12", "How many pounds did he pay?", True),
        (r"\$12\text{/hour}", "How much does he earn per hour?", True),
        (r"\$12/\text{hour}", "How much per hour?", True),
        ("12 years old", "How many years old is she?", True),
        ("12 months old", "How many years old is she?", False),
        ("12 second graders", "How many second graders are there?", True),
        ("12 seconds", "How many second graders are there?", False),
        ("12 Gb", "How many GB is it?", False),
        ("12 degrees Celsius", "What is the temperature in degrees Celsius?", True),
        (r"12^\circ", "What is the temperature in degrees Celsius?", True),
        (r"12^\circ\text{F}", "What is the temperature in degrees Celsius?", False),
        ("12 hours", "How much time, in hours each day, does it take?", True),
        ("12 dozen eggs", "How many dozens of eggs are left?", True),
        ("12 dozens of dozens of eggs", "How many dozens of eggs are left?", False),
        ("12 hours", "How many red and blue boxes are left?", False),
        (r"\$12", "How much did the 3 days cost in one week?", True),
        ("12 gallons", "Fuel costs $3. How many gallons does Mr. Lee use in two weeks?", True),
        (r"12\%", "How many eggs are there?", False),
        ("12 percent of the eggs", "How many eggs are there?", False),
        (r"12\%", "What percent of the eggs are left?", True),
        ("12 dozens of eggs", "How many eggs are there?", False),
        ("12 pairs of socks", "How many socks are there?", False),
        ("12 pairs of socks", "How many pairs of socks are there?", True),
        ("12 boxes of eggs", "How many eggs are there?", False),
        ("12 boxes of eggs", "How many boxes of eggs are there?", True),
        ("12 pieces of candy", "How many candies are there?", True),
        ("12 hours", "How many eggs are there?", False),
        ("12 hours", "How much is left?", True),
    ],
)  # fmt: skip
def test_the_unit_asked_for_by_examples(answer: str, question: str, right: bool) -> None:
    assert paid(
        rf"\boxed{{{answer}}}" if "\\" in answer else rf"\boxed{{{answer.replace('12', '12 ')}}}", question
    ) == {right}


def test_a_multiple_is_no_plain_number_without_a_question_either() -> None:
    for words in ("dozens of eggs", "dozen of eggs", "pairs of socks"):
        assert paid(f"#### 12 {words}", "") == {False}
    assert paid("#### 12 pairs of socks", "", "24") == {True}


@pytest.mark.parametrize(
    "phrase",
    [
        "coats and uniforms", "boys and girls", "incorrect answers", "more cats than dogs", "men with beards",
        "pairs of leggings", "dozen donuts", "students in this class", "pink ones", "logs", "tans",
        "fewer boys or girls",
    ],
)  # fmt: skip
def test_the_question_s_own_phrase_may_stand_behind_the_number(phrase: str) -> None:
    question = f"There are 40 of them. How many {phrase} are there in total?"
    for form in FORMS:
        assert paid(form.format(phrase), question) == {True}, form
    assert paid(rf"\boxed{{13\text{{ {phrase}}}}}", question) == {False}
    assert paid(rf"\boxed{{12\text{{ of the 12 {phrase}}}}}", question) == {False}


@pytest.mark.parametrize("words", ["hundred eggs", "half the eggs", "times 3 eggs", "or", "negative", "squared eggs"])
def test_a_phrase_that_says_another_number_is_none(words: str) -> None:
    assert paid(rf"\boxed{{12\text{{ {words}}}}}", f"How many {words} are there?") == {False}


@pytest.mark.parametrize(
    "noun",
    [
        "ordered pairs", "unordered pairs", "ordered triples", "moves", "distinct real solutions", "real roots",
        "prime numbers", "lattice points", "colorings", "divisors", "perfect squares", "positive divisors", "tilings",
    ],
)  # fmt: skip
def test_what_competitions_count(noun: str) -> None:
    for form in FORMS:
        assert paid(form.format(noun), "") == {True}
    for other in ("roots", "pairs", "digits"):
        assert paid(rf"\boxed{{12\text{{ {other}}}}}", "") == {False}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "how many",
                "number of",
                "what is the",
                "in",
                "per",
                "a",
                "of",
                "the",
                "square",
                "hours",
                "kg",
                "$",
                "€",
                ".",
                "?",
                "^2",
                "²",
                "/",
                "Mr.",
                "A.",
                " ",
                "12",
                "pairs",
                "units",
                "°",
                "wie viele",
                "find",
            ]
        ),
        max_size=12,
    ),
    st.text(max_size=20),
)
def test_no_question_raises(words: list[str], text: str) -> None:
    question = " ".join([*words, text, *words])
    asked = read_question(question)
    vocabulary("5", question, True)
    for behind in (question, "", r" \text{ kg}", " pairs of the"):
        assert asked.fits_behind(behind) in (True, False)
    assert asked.fits("")


def test_a_unit_of_the_table_equals_itself_alone() -> None:
    for one in SPELLINGS:
        for two in SPELLINGS:
            if " " not in one + two:
                assert (conversion(singular(one), singular(two)) == 1) == (one == two)
    assert "root" not in COUNTED and "digit" not in COUNTED
