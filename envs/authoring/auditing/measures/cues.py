"""Something beside the question that tells the answer: a serial number, a parity, a length, an option's place.

A tiny learner sees of each prompt one shallow feature, learns from training tasks which answer goes with which
value, and is measured on held-out tasks. A feature that is right nearly always while the rest of the prompt varies
is a cue: a policy learns it instead of the task. So is a number from which the answer follows by `a * n + b`
whatever else the prompt says.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction

from envs.authoring.auditing.attacks.crafted.copying import spans_of
from envs.authoring.auditing.attacks.crafted.texts import tokens
from envs.authoring.auditing.findings import Example, Finding
from envs.authoring.auditing.subjects import Subject

_LEAST = 12
_RIGHT = 0.9
_ABOVE_CHANCE = 0.3
_MOST_PLACES = 6
_MODULI = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 26, 100)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MOST_VALUES = 0.5  # a feature with more values than that, per task, cannot be learnt from training


def cues(train: Sequence[Subject], test: Sequence[Subject]) -> list[Finding]:
    """Returns a finding for the best cue, where there is one."""
    train = [s for s in train if len(s.form.answer) < 200]
    test = [s for s in test if len(s.form.answer) < 200]
    if len(train) < _LEAST or len(test) < _LEAST:
        return []
    best = max((*_learnt(train, test), *_followed(train, test)), key=lambda cue: cue[1], default=None)
    if best is None:
        return []
    name, right = best
    example = Example(
        test[0].task.id, name, test[0].task.prompt[:200], right, f"the answer is {test[0].form.answer[:60]}"
    )
    detail = f"{name} tells the answer of {right:.0%} of {len(test)} held-out tasks"
    return [Finding("cue", round(right * len(test)), len(test), detail, (example,))]


_COUNTING = re.compile(r"how many|\bcount|\blength|number of|how long|how often", re.IGNORECASE)


def _learnt(train: Sequence[Subject], test: Sequence[Subject]) -> list[tuple[str, float]]:
    found = []
    mode = Counter(tokens(s.form.answer) for s in train).most_common(1)[0][0]
    chance = sum(tokens(s.form.answer) == mode for s in test) / len(test)
    counting = any(_COUNTING.search(s.task.prompt) for s in train)
    for name, feature, rest in _features(counting):
        values = [feature(s.task.prompt) for s in train]
        if len(set(values)) < 2 or len(set(values)) > _MOST_VALUES * len(train):
            continue
        if not _varies([rest(s.task.prompt) for s in train]):
            continue
        golds: dict[object, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for value, s in zip(values, train, strict=True):
            golds[value][tokens(s.form.answer)] += 1
        learnt = {value: counts.most_common(1)[0][0] for value, counts in golds.items()}
        right = sum(learnt.get(feature(s.task.prompt)) == tokens(s.form.answer) for s in test) / len(test)
        if right >= max(_RIGHT, chance + _ABOVE_CHANCE):
            found.append((name, right))
    return found


def _varies(rest: Sequence[str]) -> bool:
    """Whether prompts differ, in more than the feature: where they do not, the feature is the question."""
    return len(set(rest)) > len(rest) / 2


def _features(counting: bool) -> list[tuple[str, Callable[[str], object], Callable[[str], str]]]:
    """Name, feature and what is left of a prompt without it; no counts where counting is what is asked."""
    found: list[tuple[str, Callable[[str], object], Callable[[str], str]]] = []
    for place in (*range(_MOST_PLACES), -1, -2):
        for modulus in _MODULI:
            found.append(
                (
                    f"the remainder by {modulus} of number {place + 1 if place >= 0 else place}",
                    lambda prompt, place=place, modulus=modulus: _remainder(prompt, place, modulus),
                    lambda prompt, place=place: _without(prompt, place),
                )
            )
    for modulus in () if counting else _MODULI:
        found.append((f"the length by {modulus}", lambda prompt, m=modulus: len(prompt) % m, lambda prompt: prompt))
        found.append(
            (
                f"the number of words by {modulus}",
                lambda prompt, m=modulus: len(prompt.split()) % m,
                lambda prompt: prompt,
            )
        )
    found.append(
        ("the first word", lambda prompt: prompt.split()[:1] and prompt.split()[0], lambda p: " ".join(p.split()[1:]))
    )
    found.append(("the first character", lambda prompt: prompt[:1], lambda prompt: prompt[1:]))
    found.append(("the last character", lambda prompt: prompt[-1:], lambda prompt: prompt[:-1]))
    found.append(
        ("blanks at the end", lambda prompt: len(prompt) - len(prompt.rstrip()), lambda prompt: prompt.rstrip())
    )
    for mark in "" if counting else "?!.,;:\n\"'*()[]_ ":
        found.append((f"how often {mark!r} occurs", lambda p, m=mark: p.count(m), lambda p, m=mark: p.replace(m, "")))
    for name, key in (("longest", len), ("shortest", lambda text: -len(text))):
        found.append((f"the place of the {name} option", lambda p, key=key: _place(p, key), lambda prompt: prompt))
    return found


def _place(prompt: str, key: Callable[[str], int]) -> int:
    options = spans_of(prompt, "option")
    sizes = [key(option) for option in options]
    return sizes.index(max(sizes)) if len(sizes) > 1 and sizes.count(max(sizes)) == 1 else -1


def _remainder(prompt: str, place: int, modulus: int) -> int | None:
    numbers = _NUMBER.findall(prompt)
    if not -len(numbers) <= place < len(numbers) or "." in numbers[place]:
        return None
    return int(numbers[place]) % modulus


def _without(prompt: str, place: int) -> str:
    found = list(_NUMBER.finditer(prompt))
    if not -len(found) <= place < len(found):
        return prompt
    return prompt[: found[place].start()] + "#" + prompt[found[place].end() :]


def _followed(train: Sequence[Subject], test: Sequence[Subject]) -> list[tuple[str, float]]:
    """Numbers from which every answer follows in a straight line."""
    found = []
    for place in (*range(_MOST_PLACES), -1, -2):
        points = [(_at(s.task.prompt, place), _value(s.form.answer)) for s in train]
        pairs = [(n, gold) for n, gold in points if n is not None and gold is not None]
        if len(pairs) < _RIGHT * len(train) or len({n for n, _ in pairs}) < _LEAST / 2:
            continue
        if not _varies([_without(s.task.prompt, place) for s in train]):
            continue
        (x0, y0), (x1, y1) = min(pairs), max(pairs)
        if x0 == x1:
            continue
        slope = (y1 - y0) / (x1 - x0)
        base = y0 - slope * x0
        if not slope or sum(gold == slope * n + base for n, gold in pairs) < _RIGHT * len(pairs):
            continue
        right = [
            (n := _at(s.task.prompt, place)) is not None and _value(s.form.answer) == slope * n + base for s in test
        ]
        share = sum(right) / len(test)
        if share >= _RIGHT:
            found.append((f"number {place + 1 if place >= 0 else place} (times {slope}, plus {base})", share))
    return found


def _at(prompt: str, place: int) -> Fraction | None:
    numbers = _NUMBER.findall(prompt)
    return Fraction(numbers[place]) if -len(numbers) <= place < len(numbers) else None


def _value(answer: str) -> Fraction | None:
    stripped = answer.strip().replace(",", "")
    return Fraction(stripped) if _NUMBER.fullmatch(stripped) else None
