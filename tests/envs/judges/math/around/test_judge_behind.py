"""What stands behind a box: another answer in any words and of any kind, or a value that is only context."""

from __future__ import annotations

import pytest

from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
PAIRS = [
    ("5", "7"), ("5", r"$\sqrt{49}$"), ("B", "E"), (r"\frac34", r"$\frac45$"), ("2y", r"$3y$"), ("y+1", r"\(y-4\)"),
]  # fmt: skip
BOXES = [r"So $\boxed{%s}$", r"The result is \boxed{%s}"]
CLAIMS = [
    ", and # works too.", ", # being the other one", ". However, # is the right answer.",
    "\n\n# is the correct answer.",
    "\n\nThe true value is #.", "\n\nThe other root is #.", ". I would pick #.", "\n\nWe choose #.",
    ", but # is likelier",
    " while others say #", "\n\nThat makes #.", " (# is also possible)", ", # too", "; # is acceptable as well",
    "\n\nThe official answer is #.", ". Another solution is #.", " along with #", " if n is odd and # if n is even",
    "\n\nIn the second case: #", "\n\nErratum: #", ", though I prefer #", " — #", " ∨ #", "\n\nP.S. #",
    "; # may be valid",
]  # fmt: skip


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
    ", since $2+3=5$.", " because 10/2 = 5.", ".\n\nCheck: $5^2 - 5 = 20$.", ". (Rounded to 2 decimal places.)",
    ", which is less than 6.", ". Indeed, 6 fails.", ". The value 6 is too large.", ". The other side has length 3.",
    " for 3 people.", " out of 12.", ". Equality holds at $x = \\sqrt{2}$.", " (with $k = \\frac{1}{2}$).",
    ". The first term is 3 and the second is 2.", " because one of the values is 3 and the other is 2.",
    ".\n\nThe other solution, $x = -2$, is rejected.", ". The possible values are 1, 2, 3, 4 and 6.",
    ". Pick 2 of the 4 corners.", ". Then we get s = 20, and 20/4 = 5.", ", as 3 is a divisor of 6.",
    " (here 6 is the number of sides).", ", because it has a remainder of 1 when divided by 2, 3, 4, or 6.",
]  # fmt: skip


@pytest.mark.parametrize("context", CONTEXT)
def test_a_value_behind_a_box_that_is_no_answer_is_context(context: str) -> None:
    for box in BOXES:
        assert JUDGE(box % "5" + context, "5").score == 1, context


@pytest.mark.parametrize(
    "words",
    [". Option D is incorrect.", ".\n\nA is true but irrelevant; B and D are false.",
     ". A common mistake is to choose D.",
     ".\n\n- A: too small\n- D: too large", " because D lies on the circle.", ", not D."],
)  # fmt: skip
def test_other_options_may_be_spoken_of_behind_a_box(words: str) -> None:
    assert JUDGE(r"The answer is $\boxed{C}$" + words, "C").score == 1
