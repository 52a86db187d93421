"""Numbers are equal only to what they equal: no tolerance, no point, no modulus that an answer could choose."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from envs.judges.math.equality.balls import Balls, Unresolved, precision
from envs.judges.math.equality.ladder import Climb, approximate
from envs.judges.math.equality.modular import _KNOWN, same_image
from envs.judges.math.equality.numeric import compare, shape_of
from envs.judges.math.equality.samples import samples_for
from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Const, Node, Num, Op, Sym
from envs.judges.math.reading.reading import read
from envs.judges.math.values.policy import Policy
from envs.judges.math.verifier import MathVerifier

JUDGE = MathVerifier()
JUDGE.warm()
HUGE = st.sampled_from([r"10^{200}", r"1500!", r"2^{3000}", r"10^{400}", r"e^{900}", r"\binom{3000}{1500}"])
OFFSETS = st.sampled_from(
    ["10^{-%d}", r"e^{-%d}", r"\frac{1}{%d!}", r"(1-\tanh(%d))", r"(\frac{\pi}{2}-\arctan(10^{%d}))", r"2^{-%d}",
     r"\sin(10^{-%d})", r"(\cos(10^{-%d})-1)", r"(\sqrt{10^{%d}+1}-\sqrt{10^{%d}})", r"(\coth(%d)-1)", "0.%s1"]
)  # fmt: skip
FORMS = [
    "$", "x=$", "($,2)", "2,$", r"\{2,$\}", r"[0,$]", r"($,\infty)", r"(-\infty,0)\cup($,\infty)", "x<$", "y=2x+$",
    r"\begin{pmatrix}2\\$\end{pmatrix}", "2:$", r"$\text{ cm}", r"$\%", r"$^\circ", "3x+$", r"\sin(x)+$", "$+2i",
    r"$=$", r"x^2+y^2=$",
]  # fmt: skip


def _offset(form: str, size: int) -> str:
    if form == "0.%s1":
        return "0." + "0" * size + "1"
    return form % ((size,) * form.count("%d"))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMS), st.integers(1, 99), OFFSETS, st.integers(20, 400))
def test_a_value_beside_the_gold_is_not_the_gold(form: str, number: int, offset: str, size: int) -> None:
    gold = form.replace("$", str(number))
    other = form.replace("$", f"({number}+{_offset(offset, size)})")
    assert JUDGE(f"\\boxed{{{other}}}", gold).score == 0
    assert JUDGE(f"\\boxed{{{gold}}}", gold).score == 1


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(FORMS[:15]), st.sampled_from([r"\ln(%s)", r"\log_{10}(%s+1)", r"\sqrt{%s+1}-\sqrt{%s}",
       r"\frac{1}{\ln(%s)}", r"\ln(\ln(%s))", r"\arctan(%s)", r"\sin(%s)"]), HUGE, st.integers(1, 999))  # fmt: skip
def test_huge_values_on_the_way_widen_nothing(form: str, call: str, huge: str, number: int) -> None:
    answer = call.replace("%s", huge)
    value = approximate(read(answer), time.monotonic() + 30)
    assume(value is None or abs(value - number) > Fraction(1, 1000))
    gold = form.replace("$", str(number))
    assert JUDGE(f"\\boxed{{{form.replace('$', answer)}}}", gold).score == 0


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("e^{x}", r"e^x+0\cdot\ln(-1-x^2)"),
        ("x^2", r"x^2+\sin(\pi x!)"),
        ("x", r"\max(x,-1000)"),
        ("x", r"x+\lfloor\frac{x}{10^6}\rfloor"),
        ("x", r"\sqrt{x^2}"),
        ("5", r"5+0\cdot\ln(-1)"),
        ("262537412640768744", r"e^{\pi\sqrt{163}}"),
        ("5", r"5" + r"\sin(\frac{\pi}{2}" * 9 + r"\tanh(2)" + ")" * 9),
        ("1", "2^{10^{-300}}"),
        (r"\log 2", r"\frac{\ln 2}{\ln 4.31725}"),
        (r"[1,\infty)", r"[2^{\frac{1}{2^{1000}}},\infty)"),
    ],
)
def test_designed_coincidences_are_not_paid(gold: str, answer: str) -> None:
    assert JUDGE(f"\\boxed{{{answer}}}", gold).score == 0


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\frac{\pi}{4}", r"\arctan\frac12+\arctan\frac13"),
        (r"\frac{\sqrt6+\sqrt2}{4}", r"\sin 75^\circ"),
        (r"-\frac12", r"\cos\frac{2\pi}{7}+\cos\frac{4\pi}{7}+\cos\frac{6\pi}{7}"),
        ("1", r"\sqrt[3]{2+\sqrt5}+\sqrt[3]{2-\sqrt5}"),
        (r"\ln(10^{300})", r"300\ln 10"),
        ("0", r"\sin\pi"),
        ("1", r"\frac{2}{\pi}\arcsin 1"),
        ("2", r"\lfloor\log_{10}(100)\cdot\sin^2 1+\log_{10}(100)\cos^2 1\rfloor+\sin\pi"),
        (r"\frac{n(n-1)}{2}", r"\binom{n}{2}"),
        ("n+1", r"\frac{(n+1)!}{n!}"),
        ("(-1)^n", r"\cos(n\pi)"),
        (r"\binom{n}{k}", r"\frac{n!}{k!(n-k)!}"),
        (r"\cos x", r"\frac{e^{ix}+e^{-ix}}{2}"),
        (r"\ln(x^2)", r"2\ln x"),
        (r"\arccos(x-9)", r"\frac{\pi}{2}-\arcsin(x-9)"),
        (r"\log 8", r"3\log 2"),
        (r"10^{300}\pi", r"\pi\cdot 10^{300}"),
        (r"x^{yz}", r"(x^y)^z"),
    ],
)
def test_equal_closed_forms_are_equal(gold: str, answer: str) -> None:
    judge = MathVerifier(Policy(unevaluated=True))  # only whether the two are equal
    assert judge(f"\\boxed{{{answer}}}", gold).score == 1


def test_sines_of_sines_at_any_precision_stand_aside_or_decide() -> None:
    """Beside a multiple of pi, 30 digits are not enough to tell a sine's sign: more are taken, nothing is raised."""
    x = Num(Fraction("3.14159265358979323846264338327950288419716939937510"))
    inner = Op("sin", (Op("sin", (x,)),))
    assert compare(inner, Num(Fraction(0)), time.monotonic() + 30) is False
    assert compare(Op("div", (inner, inner)), Num(Fraction(1)), time.monotonic() + 30) is True


