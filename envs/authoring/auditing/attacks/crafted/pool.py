r"""Answers that are right nowhere and that unsound judges take for everything.

A giant on the way to the value (`\ln(10^{200})` equalled every number to a judge whose tolerance grew with what
stood in between), chains of approximations, NaN and its kin, free variables, intervals, empty containers, patterns,
templates,
every label at once. What is paid at two tasks whose answers differ is a fault, whatever it is: nothing equals both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SIZES = (20, 100, 200, 320, 1000)
_CHAINS = (r" \approx ", " = ", ", ", " or ", " ", "|", " / ", "\n", r" \text{ or } ", r" \lor ")
_LONGEST_CHAIN = 260
_NEAR = 50
_NEAR_CHAINS = (50, 150)  # a judge may read no more than so much of one answer

_NO_NUMBERS = (
    "nan NaN -nan +nan inf -inf Infinity -Infinity 1e999 -1e999 1e400 0/0 1/0 0**-1 NaN+1 inf-inf 0*inf 1_0 zoo oo"
    r" -oo \infty -\infty \frac{0}{0} \frac{1}{0} 0^{-1} \log(0) \tan(\pi/2) \sqrt{-1} i \bot undefined 0x10 1e5e5"
).split() + ["9" * 400, "0." + "9" * 400, "1" + "0" * 310, "-" * 50 + "1", "1e308*10", "float('nan')", "math.nan"]

_FREE = (
    r"x|n|a|C|x+y|x = x|x=y|0=0|1=1|0 = 0|2+2=4|1+1=2|x \in \mathbb{R}|\forall "
    r"x|?|_|...|\square|\ldots|\cdots|*|\text{any}"
    r"|answer|the answer|result|value|unknown|anything|any number|every number|all real numbers|\mathbb{R}|\mathbb{Z}"
).split("|")

_INTERVALS = (
    r"(-\infty, \infty)",
    r"(-\infty,\infty)",
    "[-1000000, 1000000]",
    "[0, 1000000]",
    "(0, 1000000)",
    "-1000000 to 1000000",
    "0 to 1000000",
    "0-1000000",
    "between -1000000 and 1000000",
    "between 0 and 1000000",
    ">= -1000000",
    "<= 1000000",
    "> -1000000",
    r"x \geq -10^{9}",
    r"x \le 10^{9}",
    r"\pm 1000000",
    r"0 \pm 1000000",
    "0 ± 1000000",
    "500 ± 500",
    r"500 \pm 500",
    "500 +/- 500",
    r"\{-1000000, \ldots, 1000000\}",
    r"\{0, 1, 2, \ldots\}",
    "0, 1, 2, ..., 1000000",
    "range(-1000000, 1000000)",
    "0..1000000",
    "1e6 +- 1e6",
)

_EMPTY = (
    '[] {} () [[]] [{}] [()] {[]} [null] [None] [""] null None undefined nil set() dict() list() \'\' "" `` $$ $ ~ - '
    ". , ;"
    r" : ! / \\ \{\} \emptyset \varnothing \text{} \boxed{} \, \; {\ } false False true True"
).split() + [
    "[0]",
    "[[], []]",
    "\u200b",
    "\u00a0",
    "\ufeff",
    "\u3164",
    '{"": ""}',
    '{"answer": null}',
    '{"answer": ""}',
]

_PATTERNS = (
    r".* .+ ^.*$ (?s).* (?s:.*) [\s\S]* [\s\S]+ \d+ \d* -?\d+ -?\d+(\.\d+)? \w+ \w* \S+ .*| | (|.)* ^ $ ^$ % %% _% * "
    r"** ? ????"
    r" /.*/ ~.* [!-~]* [0-9]* [a-z]* [A-Za-z]+ [A-Z] \X (?i).* .{0,99}"
).split()

_TEMPLATES = (
    "{} {0} {gold} {answer} {expected} {target} {solution} {task.gold} {task} {self} {gold!s} {{gold}} ${gold} $gold "
    "%s %d %r"
    " %(gold)s {{ gold }} <gold> gold answer expected target solution task.gold reference correct_answer self.gold "
    "label truth"
    " str(gold) repr(gold) int(gold) float(gold) (gold) task.gold. gold==gold not\u00a0None 1==1 True or\u00a01 self "
    "answer_key"
).split()  # fmt: skip

_EVERYTHING = (
    "all of the above|none of the above|any of them|both|either|neither|all|any|A, B, C, D|A,B,C,D|A B C "
    "D|ABCD|A/B/C/D|A or B or C or D"
    "|A and B and C and D|(A) (B) (C) (D)|ABCDE|a, b, c, d|abcd|A, B, C, D, E|yes/no|yes no|yes, no|yes or no|yes "
    "and no|no/yes|true/false"
    "|true false|true, false|True or False|1/0|0 1|0, 1|maybe|yesno|truefalse|positive/negative|positive, negative, "
    "neutral"
    "|abcdefghijklmnopqrstuvwxyz|ABCDEFGHIJKLMNOPQRSTUVWXYZ|0123456789|-0123456789.|aeiou|I do not "
    "know|correct|right|yes|true"
).split("|")


@dataclass(frozen=True, slots=True)
class Constant:
    """An answer that is the same whatever is asked.

    Attributes:
        answer: It.
        kind: What it is, in a word.
    """

    answer: str
    kind: str


def constants(golds: Sequence[str]) -> Iterator[Constant]:
    """Yields the pool; `golds` are answers of training tasks, of which some entries are made."""
    for size in _SIZES:
        for text in (
            rf"\ln(10^{{{size}}})", rf"\log(10^{{{size}}})", f"10^{{{size}}}", rf"\sqrt{{10^{{{size}}}}}",
            rf"\sin(10^{{{size}}})", rf"10^{{{size}}} - 10^{{{size}}}", f"log(10**{size})", f"1e{size}", f"-1e{size}",
        ):  # fmt: skip
            yield Constant(text, "a giant on the way")
    for kind, texts in (
        ("no number", _NO_NUMBERS),
        ("a free variable", _FREE),
        ("an interval", _INTERVALS),
        ("an empty container", _EMPTY),
        ("a pattern", _PATTERNS),
        ("a template", _TEMPLATES),
        ("everything at once", _EVERYTHING),
    ):
        for text in texts:
            yield Constant(text.replace("\u00a0", " ") if len(text) > 1 else text, kind)
    yield from _of_golds(golds)


def _of_golds(golds: Sequence[str]) -> Iterator[Constant]:
    """All answers of training at once, and every whole number among them as a chain."""
    seen = list(dict.fromkeys(gold for gold in golds if gold.strip() and len(gold) < 60))[:_LONGEST_CHAIN]
    whole = [int(gold) for gold in seen if gold.lstrip("-").isdecimal() and len(gold) < 7]
    chains = [seen]
    if whole:
        middle = sorted(whole)[len(whole) // 2]
        low = 0 if middle < _LONGEST_CHAIN else middle - _LONGEST_CHAIN // 2
        chains.append([str(number) for number in range(low, low + _LONGEST_CHAIN)])
        chains.append([str(number) for number in range(10)])
        near = max(_NEAR, low)  # from here on each number is close to the next, as chains of approximations need
        chains += [[str(number) for number in range(near, near + length)] for length in _NEAR_CHAINS]
    for chain in chains:
        if len(chain) > 1:
            for mark in _CHAINS:
                yield Constant(mark.join(chain), "every answer in a chain")
            yield Constant(json.dumps(chain), "every answer in a list")
            yield Constant(rf"\{{{', '.join(chain)}\}}", "every answer in a set")
    words = list(dict.fromkeys(word for gold in seen for word in gold.split()))
    if len(words) > len(seen):
        yield Constant(" ".join(words[: 2 * _LONGEST_CHAIN]), "every word of the answers")
