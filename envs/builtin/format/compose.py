"""Several constraints on one reply: which go together, how they are told, and a reply that meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from envs.builtin.format.families import FAMILIES
from envs.builtin.format.plan import Plan, render
from envs.core.text import in_latin, plain_words, words

BASE_LEAST, BASE_MOST = 8, 30  # words: silence is too short, and a list of all words too long
ECHO_WORDS = 6  # as many words of the prompt in a row are no words of one's own

Constraint = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a reply must meet.

    Attributes:
        topics: Two words that it must use.
        constraints: Families with their parameters, in the order of `FAMILIES`.
    """

    topics: tuple[str, str]
    constraints: tuple[Constraint, ...]


def composed(names: Iterable[str], wanted: int, choose: Callable[[str], tuple[Any, ...]]) -> tuple[Constraint, ...]:
    """Takes families in turn, leaving out those that share an aspect with one taken, until there are enough."""
    taken: dict[str, tuple[Any, ...]] = {}
    aspects: set[str] = set()
    for name in names:
        own = set(FAMILIES[name].aspects.split())
        if len(taken) < wanted and not own & aspects:
            taken[name] = choose(name)
            aspects |= own
    return tuple((name, taken[name]) for name in FAMILIES if name in taken)


def wording(instruction: Instruction) -> str:
    """Returns the prompt."""
    first, second = instruction.topics
    base = f"Write a text of {BASE_LEAST} to {BASE_MOST} words that uses the words {first} and {second}."
    return " ".join([base, *(FAMILIES[name].says.format(*params) for name, params in instruction.constraints)])


def findings(topics: Sequence[str], constraints: Iterable[Constraint], prompt: str, reply: str) -> dict[str, bool]:
    """Returns what a reply meets: `topic`, `length`, `own_words`, and each family by name.

    Letters that are no forms of A to Z are off the topic: behind those that look like them a letter or a word hides.
    """
    found = plain_words(reply)
    asked, size = plain_words(prompt), ECHO_WORDS
    runs = {tuple(asked[start : start + size]) for start in range(len(asked) - size + 1)}
    met = {
        "topic": set(topics) <= set(found) and in_latin(reply),
        "length": BASE_LEAST <= len(words(reply)) <= BASE_MOST,
        "own_words": not any(tuple(found[start : start + size]) in runs for start in range(len(found) - size + 1)),
    }
    return met | {name: bool(FAMILIES[name].check(reply, *params)) for name, params in constraints}


def worked_reply(instruction: Instruction) -> str | None:
    """Returns a reply that meets everything, or None where the constraints shut each other out."""
    aspects = [aspect for name, _ in instruction.constraints for aspect in FAMILIES[name].aspects.split()]
    if len(set(aspects)) < len(aspects) or len(set(instruction.topics)) < 2:
        return None
    plan = Plan(tokens=instruction.topics, least=BASE_LEAST, most=BASE_MOST)
    for name, params in instruction.constraints:
        plan = FAMILIES[name].shape(plan, *params)
    reply = render(plan)
    met = findings(instruction.topics, instruction.constraints, wording(instruction), reply)
    return reply if all(met.values()) else None
