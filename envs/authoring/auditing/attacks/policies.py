"""Policies that know nothing, and what they earn."""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from envs.authoring.auditing.attacks.forms import Kind
from envs.authoring.auditing.measures.intervals import mean, wilson
from envs.authoring.auditing.subjects import Subject

Policy = Callable[[Subject], str]
FORMAT_LIMIT = 0.02
_SHORT = ("0", "1", "2", "10", "yes", "no", "A", "B", "true", "false", "None", "", "?")
_BODIES = (
    "return 0",
    "return 1",
    "return True",
    "return False",
    "return None",
    "return args[0]",
    "return ''",
    "return []",
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"[\"'`“]([^\"'`”]{1,80})[\"'`”]")


@dataclass(frozen=True, slots=True)
class Earning:
    """What one policy earned.

    Attributes:
        name: The policy, for a person.
        code: The finding that it is where it earns too much.
        mean: Mean reward over `count` tasks.
        low: Lower end of the mean's 95% interval.
        high: Upper end.
        limit: What the lower end may reach.
    """

    name: str
    code: str
    mean: float
    low: float
    high: float
    count: int
    limit: float

    @property
    def too_much(self) -> bool:
        """Whether the policy earns more than one that knows nothing may."""
        return self.low > self.limit

    @classmethod
    def of(cls, name: str, code: str, scores: Sequence[float], limit: float) -> Earning:
        """Summarises the scores of a policy."""
        average = mean(scores)
        return cls(name, code, average, *wilson(average, len(scores)), len(scores), limit)

    def to_json(self) -> dict[str, Any]:
        """Returns plain data."""
        return {name: getattr(self, name) for name in self.__slots__} | {"too_much": self.too_much}


def blind_policies(subjects: Sequence[Subject], seed: int) -> Iterator[tuple[str, str, Policy]]:
    """Yields name, finding code and policy of each policy that knows nothing of the task."""
    rng = random.Random(seed)
    ids = [subject.task.id for subject in subjects]
    yield "echo of the prompt", "echo-rewarded", lambda subject: subject.task.prompt
    yield "random characters", "random-rewarded", lambda _: _noise(rng, rng.randint(1, 80))
    yield (
        "random answers in form",
        "random-rewarded",
        lambda subject: subject.form.give(_like(rng, subject.form.answer)),
    )
    yield (
        "another task's solution",
        "other-rewarded",
        lambda subject: subjects[(ids.index(subject.task.id) + 1) % len(subjects)].solution,
    )
    for name, rule in _COPYING.items():
        yield (
            f"copying {name}",
            "answer-in-prompt",
            lambda subject, rule=rule: subject.form.give(rule(subject.task.prompt)),
        )


def form_policies() -> Iterator[tuple[str, Policy]]:
    """Yields policies that keep the form and say nothing."""
    yield "the form, empty", lambda subject: subject.form.wrap("")
    yield "the form around nonsense", lambda subject: subject.form.wrap("?!")


def _noise(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(string.printable) for _ in range(length))


def _like(rng: random.Random, answer: str) -> str:
    """Returns random characters of the same classes as an answer's."""
    classes = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
    return "".join(next((rng.choice(kind) for kind in classes if letter in kind), letter) for letter in answer)


def _found(pattern: re.Pattern[str], index: int) -> Callable[[str], str]:
    def rule(prompt: str) -> str:
        found = pattern.findall(prompt)
        return found[index] if found else ""

    return rule


_COPYING: dict[str, Callable[[str], str]] = {
    "the first number": _found(_NUMBER, 0),
    "the last number": _found(_NUMBER, -1),
    "the first quotation": _found(_QUOTED, 0),
    "the last quotation": _found(_QUOTED, -1),
    "the last word": _found(_WORD, -1),
    "the last line": lambda prompt: prompt.strip().rpartition("\n")[2],
    "what is in parentheses": _found(re.compile(r"\(([^()]{1,80})\)"), -1),
    "what follows a colon": _found(re.compile(r":\s*([^\s.,;:]+)"), -1),
}


def constant_policies(train: Sequence[Subject], most: int = 16) -> list[tuple[str, Policy]]:
    """Returns the constant policies worth trying: frequent answers and solutions of training tasks, short strings."""
    if not train:
        return []
    code = train[0].form.kind is Kind.CODE
    if code:
        return [(body, lambda subject, body=body: _function(subject, body)) for body in _BODIES]
    found: dict[str, Policy] = {}
    for solution, _ in Counter(subject.solution for subject in train).most_common(most):
        found[solution] = lambda _, text=solution: text
    for answer, _ in Counter(subject.form.answer for subject in train).most_common(most):
        found[train[0].form.wrap(answer)] = lambda subject, text=answer: subject.form.wrap(text)
    for answer in _SHORT:
        found[answer] = lambda _, text=answer: text
        found[train[0].form.wrap(answer)] = lambda subject, text=answer: subject.form.wrap(text)
    found.pop("", None)  # saying nothing has a probe of its own
    return list(found.items())


def _function(subject: Subject, body: str) -> str:
    return f"```python\ndef {subject.form.entry_point}(*args):\n    {body}\n```"
