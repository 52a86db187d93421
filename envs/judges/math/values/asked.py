"""What a question asks for: the unit behind `how many`, `number of` and `in`, with its `per`; or things that it counts.

Only the sentence that asks is read. What is not understood asks for nothing in particular, and refuses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from envs.judges.math.values.foreign import UNITS as FOREIGN
from envs.judges.math.values.units import ALSO, CASED, base_of, conversion, dimension_of, is_unit_word, joined, singular

_WORD = r"[^\W\d_]+"
_MAX_SENTENCES = 64
_SENTENCE = re.compile(
    r"(?<!\bMr\.)(?<!\bDr\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bMrs\.)(?<!\bsq\.)(?<!\b[A-Z]\.)(?<=[.?!])[\s\"”']+(?=\S)"
)
_DEMANDS = re.compile(
    r"\b(?:find|determine|compute|calculate|express|give|state|report|enter|write|round|what|how)\b", re.IGNORECASE
)
_COUNTS = re.compile(
    r"\b(?:how many|wie ?viele?|combien d[e']|cu[aá]nt[oa]s|quant[oiae]s|сколько"
    r"|(?:what(?:['’]s| is| was| are| were| will be| would be)?|find|determine|compute|calculate|give|express|state"
    r"|report|enter)\s+(?:[a-z]+\s+){0,4}?number of)\b",
    re.IGNORECASE,
)
_IN = re.compile(r"\bin(?:\s+terms of)?\s+(?=[a-z€£¥¢$])", re.IGNORECASE)
_PER = re.compile(rf"(?:\b(?:per|an?|each|every|one)\s+|/\s*)({_WORD})", re.IGNORECASE)
_TOKEN = re.compile(rf"{_WORD}|[/,;:.?!()$]|\d+|\^|[²³]")
_BEHIND = re.compile(r"[\s$}]*(?:\\[,;: ]|~)*\s*(?:\\(?:text|mathrm|mbox|textrm|rm)\s*\{)?\s*((?:[a-z]|\\%)[^\n]{0,60})", re.I)
_PERCENT = frozenset(("percent", "percentage", "pct"))
_MORE = frozenset("more fewer less total whole full additional extra further other such different entire".split())
_OVER = frozenset("per a an each every /".split())
_POWERS = {"square": "^2", "sq": "^2", "cubic": "^3", "cu": "^3"}
_RAISED = {"²": "^2", "³": "^3"}
# Where a noun phrase ends, whatever stands behind it.
_ENDS = frozenset(
    "is are was were do does did has have had can could will would should must may might that which who if when in on "
    "at for from to by with without than then there he she it they we you i his her its their the this these those "
    "and or not of per a an each every left".split()
)
# Counted with things: 12 points are an answer where marks are asked for, and a dozen is its number.
_OF_THINGS = frozenset("point dozen pair".split())
_GROUPS = frozenset("dozen pair".split())
_NO_MEASURES = _GROUPS | frozenset("quarter dime nickel point".split())  # in pairs, in quarters
_ADVERBS = {"daily": "day", "hourly": "hour", "weekly": "week", "monthly": "month", "yearly": "year", "annual": "year",
            "annually": "year"}  # fmt: skip
_MAX_PHRASE = 12
_MAX_UNIT = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for.

    Attributes:
        units: The units, each with what stands behind its `per`: `("kilogram", "")`, `("hour", "week")`.
        rates: Units that are a rate: `in miles per hour` asks for no miles.
        things: Whether it counts things that are no unit: apples.
        over: What it divides by anywhere: day, where it says `each day`.
        percent: Whether it speaks of percent.
        phrases: What stands behind each `how many`, word for word.
    """

    units: tuple[tuple[str, str], ...] = ()
    rates: tuple[str, ...] = ()
    things: bool = False
    over: frozenset[str] = frozenset()
    percent: bool = True
    phrases: tuple[tuple[str, ...], ...] = ()

    def fits(self, unit: str) -> bool:
        """Whether an answer's unit, spelt as `words.read_unit` does, is the one asked for, or no unit at all."""
        if not unit or not (self.units or self.rates or self.things):
            return True
        above, _, below = unit.partition(" / ")
        measured = _measured(above)
        beneath = _measured(below)
        if not measured:
            return not beneath or self._divides(beneath, {per for _, per in self.units if per})
        rates = (*self.rates, *(f"{one} / {per}" for one, per in self.units if base_of(per)))
        if any(_same(f"{measured} / {beneath}" if beneath else measured, rate) for rate in rates):
            return True
        if not self.units:
            return self.things and measured in _OF_THINGS
        fitting = {per for one, per in self.units if _same(measured, one)}
        return bool(fitting) and (not beneath or self._divides(beneath, fitting - {""}))

    def _divides(self, beneath: str, pers: set[str]) -> bool:
        """Whether a question speaks of what an answer divides by: of another thing, where it names one itself."""
        return any(_same(beneath, per) for per in pers or self.over)

    def fits_percent(self) -> bool:
        """Whether an answer may be in percent."""
        return self.percent or not (self.units or self.rates or self.things)

    def fits_behind(self, tail: str) -> bool:
        r"""Whether the unit directly behind a box, if there is one, may stand there: `\boxed{12} kg`."""
        if not (self.units or self.rates or self.things):
            return True
        found = _BEHIND.match(tail)
        words = _words(found[1]) if found else []
        if found and (found[1].startswith("\\%") or words[:1] and words[0] in _PERCENT):
            return self.fits_percent()
        if not words or not (is_unit_word(words[0]) or words[0] in _POWERS) or not (unit := _unit_of(words[:4])):
            return True
        (name, per), _ = unit
        if name in _GROUPS and not self.units:
            return any(name in map(singular, phrase) for phrase in self.phrases)  # ordered pairs
        return self.fits(f"{name} / {per}" if base_of(per) else name)

    def is_said(self, words: list[str]) -> bool:
        """Whether words behind a number are, word for word, what a `how many` of the question goes on with."""
        said = tuple(map(_folded, words))
        return any(phrase[: len(said)] == said for phrase in self.phrases)


