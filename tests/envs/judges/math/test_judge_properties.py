"""Properties: equivalent rewritings are equal, perturbed ones are not, and no text whatever raises."""

from __future__ import annotations

import time
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from envs.judges.math.equality.ladder import Climb
from envs.judges.math.grammar.nodes import Node, Num, Op, Sym
from envs.judges.math.values.exact import exact
from envs.judges.math.verifier import MathVerifier
from gymtests.judging.judge_rows import load

JUDGE = MathVerifier()
NUMBERS = st.integers(-9, 9).map(lambda n: Num(Fraction(n)))
SYMBOLS = st.sampled_from("xyz").map(Sym)


def _grow(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    binary = st.tuples(st.sampled_from(["add", "mul"]), children, children).map(lambda t: Op(t[0], (t[1], t[2])))
    power = st.tuples(children, st.integers(0, 3)).map(lambda t: Op("pow", (_shifted(t[0]), Num(Fraction(t[1])))))
    call = st.tuples(st.sampled_from(["sin", "cos", "exp"]), children).map(lambda t: Op(t[0], (Op("sin", (t[1],)),)))
    return binary | power | call


def _shifted(node: Node) -> Node:
    """A base that is never zero at a sample point by accident of construction."""
    return Op("add", (Op("mul", (node, node)), Num(Fraction(1))))


EXPRESSIONS = st.recursive(NUMBERS | SYMBOLS, _grow, max_leaves=8)


def _commuted(node: Node) -> Node:
    if not isinstance(node, Op):
        return node
    args = tuple(map(_commuted, node.args))
    return Op(node.name, args[::-1]) if node.name in ("add", "mul") else Op(node.name, args)


def _distributed(node: Node) -> Node:
    if not isinstance(node, Op):
        return node
    args = tuple(map(_distributed, node.args))
    if node.name == "mul" and isinstance(args[1], Op) and args[1].name == "add":
        left, (a, b) = args[0], args[1].args
        return Op("add", (Op("mul", (left, a)), Op("mul", (left, b))))
    return Op(node.name, args)


def _spelled(node: Node) -> str:
    """Writes a tree as LaTeX, with every bracket that might matter."""
    if isinstance(node, Num):
        return f"({node.value})" if node.value < 0 else str(node.value)
    if isinstance(node, Sym):
        return node.name
    assert isinstance(node, Op)
    parts = [_spelled(arg) for arg in node.args]
    if node.name == "pow":
        return f"\\left({parts[0]}\\right)^{{{parts[1]}}}"
    if node.name in ("sin", "cos", "exp"):
        return f"\\{node.name}\\left({parts[0]}\\right)"
    return "(" + {"add": " + ", "mul": r" \cdot "}[node.name].join(parts) + ")"


def _climb() -> Climb:
    return Climb(time.monotonic() + 30)


@settings(max_examples=120, deadline=None)
@given(EXPRESSIONS)
def test_rewritings_are_equal(node: Node) -> None:
    assert _climb().equal(node, _distributed(_commuted(node)))
    assert _climb().equal(node, Op("div", (Op("mul", (node, Num(Fraction(6)))), Num(Fraction(6)))))


@settings(max_examples=120, deadline=None)
@given(EXPRESSIONS, st.sampled_from([Fraction(1), Fraction(-1), Fraction(1, 7), Fraction(1, 10**9)]))
def test_perturbed_expressions_differ(node: Node, change: Fraction) -> None:
    assert not _climb().equal(node, Op("add", (node, Num(change))))


@settings(max_examples=80, deadline=None)
@given(EXPRESSIONS)
def test_an_expression_written_in_latex_is_itself(node: Node) -> None:
    gold = _spelled(node) + " + w"  # a variable keeps it an expression
    assert JUDGE(f"\\boxed{{w + {_spelled(_commuted(node))}}}", gold).score == 1
    assert JUDGE(f"\\boxed{{w + {_spelled(node)} + 1}}", gold).score == 0


EXPONENTS = st.lists(st.integers(30, 10**6), min_size=3, max_size=3, unique=True)
FORMS = [
    "$", "x+$", "x=$", "x^2=$", "x<$", "a<$<b", "(0,$]", r"(-\infty,0)\cup($,\infty)", "(1,$)", "1,$", r"\{1,$\}",
    r"x\pm $", "x=1,y=$", r"\{x\mid x>$\}", r"$\text{ cm}", r"$\%", "$:3", r"\begin{pmatrix}1\\$\end{pmatrix}",
    r"x\equiv 3\pmod{$}",
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FORMS), st.sampled_from([r"\sin(%s)", r"\left(%s\right)!", "e^{%s}", "f(2^{%s})"]), EXPONENTS)
def test_what_is_too_large_to_evaluate_is_still_itself(form: str, call: str, exponents: list[int]) -> None:
    a, b, c = (f"10^{{{exponent}}}" for exponent in exponents)
    gold = form.replace("$", call % f"{a} + {b} z")
    assert JUDGE(f"\\boxed{{{form.replace('$', call % f'z {b} + {a}')}}}", gold).score == 1
    for other in (f"{a} + {c} z", f"{b} + {a} z", f"{a} - {b} z", f"{a} {b} z", f"{a} + {b} + z"):
        assert JUDGE(f"\\boxed{{{form.replace('$', call % other)}}}", gold).score == 0


