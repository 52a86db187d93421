"""Answers that are not formulas: option letters, times, bases, names such as `all real numbers`, numbers in words."""

from __future__ import annotations

import re
from fractions import Fraction

from envs.judges.math.grammar.nodes import Based, Clock, Named, Node, Num, Op, Quantity, Ratio, Words
from envs.judges.math.lexicon.numerals import DIGITS, NUMBERS, ONES, TENS
from envs.judges.math.values.units import SCALES, conversion
from envs.judges.math.values.words import read_unit

_TEXT_COMMAND = re.compile(
    r"\\(?:text|mbox|hbox|textbf|textit|textrm|textsf|texttt|textnormal|emph|mathrm|mathbf|mathit|mathsf|rm|bf|"
    r"operatorname\*?|mathtt)\s*\{([^{}]*)\}"
)
_SEGMENT = re.compile(r"\\(?:overline|overrightarrow|overleftrightarrow|widehat)\s*\{([A-Za-z]+)\}")
_LETTER = re.compile(
    r"^(?:(?i:option|choice|answer)\s*:?\s*)?(?:\(\s*([A-Za-z])\s*\)|([A-Za-z])\s*[).:](?!\w)|([A-Ja-j])$)\s*(.*)$",
    re.DOTALL,
)
_OPTION = re.compile(
    r"^(?:the\s+)?(?:correct\s+)?(?:option|choice|answer)\s*(?:is)?\s*:?\s*\(?([A-Za-z])\)?\s*$", re.IGNORECASE
)
_SCALES = {"C": "celsius", "F": "fahrenheit"}
_DEGREE = r"(?:\^\s*\{?\s*\\circ\s*\}?|\^?\s*\{?\\degree\s*\}?)"
_TEMPERATURE = re.compile(
    rf"(?<=[\d)}}])\s*(?:\{{\s*\}})?(?:{_DEGREE}\s*(?:\\(?:text|mathrm|rm|mbox|textrm)\s*(?:\{{\s*([CF])\s*\}}|\s([CF]))|([CF]))"
    rf"|\\(?:text|mathrm|rm|mbox|textrm)\s*\{{\s*{_DEGREE}\s*([CF])\s*\}})(?![A-Za-z(_^'])"
)
_CONCLUDES = r"(?:(?:so|thus|therefore|hence)\b,?\s*)?"
_CHOSEN = [
    re.compile(
        rf"^(?i:{_CONCLUDES}(?:the\s+)?(?:(?:option|choice|answer)\s*)?)\(?([A-J])\)?\s+"
        r"(?i:is\s+(?:the\s+)?(?:correct|right|best)(?:\s+(?:answer|option|choice|one))?)[.!]*$"
    ),
    re.compile(
        rf"^(?i:{_CONCLUDES}(?:(?:(?:i|we)\s+)?(?:choose|pick|select)|it\s+must\s+be|the\s+answer\s+must\s+be)"
        r"\s+(?:(?:option|choice|answer)\s*)?)\(?([A-J])\)?[.!]*$"
    ),
    re.compile(
        r"^(?:(?:故|因此|所以|综上|答案|正确答案|本题|此题|则|答|应该?|正确|最终)[,，:：]?\s*)*"
        r"(?:应?选择?|为|是)?(?:答案|选?项)?\s*(?:是|为)?\s*[:：]?\s*[(（]?([A-J])[)）]?\s*(?:选?项)?\s*(?:是?正确的?)?[.。!]*$"
    ),
]
_CLOCK = re.compile(
    r"^(\d{1,2})\s?:\s?([0-5]\d)(?:\s?:\s?([0-5]\d))?\s*([ap]\.?\s?m\.?)?(?:\s*(?:hours|hrs|h|o'clock))?$",
    re.IGNORECASE,
)
_HOUR = re.compile(r"^(\d{1,2})\s*(?:o'clock\s*)?([ap]\.?\s?m\.?)$", re.IGNORECASE)
_MINUTES = re.compile(
    r"^(\d{1,4})\s*(?:\^\s*)?\{?\s*\\(?:circ|degree)\s*\}?\s*([0-5]?\d)\s*(?:'|\^\s*\{?\s*\\prime\s*\}?)\s*"
    r"(?:([0-5]?\d)\s*(?:''|\"|\^\s*\{\s*\\prime\s*\\prime\s*\}))?$"
)
_TO = re.compile(r"^(\d{1,6}) to (\d{1,6})(?: to (\d{1,6}))?$")
_OUT_OF = re.compile(r"^(\d{1,6}) (?:out of|in) (\d{1,6})$")
_CHINESE = {digit: value for value, digit in enumerate("零一二三四五六七八九十")} | {"两": 2}
_CHINESE_NUMBER = re.compile(r"^(?:([二三四五六七八九]?)十)?([零一二两三四五六七八九]?)$")
_COMPOUND = re.compile(r"^(\d{1,9}(?:\.\d+)?)\s*([a-z]+)\.?\s*(?:,|and|,\s*and)?\s*(\d{1,9}(?:\.\d+)?)\s*([a-z]+)$")
_SPELLED_TWICE = re.compile(r"^([a-z -]+?)\s*\((\d{1,9})\)$")
_SPELLED_AFTER = re.compile(r"^(\d{1,9})\s*\(([a-z -]+)\)$")
_BASED = re.compile(
    r"^\(?\s*([0-9A-Z][0-9A-Z ]*?)\s*\)?\s*_\s*\{?\s*\(?\s*(?:base\s*)?(\d{1,2}|[a-z]+)\s*\)?\s*\}?\s*$", re.IGNORECASE
)
_BASE_WORDS = re.compile(
    r"^\(?\s*([0-9A-Z]+)\s*\)?\s*,?\s*\(?\s*(?:in\s+)?base[\s-]*(\d{1,2}|[a-z]+)\s*\)?$", re.IGNORECASE
)
_BASE_NAMES = {name: base for name, base in ONES.items() if 2 <= base <= 16}
_NAMED = {
    "empty": ("the empty set", "empty set", "no solution", "no solutions", "no real solution", "no real solutions",
              "none", "null set", "there is no solution", "there are no solutions", "no such number exists", "no value",
              "no values",
              "nothing", "no roots", "no real roots"),
    "reals": ("all real numbers", "all reals", "any real number", "the real numbers", "real numbers", "all real x",
              "every real number", "the set of all real numbers", "all real values", "r"),
    "undefined": ("undefined", "does not exist", "dne", "is undefined", "not defined", "doesn't exist",
                  "the limit does not exist",
                  "limit does not exist", "diverges"),
    "infinite": ("infinitely many", "infinitely many solutions", "infinite solutions", "infinite",
                 "infinitely many integers"),
    "yes": ("yes",), "no": ("no",), "true": ("true",), "false": ("false",),
}  # fmt: skip
_PHRASES = {phrase: name for name, phrases in _NAMED.items() for phrase in phrases if phrase != "r"}
_SPELLED = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(TENS)})(?:[ -](?P<ones>{DIGITS}))?|(?P<unit>{'|'.join(list(ONES)[2:])}))\b",
    re.IGNORECASE,
)
_FRACTION_WORDS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4,
                   "fourths": 4,
                   "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7, "eighth": 8,
                   "eighths": 8, "ninth": 9, "ninths": 9, "tenth": 10, "tenths": 10}  # fmt: skip
