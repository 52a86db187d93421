"""What a question asks for: the unit behind `how many`, `number of` and `in`, with its `per`; or things that it counts.

Only the sentence that asks is read. What is not understood asks for nothing in particular, and refuses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile

from envs.judges.math.values.foreign import UNITS as FOREIGN
from envs.judges.math.values.units import ALSO, CASED, base_of, conversion, dimension_of, is_unit_word, joined, singular

_WORD = r"[^\W\d_]+"
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
_PER = re.compile(rf"(?:\b(?:per|an?|each|every|one)\s+|/\s*)({_WORD})", re.IGNORECASE)
_TOKEN = re.compile(rf"{_WORD}|[/,;:.?!()$]|\d+|\^|[²³]")
_BEHIND = re.compile(
    r"[ \t$}]*(?:\\[,;: ]|~)*\s*(?:\\(?:text|mathrm|mbox|textrm|rm)\s*\{)?\s*((?:[a-z]|\\%)[^\n]{0,60})", re.IGNORECASE
)
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
_DETERMINERS = frozenset("the these those his her their our my its".split())
_ALIKE = frozenset("sheep fish deer them".split())  # in the singular and in the plural
# Counted with things: 12 points are an answer where marks are asked for, and a dozen is its number.
_OF_THINGS = frozenset("point dozen pair".split())
_PIECES = frozenset("piece item copy sheet kind type sort".split())  # 12 pieces of candy are 12 candies
_GROUPS = frozenset("dozen pair".split())
_NO_MEASURES = _GROUPS | frozenset("quarter dime nickel point".split())  # in pairs, in quarters
_ADVERBS = {"daily": "day", "hourly": "hour", "weekly": "week", "monthly": "month", "yearly": "year", "annual": "year",
            "annually": "year"}  # fmt: skip
_MAX_PHRASES = 16
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
        above, _, below = f" {unit}".partition(" / ")
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
        if self.is_of_others(words):
            return False
        if found and (found[1].startswith("\\%") or words[:1] and words[0] in _PERCENT):
            return self.fits_percent()
        if not words or not (is_unit_word(words[0]) or words[0] in _POWERS) or not (unit := _unit_of(words[:4])):
            return True
        (name, per), _ = unit
        if name in _GROUPS and not self.units:
            return any(name in map(singular, phrase) for phrase in self.phrases)  # ordered pairs
        return self.fits(f"{name} / {per}" if base_of(per) else name)

    def is_of_others(self, words: list[str]) -> bool:
        """Whether words count what holds the things asked for rather than these: `boxes of apples`."""
        if not self.things or self.units or len(words) < 3 or words[1] != "of" or words[0] == "out":
            return False
        held = next((word for word in words[2:] if word != "the"), "")
        return self._counts(held) and not self._counts(words[0]) and singular(words[0]) not in _PIECES

    def _counts(self, word: str) -> bool:
        """Whether a word is one of the noun phrase behind a `how many`."""
        return any(
            singular(word) == singular(said)
            for phrase in self.phrases
            for said in takewhile(_is_noun, phrase[:_MAX_UNIT])
        )

    def held(self) -> set[str]:
        """Returns the words of what is counted in other things, in the singular: shoes, in `pairs of shoes`."""
        out: set[str] = set()
        for phrase in self.phrases:
            if "of" in phrase[:_MAX_UNIT]:
                behind = [word for word in phrase[phrase.index("of") + 1 :] if word not in _DETERMINERS]
                out.update(map(singular, takewhile(_is_noun, behind)))
        return out

    def is_said(self, words: list[str]) -> bool:
        """Whether words behind a number are, word for word, what a `how many` of the question goes on with."""
        said = tuple(map(_folded, words))
        fuller = (tuple(dropwhile(_MORE.__contains__, phrase)) for phrase in self.phrases)
        return any(phrase[: len(said)] == said for phrase in (*self.phrases, *fuller))


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
    sentences = _sentences(question)
    last = _asking(sentences)
    if last < 0:
        return NOTHING
    sentence = sentences[last]
    units: list[tuple[str, str]] = []
    phrases: list[tuple[str, ...]] = []
    things = False
    for found in islice(_COUNTS.finditer(sentence), _MAX_PHRASES):
        words = _words(sentence[found.end() : found.end() + 200])
        phrases.append(_spoken(sentence[found.end() : found.end() + 200]))
        if unit := _unit_of(words):
            units.append(unit[0])
        elif not things and found.group().casefold().endswith(("how many", "number of")):
            things = _names_things(words)
    rates: list[str] = []
    if not phrases:
        _read_in(" ".join(sentences[last:]), units, rates)
    if not (units or rates or things or phrases):
        return NOTHING
    low = question.casefold()
    over = {singular(word) for word in _PER.findall(low)}
    over |= {unit for word, unit in _ADVERBS.items() if word in low}
    percent = "percent" in sentence.casefold() or "%" in sentence
    return Asked(tuple(units), tuple(rates), things, frozenset(over), percent, tuple(phrases))


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
        words = _words(text[found.end() : found.end() + 80])
        if not words or len(words[0]) == 1 or words[0] not in _POWERS and not is_unit_word(words[0]):
            continue  # in one week
        if not (read := _unit_of(words)) or read[0][0] in _NO_MEASURES:
            continue
        (unit, per), behind = read
        if behind and behind[0] not in _ENDS and behind[0][0].isalpha() and words[0] == singular(words[0]):
            continue  # in foot races
        if per and dimension_of(per) is not None and {"per", "/"} & set(words[1:4]):  # in hours each day is in hours
            rates.append(f"{unit} / {per}")
        else:
            units.append((unit, per))


def _words(text: str) -> list[str]:
    return joined([CASED[word] if word in CASED else word.casefold() for word in _TOKEN.findall(text)])


def _is_noun(word: str) -> bool:
    return word not in _ENDS


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
        elif word in _ENDS or not word[0].isalpha() or index and _is_plural(words[index - 1]):
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


def _is_plural(word: str) -> bool:
    return word not in _MORE and word[-3:] != "ous" and (singular(word) != word or len(word) == 3 and word[-1] == "s")


def _names_things(words: list[str]) -> bool:
    """Whether a noun in the plural stands at the head of a phrase, or behind its `of the`."""
    if words[:1] == ["of"]:
        words = words[2:] if words[1:2] and words[1] in _DETERMINERS else words[1:]
    for word in words[:_MAX_UNIT]:
        if word in _ENDS or not word[0].isalpha():
            return False
        if _is_plural(word) or word in _ALIKE:
            return True
    return False
