"""One answer, one claim: wrappings change nothing, a second value or an unknown word is never paid."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from envs.judges.math.grammar.lexer import FUNCTIONS, GREEK
from envs.judges.math.lexicon.foreign import SEPARATORS, UNITS
from envs.judges.math.reading.around.steps import leads_on
from envs.judges.math.values.units import SCALES, is_unit_word, singular
from envs.judges.math.values.words import COUNTED, FILLERS, changes_number
from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
GOLDS = ["5", "-3", r"\frac{1}{2}", r"2\sqrt{3}", "x^2+1", "(1,2)", r"\{1,2\}", "12.5", r"50\%", "B", "3:4", r"\pi"]
WRONG = ["7", "-4", r"\frac{1}{3}", r"2\sqrt{5}", "x^2+2", "(2,1)", r"\{1,3\}", "13.5", r"60\%", "C", "4:3", r"2\pi"]
PAIRS = list(zip(GOLDS, WRONG, strict=True))
BEFORE = [
    "", "So the answer is ", "Thus, ", "Antwort: ", "La respuesta es ", "La réponse est ",
    "Ответ: ", "答案是 ", "الجواب هو ",
    "Working it out, we get ", "It is not hard to see that the answer is ", "## Answer\n\n", "> ", "- ", "1. ",
    "<p>", "If we look closely, there is only one way: ", "~~We guessed 99.~~ ", "<!-- todo --> ", "% a comment\n",
    r"First \boxed{99} seems right, but that ignores a case, so it is ", "The problem says that n > 0, hence ",
]  # fmt: skip
AFTER = [
    "", ".", "!", " .", "\n", "\n\nI hope this helps!", "</p>", " QED", r" $\blacksquare$", " 。", " as required.",
    ", which is what we wanted.", "\n\nCheck: it fits the conditions.", "\n```", "\n<!-- end -->", " <|im_end|>",
]  # fmt: skip
AROUND = ["%s", "$%s$", r"\(%s\)", "$$%s$$", "\\[\n%s\n\\]", "**%s**", "**$%s$**", "*%s*", '"%s"', "<b>%s</b>", "`%s`"]
BOXED = [r"\boxed{%s}", r"\boxed{ %s }", r"\fbox{%s}", r"\boxed{\displaystyle %s}", r"\boxed{%s.}", "\\boxed{\n%s\n}"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PAIRS), *map(st.sampled_from, (BEFORE, AROUND, BOXED, AFTER)))
def test_wrappings_do_not_change_the_verdict(
    pair: tuple[str, str], before: str, around: str, boxed: str, after: str
) -> None:
    gold, wrong = pair
    for answer, score in ((gold, 1), (wrong, 0)):
        text = before + around.replace("%s", boxed.replace("%s", answer)) + after
        assert JUDGE(text, gold).score == score, text


@pytest.mark.parametrize(
    ("text", "paid"),
    [
        (r"\boxed{6}. To check, 6 - 1 = \boxed{5}.", 0), (r"\boxed{6}. I made an error; check: \boxed{5}.", 1),
        (r"\boxed{5} \text{ to } 7", 0), (r"$\boxed{5}$ out of 8", 1),
        (r"\boxed{5}</b>6", 0), (r"\boxed{5}</b>", 1), (r"$\boxed{5}$ BC", 0),
        ("So the last digit of the answer is 5", 0), ("So the value of the answer is 5", 1),
        ("The answer is 5. I'm joking, 6.", 0),
    ],
)  # fmt: skip
def test_the_rest_of_the_words(text: str, paid: int) -> None:
    assert JUDGE(text, "5").score == paid


@given(st.integers(10, 999), st.sampled_from(["\u200b", "\u00ad", "\ufeff", "\u202d"]))
def test_what_prints_nothing_changes_nothing_and_what_turns_round_does(value: int, mark: str) -> None:
    digits = str(value)
    assert JUDGE(f"\\boxed{{{digits[0]}{mark}{digits[1:]}}}", digits).score == 1
    assert JUDGE(f"\\boxed{{\u202e{digits}\u202c}}", digits).score == int(digits == digits[::-1])
    assert JUDGE(f"\\boxed{{{digits}\ue000}}", digits).score == 0


NAMES = FUNCTIONS | GREEK | {"infinity", "base", "from", "what"}  # of mathematics: not nouns
UNKNOWN = st.text(st.sampled_from(string.ascii_lowercase + "äéñßжшд的了在"), min_size=2, max_size=9)
JOINERS = UNKNOWN | st.sampled_from([*SEPARATORS, "|", "/", ";", "vs.", "?", "...", r"\quad", r"\\", "~", "→"])


@settings(max_examples=300, deadline=None)
@given(st.integers(2, 60), st.integers(61, 99), JOINERS, st.booleans(), st.booleans())
def test_two_values_in_one_box_are_never_paid(one: int, two: int, joiner: str, prose: bool, turned: bool) -> None:
    first, second = (two, one) if turned else (one, two)
    middle = rf"\text{{ {joiner} }}" if prose and "\\" not in joiner else f" {joiner} "
    for gold in (one, two):
        assert JUDGE(rf"\boxed{{{first}{middle}{second}}}", str(gold)).score == 0, middle


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 60), st.integers(61, 99), JOINERS)
def test_boxes_side_by_side_are_never_paid(one: int, two: int, joiner: str) -> None:
    assume(not leads_on(f" {joiner} "))
    assert JUDGE(rf"\boxed{{{one}}} {joiner} \boxed{{{two}}}", str(two)).score == 0


@settings(max_examples=300, deadline=None)
@example(2, "cubic", "%d %s")  # a power of no unit
@example(2, "where", "%d %s")  # a condition that says nothing
@example(2, "partial", r"%d \text{ %s}")
@given(st.integers(2, 99), UNKNOWN, st.sampled_from([r"%d %s", r"%d \text{ %s}", r"\text{%d %s}", r"%d\ \mathrm{%s}"]))
def test_a_word_that_is_on_no_list_is_never_paid(number: int, word: str, form: str) -> None:
    assume(not is_unit_word(word) and singular(word) not in COUNTED and word not in {*UNITS, *SEPARATORS})
    assume(word not in {"pct", "approx", *FILLERS, *SCALES} and len(singular(word)) > 3 and word[:7] != "percent")
    assume(word[:-1] not in FUNCTIONS)  # `sinx` is sin x
    answer = rf"\boxed{{{form % (number, word)}}}"
    assert JUDGE(answer, str(number)).score == 0
    assert JUDGE(answer, f"{number} {word}").score == 1  # but the gold may have it
    assume(not changes_number(word) and word not in NAMES)
    assert JUDGE(answer, str(number), f"She has 7 {word}. How many {word} are left?").score == 1  # and the question


@pytest.mark.parametrize("name", sorted(name for name in FUNCTIONS | GREEK | {"infinity", "pi"} if len(name) > 1))
@pytest.mark.parametrize("form", [r"%d \text{ %s}", r"\text{%d %s}", r"%d\ \mathrm{%s}"])
def test_words_print_alike_in_text_mode_and_out_of_it_whatever_they_name(name: str, form: str) -> None:
    assert JUDGE(rf"\boxed{{{form % (2, name)}}}", f"2 {name}").score == 1
    assert JUDGE(rf"\boxed{{2 {name}}}", form % (2, name)).score == 1
    assert JUDGE(rf"\boxed{{{form % (3, name)}}}", f"2 {name}").score == 0


@pytest.mark.parametrize("word", sorted({"doubled", "thousands", "halves", "squared", "negative", "or", "not"}))
def test_a_word_that_changes_the_number_is_refused_even_where_the_question_has_it(word: str) -> None:
    assert JUDGE(rf"\boxed{{5 \text{{ {word}}}}}", "5", f"How many {word} are there? There were 7 {word}.").score == 0


@pytest.mark.parametrize("word", ["dozens", "pairs", "quarters"])
def test_what_is_counted_in_groups_is_a_plain_number_only_where_that_is_asked(word: str) -> None:
    answer = rf"\boxed{{5 \text{{ {word}}}}}"
    assert JUDGE(answer, "5").score == 0
    assert JUDGE(answer, "5", f"How many {word} does she need?").score == 1


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        (r"5 \text{ more pages}", "How many more pages must she read?"),
        (r"5 \text{ times}", "How many times does he run round the park?"),
        (r"5 \text{ red zorbs}", "Ann has 12 red zorbs and loses 7. How many are left?"),
        (r"5 \text{ Schrauben}", "Wie viele Schrauben hat sie?"),
        (r"5 \text{ tornillos}", "¿Cuántos tornillos hay?"),
        (r"5 盆花", "一共有多少盆花？"),
        (r"5个铅笔盒", "小明有12个铅笔盒，丢了7个，还剩几个？"),
    ],
)
def test_what_the_question_counts_may_be_named(answer: str, question: str) -> None:
    assert JUDGE(rf"\boxed{{{answer}}}", "5", question).score == 1
    assert JUDGE(rf"\boxed{{{answer}}}", "6", question).score == 0
    assert JUDGE(rf"\boxed{{{answer}}}", "5").score == 0


@settings(max_examples=200, deadline=None)
@given(st.integers(10, 9999), st.integers(1, 3), st.integers(-30, 30), st.sampled_from([0.0003, 0.0007]))
def test_a_chain_of_approximations_is_true_only_where_it_rounds(
    value: int, places: int, slip: int, rest: float
) -> None:
    exact = value / 1000 + rest  # never half way between two roundings
    rounded = round(exact * 10**places) + slip
    said = f"{rounded / 10**places:.{places}f}"
    cut_off = places == 3 and rounded == value  # from three places on
    paid = slip == 0 or cut_off
    assert JUDGE(rf"\boxed{{{exact:.4f} \approx {said}}}", said).score == int(paid and rounded != 0)
    assert JUDGE(rf"\boxed{{{exact:.4f} \approx {said}}}", f"{exact:.4f}").score == 0  # the rounding is what is said


def test_no_chain_of_approximations_walks() -> None:
    for sign in (r"\approx", r"\sim", r"\simeq", r"\doteq", "≈"):
        chain = f" {sign} ".join(map(str, range(50, 120)))
        assert not any(JUDGE(rf"\boxed{{{chain}}}", str(gold)).score for gold in range(50, 120))


STRIKES = ["~~%s~~", "<del>%s</del>", "<s>%s</s>", "<!-- %s -->", r"\sout{%s}", r"\cancel{%s}", r"\iffalse %s \fi",
           "% %s", r"\begin{comment}%s\end{comment}", "\\phantom{%s}"]  # fmt: skip
DISOWNED = ["The answer is not %s.", "Die Antwort ist nicht %s.", "La respuesta no es %s.",
            "La réponse n'est pas %s.",
            "Ответ не %s.", "答案不是 %s。", "For example, %s.", 'He said "the answer is %s".', "A wrong answer is %s.",
            "If the answer is %s, we are lost.", "%s is wrong.",
            "%s ist falsch.", "%s 是错的。", r"$x \ne %s$",]  # fmt: skip


@pytest.mark.parametrize("form", STRIKES + DISOWNED)
def test_a_box_that_is_struck_or_disowned_is_no_answer(form: str) -> None:
    text = form.replace("%s", r"\boxed{5}")
    assert JUDGE(text, "5").score == 0
    assert JUDGE(text + "\n\nThe answer is \\boxed{6}.", "6").score == 1
    assert JUDGE("\\boxed{6}\n\n" + text, "5").score == 0


@pytest.mark.parametrize(
    ("between", "leads"),
    [
        (". Adding 2 to it gives ", True), (", so $2 + 3 = $", True), ("。所以答案是 ", True),
        (". Daher erhalten wir ", True),
        (" seems right, but that ignores zero, so the answer is ", True), (". Wait, that is wrong. ", True),
        (" or ", False), (" oder ", False), (" blah ", False), (", otherwise we get ", False),
        (" if we add, else ", False),
        (" 或 ", False), (". The answer is ", False), (" and then maybe we get ", False), ("", False),
    ],
)  # fmt: skip
def test_leading_on_takes_evidence_of_a_step(between: str, leads: bool) -> None:
    assert leads_on(between) is leads
    assert JUDGE(rf"\boxed{{3}}{between}\boxed{{5}}", "5").score == int(leads)


CHINESE_UNITS = [word for word in UNITS if "\u4e00" <= word[0] <= "\u9fff"]
CHINESE_MULTIPLES = st.sampled_from([*"万亿千百十半倍成对双打折", "万元", "千个", "元以上", "个以内", "多元"])


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 99), st.sampled_from(CHINESE_UNITS), CHINESE_MULTIPLES)
def test_a_chinese_unit_may_stand_behind_a_number_and_a_multiple_may_not(number: int, unit: str, other: str) -> None:
    temperature = unit == "摄氏度"
    for form in (r"\boxed{%s%s}", r"\boxed{%s\text{%s}}", "答案是%s%s。", "答：%s%s"):
        assert JUDGE(form % (number, unit), str(number)).score == int(not temperature)
        assert JUDGE(form % (number, unit), str(number + 1)).score == 0
        assert JUDGE(form % (number, other), str(number)).score == 0


CHOICES = ["故选%s", "故选：%s", "答案选%s。", "正确选项是%s", "应选 %s", "因此选 (%s)", "本题选%s", "选项 %s 正确。",
           "Option %s is correct.", "Therefore, option (%s) is correct.", "%s is the correct answer.", "I choose %s.",
           "It must be %s."]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), st.sampled_from(CHOICES))
def test_a_sentence_that_chooses_an_option_commits_to_it(gold: str, said: str, form: str) -> None:
    assert JUDGE(form % said, gold).score == int(gold == said)


@pytest.mark.parametrize("form", ["不选%s", "选项%s错误", "Option %s is incorrect.", "%s is not correct.", "Is it %s?"])
def test_a_sentence_that_rejects_an_option_does_not(form: str) -> None:
    assert JUDGE(form % "B", "B").score == 0


CONCLUSIONS = ["The answer is %s cups of feed.", "Therefore, she needs %s cups of feed.",
               "Thus, there are **%s** ways.",
               "So she needs %s cups of feed in the final meal of the day.", "Ann makes **$%s** every day at the fair.",
               "The answer should be %s.", "Hence there are exactly %s such integers.", "That leaves %s apples.",
               "Answer: %s cups of feed", "*Answer*: %s", "__Answer:__ %s", "> **%s**", "| Answer | %s |",
               "Answer → %s",
               "**答案**：%s", "答：小明有%s个苹果。"]  # fmt: skip
DOUBTS = ["It is twice %s.", "The answer is %s thousand apples.", "Therefore she has %s million in the bank today.",
          "The answer is the number of primes below %s", "So it is %s in base seven.", "Maybe **%s** apples?",
          "Ann says it is not **%s**.", "Ann makes **%s** dozen.", "如果价格是%s元。"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 999), st.sampled_from(CONCLUSIONS), st.sampled_from(DOUBTS))
def test_the_only_number_of_a_conclusion_is_the_answer(number: int, form: str, doubt: str) -> None:
    assert JUDGE(form % number, str(number)).score == 1, form
    assert JUDGE(form % number, str(number + 1)).score == 0, form
    assert JUDGE(doubt % number, str(number)).score == 0, doubt


ARGUMENTS = [
    r"$\frac{%s}{2}$", r"$\sqrt{%s}$", "$2^{%s}$", "$x_{%s}$", r"$\left(%s\right)^2$", r"$\sin%s$", "$f(%s)$",
    r"$-\,%s$", r"-$%s$", r"$\pm%s$", "$3.%s$", "$%s.7$", r"$1\,%s$", "$%sx$", r"$%s\pi$", "$%s!$", "$%s:3$",
    r"$%s\cup6$", "$%s$²", r"$x\ge%s$", "$%s<x$", "$7=%s$", r"$x\not\in%s$", r"$(4,%s)$", r"\frac{%s}{2}",
    r"\log %s", "-%s",
]  # fmt: skip
TURNS = [
    "more than %s", "It is fewer than %s.", "almost %s", "twice %s", "half of %s", "minus %s", "the square root of %s",
    "3 plus %s", "3 more than %s", "a multiple of %s", "between 3 and %s", "close to %s", "I disagree with %s.",
    "A common mistake gives %s.", "%s thousands", "%s to 7", "%s over 7", "%s divided by 7", "%s or so",
    "%s and a half",
    "%s point seven", "%s plus or minus 1", "%s percent of 10", "%s is extraneous.", "%s was rejected.", "%s ✗",
    "%s does not satisfy the equation.", "%s (incorrect)", "6, %s", "six or %s", "%s or six", "The answer is 6. %s",
]  # fmt: skip
STANDS = [
    "$x = %s$", r"$x \approx %s$", r"\[\therefore %s\]", r"$\displaystyle %s$", r"$\text{so } %s$", "$(%s)$",
    r"\begin{aligned} x &= %s \end{aligned}", r"$\left. %s \right.$", "So the total number of ways is %s.",
    "Janet makes %s dollars every day at the farmers' market.", "Zach can have at most %s left.", "$2^4 = %s$ ways.",
    "He sold it for %s dollars.", "It comes to %s.", "%s is the answer.", "Answer - %s", "It is none other than %s.",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.integers(8, 99), st.sampled_from([*ARGUMENTS, *TURNS]))
def test_a_box_inside_an_expression_or_beside_a_word_that_turns_it_is_never_paid(value: int, around: str) -> None:
    assert JUDGE(around.replace("%s", rf"\boxed{{{value}}}"), str(value)).score == 0


@given(st.sampled_from([around for around in STANDS if "2^4" not in around]), st.integers(8, 99))
def test_a_box_that_stands_alone_in_its_formula_is_the_answer(around: str, value: int) -> None:
    text = around.replace("%s", rf"\boxed{{{value}}}")
    assert JUDGE(text, str(value)).score == 1
    assert JUDGE(text, str(value + 1)).score == 0


@pytest.mark.parametrize(
    "text",
    [
        "far from 5",
        "close to 5",
        "larger than 5",
        "divisible by 5",
        "any number but 5",
        "the square of 5",
        "in chapter 5",
    ],
)
def test_behind_the_answer_is_only_a_value_counts(text: str) -> None:
    assert JUDGE(f"The answer is {text}.", "5").score == 0
    assert JUDGE(f"Bob says the answer is 5, {text}.", "5").score == 0


@pytest.mark.parametrize("gold", ["C", "Monday"])
@pytest.mark.parametrize("around", ["%s or {}", "{} or %s", "%s. Or rather {}.", "%s\n\nActually {}."])
def test_another_letter_or_word_beside_a_box_is_another_answer(gold: str, around: str) -> None:
    other = {"C": "D", "Monday": "Tuesday"}[gold]
    text = around.replace("{}", other).replace("%s", rf"\boxed{{{gold}}}")
    assert JUDGE(text, rf"\text{{{gold}}}").score == 0


@pytest.mark.parametrize(
    ("answer", "question", "paid"),
    [
        ("5 boys", "How many girls are in the class? There are boys too.", 0),
        ("5 girls", "How many girls are in the class? There are boys too.", 1),
        ("5 slices of pizza", "He cuts 2 pizzas. How many slices of pizza does he get?", 1),
        ("5 students", "A class has 20 students. How many people are ill?", 1),
        ("5 eggs", "How many girls are in the class? There are boys too.", 1),
        ("5 apples", "She has 7 apples and pears. How many are left?", 1),
    ],
)  # fmt: skip
def test_another_thing_than_the_one_that_is_counted(answer: str, question: str, paid: int) -> None:
    assert JUDGE(rf"\boxed{{\text{{{answer}}}}}", "5", question).score == paid
