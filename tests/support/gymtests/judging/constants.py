"""Constant answers: texts written without knowing any gold, by somebody who looks for one that is always right.

Values with huge and small intermediates, every operator of the grammar, and every form an answer may have around them.
"""

from __future__ import annotations

import random
from itertools import islice, product

HUGE = (
    r"10^{200}", r"10^{400}", r"10^{10^{6}}", r"1500!", r"2^{2^{11}}", r"9^{9^{9}}", r"9^{9^{9^{9}}}", r"e^{e^{7}}",
    r"3000!", r"\binom{3000}{1500}", r"\infty", "1" + "0" * 400, r"1e300",
)  # fmt: skip
SMALL = (
    r"10^{-60}", r"10^{-400}", r"e^{-10^4}", r"e^{-10^{9}}", r"\frac{1}{1500!}", r"2^{-2^{11}}", r"0.%s1" % ("0" * 70),
    r"e^{-e^{7}}", r"(1-\tanh(100))", r"(\frac{\pi}{2}-\arctan(10^{100}))", r"1e-300", "0",
)  # fmt: skip
PLAIN = ("0", "1", "2", "5", "-1", r"\frac12", r"\pi", "e", "i", r"\sqrt2", "x", "n", "0.5", "12", "100", "a_1", "f(x)")
FUNCTIONS = (
    r"\ln(%s)", r"\log(%s)", r"\log_{10}(%s)", r"\log_{2}(%s)", r"\ln(\ln(%s))", r"\sin(%s)", r"\cos(%s)", r"\tan(%s)",
    r"\sec(%s)", r"\csc(%s)", r"\cot(%s)", r"\arcsin(%s)", r"\arccos(%s)", r"\arctan(%s)", r"\sinh(%s)", r"\cosh(%s)",
    r"\tanh(%s)", r"\coth(%s)", r"\sqrt{%s}", r"\sqrt[3]{%s}", r"\sqrt[100]{%s}", r"|%s|", r"\lfloor %s\rfloor",
    r"\lceil %s\rceil", r"(%s)!", r"(%s)!!", r"-%s", r"%s\%%", r"%s^\circ", r"e^{%s}", r"\exp(%s)", r"\frac{1}{%s}",
    r"(%s)^{-1}", r"(%s)^{0}", r"0^{%s}", r"i^{%s}", r"(-1)^{%s}", r"\operatorname{sgn}(%s)", r"\Re(%s)", r"\gcd(%s,0)",
    r"f(%s)", r"%s'", r"\overline{%s}", r"\hat{%s}", r"\sqrt{%s}^{2}", r"1^{%s}", r"\arctan(\tan(%s))",
)  # fmt: skip
PAIRS = (
    r"%s+%s", r"%s-%s", r"%s\cdot %s", r"\frac{%s}{%s}", r"(%s)^{%s}", r"\sqrt{%s+1}-\sqrt{%s}", r"\ln(%s)-\ln(%s)",
    r"\max(%s,%s)", r"\min(%s,%s)", r"\gcd(%s,%s)", r"\binom{%s}{%s}", r"\log_{%s}(%s)", r"%s\pm %s", r"%s\mp %s",
    r"%s\bmod %s", r"P(%s,%s)", r"0\cdot %s\cdot %s", r"%s:%s", r"(%s+10^{300}) - (%s+10^{300})", r"\sqrt[%s]{%s}",
)  # fmt: skip
CHAINS = (
    r"%s\approx %s", r"%s=%s", r"%s\sim %s", r"%s\equiv %s", r"%s\neq %s", r"%s<%s", r"%s\le x\le %s", r"%s<x<%s",
    r"%s\simeq %s", r"%s\doteq %s", r"%s\to %s", r"%s\implies %s", r"%s\equiv 0\pmod{%s}", r"x=%s \text{ or } x=%s",
)  # fmt: skip
FORMS = (
    "%s", "(%s,%s)", "(%s,%s,%s)", r"\{%s,%s\}", r"\{%s\}", "[%s,%s]", "(%s,%s]", "%s,%s", "%s,%s,%s",
    r"(-\infty,%s)", r"[%s,\infty)", r"(-\infty,%s)\cup(%s,\infty)", r"x=%s", r"y=%s", r"x\in\{%s\}", r"x>%s",
    r"%s\text{ cm}", r"%s\text{ nope}", r"%s\text{ or }%s", r"%s\text{ and }%s", r"\begin{pmatrix}%s\\%s\end{pmatrix}",
    r"\begin{pmatrix}%s&%s\\%s&%s\end{pmatrix}", r"\begin{vmatrix}%s&%s\\%s&%s\end{vmatrix}", r"%s x", r"%s x+%s",
    r"\$%s", r"%s+C", r"\{x\mid x>%s\}", r"\{%s+%s k\mid k\in\mathbb{Z}\}", r"%s\pm%s", r"\pm %s", r"x^2=%s",
    r"%s:%s:%s", r"%s_8", r"x\ne %s",
)  # fmt: skip
WORDS = (
    r"\text{undefined}", r"\text{none}", r"\text{any}", r"\text{all real numbers}", r"\mathbb{R}", r"\mathbb{Z}",
    r"\mathbb{N}", r"\mathbb{C}", r"\emptyset", r"\{\}", "()", "[]", r"\text{yes}", r"\text{no}", r"\text{true}",
    r"\text{nan}", "NaN", "inf", r"\pm\infty", "?", "...", r"\ldots", r"\square", r"\text{the answer}", r"\text{both}",
    r"\text{A or B or C or D}", "ABCD", "A", "(A)(B)(C)(D)", r"\text{A, B}", r"\text{gold}", r"\text{correct}", "x=x",
    "0=0", "1=1", r"x\in\mathbb{R}", r"\text{whatever it is}", r"\phantom{5}", "-", "+", "=", r"\cdot", "%", r"\%",
    r"^\circ", "x", "y", "n", "xyz", r"\frac{0}{0}", r"\frac{1}{0}", "0^0", r"\sqrt{-1}", r"\ln(0)", r"\ln(-1)",
    r"\infty-\infty", r"0\cdot\infty", r"\int_0^1 x\,dx", r"\sum_{n=1}^{\infty} \frac{1}{n^2}", r"\lim_{x\to 0} x",
    r"\prod_{k=1}^{n} k", "<5>", "**5**", "`5`", r"\text{5 or 6}", r"5\text{ to }10", "1-100", "1..100", r"\forall x",
    r"\exists x", r"\neg 5", r"\lnot 5", r"\not= 5", "*", "_", "^", "|", "||", r"\|", "{}", r"{}_{}", r"x_{}", r"\\",
)  # fmt: skip
LONG = (
    r"\approx ".join(map(str, range(1, 160))),
    "=".join(map(str, range(1, 160))),
    ",".join(map(str, range(1, 160))),
    r"\text{ or }".join(map(str, range(1, 90))),
    r"\{" + ",".join(map(str, range(1, 160))) + r"\}",
    r"\pm ".join(map(str, range(1, 4))),
    "x" + "".join(rf"\ne {k}" for k in range(1, 100)),
    r"1" + "".join(rf" \approx {1.02**k:.3f}" for k in range(1, 150)),
    r"\approx ".join(f"{k}x" for k in range(1, 100)),
    "(x-1)" + "".join(f"(x-{k})" for k in range(2, 100)) + "=0",
    "0" + "".join(f"+0 x_{{{k}}}" for k in range(60)),
)


