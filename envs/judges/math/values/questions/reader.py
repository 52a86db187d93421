"""Finds what a question asks for: the unit behind `how many`, `number of` and `in`, or the things that it counts.

Only the sentence that asks is read. What is not understood asks for nothing in particular, and refuses nothing.
"""

from __future__ import annotations

import re
from itertools import islice

from envs.judges.math.values.questions.asked import NOTHING, Asked
from envs.judges.math.values.questions.clauses import (
    MONEY,
    asks_for_money,
    asks_for_percent,
    currencies,
    divided_by,
    said_over,
    speaks_of_percent,
)
from envs.judges.math.values.questions.nouns import ENDS, GROUPS, POWERS, names_things, spoken, unit_of, words_of
from envs.judges.math.values.units import dimension_of, is_unit_word, singular

_MAX_SENTENCES = 64
_SENTENCE_END = re.compile(r"[.?!][\s\"”']+(?=\S)")
_ABBREVIATIONS = ("Mr.", "Mrs.", "Ms.", "Dr.", "St.", "sq.", "vs.")
_DEMANDS = re.compile(
    r"\b(?:find|determine|compute|calculate|express|give|state|report|enter|write|round|what|how)\b", re.IGNORECASE
)
_COUNTS = re.compile(
    r"\b(?:how many|wie ?viele|combien d[e']|cu[aá]nt[oa]s|quant[oiae]s|сколько"
    r"|(?:what(?:['’]s| is| was| are| were| will be| would be)?|find|determine|compute|calculate|give|express|state"
    r"|report|enter)\s+(?:[a-z]+\s+){0,4}?number of)\b",
    re.IGNORECASE,
)
_IN = re.compile(r"\bin(?:\s+terms of)?\s+(?=[a-z])", re.IGNORECASE)
_NO_MEASURES = GROUPS | frozenset("quarter dime nickel point".split())  # in pairs, in quarters
_MAX_PHRASES = 16
_BEHIND = 120


def read_question(question: str) -> Asked:
    """Returns what a question asks for.

    Args:
        question: Its text.
    """
    sentences = _sentences(question)
    last = _asking(sentences)
    if last < 0:
        return NOTHING
    sentence = sentences[last]
    if asks_for_percent(sentence, sentences[last + 1 :]):
        return Asked(only="percent")
    units: list[tuple[str, str]] = []
    phrases: list[tuple[str, ...]] = []
    over: set[str] = set()
    things = percent = False
    for found in islice(_COUNTS.finditer(sentence), _MAX_PHRASES):
        behind = sentence[found.end() : found.end() + _BEHIND]
        words = words_of(behind)
        phrases.append(spoken(behind))
        over |= divided_by(sentence, found.end())
        percent = percent or speaks_of_percent(sentence[found.start() :])
        if unit := unit_of(words):
            units.append(unit[0])
        elif not things and found.group().casefold().endswith(("how many", "number of")):
            things = names_things(words)
    rates: list[str] = []
    if not phrases:
        _read_in(" ".join(sentences[last:]), units, rates)
        over |= divided_by(sentence, 0)
        percent = speaks_of_percent(sentence)
    only = MONEY if not (units or rates or phrases) and asks_for_money(sentence, question) else ""
    money = currencies(question) if only == MONEY else frozenset[str]()
    if not (units or rates or phrases or any(map(is_unit_word, over))):
        over |= said_over(question, sentence)
    if not (units or rates or phrases or only) and not any(map(is_unit_word, over)):
        return NOTHING
    return Asked(tuple(units), tuple(rates), things, frozenset(over), percent, tuple(phrases), only, money)


def _sentences(question: str) -> list[str]:
    """Returns the last sentences of a question; `Mr.` and an initial end none."""
    out: list[str] = []
    start = 0
    for found in _SENTENCE_END.finditer(question):
        stop = found.start() + 1
        initial = question[stop - 2].isupper() and question[max(stop - 3, 0)].isspace()
        if initial or question.endswith(_ABBREVIATIONS, start, stop):
            continue
        out.append(question[start:stop])
        start = found.end()
    return [*out, question[start:]][-_MAX_SENTENCES:]


def _asking(sentences: list[str]) -> int:
    """Returns the place of the last sentence that asks, or of the last that demands something, or -1."""
    for ends in (lambda text: text.rstrip().endswith("?"), _COUNTS.search, _DEMANDS.search):
        for index in range(len(sentences) - 1, -1, -1):
            if ends(sentences[index]):
                return index
    return -1


def _read_in(text: str, units: list[tuple[str, str]], rates: list[str]) -> None:
    """Reads `in dollars`, `in square feet` and `in miles per hour`."""
    for found in islice(_IN.finditer(text), _MAX_PHRASES):
        words = words_of(text[found.end() : found.end() + 80])
        if not words or len(words[0]) == 1 or words[0] not in POWERS and not is_unit_word(words[0]):
            continue  # in one week
        if not (read := unit_of(words)) or read[0][0] in _NO_MEASURES:
            continue
        (unit, per), behind = read
        if behind and behind[0] not in ENDS and behind[0][0].isalpha() and words[0] == singular(words[0]):
            continue  # in foot races
        if per and dimension_of(per) is not None and {"per", "/"} & set(words[1:4]):  # in hours each day is in hours
            rates.append(f"{unit} / {per}")
        else:
            units.append((unit, per))
