"""What an answer is said to hold for: `every week`, `daily`, `/month` behind its unit."""

from __future__ import annotations

import re

from envs.judges.math.values.questions.clauses import ADVERBS
from envs.judges.math.values.units import dimension_of, singular

_TEXT = re.compile(r"\\(?:text|mbox|textrm|mathrm|textnormal)\s*\{([^{}\n]*)\}")
_PRINTS_NOTHING = re.compile(r"\\[,;:! ]|[$~{}*]|\\[()\[\]]")
_WORD = re.compile(r"[A-Za-z]+|\d+|/|[^\s]")
_EACH = frozenset("per a an each every /".split())
_ENDS = frozenset("for when if because since after at and or but from to so than with while as by during".split())
_NAMED = frozenset(("fortnight", "night", "morning", "evening", "quarter"))
_WORDS = 7
OTHER = "other"  # a period of several units, which is nobody's


def period_behind(tail: str) -> str:
    """Returns the period that the words behind a value give it, in the singular, or nothing."""
    line = _PRINTS_NOTHING.sub(" ", _TEXT.sub(r" \1 ", tail.partition("\n")[0]))
    words = [word.lower() for word in _WORD.findall(line)[:_WORDS]]
    for index, word in enumerate(words):
        if not (word.isalpha() or word == "/") or word in _ENDS:
            return ""
        if word in ADVERBS:
            return ADVERBS[word]
        behind = words[index + 1 : index + 3]
        if word in _EACH and behind:
            several = behind[0].isdigit() or behind[0] in ("two", "three", "other", "few")
            name = singular(behind[-1] if several else behind[0])
            if is_period(name):
                return OTHER if several else name
    return ""


def is_period(name: str) -> bool:
    """Whether a word in the singular names a span of time."""
    read = dimension_of(name) if len(name) > 2 else None
    return name in _NAMED or read is not None and read[0] in ((("time", 1),), (("months", 1),))
