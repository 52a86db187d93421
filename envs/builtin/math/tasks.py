"""Procedural mathematics as a source of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from envs.builtin.math.families import FAMILIES, LEVELS, Family
from envs.core.errors import UsageError, did_you_mean
from envs.core.sources.procedural import Draft, ProceduralSource, checked_levels, checked_names, digest
from envs.core.task import Task

DEFAULT_LEVELS = (1, 2)
DEFAULT_FAMILIES = ("add", "sub", "chain", "mul")  # what the built-in policy masters in minutes on two cores

ANSWER_FORMATS = {
    "tags": (" Give the answer in <answer></answer> tags.", "<answer>{}</answer>"),
    "boxed": (" Give the answer in \\boxed{}.", "\\boxed{{{}}}"),
}


class ProceduralMath(ProceduralSource):
    r"""Arithmetic of thirteen families at five levels, each answer a number.

    A task's id is its content, such as `add/2/47+85`: family, level, problem. The wording follows from it.

    Args:
        split: `train`, `dev` or `test`.
        levels: Difficulties to draw from, 1 to 5.
        families: Families to draw from, or None for all thirteen.
        answer_format: `tags` asks for `<answer>`, `boxed` for `\boxed{}`.

    Raises:
        UsageError: A split, level, family or format is unknown.
    """

    name = "math"
    version = "math-1"

    def __init__(
        self,
        split: str = "train",
        levels: Sequence[int] = DEFAULT_LEVELS,
        families: Sequence[str] | None = DEFAULT_FAMILIES,
        answer_format: str = "tags",
    ):
        super().__init__(split)
        if answer_format not in ANSWER_FORMATS:
            hint = did_you_mean(answer_format, ANSWER_FORMATS)
            raise UsageError(f"there is no answer format {answer_format!r}: {hint}")
        self.levels = checked_levels(levels, LEVELS)
        self.families = checked_names(None if families is None else tuple(families), tuple(FAMILIES))
        self.answer_format = answer_format

    def cell(self, rng: np.random.Generator) -> tuple[str, int]:
        """Draws a family and a level, each uniformly."""
        return self.families[rng.integers(len(self.families))], self.levels[rng.integers(len(self.levels))]

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws one problem of this family and level."""
        return self._draft(kind, level, FAMILIES[kind].draw(level, rng))

    def rebuild(self, task_id: str) -> Draft | None:
        """Reads an id such as `add/2/47+85`; the source need not draw from its family and level."""
        found = _read(task_id)
        return None if found is None else self._draft(*found)

    def solution(self, task: Task) -> str | None:
        """Returns the worked steps and the answer, or None for a task that is not of this source."""
        found = _read(task.id)
        if found is None:
            return None
        kind, _, params = found
        family = FAMILIES[kind]
        answer = ANSWER_FORMATS[self.answer_format][1].format(family.worked_answer(params))
        return " ".join([*family.steps(params), answer])

    def _draft(self, kind: str, level: int, params: tuple[Any, ...]) -> Draft:
        family = FAMILIES[kind]
        return Draft(family.key(params), lambda: self._write(family, kind, level, params))

    def _write(self, family: Family, kind: str, level: int, params: tuple[Any, ...]) -> Task:
        task_id = f"{kind}/{level}/{family.encode(params)}"
        wording = family.wordings[digest("wording", task_id) % len(family.wordings)]
        prompt = wording.format(**family.fields(params)) + ANSWER_FORMATS[self.answer_format][0]
        return Task(task_id, prompt, family.answer(params), {"family": kind, "level": level})


def _read(task_id: str) -> tuple[str, int, tuple[Any, ...]] | None:
    """Returns family, level and parameters of an id, or None where it names no problem."""
    kind, _, rest = task_id.partition("/")
    level, _, address = rest.partition("/")
    if kind not in FAMILIES or level not in {str(known) for known in LEVELS}:
        return None
    params = FAMILIES[kind].decode(int(level), address)
    return None if params is None else (kind, int(level), params)
