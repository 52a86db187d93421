"""Whether held-out tasks occur in training: by id, by prompt, and nearly.

Nearly is measured by 13-grams of words, as training sets of language models are decontaminated (GPT-3, arXiv
2005.14165, appendix C). A 13-gram that many tasks share is wording, not content, and does not count: generated tasks
would all look alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from envs.authoring.auditing.findings import Example, Finding
from envs.core.environment import TextEnv
from envs.core.task import Task

GRAM = 13
MOST_TASKS = 20_000
_DRAWN = 2_000
_NEAR = 0.5
_LEAST_SHARED = 5  # five 13-grams in a row are 17 words: more than a phrase
_WORDING_SHARE = 0.01
_TOLERATED_NEAR = 0.01
_NUMBER = re.compile(r"\d+")
_PUNCTUATION = re.compile(r"[.,;:!?\"'`]+(?=\s|$)|(?<=\s)[\"'`]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """A held-out task and the training task closest to it.

    Attributes:
        overlap: Share of the held-out prompt's 13-grams that the training prompt has too.
    """

    test_id: str
    train_id: str
    overlap: float
    test_prompt: str
    train_prompt: str


@dataclass(frozen=True)
class Leaks:
    """What two splits share."""

    train: str
    test: str
    compared: tuple[int, int]
    ids: list[str] = field(default_factory=list)
    prompts: list[tuple[str, str]] = field(default_factory=list)
    near: list[Pair] = field(default_factory=list)
    closest: list[Pair] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Returns plain data, with the closest pairs."""
        pairs = [{name: getattr(pair, name) for name in Pair.__slots__} for pair in self.closest]
        return {
            "train": self.train,
            "test": self.test,
            "compared": list(self.compared),
            "shared_ids": len(self.ids),
            "shared_prompts": len(self.prompts),
            "near_duplicates": len(self.near),
            "closest": pairs,
        }

    def findings(self) -> list[Finding]:
        """Returns a finding for each way in which the splits overlap; a shared id is not counted again as a prompt."""
        count = self.compared[1]
        where = f"{self.test} against {self.train}"
        found = []
        if self.ids:
            examples = tuple(Example(task_id, where, "", 0.0) for task_id in self.ids[:3])
            found.append(Finding("leak-ids", len(self.ids), count, where, examples))
        if self.prompts:
            examples = tuple(Example(test, where, "", 0.0, f"as {train}") for test, train in self.prompts[:3])
            found.append(Finding("leak-prompts", len(self.prompts), count, where, examples))
        if len(self.near) > _TOLERATED_NEAR * count:
            examples = tuple(
                Example(pair.test_id, where, pair.test_prompt[:200], pair.overlap, f"near {pair.train_id}")
                for pair in self.near[:3]
            )
            found.append(Finding("near-duplicates", len(self.near), count, where, examples))
        return found


def normalised(prompt: str) -> str:
    """Returns a prompt without case, spacing and sentence marks; operators stay."""
    text = unicodedata.normalize("NFKC", prompt).casefold()
    return " ".join(_PUNCTUATION.sub(" ", text).split())


def sample(env: TextEnv) -> list[Task]:
    """Returns the tasks of a split: all of a finite one, up to `MOST_TASKS`, and 2,000 draws of an endless one."""
    count = _DRAWN if env.tasks.size is None else min(env.tasks.size, MOST_TASKS)
    return list({task.id: task for task in map(env.tasks.task, range(count))}.values())


def leaks(train: Sequence[Task], test: Sequence[Task], names: tuple[str, str]) -> Leaks:
    """Compares two splits.

    Args:
        train: Tasks trained on.
        test: Tasks held out.
        names: The splits' names.
    """
    known = {task.id for task in train}
    by_prompt = {normalised(task.prompt): task.id for task in train}
    ids = [task.id for task in test if task.id in known]
    fresh = [task for task in test if task.id not in known]
    prompts = [(task.id, by_prompt[text]) for task in fresh if (text := normalised(task.prompt)) in by_prompt]
    twins = {test_id for test_id, _ in prompts}
    pairs = _pairs(train, [task for task in fresh if task.id not in twins])
    near = [pair for pair, shared in pairs if shared >= _LEAST_SHARED and _nearly_the_same(pair)]
    closest = [pair for pair, _ in pairs[:5]]
    return Leaks(names[0], names[1], (len(train), len(test)), ids, prompts, near, closest)


def _pairs(train: Sequence[Task], test: Sequence[Task]) -> list[tuple[Pair, int]]:
    """Returns each held-out task with its closest training task and the 13-grams shared, closest first."""
    train_grams = [_grams(task.prompt) for task in train]
    test_grams = [_grams(task.prompt) for task in test]
    frequency = Counter(gram for grams in (*train_grams, *test_grams) for gram in grams)
    wording = max(3.0, _WORDING_SHARE * (len(train) + len(test)))
    holders: dict[int, list[int]] = defaultdict(list)
    for index, grams in enumerate(train_grams):
        for gram in grams:
            if frequency[gram] <= wording:
                holders[gram].append(index)
    found = []
    for task, grams in zip(test, test_grams, strict=True):
        rare = [gram for gram in grams if frequency[gram] <= wording]
        shared = Counter(index for gram in rare for index in holders.get(gram, ()))
        if shared:
            index, count = shared.most_common(1)[0]
            twin = train[index]
            found.append((Pair(task.id, twin.id, count / len(rare), task.prompt, twin.prompt), count))
    return sorted(found, key=lambda pair: -pair[0].overlap)


def _nearly_the_same(pair: Pair) -> bool:
    """Whether two prompts say the same of the same numbers: with other numbers it is another problem."""
    numbers = [sorted(_NUMBER.findall(prompt)) for prompt in (pair.test_prompt, pair.train_prompt)]
    return pair.overlap >= _NEAR and numbers[0] == numbers[1]


def _grams(prompt: str) -> set[int]:
    words = normalised(prompt).split()
    return {hash(tuple(words[start : start + GRAM])) for start in range(len(words) - GRAM + 1)}
