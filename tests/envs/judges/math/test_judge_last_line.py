"""A last line without a box, read with its question: what it says is paid, another's value is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
WALLS = "It takes Kim 2 hours to paint a wall. How many hours does it take Kim to paint 3 walls?"
BOOKS = "Tina buys 3 books at $4 each and a pen for $2. How much did she spend in total?"
APPLES = "Amy has 12 apples. She gives 5 to Bob. How many apples does Amy have left?"
SHARE = "There are 40 students, 10 are absent. What percent of the students are absent?"
SPENT = [
    "Tina spent $%s on 3 books and a pen.", "The 3 books and the pen cost $%s.", r"Tina spent \(%s\) dollars in total.",
    "Tina spent $12 on books and $2 on the pen, for a total of $%s.",
    "Adding them up, $12 + $2 = $%s.",
    r"Thus, Tina spent a total of \$12 + \$2 = \$%s.", "Since 12 + 2 = 14, she spent $%s.", "$%s was spent in total.",
    r"Therefore, the total is \( 12 + 2 = %s \) dollars.",
    "Three books cost $12, and the pen is $2, so the total is $%s.",
    r"Therefore, the total is $12 + 2 = %s$ dollars.", "$%s is the total amount she spent.",
    r"Total: \(12 + 2 = %s\) dollars", "Die Antwort ist also %s.", "Ответ: %s",
    "Правильный ответ: %s", "Die Lösung ist %s.",
    "La respuesta correcta es %s.", "El resultado es %s.", "La réponse est donc %s.", "答: %s",
    "答え：%s", "Odpowiedź: %s",
    "答えは %s です。", "정답: %s", "Svaret är %s.", "الجواب: %s", "所以一共花了%s元。", "所以总共有 12 + 2 = %s 元",
]  # fmt: skip
COURTESIES = [
    "",
    "\n\nHope this helps!",
    "\n\nLet me know if you have questions.",
    "\n\nIs there anything else I can help with?",
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SPENT), st.sampled_from(COURTESIES), st.integers(1, 99))
def test_a_closing_sentence_says_its_value_and_no_other(sentence: str, courtesy: str, value: int):
    score = JUDGE(sentence % value + courtesy, "14", BOOKS).score
    assert score == (value == 14)


@pytest.mark.parametrize(
    "sentence",
    ["It takes Kim %s hours.", "So it takes Kim **%s hours** to paint 3 walls.",
     "It takes Kim %s hours to paint 3 walls.",

     "To paint 3 walls, Kim needs %s hours.", "Kim needs 2 * 3 = %s hours to paint 3 walls."],
)  # fmt: skip
@pytest.mark.parametrize(("value", "score"), [("6", 1.0), ("7", 0.0), ("3", 0.0)])
def test_a_number_that_the_question_gives_is_context(sentence: str, value: str, score: float):
    assert JUDGE(sentence % value, "6", WALLS).score == score


@pytest.mark.parametrize(
    "sentence",
    ["Amy has seven apples left.", "7 apples remain.", "This leaves Amy with 7 apples.", "7 apples are left."],
)
def test_what_is_left_is_said_in_words_and_first(sentence: str):
    assert JUDGE(sentence, "7", APPLES).score == 1.0
    assert JUDGE(sentence, "8", APPLES).score == 0.0


@pytest.mark.parametrize(
    "sentence",
    ["Bob has 7 apples.", "The wrong answer is 7 apples.", "A bad guess is 7 apples.",
     "Amy wishes she had 7 apples left.",
     "Amy lost 7 apples.", "Amy refuses 7 apples.", "Amy gave away 7 apples.", "They say 7 apples.", "Is it 7 apples?"],
)  # fmt: skip
def test_a_line_about_something_else_is_not_paid(sentence: str):
    assert JUDGE(sentence, "7", APPLES).score == 0.0


@pytest.mark.parametrize(
    ("completion", "gold", "question", "score"),
    [
        (r"\boxed{\frac{10}{40}\times100=25\%}", "25", SHARE, 1.0),
        (r"\boxed{\frac{10}{40}\times100=26\%}", "26", SHARE, 0.0),
        ("Percentage = (10/40) × 100 = 25%", "25", SHARE, 1.0),
        ("Therefore, 25% of the students are absent.", "25", SHARE, 1.0),
        (r"Answer: $2\pi$ (≈ 6.28)", r"2\pi", "", 1.0), (r"Answer: $2\pi$ (≈ 6.38)", r"2\pi", "", 0.0),
        (r"\boxed{\frac{14}{3} \; (\approx 4.67)}", r"\frac{14}{3}", "", 1.0),
        (r"\boxed{\frac{14}{3}, \approx 4.57}", r"\frac{14}{3}", "", 0.0),
        (r"The equation of the line is \(y=2x+3\).", "y=2x+3", "", 1.0), (r"解集为 $(2,5]$。", "(2,5]", "", 1.0),
        (r"方程的解为 $x=-3$ 或 $x=7$。", "-3, 7", "", 1.0), ("Die Antwort ist nicht 42.", "42", "", 0.0),
        ("La respuesta correcta es B.", "B", "Which? (A) 3 (B) 4", 1.0), ("答案不是 42", "42", "", 0.0),
        ("The remainder when 17 is divided by 7 is 3.", "3", "What is the remainder when 17 is divided by 7?", 1.0),
        ("B is the correct answer because 2+2=4.", "B", "Which is right? (A) 3 (B) 4", 1.0),
        ("The shop lost $70.", "70", "It buys a bike for $100. How much profit did the shop make?", 0.0),
        ("Loss: $70", "70", "It buys a bike for $100. How much profit did the shop make?", 0.0),
    ],
)  # fmt: skip
def test_forms_of_a_last_line(completion: str, gold: str, question: str, score: float):
    assert JUDGE(completion, gold, question).score == score
