"""Nouns of a question that are not what it asks for: an answer with one of them is an answer to something else."""

from __future__ import annotations

import re
from itertools import takewhile

from envs.judges.math.values.questions.asked import PIECES, Asked
from envs.judges.math.values.questions.nouns import GROUPS, MAX_UNIT, is_noun, is_plural
from envs.judges.math.values.units import is_unit_word, singular

_WORD = r"[^\W\d_]+"
_NUMBERED = re.compile(rf"\d[\s$]+(?:more |other |of the )?({_WORD})(?:[\s-]+({_WORD}))?")
_SIDE_BY_SIDE = re.compile(
    rf"\d[\s$]+({_WORD})(?:,| and| or)(?: \d[\d,]*[\s$]+{_WORD},?(?: and| or)?)*? \d[\d,]*[\s$]+({_WORD})"
)
# Things that are other things as well: where the question asks how many people, 5 students are an answer.
_ANYTHING = frozenset("item object thing piece element member solution way time".split())
_CLASSES = {
    "person": frozenset(
        "actor adult artist athlete baby boy brother child classmate client clown cousin customer employee "
        "expert fan farmer friend girl girlfriend guest kid knight lady man member men neighbor nephew niece "
        "parent passenger patient person pirate player pupil scientist sibling sister soldier spectator "
        "student swimmer teacher vampire visitor volunteer voter winner woman worker".split()
    ),
    "animal": frozenset(
        "ant bear beaver bee bird bug butterfly camel cat chicken cow crab cricket deer dinosaur dog dolphin "
        "donkey duck eagle elephant fish fly goat goose guppy hamster hen hippo horse insect kitten lamb lion "
        "lizard monkey mouse ostrich oyster parrot penguin pet pig puppy rabbit rat sheep snail snake spider "
        "tadpole tiger turkey turtle wolf zebra".split()
    ),
    "pet": frozenset(
        "bird cat dog fish goldfish guppy hamster kitten lizard mouse parrot puppy rabbit snake turtle".split()
    ),
    "fruit": frozenset(
        "apple apricot avocado banana berry cherry coconut grape lemon lime mango orange peach pear pineapple plum "
        "strawberry watermelon".split()
    ),
    "toy": frozenset("ball bear block car doll lego marble puzzle robot".split()),
}
_PRONOUNS = frozenset("them these those it this that one ones which".split())
_ALIKE = (frozenset(("kid", "child")), frozenset(("student", "pupil")))
_OPPOSED = {"boy": "girl", "girl": "boy", "man": "woman", "woman": "man", "brother": "sister", "sister": "brother"}


def others_than_asked(question: str, counted: set[str], nouns: frozenset[str], wanted: Asked) -> frozenset[str]:
    """Returns the nouns, in the singular, that count something else than what is asked for.

    Args:
        question: The question, in small letters.
        counted: What stands behind its `how many`, in the singular.
        nouns: Known things that people count.
        wanted: What it asks for.
    """
    pieces = counted & PIECES
    held = wanted.held()
    if pieces and held or any(phrase[:1] == ("of",) for phrase in wanted.phrases):
        counted, held = counted | held, set()
    counted = counted | {
        singular(word)
        for phrase in wanted.phrases
        for word in takewhile(is_noun, phrase[:MAX_UNIT])
        if word not in held
    }
    head = counted - held
    if held & _PRONOUNS or counted & _PRONOUNS:
        return frozenset()  # how many of them
    told = wanted.tells and (wanted.only or wanted.units or head & nouns or wanted.things)
    spoken = {singular(word) for word in re.findall(_WORD, question)} & nouns
    numbered = {singular(word) for found in _NUMBERED.findall(question) for word in found if is_plural(word)}
    if not told or head & (_ANYTHING - pieces):
        return frozenset(held if counted & GROUPS else ())
    out = {noun for noun in spoken | numbered if not is_unit_word(noun) and not _may_be(noun, head, nouns)}
    for found in _SIDE_BY_SIDE.finditer(question):
        out.update(one for one in map(singular, found.groups()) if one in nouns)
    out |= held | {_OPPOSED[noun] for noun in head if noun in _OPPOSED}
    return frozenset(out - counted - _ANYTHING | held)


def _may_be(noun: str, counted: set[str], nouns: frozenset[str]) -> bool:
    """Whether a noun names what is counted too: students are people, and people may be students."""
    if noun in counted or noun in _ANYTHING:
        return True
    for general, members in _CLASSES.items():
        if noun == general and (counted & members or not counted & nouns) or general in counted and noun in members:
            return True
    return any(noun in pair and counted & pair for pair in _ALIKE)
