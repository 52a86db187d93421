"""What a run draws: for every group an environment, and a task of it, by what was known in time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from typing import Any, NamedTuple

from grpo.rollouts.drawing.history import Band, GroupResult, History
from grpo.rollouts.drawing.orders import TaskOrder, plain_seed
from grpo.rollouts.drawing.samplers import Sampler, sampler_of
from grpo.rollouts.seeds import SEEDS, derive_seed


class Draw(NamedTuple):
    """What a group is sampled of: the place of an environment among the run's, and the seed of a task of it."""

    env: int
    seed: int


def drawn_environment(run_seed: int, weights: Sequence[float], step: int, slot: int) -> int:
    """Returns which environment the group in a slot of a step is of, with probability its share of the weights.

    A pure function of its arguments: it knows nothing of what was drawn before, or scored.
    """
    if len(weights) == 1:
        return 0
    bounds = list(accumulate(weights))
    point = derive_seed(run_seed, "environment", step, slot) / SEEDS * bounds[-1]
    return min(bisect_right(bounds, point), len(weights) - 1)  # the last: where rounding has made the point the end


def drawn_counts(run_seed: int, weights: Sequence[float], steps: int, slots: int) -> list[int]:
    """Returns how many groups of each environment the first steps of a run draw, with so many slots in each."""
    counts = [0] * len(weights)
    for step in range(1, steps + 1):
        for slot in range(slots):
            counts[drawn_environment(run_seed, weights, step, slot)] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Drawing:
    """How tasks are drawn.

    Attributes:
        sampler: `in_order`, `uniform`, `band` or `curriculum`.
        band: Pass rates that can teach.
        explore: Share of the groups that a sampler draws from beyond what it thinks best.
        forget: Share of a tally's weight that is lost whenever a batch adds to it.
        lag: Batches that a draw knows nothing of, beside those not yet drawn: 1 where a batch is sampled while the one
            before it trains.
    """

    sampler: str = "in_order"
    band: Band = Band(0.1, 0.9)
    explore: float = 0.1
    forget: float = 0.5
    lag: int = 0


class Draws:
    """What a run draws: for each slot of each step an environment, and of it a task.

    Unless told otherwise, the tasks of an environment come in the order they would come in alone, and each task of a
    finite split comes up once before any comes up twice.

    What a batch may know is fixed by the schedule: results up to the batch before it, or, with a lag of 1, up to the
    one before that. So it does not matter how sampling and training fall together in time, nor whether the run was
    killed in between. One thread at a time draws; `learn` is called while none does.

    Args:
        run_seed: The run's.
        weights: How often each environment is drawn.
        orders: The tasks of each.
        positions: How far each order is used up; part of a checkpoint, since refills use up more than a step's share.
        how: How tasks are drawn.
        saved: What `to_json` gave, of as many environments; nothing is known where it is left out.

    Raises:
        UsageError: The tasks of an environment do not suit the sampler.
    """

    def __init__(
        self,
        run_seed: int,
        weights: Sequence[float],
        orders: Sequence[TaskOrder],
        positions: Sequence[int] = (),
        how: Drawing = Drawing(),
        saved: Mapping[str, Any] | None = None,
    ):
        self.run_seed = run_seed
        self.weights = list(weights)
        self.orders = list(orders)
        self.how = how
        self.samplers: list[Sampler] = [sampler_of(how.sampler, order, how.band, how.explore) for order in orders]
        self.positions = list(positions or [0] * len(self.orders))
        self._last: list[GroupResult] = []
        self.departed: list[dict[int, int]] = [{} for _ in self.orders]
        """Of each source without end the seeds that are not the plain order's, by position: chosen, or in for one."""
        known = [sampler.settled(History()) for sampler in self.samplers]
        if saved is not None and len(saved["seen"]) == len(known):
            known = [History.from_json(one) for one in saved["seen"]]
            self._last = [GroupResult(**one) for one in saved["last"]]
            self.departed = [dict(one) for one in saved.get("departed", self.departed)]
        self.seen, self.known = known, self._with(known, self._last)
        """What draws know; what there is to know."""

    @property
    def passed_over(self) -> int:
        """Tasks of sources without end that did not fit, among all that were asked for."""
        return sum(order.passed_over for order in self.orders)

    def next(self, step: int, slot: int) -> Draw:
        """Returns what the group in a slot of a step is sampled of, and uses it up.

        Raises:
            RunError: No task of the environment fits.
        """
        env = drawn_environment(self.run_seed, self.weights, step, slot)
        position = self.positions[env]
        history = replace(self.seen[env], position=position)
        seed, self.positions[env] = self.samplers[env].next(step, slot, history)
        if self.orders[env].size is None and seed != plain_seed(self.run_seed, position):
            self.departed[env][position] = seed
        return Draw(env, seed)

    def learn(self, results: Sequence[GroupResult]) -> None:
        """Takes in what came of a batch, all groups that were sampled for it; called once for every batch, in order."""
        known = self._with(self.known, results)
        self.seen, self._last = (self.known, list(results)) if self.how.lag else (known, [])
        self.known = known

    def _with(self, known: Sequence[History], results: Sequence[GroupResult]) -> list[History]:
        if not results:
            return list(known)
        found = []
        for env, (history, sampler, order) in enumerate(zip(known, self.samplers, self.orders, strict=True)):
            own = [one for one in results if one.env == env]
            found.append(sampler.settled(history.after(own, self.how.forget, by_task=order.size is not None)))
        return found

    def to_json(self) -> dict[str, Any]:
        """Returns plain data for a checkpoint: what draws know, the last batch they do not, what they departed to."""
        return {
            "seen": [one.to_json() for one in self.seen],
            "last": [asdict(one) for one in self._last],
            "departed": [list(one.items()) for one in self.departed],
        }

    def metrics(self, env: int) -> dict[str, Any]:
        """Returns what is known of an environment in numbers: pass rates, a curriculum's level, shares of tasks."""
        known = self.known[env]
        shares = known.shares(self.how.band)
        found: dict[str, Any] = {
            "pass_rate": known.whole.rate,
            "family": {name: known.families[name].rate for name in sorted(known.families)},
            "level": {str(level): known.levels[level].rate for level in sorted(known.levels)},
            "stage": known.stage.level if known.stage else None,
            "tasks": {"tried": len(known.tasks), **shares} if shares else {},
        }
        return {name: value for name, value in found.items() if value not in (None, {})}
