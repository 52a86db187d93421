"""Sentences behind an answer that name another value as the answer: `6 also works`, `the other being 6`, `I meant 6`.

A clause claims a value by what it says of it (that it is an answer, correct, possible, likelier, another one), or by
what leads to it (the answer's own nouns, what somebody means or chooses). A value in any other clause is context: what
is checked, counted, rounded to.
"""

from __future__ import annotations

import re

_VALUE = r"(?:(?P<label>[A-Za-z])\s*=\s*)?(?P<value>-?\d+(?:[.,]\d+)*(?:/\d+)?)"
_NOUN = (
    r"(?:answers?|solutions?|roots?|values?|results?|options?|choices?|possibilit(?:y|ies)|candidates?|keys?|ones?"
    r"|alternatives?|zeros?|guess(?:es)?)"
)
_QUALITY = (
    r"(?:correct|true|right|real|actual|other|second|another|new|better|best|official|expected|final|likely|valid"
    r"|acceptable|possible|preferred|additional|further|intended|alternative|remaining)"
)
# Said of an option, `true` is no choice of it: "A is true but irrelevant".
_HOLDS = (
    r"(?:correct|right|better|best|official|expected|likely|likelier|valid|acceptable|possible|preferred|intended"
    r"|fine|ok(?:ay)?|good|plausible|it|another|other)"
)
_ADVERB = (
    r"(?:also|too|equally|more|most|still|just|really|actually|quite|perfectly|very|probably|perhaps|maybe|indeed"
    r"|likewise|instead|rather|in fact)"
)
_BE = r"(?:is|was|are|being|would be|might be|may be|could be|can be|should be|must be|seems|looks|feels)"
_PREDICATE = (
    rf"(?:{_BE}\s+(?:{_ADVERB}\s+)*(?:(?:an?|the|my|one|our)\s+)?(?:{_QUALITY}\s+)*"
    rf"(?:{_NOUN}(?!\s+(?:of|to|for|in)\b)|{_HOLDS}(?!\s*[-=+]))\b"
    r"|(?:also|too|as well|really|actually|instead|another|either|works?(?!\s+(?:out|on|for|at)\b)|fits)(?![\w'’-])"
    rf"|as (?:the|an?|another) (?:{_QUALITY} )?{_NOUN}\b)"
)
_SUBJECT = re.compile(
    r"(?:^|[,;:(\u2014\u2013]|\b(?:and|but|although|though|while|whereas|however|yet|so|with|or|since|because)\b)"
    rf"\W*{_VALUE}\)?\s*,?\s*{_PREDICATE}",
    re.IGNORECASE,
)
_CHOOSES = (
    r"(?:(?:(?:i|we|you)\s+)?(?:(?:would|should|can|could|will|might|do|still|also|really|actually)\s+)*"
    r"(?:mean|meant|prefer|chose|choose|pick|picked|accept|go with|went with|answer|trust|vote for|bet on)"
    r"|(?:others?|some|some people|people|many)\s+(?:get|got|say|said|take|prefer|choose|pick))"
)
_LEADS = re.compile(
    r"(?:^|[,;:(\u2014\u2013]|\b(?:and|but|although|though|while|whereas|however|yet|with)\b)\W*"
    r"(?:(?:however|but|actually|so|then|well|also|or|p\.?\s?s|hence|thus)\b\W*)?(?:"
    rf"{_CHOOSES}\s*:?"
    rf"|(?:the|an?|my|our|your|one|another|its)\s+(?:{_QUALITY}\s+)*(?P<noun>{_NOUN}\s*)?"
    r"(?:(?:then |really |actually |also )?(?:is|was|are|says?|gives|being|reads?|should be|must be|would be|equals)"
    r"|[:=])\s*:?(?:\s*(?:near|clos)er to\b)?"
    r"|(?:that|this|it)\s+(?:then |really |actually |also )?(?:gives|makes|means|equals|yields|comes to|is)"
    r"|an?\s+(?:more careful|closer|better|second|new)\s+\w+\s+(?:gives|shows|yields|says)"
    r"|(?:in\s+)?(?:the|an?|any)\s+(?:other|second|opposite|next|remaining)\s+(?:case|way|reading|hand)s?,?"
    r"(?:\s+(?:it is|we get|is))?"
    r"|(?:p\.?\s?s|typo|correction|edit|erratum|errata|sorry|oops|update|fix|hmm|answer|rather)\s*[:,.]?"
    r"|together with|along with|(?:and\s+)?(?:similarly|likewise|also|plus)|(?:if|when) not|accept"
    r"|∨|(?:\\lor|\\vee)(?![A-Za-z]))"
    rf"\W{{0,4}}{_VALUE}(?=(?:\s+[A-Za-z]{{1,12}})?\W*$)",
    re.IGNORECASE,
)
# Without a noun: `the is 6` says nothing of the answer, and `one is 3 and the other is 6` speaks of two other things.
_OF_NOTHING = re.compile(
    r"\W*(?:(?:and|but|with|so|then)\W+)*(?:the|an?|my|our|your|its)\s+(?:is|was|are|being|[:=])", re.IGNORECASE
)
_SUPPOSED = re.compile(r"\b(?:if|had|were|without)\b", re.IGNORECASE)
_PAIRED = re.compile(r"\b(?:first|one)\b", re.IGNORECASE)
_BESIDE = re.compile(rf"\s*(?:[\s$.)}}\]*]*(?:∨|—|–|\\lor\b|\\vee\b))[\s$]*{_VALUE}[\s$.!)]*$", re.IGNORECASE)
_CLAUSES = re.compile(r"(?<!P\.S)[.!?]\s+|;\s+|\n+")
_REACH = 1_200
_LONGEST = 160
_WITH_DIGIT = re.compile(r"\d")


def claimed(tail: str) -> list[tuple[str, str]]:
    """Returns the values that the clauses behind an answer claim, each with the label it has there or nothing."""
    found: list[tuple[str, str]] = []
    for index, clause in enumerate(_CLAUSES.split(tail[:_REACH])):
        if not _WITH_DIGIT.search(clause) or len(clause) > _LONGEST:
            continue
        if not index and (beside := _BESIDE.match(clause)):
            found.append((beside["value"], beside["label"] or ""))
        found += [(match["value"], match["label"] or "") for match in _SUBJECT.finditer(clause)]
        for match in _LEADS.finditer(clause):
            before = clause[: match.start()]
            elsewhere = "would" in match.group() and _SUPPOSED.search(before)
            said = match["noun"] or not _OF_NOTHING.match(match.group()) and not _PAIRED.search(before)
            found += [(match["value"], match["label"] or "")] if said and not elsewhere else []
    return found
