"""Words behind a value, its unit between, that make another value of it: `5 hours and a half`, `5 apples or more`."""

from __future__ import annotations

import re

from envs.judges.math.lexicon.numerals import ANY
from envs.judges.math.values.units import conversion, singular

_PART = r"(?:half|third|quarter|fourth|fifth|sixth|tenth)s?"
_BIT = r"(?:an?|one|two|three|\d+/\d+|\d+)"
# At most two words: a unit, or what is counted with one word before it. None of them joins or begins a clause.
_COUNTED = (
    r"(?:[$)}\]*\s]*(?:\\?(?:text|mathrm)\s*\{)?\s*(?!(?:and|or|to|times|plus|minus|is|are|was|if|when|so|which)\b)"
    r"[^\W\d_]+\}?[$)}\]*]*){0,2}"
)
_TURN = (
    rf"(?:and\s+(?:{_BIT}\s+)?{_PART}\b(?!\s+of)|or\s+(?:so|more|less|fewer|thereabouts|over|under)\b(?!\s+\w+ly\b)"
    rf"|(?:times|plus|minus)\s+(?:an?\s+)?(?:{ANY}|\d|half|{_PART})\b(?!\s*=)"
    rf"|(?:halved|doubled|tripled|trebled|quadrupled|negated|inverted)\b(?=[\s.!]*(?:$|\n))"
    rf"|(?:and|,)\s+(?:{ANY})(?:[ -](?:{ANY}))?\s+(?:seconds?|minutes?|hours?|days?|months?|inch(?:es)?|ounces?"
    r"|cents?)\b)"
)
_LATER = re.compile(rf"{_COUNTED}\s*{_TURN}", re.IGNORECASE)
# The power of a length is read with it, `25 feet squared`; of anything else there is none.
_RAISED = re.compile(
    r"[$)}\]*\s]*(?:\\?(?:text|mathrm)\s*\{)?\s*(?P<unit>[^\W\d_]+)\}?\s+(?:squared|cubed)\b", re.IGNORECASE
)
# With nothing between: `5 to seven`, `5 and a half`, `5+`.
_DIRECTLY = re.compile(
    rf"(?:\s+to\s+(?:{ANY})\b|\s+and\s+(?:{_BIT}\s+)?{_PART}\b(?!\s+of)|\+(?=\s+[A-Za-z]))", re.IGNORECASE
)
# Of a box, and of the answer that it is said to differ from.
_OF_BOX = re.compile(
    r"[\s$,;.)}\]*(—–-]*(?:but\s+)?(?:negative\b(?=\W*(?:$|\n))|negated\b|(?:in|de)creased by\b"
    r"|with (?:a|the) (?:minus|negative) sign"
    r"|times (?:\$?\\?pi|π)\b|(?:square |cube )?root (?!of\b)[a-z]+\b|in units of \$?(?:\\?pi|π)\b"
    r"|plus (?:a|an|some)(?: arbitrary)? constant\b"
    rf"|is (?:\d+|{ANY}) (?:less|more|fewer|greater) than the (?:answer|result|solution)\b"
    r"|is (?:the )?(?:square|cube|half|twice|double|reciprocal|root)\b[^.\n]{0,20}\bthe (?:answer|result|solution)\b"
    r"|is the (?:answer|result|solution) (?:plus|minus|times|over|doubled|halved|squared)\b)",
    re.IGNORECASE,
)
_FROM_ANSWER = re.compile(
    r"(?:\b(?:half|twice|double|triple|thrice|(?:\w+) times|(?:square(?: root)?|cube(?: root)?|reciprocal|negative"
    r"|opposite|inverse|logarithm) of|\w+ (?:less|more|fewer|greater|smaller) than"
    r"|(?:add(?:ing|ed)?|subtract(?:ing|ed)?) \S+ (?:to|from)|(?:multipl|divid)\w+)"
    r" (?:the|our|my|this|that) (?:final |correct )?(?:answer|result|solution)\b[^.!?\n\d]{0,30}"
    r"|\b(?:answer|result|solution) (?:doubled|halved|squared|cubed|tripled|negated|reversed"
    r"|(?:plus|minus|times|divided by|increased by|decreased by) \S+)\b[^.!?\n\d]{0,16})[\s$(\\\[]*$",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\s+(?P<turn>more|fewer|less|times)\s+(?:(?:as (?:many|much)|[^\W\d_]+)\b[^.,;\d]{0,40}?\b)?(?:than|as)\b",
    re.IGNORECASE,
)
_REACH = 80


def computed_from(before: str) -> bool:
    """Whether the words in front of a box make it something that is computed from the answer: `half the answer is`."""
    return _FROM_ANSWER.search(before[-_REACH:]) is not None


def changed_box(tail: str, question: str) -> bool:
    """Whether the words behind a box make another value of it."""
    return changed(tail, question) or _OF_BOX.match(tail[:_REACH]) is not None


def changed(tail: str, question: str = "") -> bool:
    """Whether the words behind a value change it; what the question asks for in the same words, it does not change.

    Args:
        tail: The text behind the value.
        question: The question, if it is known.
    """
    line = tail[:_REACH].partition("\n")[0]
    if (
        _LATER.match(line)
        or _DIRECTLY.match(line)
        or (raised := _RAISED.match(line))
        and not _is_length(raised["unit"])
    ):
        return True
    compared = _COMPARED.match(line)
    asked = compared is None or not question or compared["turn"].casefold() in re.findall(r"\w+", question.casefold())
    return not asked


def _is_length(word: str) -> bool:
    unit = singular(word.casefold())
    return not unit or conversion(unit, "meter") is not None  # `units` are none in particular
