"""Instructions about the form of a reply, as a source of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from envs.builtin.format.compose import BASE_LEAST, BASE_MOST, Instruction, composed, wording, worked_reply
from envs.builtin.format.families import FAMILIES
from envs.builtin.format.forms import KINDS, Kind
from envs.builtin.format.vocabulary import TOPICS
from envs.core.errors import UsageError
from envs.core.sources.procedural import Draft, ProceduralSource, checked_levels, checked_names, split_of
from envs.core.task import Task

DEFAULT_LEVELS = (1,)
_CONSTRAINTS = {2: (1, 1), 3: (2, 2), 4: (3, 4)}  # fewest and most of each level

Params = tuple[Any, ...]


class ProceduralFormat(ProceduralSource):
    """Instructions whose reply a program can judge by its form.

    Level 1 settles the reply but for its form (see `KINDS`). Above, a short text on two topic words must meet one
    constraint (level 2), two (3), or three to four (4), drawn from `FAMILIES`; every task drawn is known to have a
    reply that meets them all. An id holds the parameters: `repeat/1/cat,3`, or
    `bullet_count/3/river,bridge;bullet_count=4;no_commas`.

    Args:
        split: `train`, `dev` or `test`.
        kinds: Kinds and families to draw from, or None for all; of several constraints the first is one of them.
        levels: Difficulties to draw from, 1 to 4.

    Raises:
        UsageError: A split, kind or level is unknown, or a level has none of the kinds.
    """

    name = "format"
    version = "format-1"

    def __init__(
        self, split: str = "train", kinds: Sequence[str] | None = None, levels: Sequence[int] = DEFAULT_LEVELS
    ):
        super().__init__(split)
        chosen = checked_names(None if kinds is None else tuple(kinds), (*KINDS, *FAMILIES))
        self.levels = checked_levels(levels, range(1, 5))
        self.kinds = {level: [name for name in chosen if (name in KINDS) == (level == 1)] for level in self.levels}
        for level, names in self.kinds.items():
            if not names:
                known = KINDS if level == 1 else FAMILIES
                raise UsageError(f"level {level} has none of the kinds {list(chosen)}; it has {', '.join(known)}")

    def cell(self, rng: np.random.Generator) -> tuple[str, int]:
        """Draws a level and a kind of it, each uniformly."""
        level = self.levels[rng.integers(len(self.levels))]
        return self.kinds[level][rng.integers(len(self.kinds[level]))], level

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws one instruction of this kind, and its company, until they are of this split and can be met together."""
        if level == 1:
            return _form_draft(KINDS[kind], _chosen(KINDS[kind].space, rng))
        fewest, most = _CONSTRAINTS[level]
        while True:
            names = [kind, *rng.permutation([name for name in FAMILIES if name != kind])]
            wanted = int(rng.integers(fewest, most + 1))
            topics = tuple(TOPICS[index] for index in rng.choice(len(TOPICS), size=2, replace=False))
            constraints = composed(names, wanted, lambda name: _chosen(FAMILIES[name].space, rng))
            instruction = Instruction((topics[0], topics[1]), constraints)
            if split_of(_key(instruction)) != self.split:
                continue  # before the proof that it can be met, which takes a hundred times as long
            draft = _draft(kind, level, instruction)
            if draft is not None:
                return draft

    def rebuild(self, task_id: str) -> Draft | None:
        """Reads an id such as `repeat/1/cat,3` or `title/2/river,bridge;title`."""
        kind, level, address = [*task_id.split("/", 2), "", ""][:3]
        if level == "1" and kind in KINDS:
            params = _read(KINDS[kind].space, address)
            return None if params is None else _form_draft(KINDS[kind], params)
        if kind not in FAMILIES or level not in map(str, _CONSTRAINTS):
            return None
        instruction = _read_instruction(address)
        return None if instruction is None else _draft(kind, int(level), instruction)

    def solution(self, task: Task) -> str | None:
        """Returns a reply that meets the instruction, or None for a task that is not of this source."""
        kind, level, address = [*task.id.split("/", 2), "", ""][:3]
        if level == "1" and kind in KINDS:
            params = _read(KINDS[kind].space, address)
            return None if params is None else KINDS[kind].reply(*params)
        instruction = _read_instruction(address)
        return None if instruction is None else worked_reply(instruction)


def _chosen(space: tuple[Sequence[Any], ...], rng: np.random.Generator) -> Params:
    return tuple(choices[int(rng.integers(len(choices)))] for choices in space)


def _form_draft(kind: Kind, params: Params) -> Draft:
    address = ",".join(map(str, params))
    gold = {"kind": kind.name, **kind.gold(*params)}
    facts = {"family": kind.name, "level": 1}
    task = Task(f"{kind.name}/1/{address}", kind.says.format(*params), gold, facts)
    return Draft(f"format:{kind.name}({','.join(sorted(map(str, params)))})", lambda: task)


def _draft(kind: str, level: int, instruction: Instruction) -> Draft | None:
    """Returns the task, or None where the constraints are not of this level or no reply of ours meets them all."""
    fewest, most = _CONSTRAINTS[level]
    names = [name for name, _ in instruction.constraints]
    if not fewest <= len(names) <= most or kind not in names or worked_reply(instruction) is None:
        return None
    gold = {
        "topics": list(instruction.topics),
        "least": BASE_LEAST,
        "most": BASE_MOST,
        "constraints": [[name, *params] for name, params in instruction.constraints],
    }
    task = Task(
        f"{kind}/{level}/{','.join(instruction.topics)};{';'.join(_written(instruction))}",
        wording(instruction),
        gold,
        {"family": kind, "level": level},
    )
    return Draft(_key(instruction), lambda: task)


def _written(instruction: Instruction) -> list[str]:
    return [f"{name}={','.join(map(str, params))}" if params else name for name, params in instruction.constraints]


def _key(instruction: Instruction) -> str:
    return f"format:{sorted(instruction.topics)};{sorted(_written(instruction))}"


def _read(space: tuple[Sequence[Any], ...], address: str) -> Params | None:
    """Returns the parameters of an address, or None where one is no choice of the space."""
    raw = address.split(",") if address else []
    if len(raw) != len(space):
        return None
    params = []
    for choices, text in zip(space, raw, strict=True):
        named = {str(choice): choice for choice in choices}
        if text not in named:
            return None
        params.append(named[text])
    return tuple(params)


def _read_instruction(address: str) -> Instruction | None:
    first, *written = address.split(";")
    topics = _read((TOPICS, TOPICS), first)
    constraints = []
    for text in written:
        name, _, raw = text.partition("=")
        params = _read(FAMILIES[name].space, raw) if name in FAMILIES else None
        if params is None:
            return None
        constraints.append((name, params))
    constraints.sort(key=lambda constraint: list(FAMILIES).index(constraint[0]))
    return None if topics is None else Instruction((topics[0], topics[1]), tuple(constraints))
