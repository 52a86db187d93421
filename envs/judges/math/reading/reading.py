"""From the text of an answer to its tree, with every way of being wrong about it turned into `Words`."""

from __future__ import annotations

import re
from fractions import Fraction

from envs.judges.math.grammar.letters import NO_GOLD, Letters
from envs.judges.math.grammar.lexer import is_ordinal, tokenise
from envs.judges.math.grammar.limits import ParseError, TooLarge, Undefined
from envs.judges.math.grammar.nodes import Node, Num, Quantity, Words
from envs.judges.math.grammar.parser import Parser
from envs.judges.math.reading.normalise import clean, strip_wrappers
from envs.judges.math.reading.phrases import (
    flatten,
    letter_of,
    read_phrase,
    text_behind_letter,
    with_temperatures,
    words_of,
)
from envs.judges.math.reading.rates import with_rates
from envs.judges.math.values.exact import Inexact, exact
from envs.judges.math.values.units import conversion
from envs.judges.math.values.values import split_unit
from envs.judges.math.values.words import OF_A_GOLD, PLAIN_WORDS, Vocabulary, hedged, read_unit, says_asked

_LEAD = re.compile(
    r"^(?:(?:so|thus|therefore|hence|then)\b,?\s*)?(?:(?:the|my|our|your)\s+)?(?:(?:final|correct|right)\s+)?(?:answer|result|solution)s?"
    r"(?:\s+is|\s+are|\s+equals|\s*[:=])\s*:?\s*",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:exactly|definitely|certainly|clearly|surely|indeed|about|approximately|roughly|around|simply|just|only|\\approx|≈|\\therefore|=)\s*",
    re.IGNORECASE,
)
_NAME_LABEL = re.compile(r"^(?!lambda|else|if\b|def\b|for\b|while\b|not\b)([A-Za-z][A-Za-z ]{2,40}):\s*(?=\S)")
_AN_OPTION = re.compile(r"(?:the )?(?:option|choice|answer) [A-J]", re.IGNORECASE)
_TAIL = re.compile(r"(?:,|\s)\s*(?:\\text\s*\{\s*)?"
                   r"(?:(?:where|because|since|for (?:all|any|every|some))\b(?=\W*\w)"
                   r"|as (?:required|desired|needed)\b).*$",
                   re.IGNORECASE | re.DOTALL)  # fmt: skip
_GLOSS = re.compile(r"(?<=[\d}])\s*\(\s*([A-Za-z]{3,}(?: [A-Za-z]{3,})*)\s*\)$")
_NOT_ANOTHER = re.compile(r",\s*(?:and\s+)?not\s+[^,]+$", re.IGNORECASE)
_MARKS = ("#", "=")
_ORDINAL = re.compile(r"(\d+)(st|nd|rd|th)$")
_NOTE = re.compile(
    r",?\s+(?:approximately|approx\.?|exactly)$|,\s+(?:in total|in all|total|altogether|overall|each|apiece)$"
    r"|\s+\((?:approx\w*|exactly|rounded|simplified|see (?:above|below)|in simplest form|option|answer)[^()]*\)$",
    re.IGNORECASE,
)
# `A: 18` and `D) 12` say the value; that they name an option too is read where the gold is a letter.
_MARKED = re.compile(
    r"^(?:Ans\s*[:.]|(?i:(?:the\s+)?(?:option|choice)\s+)?(?:\(\s*[A-J]\s*\)|[A-J]\s*[:).]))\s+(?=\\?[-+$¤]*\s*(?:\\|\(|\d|\.\d))"
)
_DECIMAL_COMMA = re.compile(r"(?<![\d,.])(\d{1,3}(?:\.\d{3})+|\d+),(\d+)(?![\d,])")
# One quantity twice: `5 hours (300 minutes)`, `3/8 (or 37.5%)`.
_RESTATED = re.compile(
    r"^(?P<value>[^()]*\d[^()]*?)\s*\(\s*(?:(?:or|which is|that is|i\.e\.,?)\s+|=\s*)?"
    r"(?P<again>[^()]*\d[^()]*[a-z%][^()]*)\)$"
)
_HALF_LINE = re.compile(r"^\\mathbb\s*\{?R\}?\s*_\s*\{?\s*(\\geq?|>|\\leq?|<)\s*0\s*\}?$")
_OVER = re.compile(r"^(-?\d{1,9}) ?\\text ?\{ ?over ?\} ?(\d{1,9})$")
_ALL_BUT = re.compile(
    r"^(?:x is )?(?:all|any|every) real(?:s| numbers?| values?)(?: of)?(?: x)?,? ?"
    r"(?:except|other than|excluding)(?: for)?(?: x ?=)? ?([^=<>]{1,60})$",
    re.IGNORECASE,
)
_HALF_LINES = {">": r"(0,\infty)", r"\ge": r"[0,\infty)", r"\geq": r"[0,\infty)", "<": r"(-\infty,0)",
               r"\le": r"(-\infty,0]", r"\leq": r"(-\infty,0]"}  # fmt: skip
