"""A step's batch of groups, with DAPO's dynamic sampling: groups that teach nothing make room for fresh tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from grpo.rollouts.drawing.cells import cell_of
from grpo.rollouts.drawing.draws import Draw, Draws
from grpo.rollouts.drawing.history import GroupResult
from grpo.rollouts.episodes import OnProgress
from grpo.rollouts.rollout import Rollout, RolloutTiming
from grpo.settings.config import TrainConfig


class Groups(Protocol):
    """Samples and scores a group for each task; see `grpo.rollouts.rollout.mixed_groups`."""

    def __call__(
        self,
        draws: list[Draw],
        group_size: int,
        step: int,
        on_progress: OnProgress | None = None,
        first_slot: int = 0,
    ) -> tuple[list[Rollout], RolloutTiming]:
        """Returns the rollouts, groups one after another, and how long it took."""
        ...


@dataclass
class Batch:
    """The rollouts of a step and what it took to get them.

    Attributes:
        rollouts: P groups of G, in the order of their tasks.
        timing: Seconds, over all rounds.
        refills: Rounds after the first.
        sampled_groups: Groups sampled in all.
        unfilled_groups: Groups without variance that had to stay, because the rounds were used up.
        sampled_reward: Mean score of everything sampled; that of the batch is biased by the choice.
        replaced: Tasks of an endless source that made room for others, because their prompts did not fit.
        results: What each group came to that was sampled, those that made room for others among them.
    """

    rollouts: list[Rollout]
    timing: RolloutTiming
    refills: int
    sampled_groups: int
    unfilled_groups: int
    sampled_reward: float | None
    replaced: int = 0
    results: list[GroupResult] = field(default_factory=list)

    def metrics(self) -> dict[str, Any]:
        """Returns what goes into `metrics.jsonl`."""
        return {
            "refills": self.refills,
            "sampled_groups": self.sampled_groups,
            "unfilled_groups": self.unfilled_groups,
            "sampled_reward": self.sampled_reward,
            **({"tasks_replaced": self.replaced} if self.replaced else {}),
        }


class BatchCollector:
    """Fills batches from the run's order of tasks.

    Args:
        config: The run's config.
        groups: Samples and scores.
        draws: What comes next.
    """

    def __init__(self, config: TrainConfig, groups: Groups, draws: Draws):
        self.config = config
        self.groups = groups
        self.draws = draws

    def collect(self, step: int, on_progress: OnProgress | None = None) -> Batch:
        """Returns the batch of a step.

        Groups whose scores are all equal are replaced by groups of the next tasks, in at most `max_refills` rounds
        (dynamic sampling, DAPO, arXiv:2503.14476, section 3.2). Places still empty then are given back to the first
        groups that were set aside, which have no gradient.
        """
        wanted, group_size = self.config.tasks_per_step, self.config.group_size
        kept: list[list[Rollout]] = []
        aside: list[list[Rollout]] = []
        results: list[GroupResult] = []
        generate_s = verify_s = 0.0
        rounds, passed_over = 0, self.draws.passed_over
        while len(kept) < wanted and rounds <= self.config.max_refills:
            sampled = len(kept) + len(aside)
            drawn = [self.draws.next(step, slot) for slot in range(sampled, sampled + wanted - len(kept))]
            rollouts, timing = self.groups(drawn, group_size, step, on_progress, sampled)
            generate_s, verify_s = generate_s + timing.generate_s, verify_s + timing.verify_s
            rounds += 1
            groups = [rollouts[at : at + group_size] for at in range(0, len(rollouts), group_size)]
            results += map(result_of, drawn, groups)
            for group in groups:
                (kept if not self.config.max_refills or has_variance(group) else aside).append(group)
        unfilled = wanted - len(kept)
        scores = [r.reward.score for group in kept + aside for r in group if r.reward.scorable]
        return Batch(
            rollouts=[rollout for group in kept + aside[:unfilled] for rollout in group],
            timing=RolloutTiming(generate_s, verify_s),
            refills=rounds - 1,
            sampled_groups=len(kept) + len(aside),
            unfilled_groups=unfilled,
            sampled_reward=sum(scores) / len(scores) if scores else None,
            replaced=self.draws.passed_over - passed_over,
            results=results,
        )


def has_variance(group: list[Rollout]) -> bool:
    """Whether the environment told the members of a group apart."""
    return len({rollout.reward.score for rollout in group if rollout.reward.scorable}) > 1


def result_of(draw: Draw, group: list[Rollout]) -> GroupResult:
    """Returns what a group came to, as the run's history counts it."""
    cell = cell_of(group[0].meta)
    scored = [rollout.reward for rollout in group if rollout.reward.scorable]
    return GroupResult(draw.env, draw.seed, *cell, sum(reward.passed for reward in scored), len(scored))