_DAY_FIRST = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(january|february|march|april|may|june|july|august|september|october|"
    r"november|december)\b"
)
_ARTICLES = re.compile(r"^(?:(?:it|this|that)\s+is\s+|(?:a|an|the)\s+)+", re.IGNORECASE)


def with_temperatures(text: str) -> str:
    r"""Spells degrees Celsius and Fahrenheit, `25^\circ\mathrm{C}`, as one unit: they are no angle times C."""
    if "circ" not in text and "degree" not in text:
        return text
    return _TEMPERATURE.sub(lambda found: rf"\text{{ {_SCALES[next(filter(None, found.groups()))]}}}", text)


def flatten(text: str) -> str:
    """Removes text commands, keeping what they hold, and joins white space."""
    text = _SEGMENT.sub(r"\1", text) if "\\over" in text or "\\widehat" in text else text
    for _ in range(4):
        changed = _TEXT_COMMAND.sub(r" \1 ", text)
        if changed == text:
            break
        text = changed
    return " ".join(text.replace("{}", "").replace("{:}", ":").split())


def words_of(flat: str) -> Words:
    """Returns text as it is compared: case, articles, punctuation and spacing do not matter."""
    text = _ARTICLES.sub("", flat.casefold())
    text = _DAY_FIRST.sub(r"\2 \1", text)
    text = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", text)
    text = re.sub(r"[^\w\s+\-*/=<>^.%]", " ", text).replace("_", " ")
    return Words(" ".join(text.split()).strip(" ."), letter_of(flat))


def letter_of(flat: str) -> str:
    """Returns the option letter that text is or begins with, in upper case."""
    found = _OPTION.match(flat)
    if found:
        return found[1].upper()
    if chosen := chosen_option(flat):
        return chosen
    found = _LETTER.match(flat)
    if not found:
        return ""
    return (found[1] or found[2] or found[3]).upper()


def chosen_option(sentence: str) -> str:
    """Returns the option letter that a whole sentence chooses, as `B is correct` and `故选 C` do, or nothing."""
    return next((found[1] for pattern in _CHOSEN if (found := pattern.match(sentence))), "")


def names_number(text: str) -> bool:
    """Whether a text has a number in words, as `in ten` does."""
    words = re.findall(r"[a-z]+", text.casefold())
    return any(word in NUMBERS or word in _FRACTION_WORDS or word in SCALES or word == "dozen" for word in words)


