"""Noun phrases of a question: the unit at the head of one, the things it counts, and its words."""

from __future__ import annotations

import re
from itertools import takewhile

from envs.judges.math.lexicon.foreign import UNITS as FOREIGN
from envs.judges.math.values.units import CASED, is_unit_letter, is_unit_word, joined, singular

WORD = r"[^\W\d_]+"
_TOKEN = re.compile(rf"{WORD}|[/,;:.?!()$]|\d+|\^|[²³]")
MORE = frozenset("more fewer less total whole full additional extra further other such different entire".split())
_OVER = frozenset("per a an each every /".split())
POWERS = {"square": "^2", "sq": "^2", "cubic": "^3", "cu": "^3"}
_RAISED = {"²": "^2", "³": "^3", "squared": "^2", "cubed": "^3"}
# Where a noun phrase ends, whatever stands behind it.
ENDS = frozenset(
    "is are was were do does did has have had can could will would should must may might that which who if when in on "
    "at for from to by with without than then there he she it they we you i his her its their the this these those "
    "and or not of per a an each every left".split()
)
DETERMINERS = frozenset("the these those his her their our my its".split())
_TEMPERATURES = frozenset(("celsius", "fahrenheit", "kelvin"))
_JOINTS = frozenset(("and", "or"))  # red and blue boxes
_ALIKE = frozenset("sheep fish deer them".split())  # in the singular and in the plural
GROUPS = frozenset("dozen pair".split())
_MAX_PHRASE = 12
MAX_UNIT = 6


def words_of(text: str) -> list[str]:
    """Returns the words, numbers and marks of a text; abbreviations and units of two words are spelt as one."""
    words = _TOKEN.findall(text)
    return joined(
        [CASED[word] if word in CASED else word if is_unit_letter(word) else word.casefold() for word in words]
    )


def is_noun(word: str) -> bool:
    """Whether a noun phrase goes on with a word."""
    return word not in ENDS


def spoken(text: str) -> tuple[str, ...]:
    """Returns the words up to the first mark."""
    return tuple(map(folded, takewhile(str.isalpha, _TOKEN.findall(text)[:_MAX_PHRASE])))


def folded(word: str) -> str:
    """Returns a word without its case, but for symbols: GB are no Gb."""
    return word.casefold() if len(word) > 2 else word


def unit_of(words: list[str]) -> tuple[tuple[str, str], list[str]] | None:
    """Reads a unit at the head of a noun phrase, and what it is divided by: `more hours a week`, `square feet`.

    In the singular a unit only says which things are counted: `dollar bills`, `second graders`.

    Returns:
        The unit, what stands behind its `per`, and the words behind both.
    """
    power = ""
    for index, word in enumerate(words[:MAX_UNIT]):
        behind = words[index + 1 :]
        if word in POWERS:
            power = POWERS[word]
        elif word in ("degree", "degrees") and behind[:1] and behind[0] in _TEMPERATURES:
            continue
        elif word in ENDS or not word[0].isalpha() or index and _is_another(words[index - 1]):
            return None
        elif is_unit_word(word) and (name := singular(word.casefold())) and _is_head(word, name, behind):
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
    if word != name or word in FOREIGN or len(word) < 4 or name in GROUPS:
        return True
    return not behind or behind[0] in ENDS or not behind[0][0].isalpha()


def _is_another(word: str) -> bool:
    """Whether a word in front of a unit is what is counted instead."""
    return is_plural(word) and word != "degrees"


def is_plural(word: str) -> bool:
    """Whether a word looks like a noun in the plural."""
    return word not in MORE and word[-3:] != "ous" and (singular(word) != word or len(word) == 3 and word[-1] == "s")


def names_things(words: list[str]) -> bool:
    """Whether a noun in the plural stands at the head of a phrase, or behind its `of the`."""
    if words[:1] == ["of"]:
        words = words[2:] if words[1:2] and words[1] in DETERMINERS else words[1:]
    for word in words[:MAX_UNIT]:
        if (word in ENDS and word not in _JOINTS) or not word[0].isalpha():
            return False
        if is_plural(word) or word in _ALIKE:
            return True
    return False
