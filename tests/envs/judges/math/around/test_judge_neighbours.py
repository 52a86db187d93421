"""Values beside an answer in whatever they are wrapped, words that turn it, arithmetic that leads to it, last lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
VALUES = st.integers(10, 99)

FRAMES = [
    r"\begin{align*} x = %s \end{align*}", r"\begin{equation}%s\end{equation}", r"\begin{center}%s\end{center}",
    r"\begin{itemize}\item %s\end{itemize}", r"\begin{tabular}{c} %s \end{tabular}", r"\verb|%s|", r"\verb+%s+",
    r"\lstinline|%s|", r"\texttt{%s}", r"\fbox{%s}", r"\framebox{%s}", "`%s`", "``%s``", r"\ensuremath{%s}",
    r"\centerline{%s}", r"\[%s\]", "$$x=%s$$", r"\(%s\)", r"\foo{%s}", r"\raisebox{1pt}{%s}",
    r"\fcolorbox{red}{white}{%s}", r"{\Huge %s}", r"\mathbf{\mathrm{%s}}", "***%s***", "<code>%s</code>", "_%s_",
]  # fmt: skip
BEHIND = [
    r"$<box>$ <other>", r"$<box>$, <other>", "$<box>$.\n<other>", "The answer is $<box>$. <other>", 
    "$<box>$\n\n<other>",
    "$<box>$ or <other>", "$<box>$. So <other>",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FRAMES), st.sampled_from(BEHIND), VALUES, VALUES)
def test_a_second_value_is_found_in_every_frame(frame: str, form: str, value: int, other: int) -> None:
    text = form.replace("<box>", rf"\boxed{{{value}}}").replace("<other>", frame % other)
    assert value == other or JUDGE(text, str(value)).score == 0, text
    same = form.replace("<box>", rf"\boxed{{{value}}}").replace("<other>", frame % value)
    assert "fbox" in frame or "framebox" in frame or JUDGE(same, str(value)).score == 1, same


OTHERS = [
    "⑥",
    "❻",
    "six",
    "Six",
    "VI",
    "vi",
    "Ⅵ",
    "六",
    "６",
    "6️⃣",
    "⁶",
    "½",
    "sixty-six",
    "one",
    "sechs",
    "half a dozen",
]
OR = ["%s or <o>", "%s or <o>.", "%s (or <o>)", "%s. Or <o>", "%s or perhaps <o>", "%s or **<o>**"]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("form", OR)
def test_a_numeral_of_any_kind_behind_an_or_is_a_second_answer(other: str, form: str) -> None:
    boxed = r"\boxed{5}"
    assert JUDGE(form.replace("%s", boxed).replace("<o>", other), "5").score == 0


@pytest.mark.parametrize("same", ["five", "⑤", "5", "5.0", "Five"])
@pytest.mark.parametrize("form", OR)
def test_the_same_value_in_another_numeral_is_no_other_answer(same: str, form: str) -> None:
    assert JUDGE(form.replace("%s", r"\boxed{5}").replace("<o>", same), "5").score == 1


TURNING = (
    "scarcely,rarely,hardly,barely,seldom,almost never,nowhere near,far from,close to,shy of,wrongly,partly,mostly,"
    "nearly,virtually,dubiously,questionably,falsely,ironically,short of,not quite,supposedly,anything but"
).split(",")
STATING = (
    "exactly,simply,just,therefore,then,thus,only,precisely,indeed,of course,clearly,finally,equal to,given by,"
    "a total of,in fact,found to be,necessarily,definitely,certainly,consequently,approximately,none other than,"
    "nothing but"
).split(",")


@pytest.mark.parametrize(
    "form", ["The answer is <w> <b>.", "The value of x is <w> $<b>$.", "It is <w> <b>.", "There are <w> $<b>$ apples."]
)
def test_what_may_stand_directly_before_a_box_is_listed(form: str) -> None:
    text = form.replace("<b>", r"\boxed{5}")
    assert not [word for word in TURNING if JUDGE(text.replace("<w>", word), "5").score]
    if "There" not in form:
        assert not [word for word in STATING if not JUDGE(text.replace("<w>", word), "5").score]


@pytest.mark.parametrize("word", ["approaching", "beyond", "wide of", "opposite", "hovering by", "allergic to"])
def test_a_word_that_does_not_state_an_answer_is_none_behind_the_answer_is(word: str) -> None:
    assert JUDGE(rf"The answer is {word} \boxed{{5}}.", "5").score == 0


@pytest.mark.parametrize(
    "text",
    ["Surprisingly, the answer is <b>.", "Luckily, <b>", "Emily has <b> apples.", "The family has <b> members.",
     "In July, <b>", "Multiply: <b>", "The answer is the smallest such integer, <b>.",
     "The answer is clearly $x = <b>$.",
     "The reciprocal of $\\frac{1}{5}$ is $<b>$.", "The answer is obtained as <b>."],
)  # fmt: skip
def test_adverbs_of_the_sentence_and_nouns_leave_a_box(text: str) -> None:
    assert JUDGE(text.replace("<b>", r"\boxed{5}"), "5").score == 1


WAYS = [
    "%s=<b>", "%s = <b>.", "So %s = <b>", "The total is $%s$ = $<b>$.", "So we have %s = <b> apples.", "**%s = <b>**",
    "$%s =$ <b>", "%s equals <b>", r"\begin{align*} %s &= <v>\\ &= <b>\end{align*}", "$%s = <v> = <b>$",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WAYS), st.integers(2, 40), st.integers(2, 40), st.sampled_from("+*/"), st.integers(0, 2))
def test_every_link_that_leads_to_a_box_must_hold(form: str, one: int, two: int, sign: str, slip: int) -> None:
    value = {"+": one + two, "*": one * two, "/": one}[sign]
    way = {"+": f"{one} + {two}", "*": f"{one} * {two}", "/": rf"\frac{{{one * two}}}{{{two}}}"}[sign]
    said = value + (slip + 1) * (one + 1) if slip else value
    text = form.replace("%s", way).replace("<v>", str(value)).replace("<b>", rf"\boxed{{{said}}}")
    assert JUDGE(text, str(said)).score == int(not slip), text


@pytest.mark.parametrize(
    "text",
    ["20% of 25 = <b>", "half of 10 = <b>", "The sum of 2 and 3 = <b>", "Problem 7 = <b>", "3x + 2 - 1 = <b>",
     "(2) = <b>",
     "$10/2.01 = <b>$", "2 + 2 = 5, so the answer is <b>", r"$11 \equiv 3 + 8 = <b> \pmod 6$", r"$3 - 100\% = <b>$"],
)  # fmt: skip
def test_a_part_of_more_or_a_rounding_before_a_box_is_no_false_way(text: str) -> None:
    assert JUDGE(text.replace("<b>", r"\boxed{5}"), "5").score == 1


CLOSING = [
    ("The train travels %d miles.", "miles"), ("Each bag weighs %d kg.", "kg"), ("He holds %d coins.", "coins"),
    ("It lasts %d days.", "days"), ("The tank holds %d liters of water.", "liters"), ("They walk %d miles.", "miles"),
    ("Ben will need %d hours to finish it.", "hours"), ("Dora swam %d laps.", "laps"), ("Sam drank %d cups.", "cups"),
    ("Jane ended up with %d marbles.", "marbles"), ("He spends %d hours on homework.", "hours"),
    ("Mary baked a total of %d cookies.", "cookies"), ("This leaves %d apples.", "apples"),
    ("The improved diet reduced his time to 7 * %d = <seven> seconds.", "seconds"),
    ("If it costs 7 each, Ann paid 7 x %d = $<seven>.", "dollars"),
]  # fmt: skip
NO_CLOSING = [
    "He could hold %d coins.", "If he holds %d coins he wins.", "Maybe he holds %d coins.",
    "He holds half of %d coins.",
    "He is short of %d coins.", "The answer differs by %d coins.", "He lives in room %d downstairs.",
    "He holds nearly %d coins.", "He holds %d thousand coins.", "Ann thinks Bob holds %d coins.", "It exceeds %d kg.",
    "He holds 3 * 100 = %d coins.", "So he holds 400 - 1 = 300 = %d coins.", "He holds %d coins or 6 coins.",
    "He ran out after %d minutes.", "The bag weighs at least %d kg.", "He was in the first %d rows.",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CLOSING), st.sampled_from(NO_CLOSING), VALUES)
def test_a_last_line_states_what_it_ends_in_whatever_its_verb(closing, other, value) -> None:
    form, noun = closing
    text = form % value
    said = 7 * value if "<seven>" in form else value
    text = text.replace("<seven>", str(said))
    assert JUDGE(text, str(said), f"How many {noun}?").score == 1, text
    assert JUDGE(text, str(said + 1), f"How many {noun}?").score == 0, text
    assert JUDGE(other % value, str(value), "How many coins?").score == 0, other % value
