"""Instructions about the form of a reply, as a source of tasks.

The gold is plain data: `{"kind": name, ...}` with the constraints that the reply must meet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from envs.procedural import Draft, ProceduralSource, checked_names
from envs.task import Task

WORDS = tuple(
    "apple bird boat book bread bridge cat chair cloud coat desk dog door dream farm fire fish fox garden "
    "glass gold green hand hat heart hill horse house ice island king lake lamp leaf light milk moon mouse "
    "paper plant rain river road rock rose sand sea ship shoe silver sky snow song star stone storm sun "
    "table tea tree wind window".split()
)
COUNTS = range(2, 10)
NUMBERS = range(10, 100)

Space = tuple[Sequence[Any], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of instruction.

    Attributes:
        name: As in task ids, and the `kind` of the gold.
        space: The choices of each parameter.
        says: The prompt, a template over the parameters.
        gold: Turns the parameters into the constraints.
        reply: Turns the parameters into a reply that meets them.
    """

    name: str
    space: Space
    says: str
    gold: Callable[..., dict[str, Any]]
    reply: Callable[..., str]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "repeat", (WORDS, COUNTS), "Write the word {0} exactly {1} times, separated by spaces.",
            lambda word, count: {"word": word, "count": count}, lambda word, count: " ".join([word] * count),
        ),
        Kind(
            "upper", (WORDS, WORDS), "Write {0} {1} in capital letters.",
            lambda a, b: {"text": f"{a} {b}"}, lambda a, b: f"{a} {b}".upper(),
        ),
        Kind(
            "json", (WORDS, NUMBERS), 'Reply with a JSON object whose key "{0}" is {1}.',
            lambda key, value: {"object": {key: value}}, lambda key, value: f'{{"{key}": {value}}}',
        ),
        Kind(
            "count", (NUMBERS, COUNTS), "Count up from {0}: {1} numbers, one per line.",
            lambda start, count: {"lines": [str(start + i) for i in range(count)]},
            lambda start, count: "\n".join(str(start + i) for i in range(count)),
        ),
        Kind(
            "bullets", (WORDS, WORDS, WORDS),
            "Make a list of {0}, {1} and {2}, each on its own line after a dash.",
            lambda *items: {"items": list(items)}, lambda *items: "\n".join(f"- {item}" for item in items),
        ),
        Kind(
            "between", (WORDS, NUMBERS), "Write {0} {1} between double square brackets.",
            lambda word, number: {"text": f"{word} {number}", "open": "[[", "close": "]]"},
            lambda word, number: f"[[{word} {number}]]",
        ),
    )
}  # fmt: skip


class ProceduralFormat(ProceduralSource):
    """Instructions whose reply a program can judge by its form.

    An id is the kind and its parameters, such as `repeat/1/cat,3`.

    Args:
        split: `train`, `dev` or `test`.
        kinds: Kinds to draw from, or None for all.

    Raises:
        UsageError: A split or a kind is unknown.
    """

    name = "format"
    version = "format-1"

    def __init__(self, split: str = "train", kinds: Sequence[str] | None = None):
        super().__init__(split)
        self.kinds = checked_names(None if kinds is None else tuple(kinds), tuple(KINDS))

    def cell(self, rng: np.random.Generator) -> tuple[str, int]:
        """Draws a kind; all are of level 1."""
        return self.kinds[rng.integers(len(self.kinds))], 1

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws the parameters of one instruction of this kind."""
        chosen = KINDS[kind]
        return _draft(chosen, tuple(space[int(rng.integers(len(space)))] for space in chosen.space))

    def rebuild(self, task_id: str) -> Draft | None:
        """Reads an id such as `repeat/1/cat,3`."""
        found = _read(task_id)
        return None if found is None else _draft(*found)

    def solution(self, task: Task) -> str | None:
        """Returns a reply of the form asked for, or None for a task that is not of this source."""
        found = _read(task.id)
        return None if found is None else found[0].reply(*found[1])


def _draft(kind: Kind, params: tuple[Any, ...]) -> Draft:
    address = ",".join(map(str, params))
    gold = {"kind": kind.name, **kind.gold(*params)}
    facts = {"family": kind.name, "level": 1}
    task = Task(f"{kind.name}/1/{address}", kind.says.format(*params), gold, facts)
    return Draft(task, f"format:{kind.name}({','.join(sorted(map(str, params)))})")


def _read(task_id: str) -> tuple[Kind, tuple[Any, ...]] | None:
    """Returns the kind and the parameters of an id, or None where it names no task."""
    name, _, address = task_id.partition("/1/")
    kind, raw = KINDS.get(name), address.split(",")
    if kind is None or len(raw) != len(kind.space):
        return None
    params = []
    for space, text in zip(kind.space, raw, strict=True):
        named = {str(choice): choice for choice in space}
        if text not in named:
            return None
        params.append(named[text])
    return kind, tuple(params)