def values() -> list[str]:
    """Returns values alone: leaves, functions of them, pairs of them."""
    leaves = (*HUGE, *SMALL, *PLAIN)
    out = list(leaves)
    out += [form % leaf for form in FUNCTIONS for leaf in leaves]
    out += [form % pair for form in PAIRS for pair in product((*HUGE[:6], *SMALL[:4], "0", "1", "x"), repeat=2)]
    return out


def pool(size: int, seed: int = 0) -> list[str]:
    """Returns this many different constant answers, the likeliest ones first, the same for every call."""
    draw = random.Random(seed)
    plain = values()
    first = [r"\ln(10^{200})", r"\ln(1500!)", r"\sqrt{10^{300}+1}-\sqrt{10^{300}}", *LONG, *WORDS]
    first += [form % pair for form in CHAINS for pair in product(("1", r"\ln(10^{200})", r"10^{400}", "x"), repeat=2)]

    def more():
        while True:
            form = draw.choice((*FORMS, *CHAINS))
            count = form.count("%s")
            yield form % tuple(draw.choice(plain) for _ in range(count))

    distinct = dict.fromkeys((*first, *plain))
    if len(distinct) > size:
        rest = draw.sample(list(distinct)[len(first) :], max(size - len(first), 0) // 2)
        distinct = dict.fromkeys((*first, *rest))
    for answer in islice(more(), 20 * size):
        if len(distinct) >= size:
            break
        distinct[answer] = None
    return list(distinct)[:size]
