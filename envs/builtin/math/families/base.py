"""What a family of problems is: a grammar of slots per level, an answer, a key, wordings and worked steps."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np

LEVELS = range(1, 6)
MAX_DRAWS = 10_000

Slot = range | str | tuple[str, ...]
"""A number from a range, one of several symbols, or a symbol that is always the same."""

Shape = tuple[Slot, ...]
"""The slots of one level, in reading order; numbers are never neighbours."""


class Family(ABC):
    """One family of problems.

    A problem is a tuple of parameters, one per slot of its level's shape; written side by side they are its
    address, such as `47+85` or `3x+6=21`.

    Attributes:
        name: As in task ids.
        shapes: The slots of levels 1 to 5.
        wordings: Templates over the names that `fields` returns.
    """

    name: ClassVar[str]
    shapes: ClassVar[tuple[Shape, ...]]
    wordings: ClassVar[tuple[str, ...]]

    @abstractmethod
    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the value asked for, as a number or a fraction `p/q`."""

    @abstractmethod
    def key(self, params: tuple[Any, ...]) -> str:
        """Returns the question itself: the same text for every commuted, renamed or reworded twin."""

    @abstractmethod
    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Returns the worked steps that lead to the answer."""

    def worked_answer(self, params: tuple[Any, ...]) -> str:
        """Returns the answer in the form that the steps arrive at."""
        return self.answer(params)

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Whether the parameters make a problem of this family, beyond each lying in its slot."""
        return True

    def fields(self, params: tuple[Any, ...]) -> Mapping[str, object]:
        """Returns what the wordings are filled with."""
        return {"expression": spaced(self.encode(params))}

    def draw(self, level: int, rng: np.random.Generator) -> tuple[Any, ...]:
        """Draws the parameters of one problem, uniformly over those that hold."""
        for _ in range(MAX_DRAWS):
            params = tuple(_pick(slot, rng) for slot in self.shapes[level - 1])
            if self.holds(level, params):
                return params
        raise AssertionError(f"{self.name}: nothing holds at level {level}")

    def encode(self, params: tuple[Any, ...]) -> str:
        """Returns the address of a problem within its family and level."""
        return "".join(str(param) for param in params)

    def decode(self, level: int, text: str) -> tuple[Any, ...] | None:
        """Returns the parameters with this address, or None where no problem of this level has it."""
        shape = self.shapes[level - 1]
        found = _pattern(shape).fullmatch(text)
        if found is None:
            return None
        params = tuple(
            int(raw) if isinstance(slot, range) else raw for slot, raw in zip(shape, found.groups(), strict=True)
        )
        inside = all(_admits(slot, param) for slot, param in zip(shape, params, strict=True))
        return params if inside and self.holds(level, params) and self.encode(params) == text else None


def spaced(expression: str) -> str:
    """Puts a space on either side of every binary operator and equals sign."""
    return re.sub(r"(?<=[\w)])([-+*/=])", r" \1 ", expression)


def _pick(slot: Slot, rng: np.random.Generator) -> int | str:
    if isinstance(slot, str):
        return slot
    return slot[int(rng.integers(len(slot)))]


def _admits(slot: Slot, param: int | str) -> bool:
    return param == slot if isinstance(slot, str) else param in slot


@cache
def _pattern(shape: Shape) -> re.Pattern[str]:
    """Returns the pattern of a shape's addresses, one group per slot; digits are capped, so is the work."""
    parts = []
    for slot in shape:
        if isinstance(slot, range):
            parts.append(r"([0-9]{1,12})")
        else:
            symbols = (slot,) if isinstance(slot, str) else slot
            parts.append("(" + "|".join(re.escape(symbol) for symbol in symbols) + ")")
    return re.compile("".join(parts))
