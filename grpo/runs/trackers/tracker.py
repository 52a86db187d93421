"""What a tracker is asked for: numbers, a table, a note, by step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from envs.core.errors import UsageError

Row = dict[str, Any]
"""A row of a table, its cells by column: text, numbers or None."""


class TrackerRefused(UsageError):
    """A tracker that cannot be opened: nobody is logged in, its server does not answer, it refuses a name."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a tracker is opened with.

    Attributes:
        folder: The run's folder.
        project: What the tracker files the run under.
        name: What a person reads.
        identity: Another for every folder, whatever its name.
        known: What the tracker called the run when it was opened first, its `handle`; empty where this is the first.
        config: The run's settings, plain data.
        step: The step that the run goes on after.
    """

    folder: Path
    project: str
    name: str
    identity: str
    known: str
    config: dict[str, Any]
    step: int


class Tracker(Protocol):
    """A run at a tracker, opened by `Tracker(opening)`.

    Attributes:
        handle: What finds the run again, kept in the run's folder.
        where: Where a person finds it, in a few words.
        sent: The last step that it holds for certain, which is not sent again; 0 where it tells repeats apart itself.
    """

    handle: str
    where: str
    sent: int

    def scalars(self, values: dict[str, float], step: int) -> None:
        """Takes numbers by name."""
        ...

    def table(self, rows: list[Row], step: int) -> None:
        """Takes sampled rollouts, rows with the same columns."""
        ...

    def note(self, text: str, step: int) -> None:
        """Takes a warning."""
        ...

    def close(self) -> None:
        """Waits until everything is written or sent."""
        ...
