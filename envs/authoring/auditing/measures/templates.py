"""Held-out tasks that occur in training but for something that does not matter: a name, a serial number, a few words.

Four ways to hide the same task from a comparison of texts, each seen through by taking away what differs and asking
whether the answer stays the same:

- another number: prompts that agree but for their numbers, or for one of them, such as a serial number, and whose
  answers agree all the same
- another name: prompts that agree but for their capitalised words and keep every number and the answer
- other words around it or in another order: prompts with the same numbers and answer and nearly the same words, of
  which those that every prompt has are not counted
- told anew: prompts in other words altogether, with the same numbers, three at least, and the same answer, far more
  often than numbers meet by chance
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from envs.authoring.auditing.findings import Example, Finding
from envs.core.task import Task

_MOST = 2_000
_PLACES_MASKED = 4
_TOLERATED = 0.05
_AGREE = 0.9
_ABOVE_CHANCE = 0.3
_NEAR = 0.8
_COMMON_SHARE = 0.2
_LEAST_WORDS = 3
_LEAST_NUMBERS = 3
_ALL = 0.99
_FEW_GOLDS = 20
_MODE = 0.1
_MOST_GOLDS = 3
_MOST_HOLDERS = 60
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"\b[A-Z][a-z]+\b")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Twin:
    test: Task
    train: Task
    why: str


def template_duplicates(train: Sequence[Task], test: Sequence[Task], where: str) -> list[Finding]:
    """Compares two splits by template; tasks that are the same by id or text are for `leaks`."""
    train, test = train[:_MOST], test[:_MOST]
    texts = {_squeezed(task.prompt) for task in train}
    fresh = [task for task in test if _squeezed(task.prompt) not in texts]
    if not fresh or not train:
        return []
    found: list[Finding] = []
    for twins in (
        max((_but_for_numbers(train, fresh, *masked) for masked in _MASKS), key=len),
        _by(train, fresh, _without_names, "but for its names"),
        _near(train, fresh),
        _retold(train, fresh),
    ):
        if len(twins) > _TOLERATED * len(test):
            examples = tuple(
                Example(
                    twin.test.id,
                    twin.why,
                    twin.test.prompt[:200],
                    0.0,
                    f"as {twin.train.id}: {twin.train.prompt[:120]}",
                )
                for twin in twins[:3]
            )
            found.append(Finding("template-duplicates", len(twins), len(test), f"{where}, {twins[0].why}", examples))
    return found


def _gold(task: Task) -> str:
    return json.dumps(task.gold, sort_keys=True, default=repr)


def _squeezed(prompt: str) -> str:
    return " ".join(prompt.split())


def _without_numbers(task: Task) -> str:
    return _NUMBER.sub("#", _squeezed(task.prompt))


def _without_number(place: int, task: Task) -> str:
    """The prompt without the number in one place, counted from 0."""
    count = itertools.count()
    return _NUMBER.sub(lambda number: "#" if next(count) == place else number[0], _squeezed(task.prompt))


_MASKS: list[tuple[Callable[[Task], str], str]] = [
    (_without_numbers, "but for its numbers"),
    *((functools.partial(_without_number, n), f"but for number {n + 1} in it") for n in range(_PLACES_MASKED)),
]


def _without_names(task: Task) -> str:
    return _NAME.sub("@", _squeezed(task.prompt)) + "\0" + _gold(task)


def _by(train: Sequence[Task], test: Sequence[Task], key: Callable[[Task], str], why: str) -> list[_Twin]:
    """Returns the held-out tasks that have a key in common with training."""
    known = {key(task): task for task in train}
    return [_Twin(task, known[key(task)], why) for task in test if key(task) in known]


def _but_for_numbers(train: Sequence[Task], test: Sequence[Task], key: Callable[[Task], str], why: str) -> list[_Twin]:
    """Held-out tasks whose prompt without numbers tells the answer, better than the most frequent answer would."""
    golds: dict[str, Counter[str]] = defaultdict(Counter)
    holder: dict[tuple[str, str], Task] = {}
    for task in train:
        masked, gold = key(task), _gold(task)
        golds[masked][gold] += 1
        holder.setdefault((masked, gold), task)
    both = [task for task in test if key(task) in golds and "#" in key(task)]
    if not both:
        return []
    guessed = [(task, golds[key(task)].most_common(1)[0][0]) for task in both]
    twins = [_Twin(task, holder[key(task), gold], why) for task, gold in guessed if gold == _gold(task)]
    mode = Counter(_gold(task) for task in train).most_common(1)[0][0]
    chance = sum(_gold(task) == mode for task in both) / len(both)
    return twins if len(twins) >= max(_AGREE, chance + _ABOVE_CHANCE) * len(both) else []


def _near(train: Sequence[Task], test: Sequence[Task]) -> list[_Twin]:
    """Held-out tasks with the numbers, the answer and nearly all the words that matter of a training task.

    What matters is a word that goes with few answers; one that goes with many is wording. Where there are few answers
    (yes or no, four letters) that cannot be told, and only prompts that share nearly all their uncommon words count.
    """
    tasks = [*train, *test]
    bags = [_words(task.prompt) for task in tasks]
    golds = [_gold(task) for task in tasks]
    with_word: dict[str, set[str]] = defaultdict(set)
    for bag, gold in zip(bags, golds, strict=True):
        for word in bag:
            with_word[word].add(gold)
    count = Counter(word for bag in bags for word in bag)
    frequent = {word for word, times in count.items() if times > _COMMON_SHARE * len(bags)}
    open_ended = len(set(golds)) > _FEW_GOLDS and Counter(golds).most_common(1)[0][1] < _MODE * len(golds)
    wording = {word for word, seen in with_word.items() if len(seen) > _MOST_GOLDS} if open_ended else frequent
    least, alike = (1, _ALL) if open_ended else (_LEAST_WORDS, _NEAR)
    rare = [{word for word in bag if word not in wording and not word.isdecimal()} for bag in bags]
    holders: dict[str, list[int]] = defaultdict(list)
    for index, bag in enumerate(rare[: len(train)]):
        for word in bag:
            holders[word].append(index)
    twins = []
    for task, bag in zip(test, rare[len(train) :], strict=True):
        twin = _nearest(task, bag, rare, holders, train, alike) if len(bag) >= least else None
        if twin is not None:
            twins.append(_Twin(task, twin, "but for some words or their order"))
    return twins


def _retold(train: Sequence[Task], test: Sequence[Task]) -> list[_Twin]:
    """Held-out tasks with all the numbers of a training task that is worded otherwise, and its answer."""
    every = [_NUMBER.findall(task.prompt) for task in (*train, *test)]
    common = {n for n, times in Counter(n for found in every for n in set(found)).items() if times > len(every) / 2}
    facts = [tuple(sorted(number for number in found if number not in common)) for found in every]
    known: dict[tuple[tuple[str, ...], str], Task] = {}
    for task, found in zip(train, facts[: len(train)], strict=True):
        known.setdefault((found, _gold(task)), task)
    twins, chance = [], 0.0
    values = Counter(number for found in facts for number in found)
    meeting = sum((times / values.total()) ** 2 for times in values.values()) if values else 1.0
    for task, found in zip(test, facts[len(train) :], strict=True):
        twin = known.get((found, _gold(task))) if len(found) >= _LEAST_NUMBERS else None
        if twin is not None and _without_numbers(twin) != _without_numbers(task):
            twins.append(_Twin(task, twin, "told in other words"))
            chance += min(1.0, len(train) * math.factorial(len(found)) * meeting ** len(found))
    return twins if chance < len(twins) / 3 else []


def _nearest(
    task: Task,
    bag: set[str],
    rare: Sequence[set[str]],
    holders: dict[str, list[int]],
    train: Sequence[Task],
    alike: float,
) -> Task | None:
    shared = Counter(index for word in bag for index in _few(holders.get(word, ())))
    numbers, gold = sorted(_NUMBER.findall(task.prompt)), _gold(task)
    for index, count in shared.most_common(20):
        other = train[index]
        if count / len(bag | rare[index]) < alike:
            continue
        if sorted(_NUMBER.findall(other.prompt)) == numbers and _gold(other) == gold:
            return other
    return None


def _few(holding: Iterable[int]) -> Sequence[int]:
    listed = list(holding)
    return listed if len(listed) <= _MOST_HOLDERS else ()


def _words(prompt: str) -> set[str]:
    return set(_WORD.findall(prompt.casefold()))
