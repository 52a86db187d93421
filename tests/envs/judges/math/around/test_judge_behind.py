"""What stands behind a box: another answer in any words and of any kind, or a value that is only context."""

from __future__ import annotations

import pytest

from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
PAIRS = [
    ("5", "7"),
    ("5", r"$\sqrt{49}$"),
    ("B", "E"),
    (r"\frac34", r"$\frac45$"),
    ("2y", r"$3y$"),
    ("y+1", r"\(y-4\)"),
]
BOXES = [r"So $\boxed{%s}$", r"The result is \boxed{%s}"]
CLAIMS = [
    ", and # works too.",
    ", # being the other one",
    ". However, # is the right answer.",
    "\n\n# is the correct answer.",
    "\n\nThe true value is #.",
    "\n\nThe other root is #.",
    ". I would pick #.",
    "\n\nWe choose #.",
    ", but # is likelier",
    " while others say #",
    "\n\nThat makes #.",
    " (# is also possible)",
    ", # too",
    "; # is acceptable as well",
    "\n\nThe official answer is #.",
    ". Another solution is #.",
    " along with #",
    " if n is odd and # if n is even",
    "\n\nIn the second case: #",
    "\n\nErratum: #",
    ", though I prefer #",
    " — #",
    " ∨ #",
    "\n\nP.S. #",
    "; # may be valid",
]


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize(("gold", "other"), PAIRS)
def test_a_value_that_a_clause_behind_a_box_claims_is_another_answer(gold: str, other: str, claim: str) -> None:
    for box in BOXES:
        text = box % gold + claim.replace("#", other)
        assert JUDGE(text, gold).score == 0, text


# The same clause about the box's own value says it once more.
@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if " if n is odd" not in claim])
def test_the_answer_itself_may_be_claimed_behind_its_box(claim: str) -> None:
    text = r"So $\boxed{\frac34}$" + claim.replace("#", r"$\frac{3}{4}$")
    assert JUDGE(text, r"\frac34").score == 1, text


CONTEXT = [
    ", since $2+3=5$.",
    " because 10/2 = 5.",
    ".\n\nCheck: $5^2 - 5 = 20$.",
    ". (Rounded to 2 decimal places.)",
    ", which is less than 6.",
    ". Indeed, 6 fails.",
    ". The value 6 is too large.",
    ". The other side has length 3.",
    " for 3 people.",
    " out of 12.",
    ". Equality holds at $x = \\sqrt{2}$.",
    " (with $k = \\frac{1}{2}$).",
    ". The first term is 3 and the second is 2.",
    " because one of the values is 3 and the other is 2.",
    ".\n\nThe other solution, $x = -2$, is rejected.",
    ". The possible values are 1, 2, 3, 4 and 6.",
    ". Pick 2 of the 4 corners.",
    ". Then we get s = 20, and 20/4 = 5.",
    ", as 3 is a divisor of 6.",
    " (here 6 is the number of sides).",
    ", because it has a remainder of 1 when divided by 2, 3, 4, or 6.",
]


@pytest.mark.parametrize("context", CONTEXT)
def test_a_value_behind_a_box_that_is_no_answer_is_context(context: str) -> None:
    for box in BOXES:
        assert JUDGE(box % "5" + context, "5").score == 1, context


@pytest.mark.parametrize(
    "words",
    [
        ". Option D is incorrect.",
        ".\n\nA is true but irrelevant; B and D are false.",
        ". A common mistake is to choose D.",
        ".\n\n- A: too small\n- D: too large",
        " because D lies on the circle.",
        ", not D.",
    ],
)
def test_other_options_may_be_spoken_of_behind_a_box(words: str) -> None:
    assert JUDGE(r"The answer is $\boxed{C}$" + words, "C").score == 1


@pytest.mark.parametrize(
    "text",
    [
        "20 minus the answer is <box>",
        "Three times our answer is <box>",
        "The answer plus two is <box>",
        "The answer modulo 11 is <box>",
        "The answer, divided by 3, is <box>",
        "The square of the answer is <box>",
        "The answer to another question is <box>",
        "Suppose <box>",
        "What if <box>",
        "Another student found <box>.",
        "Some people get <box>",
        '"<box>" is what my friend said.',
        "<box>. So there is no such integer.",
        "<box>. Hence the limit does not exist.",
        "<box>. Therefore impossible.",
        "<box>\n\nNope.",
        "<box>. A contradiction.",
        "<box>. I was joking.",
        "<box>. We made it up.",
        "<box>\n\nThe value above was a guess.",
        "<box> among others.",
        "<box>, etc.",
        "<box> is only one of the solutions.",
        "<box> and so on",
        "<box> (?)",
    ],
)
def test_words_that_withdraw_a_box_or_compute_with_the_answer_refuse_it(text: str) -> None:
    for box in (r"$\boxed{5}$", r"\boxed{5}"):
        assert JUDGE(text.replace("<box>", box), "5").score == 0, text


@pytest.mark.parametrize(
    "text",
    [
        "The answer to the question is <box>",
        "So the answer, in simplest form, is <box>",
        "The answer we get is <box>.",
        "Assuming the coin is fair, the answer is <box>",
        "Each student got <box> marks.",
        "<box>. So there are no others.",
        "<box>. So there is no solution with n > 9.",
        "<box> is the only one of the roots that fits.",
        "<box>. We are done.",
        "<box> is what we wanted.",
        "<box> is exactly what we got.",
        "The sum of the roots is <box>.",
        "<box> [1].",
        "<box>. The contradiction shows that there are no more.",
        "Then the answer modulo nothing else is clear: <box>",
        "<box> m",
        "<box> a day",
        "<box> I am sure.",
        "<box> hours in total",
        "<box> feet, and 3 of them are wet",
    ],
)
def test_words_that_lead_to_a_box_or_close_the_text_keep_it(text: str) -> None:
    for box in (r"$\boxed{5}$", r"\boxed{5}"):
        assert JUDGE(text.replace("<box>", box), "5").score == 1, text


MORE = [
    " feet 3 inches",
    r"\text{ feet and }3\text{ inches}",
    " hours and 10 minutes",
    " hours, 30 min",
    " with remainder 1",
    " R 2",
    " and some change",
    " times over",
    " bn",
    " pi",
    " n",
    " x",
    " i",
]


@pytest.mark.parametrize("more", MORE)
def test_what_goes_on_behind_a_box_belongs_to_its_value(more: str) -> None:
    question = "How many feet, or how many hours?"
    assert JUDGE(rf"\boxed{{6}}{more}", "6", question).score == 0
    assert JUDGE(rf"\boxed{{6}}{more}", "6").score == 0


LEFT_SIDES = [
    (r"\binom{5}{2}", "10"), ("|-8|", "8"), (r"\gcd(12, 18)", "6"), (r"\sum_{k=1}^4 k", "10"), ("4!", "24"),
    (r"\int_0^3 2x\,dx", "9"), (r"\lim_{x\to 0}\frac{\sin 2x}{x}", "2"), (r"\operatorname{lcm}(4, 6)", "12"),
    (r"\$7 + \$8", "15"), ("7 plus 8", "15"), ("7 cats + 8 cats", "15"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "value"), LEFT_SIDES)
def test_a_left_side_with_a_value_of_its_own_must_have_the_value_of_the_box(left: str, value: str) -> None:
    form = "So %s = \\boxed{%s}" if left[:1].isdigit() and " " in left or "$" in left else "So $%s = \\boxed{%s}$."
    assert JUDGE(form % (left, value), value).score == 1
    assert JUDGE(form % (left, "7"), "7").score == 0
