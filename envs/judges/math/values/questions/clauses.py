"""What the clause that asks says beside its noun: what an answer may be divided by, and that it is percent or money."""

from __future__ import annotations

import re
from itertools import pairwise

from envs.judges.math.lexicon.numerals import ANY
from envs.judges.math.values.questions.nouns import words_of
from envs.judges.math.values.units import CURRENCY, is_money, is_unit_word, singular

MONEY = "money"
# Where the clause that asks ends, and what is given begins.
_GIVEN = re.compile(
    r"\b(?:if|when|whenever|given|assuming|suppose|supposing|provided|since|because|while"
    r"|,? and (?:he|she|it|they)\b)",
    re.IGNORECASE,
)
_PER = frozenset("per a an each every one /".split())
_POINTING = frozenset("this that last next the any single entire whole full".split())  # in the day
ADVERBS = {
    "daily": "day", "hourly": "hour", "weekly": "week", "monthly": "month", "yearly": "year", "annual": "year",
    "annually": "year", "nightly": "night",
}  # fmt: skip
_LASTS = re.compile(
    r"\b(?:in|for|after|over|during|within) (?:the )?(?:\w+ )?"
    rf"(?:\d+|{ANY}|all)\b",
    re.IGNORECASE,
)
_BACK = 4  # words between a number and its own `per`
_PERCENT = r"(?:per ?cent(?:age)?|\\?%)"
_OF_SOMEBODY = r"(?:the |his |her |their |its )?"
_ASKS_PERCENT = re.compile(
    r"\b(?:what|which|how many|how much|what(?:['’]s| is| was| will be| would be)|find|determine|compute|calculate|give"
    rf"|state) {_OF_SOMEBODY}(?:[a-z]+ ){{0,2}}{_PERCENT}(?! (?:[a-z]+ )?(?:points|of \$))"
    rf"|\bby what {_PERCENT}|\b(?:as|in) (?:a |an )?{_PERCENT}(?![a-z ]*\?? of [\d$])"
    rf"|\bto the nearest (?:[a-z]+ )?(?:of a )?{_PERCENT}",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(r"\bhow (?:many|much)\b(?! per)", re.IGNORECASE)
_PAYS = r"\b(?:costs?|pay|paid|spend|spent|earn|earned|save|saved|owe|owed|charge|charged)\b"
_KINDS_OF_PRICE = (
    r"(?:(?:total|final|new|original|net|sale|selling|regular|average|full|monthly|weekly|daily|yearly|annual) )*"
)
_HOW_MUCH = re.compile(
    r"\bhow much (?:more |less |extra |total )?(?:money|change|profit)\b"
    r"|\bhow much\b(?: more| less| extra| total| in total| altogether)?,? "
    r"(?:(?:do|does|did|will|would|is|was|are|were|must|should|has|have|had|can|could)\b[^?]*?)?"
    rf"{_PAYS}"
    r"|\bhow much (?:is|was|are|were|will|would|do|does|did)\b[^?]*\b(?:prices?|bill|tip|profit|fee|rent|salary|fine)\b"
    rf"|\bwhat (?:is|was|will be|are|were|would be) {_OF_SOMEBODY}{_KINDS_OF_PRICE}"
    r"(?:cost|price|profit|bill|revenue|earnings|salary|pay|income|amount of money|sales tax|budget)\b",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"[$€£¥₹¢]|\b(?:dollars?|cents?|euros?|bucks)\b", re.IGNORECASE)


def divided_by(sentence: str, start: int) -> set[str]:
    """Returns what an answer may be divided by, in the singular: what the clause that asks says behind a `per`.

    What a number of the clause is divided by (`if he works 5 hours a day`) is given, not asked. Things may stand there
    wherever they are named: `how many eggs are in the box` is answered by eggs per box.

    Args:
        sentence: The sentence that asks.
        start: Where what is asked for begins: behind `how many`.
    """
    behind = _GIVEN.split(sentence[start:], maxsplit=1)[0]
    out = _below(behind)
    if any(map(is_unit_word, out)) or _LASTS.search(behind):
        return out
    front = sentence[:start]
    if not _GIVEN.search(front):
        out |= _below(front)
    if not any(
        map(is_unit_word, out)
    ):  # what is given in the same breath: how far does he run if he runs 5 times a week
        out |= _below(sentence, given=True)
    return out


def said_over(question: str, sentence: str) -> set[str]:
    """Returns what a question divides by anywhere, where the sentence that asks names no time."""
    return set() if _LASTS.search(sentence) else _below(question, given=True)


def _below(clause: str, given: bool = False) -> set[str]:
    words = ["", *words_of(clause)]
    out = {unit for word, unit in ADVERBS.items() if word in words}
    for index, (before, word) in enumerate(pairwise(words)):
        if not word[0].isalpha():
            continue
        fact = not given and any(part.isdigit() for part in words[max(index - _BACK, 0) : index])
        if not is_unit_word(word):
            out.add(singular(word))
        elif (before in _PER or before in _POINTING) and not fact:
            out.add(singular(word))
    return out


def asks_for_percent(sentence: str, rest: list[str]) -> bool:
    """Whether what is asked for is a percentage."""
    found = _ASKS_PERCENT.search(sentence)
    other = _OTHERWISE.search(sentence)
    if found:
        return other is None or _ASKS_PERCENT.match(sentence, other.start()) is not None
    return other is None and any(map(_ASKS_PERCENT.search, rest))


def speaks_of_percent(clause: str) -> bool:
    """Whether the clause that asks, without what it says is given, speaks of percent."""
    asking = _GIVEN.split(clause.casefold(), maxsplit=1)[0]
    return "percent" in asking or "%" in asking or "per cent" in asking


def asks_for_money(sentence: str, question: str) -> bool:
    """Whether what is asked for is an amount of money."""
    return _HOW_MUCH.search(sentence) is not None and _CURRENCY.search(question) is not None


def currencies(question: str) -> frozenset[str]:
    """Returns the units of money that a question names, by their signs and words."""
    names = [CURRENCY[sign] for sign in CURRENCY if sign in question]
    return frozenset(one for one in (*names, *map(singular, words_of(question))) if is_money(one))