BALLS = st.recursive(
    st.integers(-30, 30).map(lambda n: Num(Fraction(n, 7))) | st.sampled_from([Const("pi"), Const("e")]),
    lambda below: (
        st.tuples(st.sampled_from(["add", "mul", "div", "pow"]), below, below).map(lambda t: Op(t[0], t[1:]))
        | st.tuples(
            st.sampled_from(["sin", "cos", "exp", "sqrt", "ln", "arctan", "floor", "abs", "tanh", "fact"]), below
        ).map(lambda t: Op(t[0], t[1:]))
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(BALLS)
def test_balls_of_more_bits_lie_in_balls_of_fewer(node: Node) -> None:
    found = []
    for bits in (64, 256, 1024):
        with precision(bits):
            try:
                found.append(Balls(False, time.monotonic() + 30).value(node))
            except (Unresolved, Undefined, TooLarge):
                return
    assert found[0].overlaps(found[1]) and found[1].overlaps(found[2])
    assert found[2].rad() <= found[0].rad()


@settings(max_examples=100, deadline=None)
@given(BALLS)
def test_a_constant_is_itself_and_no_other(node: Node) -> None:
    twice = Op("div", (Op("mul", (node, Num(Fraction(6)))), Num(Fraction(6))))
    near = Op("add", (node, Num(Fraction(1, 10**80))))
    deadline = time.monotonic() + 30
    try:
        assert compare(node, twice, deadline) is not False or compare(node, node, deadline) is False
        assert compare(node, near, deadline) is not True
    except TooLarge:
        return


def test_what_an_answer_hides_far_down_asks_for_more_bits_than_there_are() -> None:
    small, hidden = read("5+1"), read("5+e^{-10^9}")
    assert shape_of(small, small).separation(8) < 200
    deadline = time.monotonic() + 30
    assert compare(read("5"), hidden, deadline) is not True
    assert not Climb(deadline).equal(read("5"), hidden)


def test_an_answer_cannot_be_written_for_the_modulus_or_the_points() -> None:
    gold, prime = Sym("x"), _KNOWN.prime
    multiple = Op("add", (gold, Op("mul", (Num(Fraction(prime)), Const("pi")))))
    assert _KNOWN.image(gold) == _KNOWN.image(multiple)
    assert not same_image(gold, multiple)
    points = {samples_for(gold, answer).value("x", 0) for answer in (gold, multiple, Sym("y"))}
    assert len(points) == 3
    assert samples_for(gold, multiple).value("x", 0) in points  # and the same ones every time


def test_the_gold_alone_decides_what_kind_of_points_are_taken() -> None:
    plain, factorial = read("x^2"), read("x!")
    assert not samples_for(plain, factorial).integers
    assert samples_for(factorial, plain).integers


@pytest.mark.parametrize("base", [2, 10, Fraction(3, 2), Fraction(1, 7), 10**30])
@pytest.mark.parametrize("power", [-200, -3, 0, 1, 17, 200])
def test_logarithms_of_powers_are_exact_and_of_their_neighbours_are_not(base: Fraction | int, power: int) -> None:
    value = Fraction(base) ** power
    node = Op("logb", (Num(value), Num(Fraction(base))))
    assert Climb(time.monotonic() + 30).equal(Num(Fraction(power)), node)
    beside = Op("logb", (Num(value + value / 10**40), Num(Fraction(base))))
    assert not Climb(time.monotonic() + 30).equal(Num(Fraction(power)), beside)


def test_approximations_are_as_sure_as_they_say() -> None:
    value = approximate(read(r"\sqrt{10^{300}+1}-\sqrt{10^{300}}"), time.monotonic() + 30)
    assert value is not None and math.isclose(float(value * 10**150), 0.5, rel_tol=1e-12)
    assert approximate(read(r"e^{-10^9}+5"), time.monotonic() + 30) is None
