"""Several processes that train one policy, data-parallel, as torchrun starts them.

Every rank samples and scores its share of a step's groups; then all of them hold all rollouts, so advantages,
minibatches and metrics are those of one process. Of each minibatch a rank runs its share, and gradients are added up.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from envs.core.errors import RunError, UsageError

if TYPE_CHECKING:
    import torch

    from grpo.rollouts.collect import Groups
    from grpo.rollouts.drawing.draws import Draw
    from grpo.rollouts.rollout import Rollout, RolloutTiming
    from grpo.settings.config import TrainConfig

_PATIENCE_HOURS = 6
"""How long a rank waits for another, which may be evaluating; one that dies is noticed at once."""

T = TypeVar("T")


class Ranks:
    """The processes of a run, seen from one of them; here the only one there is.

    Attributes:
        rank: This process's place, from 0.
        world: How many there are.
        local: Its place on this machine, which is the number of its GPU.
    """

    rank = 0
    world = 1
    local = 0

    @property
    def is_first(self) -> bool:
        """Whether this is the rank that writes the run down and shows it."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """Returns this rank's part of a sequence: contiguous, and as long as the others' or one longer or shorter."""
        return items[len(items) * self.rank // self.world : len(items) * (self.rank + 1) // self.world]

    def gather(self, value: T) -> list[T]:
        """Returns the value of every rank, in order; all ranks must call it."""
        return [value]

    def from_first(self, value: T) -> T:
        """Returns the first rank's value; all ranks must call it."""
        return self.gather(value)[0]

    def sum(self, values: Sequence[float]) -> list[float]:
        """Adds up numbers, place by place, over the ranks; all ranks must call it."""
        return [sum(column) for column in zip(*self.gather(list(values)), strict=True)]

    def add_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Makes every gradient the sum of all ranks'; all ranks must call it. One that no rank has stays None."""


ALONE = Ranks()
"""One process without others."""


class JoinedRanks(Ranks):
    """The processes of torchrun, over gloo on CPU and NCCL on GPUs. The environment says how many they are."""

    def __init__(self) -> None:
        from datetime import timedelta

        import torch
        import torch.distributed as dist

        self.rank, self.world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        self.local = int(os.environ.get("LOCAL_RANK", "0"))
        backend = "gloo"
        if torch.cuda.is_available():
            torch.cuda.set_device(self.local)
            backend = "cpu:gloo,cuda:nccl"
        dist.init_process_group(backend, timeout=timedelta(hours=_PATIENCE_HOURS))

    def gather(self, value: T) -> list[T]:
        """See `Ranks.gather`."""
        import torch.distributed as dist

        found: list[Any] = [None] * self.world
        dist.all_gather_object(found, value)
        return found

    def add_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """See `Ranks.add_gradients`."""
        import torch
        import torch.distributed as dist

        had = self.gather([p.grad is not None for p in parameters])
        pending = []
        for parameter, anywhere in zip(parameters, map(any, zip(*had, strict=True)), strict=True):
            if anywhere:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                pending.append(dist.all_reduce(parameter.grad, async_op=True))
        for work in pending:
            work.wait()


@contextlib.contextmanager
def joined_ranks() -> Iterator[Ranks]:
    """Yields the processes that torchrun's environment names, this one alone where there is none.

    Raises:
        RunError: Another process ended in the middle of the run.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    import torch.distributed as dist

    ranks = JoinedRanks()
    try:
        yield ranks
    except RuntimeError as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise RunError(
                f"rank {ranks.rank} lost another process of this run, whose own message says why; go on from the last "
                "checkpoint with --resume"
            ) from error
        raise
    dist.destroy_process_group()


def check_ranks(config: TrainConfig, ranks: Ranks) -> TrainConfig:
    """Returns the config as these ranks run it: sampling with transformers.

    Raises:
        UsageError: It cannot be run by so many.
    """
    if ranks.world == 1:
        if config.shard:
            raise UsageError(
                "--shard spreads the policy over several processes and there is one: start it with torchrun "
                "--nproc-per-node 2 -m cli train, or add --no-shard"
            )
        return config
    if config.engine == "vllm":
        raise UsageError(
            f"--engine vllm cannot share a process with one of {ranks.world} ranks: use --engine transformers"
        )
    if config.overlap:
        raise UsageError(
            f"--overlap would sample on one thread while {ranks.world} ranks add up gradients on another: leave it out"
        )
    if left := config.tasks_per_step % ranks.world:
        raise UsageError(
            f"--tasks-per-step {config.tasks_per_step} does not divide among {ranks.world} processes: take "
            f"{config.tasks_per_step - left or ranks.world} or {config.tasks_per_step - left + ranks.world}"
        )
    return config.model_copy(update={"engine": "transformers"})


def shared_groups(groups: Groups, ranks: Ranks) -> Groups:
    """Returns what samples the same groups as `groups`, each rank its share, and gives all of them to every rank."""

    def sample(
        draws: list[Draw],
        group_size: int,
        step: int,
        on_progress: Callable[[str, int, int], None] | None = None,
        first_slot: int = 0,
    ) -> tuple[list[Rollout], RolloutTiming]:
        from grpo.rollouts.rollout import RolloutTiming

        places = ranks.share(range(len(draws)))
        first = first_slot + min(places, default=0)
        mine = groups([draws[place] for place in places], group_size, step, on_progress, first)
        everyone = ranks.gather(mine)
        rollouts = [rollout for theirs, _ in everyone for rollout in theirs]
        slowest = RolloutTiming(*(max(getattr(t, n) for _, t in everyone) for n in ("generate_s", "verify_s")))
        return rollouts, slowest

    return groups if ranks.world == 1 else sample
