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
    "<one> is one answer. Adding gives the next answer, <two>.", "Possible answers: <one>, next <two>.",
    "Using the first reading we get <one>. Using the second reading we get <two>.",
    "<one>. On the other hand, using symmetry, we get <two>.", "<one> therefore we get <two>, and either is fine.",
    "My two guesses: <one>, then adding, I get <two>.",
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
    r"\Large %s",
    "%s", "$%s$", r"\(%s\)", "**%s**", r"$\mathbf{%s}$", r"\textbf{%s}", r"$\underline{%s}$",
    r"$\colorbox{yellow}{%s}$",
    r"$\bbox[1px]{%s}$", r"$\color{red}{%s}$", "$x = %s$", r"$\text{%s}$", "<b>%s</b>",
]  # fmt: skip
JOINED = [
    "%s for $n=1$ and %s for $n=2$.", "%s (even case) and %s (odd case).", "%s and perhaps %s.", r"%s \\ %s",
    "%s '%s'", "%s <%s>", "%s `%s`", "%s\n\nAnswer: %s", "%s\n\nThe other case gives %s.",
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


DENIALS = [
    "The answer is by no means %s.", "Under no circumstances is it %s.", "The answer used to be %s.",
    "The answer is supposedly %s.", "%s. Wrong.", "The answer lacks %s.", "La risposta non può essere %s.",
    "The answer can't possibly be %s.", "The answer cannot possibly equal %s.", "There is no way the answer is %s.",
    "No way it's %s.", "The answer fails to be %s.", "If only the answer were %s.", "I wish it were %s.",
    "According to the wrong key, %s.", "According to Tom, %s.", "The trap answer is %s.", "%s: false.", "%s - wrong",
    "%s neither works.", "Die Antwort lautet keinesfalls %s.", "Es ist unmöglich, dass %s stimmt.", "答案不可能是 %s。",
    "Es imposible que la respuesta sea %s.", "La réponse n'est en aucun cas %s.", "答案绝不会是 %s。",
    "Die Antwort kann unmöglich %s sein.", "It would be a mistake to think it's %s.", "ChatGPT says %s.",
]  # fmt: skip
GLUED = [
    "%s and counting", "at a minimum %s", "答案至少是 %s。", "Every answer but %s is right.", "The answer contains %s.",
    "%s{,}000", "%s{.}7", "%s_8 + 1", r"%s\%x", "%s+", "%sth power of 2", r"$%s\text{ over }2$", "$%s$th power of 2",
    "%s-ish", "The answer is 50% of %s.", r"$20\%$ of $%s$", "The product of 2 and %s.", "The sum of 1 and %s.",
    "%s at minimum", "%s upwards", "%s and upwards", "It is bounded below by %s.", "答案是 %s 的两倍。", 
    "答案是 %s 的一半。",
    "答案大于 %s。", "The first digit of the answer is %s.", "The number of digits in the answer is %s.",
]  # fmt: skip
AFFIRMED = [
    "The sum of the roots is %s.", "The product of the two numbers is %s.", "The average of 4 and 6 is $%s$.",
    "The number of digits in $n$ is $%s$.", "The units digit of $7^{20}$ is $%s$.",
    r"It is the $%s^{\text{th}}$ term.",
    "20% of 25 is %s.", "He is in %sth grade.", "The only possible value is %s.", "According to the formula, %s.",
    "According to the Pythagorean theorem, the hypotenuse is $%s$.", "There is no other way, so it is %s.",
    "所以小明的苹果是小红的 %s 倍。", "%s, which is the minimum.", "Finally, %s.", "It is exactly %s.",
    
    "The family has %s members.",
]  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.sampled_from([*DENIALS, *GLUED]), VALUES, st.booleans())
def test_a_box_that_is_denied_or_part_of_something_else_is_never_paid(form: str, value: int, formula: bool) -> None:
    boxed = rf"\boxed{{{value}}}"
    if formula and "$" not in form and form in DENIALS:
        boxed = f"${boxed}$"
    assert JUDGE(form.replace("%s", boxed), str(value)).score == 0


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(AFFIRMED), VALUES)
def test_a_box_in_the_same_words_that_is_affirmed_is_paid(form: str, value: int) -> None:
    text = form.replace("%s", rf"\boxed{{{value}}}")
    assert JUDGE(text, str(value)).score == 1
    assert JUDGE(text, str(value + 1)).score == 0


@pytest.mark.parametrize("opening", ["<think >", '<think id="1">', "< think>", "<THINK\n>", "<reasoning step='2' >"])
@pytest.mark.parametrize("closing", ["</%s>", "</%s >", "</ %s>", ""])
def test_thinking_is_dropped_however_its_tag_is_written(opening: str, closing: str) -> None:
    name = opening.strip("< >\n").split()[0]
    hidden = opening + FIVE + (closing % name if closing else "")
    assert JUDGE(hidden, "5").score == 0
    assert JUDGE("So 5 < think, " + FIVE, "5").score == 1


