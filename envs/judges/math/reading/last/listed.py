"""Sentences that say several values: all of them are the answer, or none is; the last of them never is."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\$(\S(?:[^$]*\S)?)\$")
# Atomic: a comma is within a number or between two, and is not tried both ways, which takes time without end.
_VALUE = (
    r"(?>[¤€£]?[-−]?(?:[¤€£$]?(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?(?:/\d+)?%?"
    r"|\\[dt]?frac\s*\{[^{}]*\}\s*\{[^{}]*\}))"
)
_NAME = r"[A-Za-z](?:_\{?\w+\}?|\(-?\w+\))?|\\[a-z]+(?:_\{?\w+\}?)?|[a-z]{2,12}"
_ITEM = rf"(?:(?:{_NAME})\s*=\s*)?{_VALUE}"
_BETWEEN = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+)"
# What leads to a list holds no number: one that does says something else as well.
_LED = r"(?:[^\d=]*\b(?:is|are|have|get|find|obtain|that|either|at|be)\s+)?(?:either\s+|both\s+)?"
_LIST = re.compile(rf"{_LED}(?P<list>{_ITEM}(?:{_BETWEEN}{_ITEM})++)[.!]*", re.IGNORECASE)
_BRACKETED = re.compile(
    rf"[^\d=]*\b(?:is|are|at|be)\s+(?P<list>[(\[]\s*(?:{_VALUE}|-?\\infty|[-−]?∞)"
    rf"(?:\s*,\s*(?:{_VALUE}|\+?\\infty|∞))+\s*[)\]])[.!]*",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"[^\d=]*\b(?:at|by|until)\s+(?P<list>\d{1,2}(?::\d{2}(?:\s*[ap]\.?m\b\.?)?|\s*[ap]\.?m\b\.?))[.!]*", re.IGNORECASE
)
# A value that is said to be so, and what puts another beside it. What is only supposed is no such claim, and neither
# is a step that the next one is drawn from.
_CLAIM = re.compile(
    rf"(?:[=<>≤≥≈]|\\(?:leq?|geq?|approx|neq?)\b|\b(?:is|are|equals?|has|have)\b)[\s$(\\]*{_VALUE}", re.IGNORECASE
)
_SUPPOSED = re.compile(
    r"\b(?:with|for|since|if|when|where|given|from|as|because|at|by|of|using|after|before|than|suppos\w+|assum\w+)\b"
    r"(?:(?!,\s|;|\b(?:so|then|is|are)\b).)*$",
    re.IGNORECASE,
)
# In front of a verb, `of the rectangle` is of its subject.
_SUPPOSED_CLAUSE = re.compile(
    r"\b(?:since|if|when|where|given|because|suppos\w+|assum\w+)\b(?:(?!,\s|;|\b(?:so|then|is|are)\b).)*$",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?:[,;]|\b(?:and|or|but|while|whereas|yet|nor)\b)"
    r"(?!\s*(?:and\s+)?(?:so|thus|therefore|hence|then|which|that|giving|making|leaving|i\.e)\b)"
    r"(?!\s*(?:and\s+)?[-\d.,$¤€£]+(?![\d.]*\s*(?:[A-Za-z]|$)))",
    re.IGNORECASE,
)


def listed(sentence: str) -> str | None:
    """Returns the values that a sentence says, where it says nothing else: a list, a point, an interval, a time."""
    plain = _FORMULA.sub(r"\1", sentence)
    found = next((found for form in (_LIST, _BRACKETED, _CLOCK) if (found := form.fullmatch(plain))), None)
    return found["list"].rstrip(".!") if found else None


def claims_another(before: str) -> bool:
    """Whether the words in front of a value claim another value, beside which it is put: `x = 1 or x =`."""
    for claim in _CLAIM.finditer(before):
        supposed = _SUPPOSED_CLAUSE if claim.group()[0].isalpha() else _SUPPOSED
        if supposed.search(before[: claim.start()]):
            continue
        if _BESIDE.search(before[claim.end() :]):
            return True
    return False


def claims(words: str) -> bool:
    """Whether words claim a value, supposed or not."""
    return _CLAIM.search(words) is not None
