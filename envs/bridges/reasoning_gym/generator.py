"""One data set of reasoning-gym, addressed by item: the same number is the same problem everywhere."""

from __future__ import annotations

import dataclasses
import functools
import json
import random
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from envs.core.errors import RunError, UsageError, did_you_mean
from envs.core.extras import require

ITEMS = 2**31 - 1
_KEPT_ENTRIES = 512
_RESERVED = ("seed", "size")
# Where data sets without a single right answer keep one that is right.
_EXAMPLES = ("example_correct_answer", "example_answer", "possible_answer")


def data_sets() -> Mapping[str, Any]:
    """Returns the package's registry: data set classes and their configurations, by name.

    Raises:
        UsageError: The package is not installed.
    """
    require("reasoning_gym", "reasoning-gym", "the environment family reasoning-gym")
    return require("reasoning_gym.factory", "reasoning-gym", "the environment family reasoning-gym").DATASETS


def generator(name: str, config: Mapping[str, Any]) -> Generator:
    """Returns this process's generator of a data set, so that what makes a task and what scores it share its items."""
    return _generator(name, json.dumps(config, sort_keys=True))


@functools.lru_cache(maxsize=16)
def _generator(name: str, config: str) -> Generator:
    return Generator(name, json.loads(config))


class Generator:
    """Problems of one data set and what their answers are worth.

    Every item is a data set of size 1 under a seed of its own, with the global generators of `random` and numpy seeded
    alike, because some data sets keep state between items and some draw from those. Some iterate over sets of strings:
    only a process with a fixed `PYTHONHASHSEED` generates the same items as another, which is why `host` exists.

    Args:
        name: The data set's.
        config: Fields of its configuration.

    Raises:
        UsageError: The package is absent, has no such data set or refuses the configuration.
    """

    def __init__(self, name: str, config: Mapping[str, Any]):
        known = data_sets()
        if name not in known:
            raise UsageError(f"reasoning-gym has no data set {name!r}: {did_you_mean(name, known)}")
        self.name = name
        self.config = _checked(name, known[name][1], config)
        self._kept: OrderedDict[int, tuple[Any, dict[str, Any]]] = OrderedDict()
        self._data_set(0)  # so that a configuration that is refused is refused now

    def problem(self, item: int) -> tuple[str, str | None]:
        """Returns an item's question, and an answer that is right where the data set knows one.

        Raises:
            RunError: The data set failed to make it.
        """
        entry = self._entry(item)[1]
        return str(entry["question"]), _oracle(entry)

    def score(self, item: int, answer: str) -> float:
        """Returns the package's score of an answer, cut to [0, 1]; whatever the package raises comes through."""
        data_set, entry = self._entry(item)
        with _seeded(item):
            return min(1.0, max(0.0, float(data_set.score_answer(answer, entry))))

    def _entry(self, item: int) -> tuple[Any, dict[str, Any]]:
        if item in self._kept:
            self._kept.move_to_end(item)
            return self._kept[item]
        try:
            with _seeded(item):
                data_set = self._data_set(item)
                made = data_set, data_set[0]
        except Exception as error:
            raise RunError(f"reasoning-gym/{self.name}: item {item}: {type(error).__name__}: {error}"[:300]) from error
        self._kept[item] = made
        if len(self._kept) > _KEPT_ENTRIES:
            self._kept.popitem(last=False)
        return made

    def _data_set(self, item: int) -> Any:
        factory = require("reasoning_gym.factory", "reasoning-gym", "the environment family reasoning-gym")
        try:
            return factory.create_dataset(self.name, seed=item, size=1, **self.config)
        except (AssertionError, TypeError, ValueError) as error:
            raise UsageError(f"reasoning-gym/{self.name} refuses its configuration: {error}"[:300]) from error


def _checked(name: str, config_class: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    fields = [field.name for field in dataclasses.fields(config_class) if field.name not in _RESERVED]
    for key in config:
        if key not in fields:
            raise UsageError(f"reasoning-gym/{name} has no argument {key!r}: {did_you_mean(key, fields)}")
    checked = dict(config)
    if isinstance(checked.get("datasets"), list):  # `composite`, whose parts have a class of their own
        spec = require("reasoning_gym.composite", "reasoning-gym", f"reasoning-gym/{name}").DatasetSpec
        checked["datasets"] = [spec(**{"weight": 1.0, "config": {}, **part}) for part in checked["datasets"]]
    return checked


def _oracle(entry: Mapping[str, Any]) -> str | None:
    answer = entry["answer"]
    if answer is None:
        answer = next((entry["metadata"][key] for key in _EXAMPLES if entry["metadata"].get(key) is not None), None)
    if answer is None or isinstance(answer, str):
        return answer
    return json.dumps(answer) if isinstance(answer, dict | list) else str(answer)


@contextmanager
def _seeded(item: int) -> Iterator[None]:
    """Seeds the global generators for a while and leaves them as they were."""
    import numpy as np

    states = random.getstate(), np.random.get_state()
    random.seed(item)
    np.random.seed(item)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