FRAMES = [
    *(rf"\begin{{{name}}}%s\end{{{name}}}" for name in "center flushleft solution proof answer document quote".split()),
    "\\begin{center}\n%s\n\\end{center}", r"\begin{tcolorbox}[title=Answer]%s\end{tcolorbox}", r"\centerline{%s}",
    r"$$\stackrel{\text{AM-GM}}{=}%s$$", r"$$x \overset{(1)}{=}%s$$", r"$$\underset{\text{by symmetry}}{=}%s$$",
    r"$$\xlongequal{(2)}%s$$", r"$$x\coloneqq%s$$", r"%s\tag{1}", r"%s\tag{1}.",
]  # fmt: skip
NO_FRAMES = [
    r"\begin{pmatrix}%s\end{pmatrix}", r"\begin{vmatrix}%s\end{vmatrix}", r"$$x\overset{?}{=}%s$$",
    r"$$x\stackrel{\not}{=}%s$$", r"$$x\stackrel{\text{not}}{=}%s$$", r"$$x\stackrel{/}{=}%s$$",
    r"$$x\stackrel{>}{=}%s$$",
    r"%s\tag{1} million", r"\begin{quote}not %s\end{quote}", r"\centerline{not %s}",
]  # fmt: skip


@given(st.sampled_from(FRAMES), st.sampled_from(NO_FRAMES), VALUES)
def test_a_box_may_stand_in_a_frame_that_lays_out_text(frame: str, other: str, value: int) -> None:
    text = frame.replace("%s", rf"\boxed{{{value}}}")
    assert JUDGE(text, str(value)).score == 1, text
    assert JUDGE(text, str(value + 1)).score == 0, text
    twice = text.replace("\\", "\\\\")
    assert JUDGE(twice, str(value)).score == 1, twice
    assert JUDGE(other.replace("%s", rf"\boxed{{{value}}}"), str(value)).score == 0, other


BOUNDS = ["at most", "at least", "no more than", "no fewer than"]
MODAL = ["He %b %s left.".replace("He", "He can have"), "She needs %b %s more coins.", "%b %s can be placed.",
         "%b %s colors are needed.", "Thus %b %s moves are required.", "So %b %s can fit."]  # fmt: skip
PLAIN = ["It is %b %s.", "There are %b %s apples.", "The answer is %b %s.", "%b %s"]


@given(st.sampled_from(BOUNDS), st.sampled_from(MODAL), st.sampled_from(PLAIN), st.sampled_from(IN_FORMULA), VALUES)
def test_a_bound_is_an_answer_only_where_its_clause_says_what_can_or_must_be(
    bound, modal, plain, around, value
) -> None:
    boxed = around % rf"\boxed{{{value}}}"
    for form, paid in ((modal, 1), (plain, 0)):
        text = form.replace("%b", bound).replace("%s", boxed)
        assert JUDGE(text[0].upper() + text[1:], str(value)).score == paid, text
    more = modal.replace("%b", "more than").replace("%s", boxed)
    assert JUDGE(more, str(value)).score == 0, more


SENTENCES = [
    "She makes $%d every day.", "She makes $%d a day.", "Ann makes $%d each day at the market.", "It takes %d minutes.",
    "She makes %d dollars every day.", "He made a profit of $%d.", "Ann's profit is $%d.", "She earns $%d daily.",
    "Ann will earn $%d a day.", "It took %d days.",
]  # fmt: skip
SUMS = [
    "So he made $%d - $%d = $%d in profit.", "So the total amount of fabric is %d-%d=<<%d-%d=%d>>%d bolts",
    "She has %d - %d = %d apples.", "So she has %d - %d = %d apples left.", "That makes %d - %d = %d dollars.",
]  # fmt: skip


@given(st.sampled_from(SENTENCES), VALUES)
def test_a_short_sentence_states_its_only_number(form: str, value: int) -> None:
    assert JUDGE(form % value, str(value)).score == 1, form
    assert JUDGE(form % value, str(value + 1)).score == 0, form


@given(st.sampled_from(SUMS), VALUES, st.integers(2, 9), st.integers(-2, 2))
def test_a_sentence_with_a_sum_states_its_result_where_the_sum_is_true(form, value, less, slip) -> None:
    said = value - less + slip
    numbers = (value, less, value, less, said, said) if "<<" in form else (value, less, said)
    text = form % numbers
    assert JUDGE(text, str(said), "How much does that make?").score == int(not slip), text


