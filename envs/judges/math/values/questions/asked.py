"""What a question asks for, and whether an answer's unit is that: the same unit in any spelling, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile, takewhile

from envs.judges.math.values.questions.nouns import (
    DETERMINERS,
    GROUPS,
    MAX_UNIT,
    MORE,
    POWERS,
    folded,
    is_noun,
    unit_of,
    words_of,
)
from envs.judges.math.values.questions.periods import is_period, period_behind
from envs.judges.math.values.units import ALSO, base_of, conversion, is_money, is_unit_word, singular

_BEHIND = re.compile(
    r"[ \t$}]*(?:\\[,;: ]|~)*[ \t]*(?:\([ \t]*(?:in[ \t]+)?|,?[ \t]*in[ \t]+(?=[a-z]{3}))?"
    r"(?:\\(?:text|mathrm|mbox|textrm|rm)\s*\{)?[ \t]*((?:[a-z]|\\%)[^\n]{0,60})",
    re.IGNORECASE,
)
_PREPOSITIONS = frozenset(("in", "as", "at"))
_PERCENT = frozenset(("percent", "percentage", "pct"))
# Counted with things: 12 points are an answer where marks are asked for, and a dozen is its number.
_OF_THINGS = frozenset("point dozen pair".split())
PIECES = frozenset("piece item copy sheet kind type sort".split())  # 12 pieces of candy are 12 candies


def unit_behind(tail: str) -> str:
    r"""Returns the unit directly behind a box, as `words.read_unit` spells it, or nothing: `\boxed{30} radians`."""
    found = _BEHIND.match(tail)
    words = words_of(found[1]) if found else []
    unit = unit_of(words[:4]) if words and is_unit_word(words[0]) and words[0] not in _PREPOSITIONS else None
    (name, per), _ = unit or (("", ""), None)
    return f"{name} / {per}" if base_of(per) else name


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for.

    Attributes:
        units: The units, each with what stands behind its `per`: `("kilogram", "")`, `("hour", "week")`.
        rates: Units that are a rate: `in miles per hour` asks for no miles.
        things: Whether it counts things that are no unit: apples.
        over: What the clause that asks may divide by: day, where it says `each day`.
        percent: Whether it speaks of percent.
        phrases: What stands behind each `how many`, word for word.
        only: `percent` or `money` where that alone is asked for.
        currencies: The units of money that the question names.
    """

    units: tuple[tuple[str, str], ...] = ()
    rates: tuple[str, ...] = ()
    things: bool = False
    over: frozenset[str] = frozenset()
    percent: bool = True
    phrases: tuple[tuple[str, ...], ...] = ()
    only: str = ""
    currencies: frozenset[str] = frozenset()

    @property
    def tells(self) -> bool:
        """Whether it is known what is asked for."""
        return bool(self.units or self.rates or self.things or self.only)

    def fits(self, unit: str) -> bool:
        """Whether an answer's unit, spelt as `words.read_unit` does, is the one asked for, or no unit at all."""
        if not unit or self is NOTHING:
            return True
        above, _, below = f" {unit}".partition(" / ")
        measured = _measured(above)
        if self.only == "percent":
            return above.partition(" of ")[0].split()[:1] in ([name] for name in _PERCENT)
        if not self.units and not self.rates:
            if below and not self._divides(below) and (self.tells or not measured or is_money(measured)):
                return False
            if self.only:
                return not measured or is_money(measured) and self._names(measured)
            return not measured or not self.things or measured in _OF_THINGS
        beneath = _measured(below)
        if not measured:
            return not below or self._divides(below)
        rates = (*self.rates, *(f"{one} / {per}" for one, per in self.units if base_of(per)))
        if any(_same(f"{measured} / {beneath}" if beneath else measured, rate) for rate in rates):
            return True
        return any(_same(measured, one) for one, _ in self.units) and (not below or self._divides(below))

    def _divides(self, below: str) -> bool:
        """Whether the clause that asks speaks of what an answer divides by; `how much` alone tells nothing."""
        pers = {per for _, per in self.units if per} or self.over
        if not pers and not self.things and not self.units:
            return True
        return any(_same(below, per) or below.split()[0] == per for per in pers)

    def _names(self, money: str) -> bool:
        """Whether the question speaks of this money: 70 cents are no answer where everything is in dollars."""
        return not self.currencies or any(_same(money, one) for one in self.currencies)

    def asks(self, unit: str) -> bool:
        """Whether a unit is asked for by this name."""
        return any(unit == one for one, _ in self.units)

    def fits_percent(self) -> bool:
        """Whether an answer may be in percent."""
        return self.only == "percent" or not self.only and (self.percent or not self.tells)

    def fits_behind(self, tail: str) -> bool:
        r"""Whether the unit directly behind a box, if there is one, may stand there: `\boxed{12} kg`."""
        if not self.tells:
            return True
        if not self._holds_for(period_behind(tail)):
            return False
        found = _BEHIND.match(tail)
        words = words_of(found[1]) if found else []
        if self.is_of_others(words):
            return False
        if found and (found[1].startswith("\\%") or words[:1] and words[0] in _PERCENT):
            return self.fits_percent()
        if not words or not (is_unit_word(words[0]) or words[0] in POWERS) or not (unit := unit_of(words[:4])):
            return True
        (name, per), _ = unit
        if name in GROUPS and not self.units:
            return any(name in map(singular, phrase) for phrase in self.phrases)  # ordered pairs
        return self.fits(f"{name} / {per}" if base_of(per) else name)

    def _holds_for(self, period: str) -> bool:
        """Whether the period behind an answer is one that is asked for, where one is."""
        wanted = {one for one in ({per for _, per in self.units} | self.over) if is_period(one)}
        return not period or not wanted or any(period == one or _same(period, one) for one in wanted)

    def is_of_others(self, words: list[str]) -> bool:
        """Whether words count what holds the things asked for rather than these: `boxes of apples`."""
        if not self.things or self.units or len(words) < 3 or words[1] != "of" or words[0] == "out":
            return False
        held = next((word for word in words[2:] if word != "the"), "")
        return self.counts(held) and not self.counts(words[0]) and singular(words[0]) not in PIECES

    def counts(self, word: str) -> bool:
        """Whether a word is one of the noun phrase behind a `how many`."""
        return any(
            singular(word) == singular(said)
            for phrase in self.phrases
            for said in takewhile(is_noun, phrase[:MAX_UNIT])
        )

    def held(self) -> set[str]:
        """Returns the words of what is counted in other things, in the singular: shoes, in `pairs of shoes`."""
        out: set[str] = set()
        for phrase in self.phrases:
            if "of" in phrase[:MAX_UNIT]:
                behind = [word for word in phrase[phrase.index("of") + 1 :] if word not in DETERMINERS]
                out.update(map(singular, takewhile(is_noun, behind)))
        return out

    def is_said(self, words: list[str]) -> bool:
        """Whether words behind a number are, word for word, what a `how many` of the question goes on with."""
        said = tuple(map(folded, words))
        fuller = (tuple(dropwhile(MORE.__contains__, phrase)) for phrase in self.phrases)
        return any(phrase[: len(said)] == said for phrase in (*self.phrases, *fuller))


NOTHING = Asked()


def _measured(part: str) -> str:
    """Returns the units of a part of a quantity, without the nouns behind them: `gallon water` is a gallon."""
    return " ".join(word for word in part.split() if word in "*/" or base_of(word))


def _same(one: str, two: str) -> bool:
    """Whether two names are one unit in two spellings; a pound is a weight and money."""
    return any(conversion(one, name) == 1 for name in (two, *ALSO.get(two, ())))