@settings(max_examples=150, deadline=None)
@given(st.fractions(-1000, 1000, max_denominator=500), st.booleans())
def test_every_spelling_of_a_fraction_is_the_fraction(value: Fraction, latex: bool) -> None:
    gold = str(value)
    sign = "-" if value < 0 else ""
    top, bottom = abs(value.numerator), value.denominator
    whole, rest = divmod(top, bottom)
    spelled = [f"{sign}\\frac{{{top}}}{{{bottom}}}", f"{sign}{3 * top}/{3 * bottom}"]
    if whole and rest:
        spelled.append(f"{sign}{whole}\\frac{{{rest}}}{{{bottom}}}" if latex else f"{sign}{whole} {rest}/{bottom}")
    for answer in spelled:
        assert JUDGE(f"\\boxed{{{answer}}}", gold).score == 1, answer
    assert JUDGE(f"\\boxed{{{value + Fraction(1, 977)}}}", gold).score == 0
    assert JUDGE(f"\\boxed{{{-value}}}", gold).score == int(value == 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=2, max_size=6, unique=True), st.randoms())
def test_sets_know_no_order_and_tuples_do(values: list[int], random: object) -> None:
    shuffled = sorted(values)
    listed, turned = ", ".join(map(str, values)), ", ".join(map(str, shuffled))
    assert JUDGE(f"\\boxed{{\\{{{turned}\\}}}}", f"\\{{{listed}\\}}").score == 1
    assert JUDGE(f"\\boxed{{({turned})}}", f"({listed})").score == int(values == shuffled)
    assert JUDGE(f"\\boxed{{{listed}, 99}}", listed).score == 0


MATHS = st.text(st.sampled_from(list("0123456789xyabe+-*/^_=<>()[]{}|,;:!%.'$&~ \\")) | st.characters(), max_size=60)
PIECES = st.lists(
    st.sampled_from(
        r"\frac \sqrt { } ( ) [ ] \left \right 1 2 x ^ _ \pm , = \cup \begin{pmatrix} \end{pmatrix} \\ & \boxed{ "
        r"\infty ! | \{ \} \sin \log_ ° % … ½ ² \overline{ 0. <answer> </answer> #### <think> </think> or wait \% "
        r"$ \$ \pmod{ : _8 i \pi e mod \mathbb{R} \mid \text{ cm } answer is not".split(" ")
    )
    | st.sampled_from(["\n", " ", "the answer is ", "5 cm", r"\text{ or }"]),
    max_size=30,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(MATHS | PIECES, st.sampled_from(sorted({row.gold for row in load()})))
def test_no_answer_whatever_raises(text: str, gold: str) -> None:
    assert JUDGE(text, gold).status
    assert JUDGE(f"\\boxed{{{text}}}", gold).status


@settings(max_examples=150, deadline=None)
@given(MATHS | PIECES)
def test_no_gold_whatever_raises(text: str) -> None:
    verdict = JUDGE(f"\\boxed{{{text}}}", text)
    assert verdict.status


@settings(max_examples=100, deadline=None)
@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_exact_division_is_division(top: int, bottom: int) -> None:
    assert exact(Op("div", (Num(Fraction(top)), Num(Fraction(bottom))))) == Fraction(top, bottom)


@given(first=st.integers(-5, 5), terms=st.integers(1, 12), slope=st.integers(-4, 4), off=st.integers(-3, 3))
def test_a_sum_names_its_own_value_alone(first: int, terms: int, slope: int, off: int) -> None:
    value = sum(slope * k + 1 for k in range(first, first + terms))
    said = value + off
    chain = f"\\sum_{{k={first}}}^{{{first + terms - 1}}} ({slope}k+1) = {said}"
    assert JUDGE(f"\\boxed{{{chain}}}", str(said)).score == int(off == 0), chain
