"""What a clause asks for: what an answer may be divided by, which nouns it may count, percent and money."""

from __future__ import annotations

import pytest

from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
TIMES = ["hour", "day", "week", "month", "year"]
THINGS = ["hours", "pages", "miles", "dollars", "apples", "liters"]
ASKS = [
    "Tom has {n} in 3 boxes a {given}. How many {n} does he have per {asked}?",
    "He needs 5 {n} a {given}. How many {n} does he need each {asked}?",
    "If he needs 5 {n} every {given}, how many {n} does he need a {asked}?",
    "How many {n} does he need in a {asked} if he needs 5 {n} per {given}?",
]


def paid(answer: str, question: str, gold: str = "12") -> bool:
    """Returns whether a boxed answer is paid."""
    return JUDGE(rf"\boxed{{{answer}}}", gold, question).score == 1


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("noun", THINGS)
def test_an_answer_is_divided_by_what_is_asked_and_by_nothing_else_of_the_question(noun: str, ask: str) -> None:
    for given, asked in [(a, b) for a in TIMES for b in TIMES if a != b and f"{b}s" != noun]:
        question = ask.format(n=noun, given=given, asked=asked)
        for over in ("per {}", "a {}", "/{}", "each {}"):
            assert paid(rf"12\text{{ {noun} {over.format(asked)}}}", question), (question, over)
            assert not paid(rf"12\text{{ {noun} {over.format(given)}}}", question), (question, over)


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Sue has 24 shoes. How many pairs of shoes has she?", ["12 pairs", "12 pairs of shoes"], ["12 shoes"]),
        ("3 books have 4 pages each. How many pages is that?", ["12 pages"], ["12 books"]),
        ("There are 3 flibs with 4 zorbs each. How many zorbs?", ["12 zorbs"], ["12 flibs"]),
        ("Mia has 3 packs of 4 pieces. How many pieces of gum?", ["12 pieces", "12 pieces of gum"], ["12 packs"]),
        ("6 cows and 2 hens: how many legs do the animals have?", ["12 legs"], ["12 animals", "12 cows"]),
        ("40% of 20 students are boys. How many girls are there?", ["12 girls", "12"], ["12 boys"]),
        ("He has 7 apples and 5 pears. How many pieces of fruit?", ["12 pieces of fruit"], ["12 apples", "12 pears"]),
        ("5 jars hold 60 cookies. How many cookies were in each jar?", ["12 cookies in each jar"], ["12 jars"]),
        ("He made 20 candles. How many of them will break?", ["12 candles", "12"], ["12 kg"]),
        ("2 bottles of water each. How many bottles of water?", ["12 bottles", "12 water bottles"], ["12 kg"]),
        ("6 tickets cost $2 each. How much money is that?", [r"\$12", "12 dollars"], ["12 tickets", "12 kg"]),
        ("4 yogurts cost $2. How much does he spend on yogurt?", [r"\$12", "12 on yogurt"], ["12 yogurts", "12 hours"]),
        ("How many people came? 30 students were invited.", ["12 people", "12 students"], ["12 kg"]),
    ],
)  # fmt: skip
def test_a_noun_that_the_question_counts_and_does_not_ask_for_is_another_answer(
    question: str, right: list[str], wrong: list[str]
) -> None:
    assert [answer for answer in right if not paid(answer, question)] == []
    assert [answer for answer in wrong if paid(answer, question)] == []


@pytest.mark.parametrize(
    "question",
    [
        "What percent of the apples are red? There are 100 kg for $25.", "By what percent did the price rise?",
        "What percentage of the students like tea?", "Find the percent decrease.", "Give the answer in percent.",
        "What is the probability, as a percentage?", "How many percent of the eggs broke?",
    ],
)  # fmt: skip
def test_what_asks_for_percent_takes_percent_or_a_plain_number(question: str) -> None:
    for answer in ("12", r"12\%", "12 percent", "12 per cent", r"12\% of the apples"):
        assert paid(answer, question), answer
    for answer in ("12 kg", "12 apples", r"\$12", "12 hours", r"12^\circ", "12 points"):
        assert not paid(answer, question), answer


def test_percent_that_is_given_is_not_asked_for() -> None:
    assert not paid(r"12\%", "How many students passed if 30 percent of 40 passed?")
    assert paid("12 students", "How many students passed if 30 percent of 40 passed?")


def test_slanted_letters_are_a_composite_unit_where_the_gold_has_no_variables() -> None:
    assert paid(r"12 \frac{m}{s}", "") and paid(r"12\,m\,s^{-1}", "")
    assert not paid(r"12 \frac{m}{s}", "", "12m") and not paid(r"12 \frac{x}{y}", "")


WEEKLY = "Tom runs 5 miles a day. How many miles does Tom run each week?"
DAILY = "She sells eggs for $2 each. How much in dollars does she make every day at the market?"


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (WEEKLY, (" miles", " miles per week", " miles weekly", "/week", r"\text{ miles a week}", " miles in total"),
         (" miles daily", " miles every 2 weeks", " miles per fortnight", "/day", r"\text{ miles a month}", " yearly")),
        (DAILY, (" dollars", " per day", " every day", "/day", " daily", " each day at the market"),
         (" per week", " weekly", "/month", " an hour", " dollars every year", " every two days")),
    ],
)  # fmt: skip
def test_a_period_behind_a_box_is_the_one_asked_for(
    question: str, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    judge = MathVerifier()
    assert [tail for tail in right if not judge(rf"\boxed{{12}}{tail}", "12", question).score] == []
    assert [tail for tail in wrong if judge(rf"\boxed{{12}}{tail}", "12", question).score] == []


def test_money_is_in_a_currency_of_the_question() -> None:
    profit = "A shop buys a bike for $100 and sells it for $112. How much profit did it make?"
    assert all(paid(answer, profit) for answer in (r"\$12", "12 dollars", "12"))
    assert not any(paid(answer, profit) for answer in ("€12", "£12", "12¢", "12 cents", "12 yen"))
    assert paid("12 cents", "A pen costs 30 cents and sells for 42 cents. How much profit is that?")


def test_a_percent_sign_never_multiplies_where_percent_are_asked_for() -> None:
    assert not paid(r"1200\%", "What percent of the students are absent?")
    assert paid(r"12\%", "What percent of the students are absent?")