# A percentage is written as a share times 100, as in 10/40 * 100 = 25%.
_TIMES_HUNDRED = re.compile(r"((?:\\times|\\cdot|\*|×)\s*100)(?=\s*=\s*\d+(?:\.\d+)?\s*%)")
_ABOUT_SIGN = r"(?:\\approx|(?:or )?(?:approximately|about))"
_ROUNDED = re.compile(
    rf"^(?P<exact>[^≈]+?)\s*(?:,\s*{_ABOUT_SIGN}\s*(?P<value>\d+(?:\.\d+)?)|\(\s*{_ABOUT_SIGN}\s*(?P<inner>\d+(?:\.\d+)?)\s*\))\s*$"
)
_COUNTED = re.compile(r"^([^a-zA-Z]*\d)\s+([A-Za-z][A-Za-z ]{1,100})$")
_ENGLISH = re.compile(
    r"(?:[A-Za-z]+ )*(?:of|the|these|those)(?: [A-Za-z]+)+|(?:[A-Za-z]+ )+(?:these|those)"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{1,2}(?:,? \d{4})?",
    re.IGNORECASE,
)
_NOT_ONLY_WORDS = re.compile(r"[\d\\=<>^]|^\w$")


def strip_phrasing(text: str, vocabulary: Vocabulary = PLAIN_WORDS) -> str:
    """Removes what people put around an answer in words: `the answer is`, `about`, `where n is an integer`."""
    for _ in range(3):
        before = text
        text = _LEAD.sub("", text)
        text = _ABOUT.sub("", text)
        if text == before:
            break
    if not vocabulary.anything:
        text = _MARKED.sub("", text)
    if text[:1].isalpha() and (found := _NAME_LABEL.match(text)) and len(text) > found.end() and not hedged(found[1]):
        if not _AN_OPTION.fullmatch(found[1]):
            text = text[found.end() :]
    text = _NOT_ANOTHER.sub("", _NOTE.sub("", _TAIL.sub("", text))).strip(" ,") or text
    if text[-1:] == ")" and (found := _GLOSS.search(text)) and read_unit(found[1], vocabulary) is not None:
        text = text[: found.start()]
    return _ORDINAL.sub(lambda found: found[1] if is_ordinal(found[1], found[2]) else found[0], text.lstrip("#"))