NOTHING = Asked()


def _measured(part: str) -> str:
    """Returns the units of a part of a quantity, without the nouns behind them: `gallon water` is a gallon."""
    return " ".join(word for word in part.split() if word in "*/" or base_of(word))


def _same(one: str, two: str) -> bool:
    """Whether two names are one unit in two spellings; a pound is a weight and money."""
    return any(conversion(one, name) == 1 for name in (two, *ALSO.get(two, ())))


def read_question(question: str) -> Asked:
    """Returns what a question asks for.

    Args:
        question: Its text.
    """
    sentences = _SENTENCE.split(question, _MAX_SENTENCES)
    last = _asking(sentences)
    if last < 0:
        return NOTHING
    sentence = sentences[last]
    units: list[tuple[str, str]] = []
    phrases: list[tuple[str, ...]] = []
    things = False
    for found in _COUNTS.finditer(sentence):
        words = _words(sentence[found.end() : found.end() + 200])
        phrases.append(_spoken(sentence[found.end() : found.end() + 200]))
        if unit := _unit_of(words):
            units.append(unit[0])
        else:
            things = things or _names_things(words)
    rates: list[str] = []
    if not phrases:
        _read_in(" ".join(sentences[last:]), units, rates)
    over = {singular(word) for word in _PER.findall(question.casefold())}
    over |= {_ADVERBS[word] for word in re.findall(_WORD, question.casefold()) if word in _ADVERBS}
    percent = "percent" in sentence.casefold() or "%" in sentence
    return Asked(tuple(units), tuple(rates), things, frozenset(over), percent, tuple(phrases))


def _asking(sentences: list[str]) -> int:
    """Returns the place of the last sentence that asks, or of the last that demands something, or -1."""
    for ends in (lambda text: text.rstrip().endswith("?"), _COUNTS.search, _DEMANDS.search):
        for index in range(len(sentences) - 1, -1, -1):
            if ends(sentences[index]):
                return index
    return -1


def _read_in(text: str, units: list[tuple[str, str]], rates: list[str]) -> None:
    """Reads `in dollars`, `in square feet` and `in miles per hour`."""
    for found in _IN.finditer(text):
        words = _words(text[found.end() : found.end() + 80])
        if len(words[0]) == 1 or words[0] not in _POWERS and not is_unit_word(words[0]):
            continue  # in one week
        if not (read := _unit_of(words)) or read[0][0] in _NO_MEASURES:
            continue
        (unit, per), behind = read
        if behind and behind[0] not in _ENDS and behind[0][0].isalpha() and words[0] == singular(words[0]):
            continue  # in foot races
        if per and dimension_of(per) is not None:
            rates.append(f"{unit} / {per}")
        else:
            units.append((unit, ""))


def _words(text: str) -> list[str]:
    return joined([CASED[word] if word in CASED else word.casefold() for word in _TOKEN.findall(text)])


def _spoken(text: str) -> tuple[str, ...]:
    """Returns the words up to the first mark."""
    return tuple(map(_folded, takewhile(str.isalpha, _TOKEN.findall(text)[:_MAX_PHRASE])))


def _folded(word: str) -> str:
    """Returns a word without its case, but for symbols: GB are no Gb."""
    return word.casefold() if len(word) > 2 else word


def _unit_of(words: list[str]) -> tuple[tuple[str, str], list[str]] | None:
    """Reads a unit at the head of a noun phrase, and what it is divided by: `more hours a week`, `square feet`.

    In the singular a unit only says which things are counted: `dollar bills`, `second graders`.

    Returns:
        The unit, what stands behind its `per`, and the words behind both.
    """
    power = ""
    for index, word in enumerate(words[:_MAX_UNIT]):
        behind = words[index + 1 :]
        if word in _POWERS:
            power = _POWERS[word]
        elif word in _ENDS or not word[0].isalpha():
            return None
        elif is_unit_word(word) and (name := singular(word)) and _is_head(word, name, behind):
            while len(behind) > 0 and behind[0] in _RAISED:
                power, behind = _RAISED[behind[0]], behind[1:]
            if behind[:1] == ["^"] and behind[1:2] in (["2"], ["3"]):
                power, behind = "^" + behind[1], behind[2:]
            per = ""
            if behind[:1] and behind[0] in _OVER and behind[1:2] and behind[1][0].isalpha():
                per, behind = singular(behind[1]), behind[2:]
            return (name if "^" in name else name + power, per), behind
    return None


def _is_head(word: str, name: str, behind: list[str]) -> bool:
    """Whether a unit is what is counted: in the plural, abbreviated, or with nothing of its noun phrase behind it."""
    if word != name or word in FOREIGN or len(word) < 4 or name in _GROUPS:
        return True
    return not behind or behind[0] in _ENDS or not behind[0][0].isalpha()


def _names_things(words: list[str]) -> bool:
    """Whether a noun in the plural stands at the head of a phrase."""
    for word in words[:_MAX_UNIT]:
        if word in _ENDS or not word[0].isalpha():
            return False
        if word not in _MORE and singular(word) != word:
            return True
    return False