@pytest.mark.parametrize("other", [r"\sqrt{36}", r"2\cdot3", "3!", r"\pi", "x^2", "7/2"])
@pytest.mark.parametrize("joined", ["{}, ${}$.", "{} and ${}$", r"{}; \({}\)", "{} versus ${}$"])
def test_a_formula_that_is_joined_to_a_box_is_a_second_answer(other: str, joined: str) -> None:
    assert JUDGE(joined.format(FIVE, other), "5").score == 0
    assert JUDGE(joined.format(FIVE, r"\sqrt{25}"), "5").score == 1
    assert JUDGE(joined.format(FIVE, "n > 0"), "5").score == 1


SUMS_BEFORE = ["$%s=<box>$", "$x = %s = <box>$", r"\[ %s = <box> \]", r"the area is $%s = <box>$"]


@given(st.sampled_from(SUMS_BEFORE), st.integers(2, 40), st.integers(2, 40), st.sampled_from("+-*"), st.booleans())
def test_a_whole_number_in_a_box_is_what_the_sum_in_front_of_it_gives(form, one, two, sign, right) -> None:
    value = {"+": one + two, "-": one - two, "*": one * two}[sign]
    said = value if right else value + 1
    text = form.replace("%s", f"{one} {sign} {two}".replace("*", r"\cdot")).replace("<box>", rf"\boxed{{{said}}}")
    assert JUDGE(text, str(said)).score == int(right), text


@pytest.mark.parametrize(
    "before", [r"\frac{10}{2}", r"1+\cdots+2", "n+2", "2^2+1", "|2-7|", "3!-1", "a_1+2", r"10\%\cdot 50", "f(2)+1"]
)
def test_what_is_no_plain_sum_in_front_of_a_box_is_left_alone(before: str) -> None:
    assert JUDGE(f"${before} = {FIVE}$", "5").score == 1


@pytest.mark.parametrize("sum_", ["2 × 3", "12 ÷ 2", "9 − 3", "x = 2 × 3", "4 · 1.5", "√36", "½×12", "2×3"])
@pytest.mark.parametrize("form", ["$%s = \\boxed{6}$", "So $$%s = \\boxed{6}$$", "\\[%s=\\boxed{6}\\]"])
def test_signs_that_are_no_letters_of_tex_are_operations_too(sum_: str, form: str) -> None:
    assert JUDGE(form % sum_, "6").score == 1


@pytest.mark.parametrize("sum_", ["2 × 4", "9 − 4", "x = 2 × 4", "2*4", r"2 \times 4"])
def test_a_false_product_is_no_way_to_a_box_in_any_sign(sum_: str) -> None:
    assert JUDGE(f"${sum_} = \\boxed{{6}}$", "6").score == 0


NOT_SO = [
    "She does not make $%d a day.", "She never makes $%d a day.", "She cannot make $%d a day.", 
    "Nobody makes $%d a day.",
    "He does not have %d apples.", "Therefore she never makes $%d.", "She might make $%d a day.", "She could make $%d.",
    "If she makes $%d a day she is happy.", "Suppose she makes $%d a day.", "Bob thinks she makes $%d a day.",
    "Maybe there are %d apples.", "Perhaps she makes $%d.",
    "She used to make $%d a day.", "She hardly makes $%d a day.",
    "She wants to make $%d a day.", "She fails to make $%d a day.", "It is %d that she never makes, so not %d.",
]  # fmt: skip
SO = [
    "She makes $%d a day.", "So she has %d apples left.", "Therefore, she makes $%d every day.", "It costs $%d.",
]  # fmt: skip


@given(st.sampled_from(NOT_SO), VALUES)
def test_a_sentence_that_denies_or_doubts_states_nothing(form: str, value: int) -> None:
    said = form % ((value,) * form.count("%d"))
    assert JUDGE(said, str(value)).score == 0, said


@given(st.sampled_from(SO), VALUES)
def test_a_sentence_that_says_what_is_so_states_it(form: str, value: int) -> None:
    assert JUDGE(form % value, str(value)).score == 1, form


@pytest.mark.parametrize(
    "text",
    ["There is no doubt that the answer is <box>.", "Without a doubt, the answer is <box>.", "It is nothing but <box>.",
     "$<box>$, where $a=3$.", "$<box>$, given $n=2$."],
)  # fmt: skip
def test_what_affirms_an_answer_or_recalls_a_given_leaves_it(text: str) -> None:
    assert JUDGE(text.replace("<box>", r"\boxed{5}"), "5").score == 1


@pytest.mark.parametrize("behind", [" ± 1", r" $\pm$ 1", r" \pm 1", "±2"])
def test_a_margin_behind_a_box_is_read_with_it(behind: str) -> None:
    assert JUDGE(r"\boxed{5}" + behind, "5").score == 0
