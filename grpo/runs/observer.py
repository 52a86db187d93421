"""What whoever watches a run is told: the live display, plain lines, loggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from grpo.rollouts.rollout import Rollout


class Stopped(Exception):
    """Raised at the next completion out of an evaluation, or a probe, that the person asked to stop."""


class Observer(Protocol):
    """Whoever watches a run: the live display, plain lines, or nobody."""

    def phase(self, name: str) -> None:
        """A part of the run begins: `evaluating before`, `training` ..."""
        ...

    def progress(self, what: str, done: int, total: int) -> None:
        """Something long has come this far."""
        ...

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """A step is done."""
        ...

    def warn(self, message: str) -> None:
        """Something needs a person's eye."""
        ...
