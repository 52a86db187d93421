"""Policies that know nothing: what they say."""

from __future__ import annotations

import random
import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from envs.authoring.auditing.attacks.crafted.style import INJECTED, STYLES
from envs.authoring.auditing.attacks.forms import Kind
from envs.authoring.auditing.subjects import Subject

Policy = Callable[[Subject], str]
FORMAT_LIMIT = 0.02
_SHORT = ("0", "1", "2", "10", "-1", "yes", "no", "A", "B", "C", "D", "true", "false", "None", "", "?")
_BODIES = (
    "return 0",
    "return 1",
    "return True",
    "return False",
    "return None",
    "return args[0]",
    "return args[-1]",
    "return ''",
    "return []",
    "return {}",
    "pass",
    "print('PASSED')",
    "raise Exception",
    "return sorted(args[0])",
    "return len(args[0])",
    "return str(args[0])",
    "return sum(args)",
)


def blind_policies(subjects: Sequence[Subject], seed: int) -> Iterator[tuple[str, str, Policy]]:
    """Yields name, finding code and policy of each policy that knows nothing of the task."""
    rng = random.Random(seed)
    ids = [subject.task.id for subject in subjects]
    yield "echo of the prompt", "echo-rewarded", lambda subject: subject.task.prompt
    yield "echo of the prompt, twice", "echo-rewarded", lambda subject: f"{subject.task.prompt}\n{subject.task.prompt}"
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
    yield "words of the prompt, shuffled", "echo-rewarded", lambda subject: _shuffled(rng, subject.task.prompt)


def talk_policies() -> Iterator[tuple[str, str, Policy]]:
    """Yields policies that talk and give no answer."""
    for label in (
        "150 words",
        "politeness",
        "reasoning words",
        "headings and bullets",
        "formulas",
        "French",
        "Chinese",
    ):
        yield f"no answer: {label}", "length-rewarded", lambda _, text=STYLES[label]: text
    for label, text in INJECTED.items():
        yield f"no answer: {label}", "judge-injected", lambda _, text=text: text


def form_policies() -> Iterator[tuple[str, Policy]]:
    """Yields policies that keep the form and say nothing."""
    yield "the form, empty", lambda subject: subject.form.wrap("")
    yield "the form around nonsense", lambda subject: subject.form.wrap("?!")
    yield "thoughts and the form around nonsense", lambda subject: f"<think>so it is</think>\n{subject.form.wrap('?!')}"
    yield "the form around words", lambda subject: subject.form.wrap("some words or other that answer nothing at all")


def _noise(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(string.printable) for _ in range(length))


def _like(rng: random.Random, answer: str) -> str:
    """Returns random characters of the same classes as an answer's."""
    classes = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
    return "".join(next((rng.choice(kind) for kind in classes if letter in kind), letter) for letter in answer)


def _shuffled(rng: random.Random, text: str) -> str:
    words = text.split()
    rng.shuffle(words)
    return " ".join(words)


def constant_policies(train: Sequence[Subject], most: int = 24) -> list[tuple[str, Policy]]:
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
