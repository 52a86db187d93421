"""A search for answers that are right for more golds than they equal, and for pairs of golds taken for each other."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

Judge = Callable[[str, str], int]
"""Gold and answer in, 1 or 0 out."""


def _numbers(count: int) -> list[int]:
    return [3 + 7 * k for k in range(count)]


# One way to write a gold of each kind from a whole number; golds of different numbers are different golds.
KINDS: dict[str, tuple[str, ...]] = {
    "number": ("{n}", "-{n}", r"\frac{{{n}}}{{1009}}", r"{n}\sqrt{{2}}", r"{n}\pi", "{n}.25", r"\sqrt{{{n}}}", "{n}+i"),
    "unit": (r"{n}\text{{ cm}}", r"{n}\%", r"{n}^\circ", r"\${n}"),
    "expression": ("{n}x", "x^2+{n}", r"\sin({n}x)", r"e^{{{n}x}}", r"\frac{{x}}{{x+{n}}}", r"\ln(x+{n})", "{n}n!"),
    "equation": ("y=2x+{n}", "x^2+y^2={n}", "y={n}x", "x={n}"),
    "relation": ("x+y<{n}", "x>{n}", r"x\le {n}", r"x\equiv {n}\pmod{{1009}}"),
    "region": (r"[{n},\infty)", "(0,{n}]", r"(-\infty,0)\cup({n},\infty)", r"-{n}<x<{n}"),
    "set": (r"\{{1,{n}\}}", r"\{{{n}\}}", r"1\pm\sqrt{{{n}}}", r"\pm {n}"),
    "list": ("1,{n}", "x=1, y={n}", "1,2,{n}"),
    "tuple": ("(1,{n})", "({n},0)", r"(1,2,{n})", r"(\pi,{n})"),
    "matrix": (r"\begin{{pmatrix}}1\\{n}\end{{pmatrix}}", r"\begin{{pmatrix}}1&0\\{n}&1\end{{pmatrix}}"),
    "base-n": ("{n}_{{16}}",),
    "time": ("{h}:{m:02d}", r"{h}:{m:02d}\text{{ PM}}"),
    "ratio": ("1:{n}", "2:3:{n}"),
    "option": ("{letter}",),
    "text": (r"\text{{answer number {word}}}", r"\text{{{word}}}"),
}


def golds(kind: str, count: int) -> Iterator[list[str]]:
    """Yields, for each way to write a kind, this many golds that are all different."""
    for form in KINDS[kind]:
        letters = "ABCDEFGH" if kind == "option" else "A" * count
        yield [
            form.format(n=n, h=1 + k % 11, m=(7 * k) % 60, letter=letters[k], word=_word(k))
            for k, n in enumerate(_numbers(min(count, len(letters))))
        ]


def _word(k: int) -> str:
    return "bcdfgklmprst"[k % 12] + "aeiou"[k // 12 % 5] + "lmnrst"[k % 6] + "er"


def universal(
    judge: Judge, answers: Sequence[str], count: int, kinds: Sequence[str] = tuple(KINDS)
) -> list[tuple[str, str, list[str]]]:
    """Returns every answer that is right for two golds of one kind, with the kind and those golds."""
    found = []
    for kind in kinds:
        for family in golds(kind, count):
            for answer in answers:
                right = [gold for gold in family if judge(gold, answer)]
                if len(right) > 1:
                    found.append((answer, kind, right))
    return found


def best_constant(judge: Judge, weighted: Counter[str], answers: Sequence[str], sample: int) -> tuple[str, int]:
    """Returns the answer that is right for most golds of a data set, and for how many.

    Every answer is tried on a sample of the golds; the best twenty, and the commonest golds, on all of them.
    """
    some = random.Random(0).sample(sorted(weighted), min(sample, len(weighted)))
    scores = {answer: sum(weighted[gold] for gold in some if judge(gold, answer)) for answer in answers}
    best = sorted(scores, key=lambda answer: -scores[answer])[:20]
    candidates = [*best, *(gold for gold, _ in weighted.most_common(5))]
    totals = {answer: sum(n for gold, n in weighted.items() if judge(gold, answer)) for answer in candidates}
    winner = max(totals, key=lambda answer: totals[answer])
    return winner, totals[winner]


def data_golds(folder: Path, name: str) -> list[str]:
    """Returns the golds of `gsm8k` or `math500`, in the order of the file; none where there is no such file."""
    path = folder / name / "test.jsonl"
    if not path.is_file():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [row["answer"].rpartition("####")[2].strip() for row in rows]


def neighbours(golds: Sequence[str], width: int) -> Iterator[tuple[str, str]]:
    """Yields every gold with the different golds that follow it, this many, going round at the end."""
    distinct = list(dict.fromkeys(golds))
    for index, gold in enumerate(distinct):
        for step in range(1, min(width, len(distinct) - 1) + 1):
            yield gold, distinct[(index + step) % len(distinct)]


def plainly_equal(one: str, two: str) -> bool:
    """Whether two golds do say the same: a currency, a degree sign or the spelling of a fraction apart."""
    strip = str.maketrans("", "", "$\\%{}^ ,!")
    plain = [text.translate(strip).replace("dfrac", "frac").replace("circ", "") for text in (one, two)]
    return plain[0] == plain[1] or {one, two} == {r"\pi", r"180^\circ"}


_FUNCTIONS = {
    "sin": "cos", "cos": "tan", "tan": "sin", "ln": "sin", "log": "cos", "arctan": "arcsin", "sqrt": "sin",
    "cup": "cap", "le": "ge", "ge": "le", "leq": "geq", "geq": "leq", "frac": "binom", "pi": "phi", "infty": "pi",
}  # fmt: skip
_FUNCTION = re.compile(r"\\(" + "|".join(sorted(_FUNCTIONS, key=len, reverse=True)) + r")(?![A-Za-z])")
_NAME = re.compile(r"(?<![A-Za-z\\{])([a-df-hj-z])(?![A-Za-z])")


def perturbed(gold: str) -> Iterator[tuple[str, str]]:
    """Yields what was changed and the changed gold: one digit, the sign, a function, a name."""
    for found in re.finditer(r"\d", gold):
        digit = str((int(found[0]) + 1) % 10)
        yield "digit", gold[: found.start()] + digit + gold[found.end() :]
    if not re.fullmatch(r"[-+]?0+|.*\\pm.*|[^\d]*", gold) and "text" not in gold:
        yield "sign", gold[1:] if gold.startswith("-") else "-" + gold
    for found in _FUNCTION.finditer(gold):
        yield "function", f"{gold[: found.start()]}\\{_FUNCTIONS[found[1]]}{gold[found.end() :]}"
    names = set(_NAME.findall(gold))
    for name in sorted(names):
        yield "name", re.sub(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", "w" if name != "w" else "v", gold)
