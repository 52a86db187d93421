"""What an answer is made of: its shape, its elements, and wrong answers of the same shape."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import dataclass

_RINGS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_NEXT = str.maketrans("".join(_RINGS), "".join(ring[1:] + ring[:1] for ring in _RINGS))
_TOKEN = re.compile(r"-?\d+(?:\.\d+)?|\w+|[^\w\s,;\"'`.()\[\]{}$\\|]")
_NUMBER = re.compile(r"\s*[+-]?\$?\d[\d,]*(?:\.\d+)?\s*%?\s*")
_SEPARATORS = ("\n", "; ", ";", ", ", ",", " -> ", "->", " > ", " < ", " | ", "|", " ")
_BRACKETS = {"[": "]", "(": ")", "{": "}", "\\{": "\\}"}

_ORDER = re.compile(
    r"\bsort|ascend|descend|alphabetic|chronolog|\brank|revers|backward|\bsequence|from left to right|first to last"
    r"|(?:small|large|low|high|old|young|new|short|long|light|heav|cheap|great|big)\w* (?:first|to)\b"
    r"|(?<!in )\border\b(?! to)|in order(?! to)|\bordered (?:by|from|list)",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"\b(?:any|whatever|whichever|no particular|arbitrary) order|\border (?:does not|doesn't|need not) (?:matter|count)"
    r"|\border is (?:free|unimportant|irrelevant)|(?:regardless|irrespective) of (?:the |their )?order",
    re.IGNORECASE,
)
_CASE = re.compile(
    r"(?:upper|lower|title|camel|snake|pascal|kebab)[- _]?case|capital letters|capitali[sz]|all[- ]caps|case[- "
    r"]sensitive"
    r"|letter case|in capitals|small letters|(?:exact|same|swap\w*|change|invert\w*|mind|keep) (?:the |its |their "
    r")?case",
    re.IGNORECASE,
)


def asks_for_order(prompt: str) -> bool:
    """Whether a prompt says that the order of an answer matters."""
    return _ORDER.search(prompt) is not None and not frees_order(prompt)


def frees_order(prompt: str) -> bool:
    """Whether a prompt says that an answer may stand in any order."""
    return _FREE.search(prompt) is not None


_NOTHING_ELSE = re.compile(
    r"nothing (?:else|more|but)|no other (?:text|words?)|without (?:any )?(?:explanation|comment|other text)"
    r"|(?:only|just) the (?:answer|number|tags?|digits|word|letter|final)|nothing before|and no more",
    re.IGNORECASE,
)
_TOLERANCE = re.compile(
    r"\bwithin\b|\btoleran|\bnearest\b|\bround|\bapprox|\babout\b|accura(?:te|cy)|precis(?:e|ion)|decimal places?"
    r"|significant|±",
    re.IGNORECASE,
)
_BOUNDS = re.compile(r"\b(?:from|between|within|open|opens|hours|until|by|no later|not before|earliest|latest)\b", re.I)


def asks_for_nothing_else(prompt: str) -> bool:
    """Whether a prompt says that there may be nothing beside the answer."""
    return _NOTHING_ELSE.search(prompt) is not None


def tells_a_tolerance(prompt: str) -> bool:
    """Whether a prompt says that an answer near the right one is right."""
    return _TOLERANCE.search(prompt) is not None


def tells_bounds(prompt: str) -> bool:
    """Whether a prompt says between which times an answer may lie."""
    return _BOUNDS.search(prompt) is not None


def asks_for_case(prompt: str, answer: str) -> bool:
    """Whether a prompt says that case matters, or the answer shows it: `aB3xQ` is no word."""
    if _CASE.search(prompt):
        return True
    return any(
        word not in (word.lower(), word.upper(), word.title(), word.capitalize())
        for word in re.findall(r"[^\W\d_]+", answer)
        if "\\" not in answer
    )


_SPACING = re.compile(r"\bspac|\bblank|segment|separat|split|punctuat|insert", re.IGNORECASE)
_PROSE = re.compile(r"\b(?:the|a|an|is|are|was|of|to|in|and)\b", re.IGNORECASE)


def asks_for_spacing(prompt: str) -> bool:
    """Whether a prompt may be about what stands between words."""
    return _SPACING.search(prompt) is not None


def is_prose(answer: str) -> bool:
    """Whether an answer is a sentence, whose words have one order."""
    return len(answer.split()) > 3 and _PROSE.search(answer) is not None


def another(answer: str) -> str:
    """Returns a wrong answer of the same shape: the next digit and letter in each place."""
    return answer.translate(_NEXT)


def tokens(text: str) -> tuple[str, ...]:
    """Returns what a text says without case, spacing, quotes and brackets: what compares as the same answer.

    Where there is nothing else, brackets and marks are what it says.
    """
    if not re.search(r"\w", text):
        return tuple("".join(text.split()))
    return tuple(
        f"{float(found):g}" if re.fullmatch(r"-?\d+(?:\.\d+)?", found) and len(found) < 300 else found
        for found in _TOKEN.findall(text.casefold())
    )


def is_number(answer: str) -> bool:
    """Whether an answer is a plain number."""
    return _NUMBER.fullmatch(answer) is not None


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer of several elements.

    Attributes:
        elements: They.
        write: Writes others in the same manner.
        spaced: Whether nothing but blanks stands between them: words of a phrase, as far as anyone knows.
    """

    elements: tuple[str, ...]
    write: Callable[[list[str]], str]
    spaced: bool


def listing(answer: str) -> Listing | None:
    """Takes an answer of several elements apart, or returns None where it has one."""
    text, opening, closing = answer.strip(), "", ""
    for left, right in _BRACKETS.items():
        if text.startswith(left) and text.endswith(right):
            text, opening, closing = text[len(left) : -len(right)], left, right
            break
    separator = next((mark for mark in _SEPARATORS if mark in text.strip()), None)
    if separator is None or (separator == " " and opening):
        return None
    parts = [part for part in text.split(separator) if part.strip()]
    if len(parts) < 2 or any("\\" in part or part.count("{") != part.count("}") for part in parts):
        return None
    return Listing(tuple(parts), lambda chosen: opening + separator.join(chosen) + closing, separator == " ")
