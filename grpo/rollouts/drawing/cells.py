"""Which kind of task one is: its family and its level, as its environment says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Cell(NamedTuple):
    """A family and a level; an environment that tells of neither has one cell.

    Attributes:
        family: Empty where a task has none.
        level: None where a task has none.
    """

    family: str = ""
    level: int | None = None

    def __str__(self) -> str:
        return " ".join(
            [*([self.family] if self.family else []), *([f"level {self.level}"] * (self.level is not None))]
        )


def cell_of(meta: Mapping[str, object]) -> Cell:
    """Returns the cell that a task's facts put it in; a `subject` is a family too."""
    level = meta.get("level")
    return Cell(
        str(meta.get("family", meta.get("subject", ""))), int(level) if isinstance(level, int | float) else None
    )
