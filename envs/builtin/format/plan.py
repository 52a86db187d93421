"""A plan of a reply, which constraints shape one after another, and the text that follows it.

The text is a proof that the constraints of a task can be met together, and its worked solution; it is no literature.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle

from envs.builtin.format.vocabulary import FILLERS
from envs.core.text import plain_words, words

_PREFIX: dict[str, Callable[[int], str]] = {
    "text": lambda index: "",
    "bullets": lambda index: "- ",
    "numbered": lambda index: f"{index}. ",
    "sections": lambda index: f"# Part {index}\n",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reply is to be like.

    Attributes:
        tokens: Pieces that must stand in it, each as often as it is listed.
        least: Fewest words.
        most: Most words.
        style: What each unit looks like: `text`, `bullets`, `numbered`, `sections`, or `json` for one object.
        units: Units, each on lines of its own.
        gap: What stands between units.
        sentences: How many sentences the units hold together; None for one in each.
        fits: What a word to fill with must satisfy.
        prefer: A letter that words to fill with have, where some do.
        distinct: Whether no word may come twice.
        ordered: Whether words stand in alphabetical order.
        lead: The word that begins each sentence.
        first: The words it begins with.
        last: The words it ends with.
        above: A line above everything.
        below: A line below everything.
        stops: What ends the sentences: the last character ends the last one, and so on backwards; the rest end in `.`.
        keys: Of a JSON object: the key of the text and the key of a number.
        finish: What is done to the whole text at last.
    """

    tokens: tuple[str, ...]
    least: int
    most: int
    style: str = "text"
    units: int = 1
    gap: str = "\n"
    sentences: int | None = None
    fits: tuple[Callable[[str], bool], ...] = ()
    prefer: str = ""
    distinct: bool = False
    ordered: bool = False
    lead: str = ""
    first: str = ""
    last: str = ""
    above: str = ""
    below: str = ""
    stops: str = ""
    keys: tuple[str, ...] = ()
    finish: tuple[Callable[[str], str], ...] = ()


def render(plan: Plan) -> str:
    """Writes a reply to the plan; a plan that contradicts itself gives a text that misses part of it."""
    spoken = _sentences(plan, _body(plan))
    text = _laid_out(plan, spoken)
    text = "\n".join(line for line in (plan.above, text, plan.below) if line)
    for finish in plan.finish:
        text = finish(text)
    return text


def _sentence_count(plan: Plan) -> int:
    return plan.units if plan.sentences is None else plan.sentences


def _body(plan: Plan) -> list[str]:
    """Returns the tokens, with words to fill up to the length."""
    frame = [plan.first, plan.last, plan.above, plan.below, *plan.keys, *[plan.lead] * _sentence_count(plan)]
    frame += ["Part"] * (plan.units if plan.style == "sections" else 0)
    body = list(plan.tokens)
    length = len(words(" ".join([*frame, *body])))
    wanted = max(plan.least, min(plan.most, length + 2 * _sentence_count(plan)))
    fillers = _fillers(plan, {word for piece in [*frame, *body] for word in plain_words(piece)})
    while length < wanted:
        filler = next(fillers, None)
        if filler is None:
            break
        body.insert(len(body) * (length % 3) // 3, filler)
        length += 1
    return sorted(body, key=plain_words) if plan.ordered else body


def _fillers(plan: Plan, taken: set[str]) -> Iterator[str]:
    fitting = [word for word in FILLERS if word not in taken and all(fits(word) for fits in plan.fits)]
    preferred = [word for word in fitting if plan.prefer in word] or fitting
    return iter(preferred) if plan.distinct else cycle(preferred)


def _sentences(plan: Plan, body: list[str]) -> list[str]:
    number = _sentence_count(plan)
    spoken = []
    for index in range(number):
        pieces = body[index * len(body) // number : (index + 1) * len(body) // number]
        pieces = [plan.lead, *pieces] if plan.lead else pieces
        pieces = [plan.first, *pieces] if plan.first and not index else pieces
        pieces = [*pieces, plan.last] if plan.last and index == number - 1 else pieces
        sentence = " ".join(pieces)
        place = len(plan.stops) - number + index
        spoken.append(sentence[:1].upper() + sentence[1:] + (plan.stops[place] if place >= 0 else "."))
    return spoken


def _laid_out(plan: Plan, spoken: list[str]) -> str:
    if plan.style == "json":
        return json.dumps({plan.keys[0]: " ".join(spoken), plan.keys[1]: 7})
    share = [
        " ".join(spoken[unit * len(spoken) // plan.units : (unit + 1) * len(spoken) // plan.units])
        for unit in range(plan.units)
    ]
    return plan.gap.join(_PREFIX[plan.style](index) + text for index, text in zip(count(1), share, strict=False))
