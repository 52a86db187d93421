"""Procedural one-line Python functions as a source of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from envs.builtin.code.kinds import KINDS, LEVELS, Kind
from envs.core.errors import UsageError
from envs.core.sources.procedural import Draft, ProceduralSource, checked_levels, checked_names, digest
from envs.core.task import Task

DEFAULT_LEVELS = (2, 3, 4, 5)
# What the built-in policy masters in minutes on two cores: it copies numbers into code, and hardly any letters.
DEFAULT_FAMILIES = tuple(name for name, kind in KINDS.items() if not any(isinstance(s, str) for s in kind.space))
CALLS = 6
NAMES = ("f", "g", "h", "calc", "solve")


class ProceduralCode(ProceduralSource):
    """Functions to be written from a description and one example.

    The gold is `{"entry_point": name, "calls": [[arguments, expected], ...]}`; no call is the example shown.
    An id is the kind, its level and its parameters, such as `affine/2/3,7`; the name of the function follows
    from the id and is no part of what decides the split.

    Args:
        split: `train`, `dev` or `test`.
        levels: Difficulties to draw from, 1 to 5.
        families: Kinds of functions to draw from, or None for all of them.

    Raises:
        UsageError: A split, a level or a family is unknown, or no family given is of a level given.
    """

    name = "code"
    version = "code-1"

    def __init__(
        self,
        split: str = "train",
        levels: Sequence[int] = DEFAULT_LEVELS,
        families: Sequence[str] | None = DEFAULT_FAMILIES,
    ):
        super().__init__(split)
        asked = checked_levels(levels, LEVELS)
        self.families = checked_names(None if families is None else tuple(families), tuple(KINDS))
        self.levels = tuple(level for level in asked if self._kinds(level))
        if not self.levels:
            known = ", ".join(f"{name} is of level {KINDS[name].level}" for name in self.families)
            raise UsageError(f"code: no family asked for is of level {', '.join(map(str, asked))}: {known}")

    def _kinds(self, level: int) -> list[str]:
        return [name for name in self.families if KINDS[name].level == level]

    def cell(self, rng: np.random.Generator) -> tuple[str, int]:
        """Draws a level, then one of its kinds."""
        level = self.levels[rng.integers(len(self.levels))]
        kinds = self._kinds(level)
        return kinds[rng.integers(len(kinds))], level

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws the parameters of one function of this kind."""
        chosen = KINDS[kind]
        return _draft(chosen, tuple(space[int(rng.integers(len(space)))] for space in chosen.space))

    def rebuild(self, task_id: str) -> Draft | None:
        """Reads an id such as `affine/2/3,7`."""
        found = _read(task_id)
        return None if found is None else _draft(*found)

    def solution(self, task: Task) -> str | None:
        """Returns the function in a fenced block, or None for a task that is not of this source."""
        found = _read(task.id)
        if found is None:
            return None
        kind, params = found
        signature = f"{_function_name(task.id)}({kind.signature})"
        return f"```python\ndef {signature}:\n    return {kind.body.format(*params)}\n```"


def _function_name(task_id: str) -> str:
    return NAMES[digest("name", task_id) % len(NAMES)]


def _draft(kind: Kind, params: tuple[Any, ...]) -> Draft:
    address = ",".join(map(str, params))
    return Draft(f"code:{kind.name}({address})", lambda: _write(kind, params, address))


def _write(kind: Kind, params: tuple[Any, ...], address: str) -> Task:
    task_id = f"{kind.name}/{kind.level}/{address}"
    name = _function_name(task_id)
    (shown, value), *hidden = _calls(kind, params, np.random.default_rng(digest("calls", task_id)))
    example = f"{name}({', '.join(map(repr, shown))}) == {value!r}"
    prompt = (
        f"Write a Python function {name}({kind.signature}) that returns {kind.says.format(*params)}."
        f" For example, {example}."
    )
    gold = {"entry_point": name, "calls": hidden}
    return Task(task_id, prompt, gold, {"family": kind.name, "level": kind.level})


def _calls(kind: Kind, params: tuple[Any, ...], rng: np.random.Generator) -> list[list[Any]]:
    """Returns the calls with what they return, each with other arguments; the first is for the prompt."""
    calls: list[list[Any]] = []
    while len(calls) < CALLS + 1:
        arguments = [draw(rng) for draw in kind.arguments]
        if all(arguments != seen for seen, _ in calls):
            calls.append([arguments, kind.compute(*params, *arguments)])
    return calls


def _read(task_id: str) -> tuple[Kind, tuple[Any, ...]] | None:
    """Returns the kind and the parameters of an id, or None where it names no task."""
    name, _, rest = task_id.partition("/")
    level, _, address = rest.partition("/")
    kind = KINDS.get(name)
    raw = address.split(",")
    if kind is None or level != str(kind.level) or len(raw) != len(kind.space):
        return None
    params = []
    for space, text in zip(kind.space, raw, strict=True):
        named = {str(choice): choice for choice in space}
        if text not in named:
            return None
        params.append(named[text])
    return kind, tuple(params)