def read(
    text: str, letters: Letters = NO_GOLD, vocabulary: Vocabulary = PLAIN_WORDS, *, separators: bool = False
) -> Node:
    """Reads an answer.

    Args:
        text: As it stands in the completion or the data set.
        letters: What the gold says about letters.
        vocabulary: The words that may stand behind a number.
        separators: Reads every comma as a separator.

    Returns:
        The tree; `Words` where the text is no mathematics that we read.

    Raises:
        TooLarge: The text is too long, too deep or has too many parts.
    """
    cleaned = with_rates(with_temperatures(clean(text)), letters)
    if "100" in cleaned and "%" in cleaned:
        cleaned = _TIMES_HUNDRED.sub(r"\1%", cleaned)
    if ("approx" in cleaned or "about" in cleaned) and (found := _ROUNDED.match(cleaned)):
        cleaned = rf"{found['exact'].strip('$ ')} \approx {found['value'] or found['inner']}"
    if letters.decimal_comma:
        cleaned = _DECIMAL_COMMA.sub(_with_point, cleaned)
    if cleaned.isdigit() and len(cleaned) < 19:
        return Parser(tokenise(cleaned), letters, vocabulary).whole()
    flat = cleaned
    if "\\" in cleaned or " " in cleaned or cleaned[:1].isalpha() or cleaned[-1:].isalpha() or cleaned[:1] in _MARKS:
        cleaned = strip_wrappers(strip_phrasing(cleaned, vocabulary))
        flat = strip_phrasing(flatten(cleaned), vocabulary)
    if " real" in flat and (found := _ALL_BUT.match(flat)):
        cleaned = flat = rf"\mathbb{{R}} \setminus \{{{found[1]}\}}"
    if "over" in cleaned and (found := _OVER.match(cleaned)):
        cleaned = flat = rf"\frac{{{found[1]}}}{{{found[2]}}}"
    if half_line := _HALF_LINE.match(cleaned):
        cleaned = flat = _HALF_LINES[half_line[1]]
    if flat[-1:] == ")" and (found := _RESTATED.match(flat)) and _is_again(found["value"], found["again"], letters):
        cleaned = flat = found["value"]
    phrase = read_phrase(flat)
    if isinstance(phrase, Quantity):
        phrase = _as_asked(phrase, vocabulary)
    if phrase is not None:
        return phrase
    if flat[:1].isalpha() and _ENGLISH.fullmatch(flat):
        return words_of(flat)  # all of the above
    source = cleaned
    try:
        return Parser(tokenise(source, separators=separators), letters, vocabulary).whole()
    except (ParseError, ValueError):
        pass
    flattened = flat
    if flattened != source and _NOT_ONLY_WORDS.search(flattened):
        try:
            return Parser(tokenise(flattened, separators=separators), letters, vocabulary).whole()
        except (ParseError, ValueError):
            pass
    if vocabulary.wanted.phrases and (value := _before_asked(flat, vocabulary)):
        try:
            return Parser(tokenise(value, separators=separators), letters, vocabulary).whole()
        except (ParseError, ValueError):
            pass
    return words_of(flat)


def _as_asked(compound: Quantity, vocabulary: Vocabulary) -> Quantity | None:
    """Returns a quantity of two units in the one that is asked for; None where it is of another kind."""
    if vocabulary.wanted.fits(compound.unit):
        return compound
    for unit, per in vocabulary.wanted.units:
        factor = conversion(compound.unit, unit) if not per else None
        if factor is not None and isinstance(compound.value, Num):
            return Quantity(Num(compound.value.value * factor), unit)
    return None


def _is_again(value: str, again: str, letters: Letters) -> bool:
    """Whether what stands in brackets behind a value is the same quantity, in another unit or in percent."""
    one, two = read(value, letters), read(again, letters)
    (left, unit), (right, other) = split_unit(one), split_unit(two)
    factor = Fraction(1, 100) if other == "%" and not unit else conversion(other, unit) if unit and other else None
    try:
        return factor is not None and exact(left) == exact(right) * factor
    except (Inexact, TooLarge, Undefined):
        return False


def _before_asked(flat: str, vocabulary: Vocabulary) -> str:
    """Returns the number in front of what the question asks for, word for word: `14 coats and uniforms`, or nothing."""
    found = _COUNTED.match(flat)
    return found[1] if found and says_asked(found[2].split(), vocabulary) else ""


def _with_point(found: re.Match[str]) -> str:
    return found[1].replace(".", "") + "." + found[2]


def option_letter(text: str) -> str:
    """Returns the option letter that an answer is or begins with, or an empty string."""
    return letter_of(strip_phrasing(flatten(clean(text)), OF_A_GOLD))


def behind_letter(text: str) -> str:
    """Returns what an answer says behind its option letter."""
    return text_behind_letter(strip_phrasing(flatten(clean(text)), OF_A_GOLD))


def plain_words(text: str) -> Words:
    """Returns an answer as text."""
    return words_of(strip_phrasing(flatten(clean(text)), OF_A_GOLD))
