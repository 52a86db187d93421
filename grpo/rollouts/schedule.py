"""When the episodes of a batch speak: all of them in rounds, or each as soon as it has heard its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, get_args

from envs.core.errors import UsageError, did_you_mean
from grpo.engines.base import Sampling

Rollouts = Literal["exact", "streaming"]
STREAMING_PROMISE = (
    "rollouts streaming: every episode goes at its own pace, with the tokens of its seeds; log-probs may differ in "
    "their last bits with what was sampled beside them, so a run that was killed goes on, but not to the bit"
)
"""What is said at the start; `exact` keeps to the bit."""

OnProgress = Callable[[str, int, int], None]
"""Called with what is counted, how many of it are done, and how many there are."""


def checked_rollouts(name: str) -> Rollouts:
    """Returns a way of playing by its name.

    Raises:
        UsageError: There is no such way.
    """
    for known in get_args(Rollouts):
        if name == known:
            return known
    raise UsageError(f"no rollouts {name!r}: {did_you_mean(name, get_args(Rollouts))}")


class Schedule(Protocol):
    """Says who speaks now, and tells how far the batch is."""

    def ready(self, waiting: dict[int, Sampling], sampled: int, asked: int) -> list[int]:
        """Returns whose turns are submitted now.

        Args:
            waiting: Episodes that wait for their next turn, by their places, and how it is drawn.
            sampled: How many turns are being sampled.
            asked: How many episodes wait for an answer.
        """
        ...

    def said(self) -> None:
        """A turn was sampled."""
        ...

    def answered(self) -> None:
        """An episode has heard its answer."""
        ...

    def over(self) -> None:
        """An episode has its reward."""
        ...

    def finish(self) -> None:
        """The batch is over."""
        ...


class Exact:
    """Rounds: new turns wait until nothing is pending anywhere, then go in the order of their episodes.

    What is drawn alike is a batch of its own. So what is sampled together depends on no clock.

    Args:
        total: Episodes of the batch.
        live: Those that are not over.
        on_progress: Told how many of a round wait for no turn (`generate`), or no answer (`verify`).
    """

    def __init__(self, total: int, live: int, samplings: Sequence[Sampling], on_progress: OnProgress | None = None):
        self._total, self._live, self._samplings = total, live, samplings
        self._on_progress = on_progress
        self._round: list[list[int]] = []
        self._turn = 0
        self._answered = 0
        self._generate = self._verify = lambda: None

    def ready(self, waiting: dict[int, Sampling], sampled: int, asked: int) -> list[int]:
        """See `Schedule.ready`."""
        if self._turn == 0 or (waiting and not self._round and not sampled and not asked):
            self._begin(waiting)
        if self._round and not sampled:
            return self._round.pop(0)
        if not self._round and not sampled:  # a round's answers are told of once all its turns are sampled
            self.finish()
        return []

    def finish(self) -> None:
        """See `Schedule.finish`."""
        for _ in range(self._answered):
            self._verify()
        self._answered = 0

    def said(self) -> None:
        """See `Schedule.said`."""
        self._generate()

    def answered(self) -> None:
        """See `Schedule.answered`."""
        self._answered += 1

    def over(self) -> None:
        """See `Schedule.over`."""
        self._answered += 1
        self._live -= 1

    def _begin(self, waiting: dict[int, Sampling]) -> None:
        self.finish()
        self._turn += 1
        places = sorted(waiting)
        alike = ([place for place in places if waiting[place] == one] for one in self._samplings)
        self._round = [places for places in alike if places]
        self._generate = self._counter("generate", len(waiting))
        self._verify = self._counter("verify", self._live)

    def _counter(self, what: str, waiting: int) -> Callable[[], None]:
        """Returns what counts, and only ever upwards: a later turn of those that go on is counted by itself."""
        first = self._turn == 1
        done, whole = (self._total - waiting, self._total) if first else (0, waiting)
        named = what if first else f"{what}, turn {self._turn}"

        def count() -> None:
            nonlocal done
            done += 1
            if self._on_progress is not None:
                self._on_progress(named, done, whole)

        return count


class Streaming:
    """Every episode at its own pace.

    Args:
        total: Episodes of the batch.
        live: Those that are not over.
        on_progress: Told how many episodes are over.
    """

    def __init__(self, total: int, live: int, on_progress: OnProgress | None = None):
        self._total, self._live = total, live
        self._on_progress = on_progress

    def ready(self, waiting: dict[int, Sampling], sampled: int, asked: int) -> list[int]:
        """See `Schedule.ready`."""
        return sorted(waiting)

    def said(self) -> None:
        """See `Schedule.said`."""
        self._tell()

    def answered(self) -> None:
        """See `Schedule.answered`."""
        self._tell()

    def over(self) -> None:
        """See `Schedule.over`."""
        self._live -= 1
        self._tell()

    def finish(self) -> None:
        """See `Schedule.finish`."""

    def _tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress("episodes", self._total - self._live, self._total)