def in_digits(text: str) -> str:
    """Writes the numbers from two to ninety-nine of a sentence in digits: "one" is a pronoun too, and stays."""
    return _SPELLED.sub(_digits, text)


def _digits(found: re.Match[str]) -> str:
    words = (found[name] for name in ("tens", "ones", "unit"))
    return str(sum(NUMBERS[word.lower()] for word in words if word))


def text_behind_letter(flat: str) -> str:
    """Returns what stands behind an option letter."""
    found = _LETTER.match(flat)
    return found[4] if found and not _OPTION.match(flat) and not chosen_option(flat) else ""


def read_phrase(flat: str) -> Node | None:
    """Reads an answer that is no formula, or returns None."""
    if flat.isdigit():
        return None
    low = flat.casefold().strip(" .")
    if low in _PHRASES:
        return Named(_PHRASES[low])
    if ":" in flat or low.endswith("m") or low.endswith("m."):
        clock = _clock(flat)
        if clock is not None:
            return clock
    if "\\" in flat and (found := _MINUTES.match(flat)):
        degrees = Fraction(int(found[1])) + Fraction(int(found[2]), 60) + Fraction(int(found[3] or 0), 3600)
        return Op("deg", (Num(degrees),))
    if "_" in flat or "base" in low:
        based = _based(flat)
        if based is not None:
            return based
    if found := _TO.match(low):
        return Ratio(tuple(Num(Fraction(int(part))) for part in found.groups() if part))
    if found := _OUT_OF.match(low):
        return Op("div", (Num(Fraction(int(found[1]))), Num(Fraction(int(found[2])))))
    if low and low[0] in _CHINESE and (found := _CHINESE_NUMBER.match(low)):
        tens, ones = found.groups()
        return Num(Fraction((10 * (_CHINESE.get(tens, 1)) if tens is not None else 0) + _CHINESE.get(ones, 0)))
    if (found := _COMPOUND.match(low)) and (compound := _compound(found)) is not None:
        return compound
    if (found := _SPELLED_TWICE.match(low)) and _number_in_words(found[1]) == Num(Fraction(int(found[2]))):
        return Num(Fraction(int(found[2])))
    if (found := _SPELLED_AFTER.match(low)) and _number_in_words(found[2]) == Num(Fraction(int(found[1]))):
        return Num(Fraction(int(found[1])))
    if low[:1].isalpha():
        return _number_in_words(low)
    return None


def _compound(found: re.Match[str]) -> Quantity | None:
    """Reads `2 hours and 30 minutes` as one quantity, in the smaller unit."""
    large, small = read_unit(found[2]), read_unit(found[4])
    factor = conversion(large, small) if large and small else None
    if factor is None or factor <= 1 or small is None:
        return None
    return Quantity(Num(Fraction(found[1]) * factor + Fraction(found[3])), small)


def _clock(flat: str) -> Clock | None:
    found = _CLOCK.match(flat)
    if found:
        meridiem = re.sub(r"[.\s]", "", found[4] or "").lower()
        return Clock(int(found[1]), int(found[2]), int(found[3] or 0), meridiem)
    found = _HOUR.match(flat)
    if found and 1 <= int(found[1]) <= 12:
        return Clock(int(found[1]), 0, 0, re.sub(r"[.\s]", "", found[2]).lower())
    return None


def _based(flat: str) -> Based | None:
    found = _BASED.match(flat) or _BASE_WORDS.match(flat)
    if not found:
        return None
    digits, name = found[1].replace(" ", "").upper(), found[2].lower()
    base = int(name) if name.isdigit() else _BASE_NAMES.get(name, 0)
    if not 2 <= base <= 36 or not digits[0].isdigit() and base <= 10 or any(int(d, 36) >= base for d in digits):
        return None
    return Based(digits.lstrip("0") or "0", base)


def _number_in_words(low: str) -> Node | None:
    words = low.replace("-", " ").split()
    if not 1 <= len(words) <= 8 or words[0] not in NUMBERS and words[0] not in ("negative", "minus", "a"):
        return None
    sign = -1 if words[0] in ("negative", "minus") else 1
    words = words[1:] if sign < 0 else words
    if len(words) == 2 and words[1] in _FRACTION_WORDS and (words[0] == "a" or 1 <= ONES.get(words[0], 0) <= 9):
        top = 1 if words[0] == "a" else NUMBERS[words[0]]
        return Op("div", (Num(Fraction(sign * top)), Num(Fraction(_FRACTION_WORDS[words[1]]))))
    total = current = 0
    for word in words:
        if word in NUMBERS:
            current += NUMBERS[word]
        elif word == "hundred" and current:
            current *= 100
        elif word in SCALES and current:
            total, current = total + current * SCALES[word], 0
        elif word != "and":
            return None
    return Num(Fraction(sign * (total + current)))
