"""The answer is the gold as a number."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from envs.judges.parts.answer import gold_text, read_answer

MAX_CHARS = 64
_MAX_EXPONENT = 400  # 10**400 is beyond every double, and no work to write down
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\$?(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.(?P<part>[0-9]*))?"
    r"(?:[eE](?P<exponent>[+-]?[0-9]{1,3}))?(?:/(?P<below>[0-9]+))?(?P<percent>\s?%)?"
)


def read_number(text: str) -> Fraction | None:
    """Reads a decimal, a fraction, a percentage or scientific notation exactly; None for everything else.

    ASCII digits only: digits of other scripts, `inf`, `nan`, underscores and hexadecimal are no numbers here. Commas
    stand between groups of three digits. A leading dollar sign and a true minus sign (U+2212) are read.
    """
    text = text.strip().replace("\u2212", "-").removesuffix(".")
    found = _NUMBER.fullmatch(text) if len(text) <= MAX_CHARS else None
    if found is None or not (found["whole"] or found["part"]):
        return None
    exponent, below = int(found["exponent"] or 0), int(found["below"] or 1)
    if abs(exponent) > _MAX_EXPONENT or not below or (found["below"] and (found["part"] or found["exponent"])):
        return None
    digits = (found["whole"] or "0").replace(",", "") + (found["part"] or "")
    value = Fraction(int(digits)) * Fraction(10) ** (exponent - len(found["part"] or "")) / below
    return (-value if found["sign"] == "-" else value) / (100 if found["percent"] else 1)


def _form(text: str) -> str:
    """Returns how a number is written: as a decimal, a quotient or a percentage."""
    return "percentage" if text.rstrip(". ").endswith("%") else "quotient" if "/" in text else "decimal"


def _evaluated(answer: str, gold: str, loosely: bool) -> bool:
    """Whether an answer is worked out as far as the gold is: `48/2`, `6/8` and `50%` are questions as often as answers.

    The gold alone decides the form. A quotient is in lowest terms, or the gold's own; where a tolerance is given, a
    decimal stands for it too.
    """
    said, asked = _form(answer), _form(gold)
    if said != asked:
        return loosely and said == "decimal" and asked == "quotient"
    if said != "quotient" or answer.strip(" .") == gold.strip(" ."):
        return True
    above, below = (int(re.sub(r"[^0-9]", "", part)) for part in answer.split("/"))
    return math.gcd(above, below) == 1 and below > 1


class NumericMatch:
    """1 where the answer is the gold as a number, written in the form that the gold has.

    `1/2` is no answer where the gold is 0.5, nor is `0.5` where it is 1/2, nor `2/4`: a question that asks for one of
    them shows another, and to copy it is not to answer.

    Args:
        abs_tolerance: Largest difference that still counts.
        rel_tolerance: Largest difference that still counts, as a share of the gold.
        field: The field of a mapping gold to compare with; None for the gold itself.

    Raises:
        UsageError: A tolerance is negative or not finite.
    """

    def __init__(self, abs_tolerance: float = 0.0, rel_tolerance: float = 0.0, field: str | None = None):
        for tolerance in (abs_tolerance, rel_tolerance):
            if not 0 <= tolerance < float("inf"):
                raise UsageError(f"a tolerance is a finite number from 0 up, not {tolerance}")
        self.tolerances = (Fraction(abs_tolerance), Fraction(rel_tolerance))
        self.field = field

    def __call__(self, task: Task, completion: str) -> Reward:
        """Compares the one answer of a completion (see `read_answer`), exactly up to the tolerances."""
        written = gold_text(task, self.field)
        gold = read_number(written)
        if gold is None:
            return Reward.unscorable(f"the gold of task {task.id!r} is no number", "bad_gold")
        answer = read_answer(completion)
        if answer.text is None:
            return answer.missing()
        value = read_number(answer.text)
        if value is None:
            return Reward(0.0, outcome="no_number", answer=answer.text[:500], reason="the answer is no number")
        if not _evaluated(answer.text, written, any(self.tolerances)):
            reason = f"a {_form(answer.text)} that is not in the gold's form"
            return Reward(0.0, outcome="not_evaluated", answer=answer.text, reason=reason)
        same = abs(value - gold) <= max(self.tolerances[0], self.tolerances[1] * abs(gold))
        return Reward(float(same), outcome="correct" if same else "wrong", answer=answer.text)
