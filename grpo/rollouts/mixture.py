"""The environments of a run as one thing to sample from; most runs have one."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from envs.core.environment import TextEnv
from envs.core.errors import UsageError
from envs.workers.pool import VerifierPool
from grpo.engines.base import Engine, Sampling
from grpo.policy.chat import ChatRenderer
from grpo.rollouts.collect import Groups
from grpo.rollouts.drawing.cells import Cell, cell_of
from grpo.rollouts.drawing.draws import Drawing, Draws
from grpo.rollouts.drawing.history import Band
from grpo.rollouts.drawing.orders import TaskOrder
from grpo.rollouts.drawing.samplers import sampler_of
from grpo.rollouts.drawing.selection import Selection, read_profile, select_tasks
from grpo.rollouts.prompts import Prompts
from grpo.rollouts.rollout import Rollout, RolloutMaker, mixed_groups
from grpo.rollouts.schedule import Rollouts
from grpo.settings.config import TrainConfig
from grpo.settings.drawing import band_of
from grpo.settings.environments import Environment

_CELLS_KEPT = 4096


@dataclass(frozen=True)
class Member:
    """One of a run's environments, built, its prompts measured.

    Attributes:
        said: What the run's config says of it.
        env: Its training split.
        prompts: Its tasks as the policy reads them, with the renderer that writes them.
        sampling: How its turns are drawn.
        selection: Which of its tasks are trained on; None for all.
    """

    said: Environment
    env: TextEnv
    prompts: Prompts
    sampling: Sampling
    selection: Selection | None = None

    @property
    def renderer(self) -> ChatRenderer:
        """What writes its prompts."""
        return self.prompts.renderer

    def cell(self, seed: int) -> Cell:
        """Returns family and level of the task of a seed."""
        return cell_of(self.env.tasks.task(seed).meta)

    def order(self, run_seed: int) -> TaskOrder:
        """Returns its tasks in the order of a run."""
        selection, cell = self.selection, lru_cache(maxsize=None if self.env.tasks.size else _CELLS_KEPT)(self.cell)
        chosen = None if selection is None else lambda seed: selection.keeps(seed, cell)
        return TaskOrder(run_seed, self.env.tasks.size, self.prompts.fits, cell, chosen)

    def manifest(self) -> dict[str, Any]:
        """Returns what was trained on, as plain data for checkpoints."""
        return {"env": self.said.spec.without_code().to_json(), **self.env.manifest()}


def drawn_by(
    members: Sequence[Member], config: TrainConfig, positions: Sequence[int] = (), saved: dict[str, Any] | None = None
) -> Draws:
    """Returns the draws of a run over these environments, from the beginning or from where each was left.

    A forced resume may have others than the run had: each then begins anew.

    Args:
        members: The environments.
        config: The run's config.
        positions: How far the order of each is used up.
        saved: What `Draws.to_json` gave.

    Raises:
        UsageError: The tasks of an environment do not suit the sampler.
    """
    same, how = len(positions) == len(members), drawing_of(config)
    orders = [member.order(config.seed) for member in members]
    for member, order in zip(members, orders, strict=True):
        try:
            sampler_of(how.sampler, order, how.band, how.explore)
        except UsageError as error:
            raise UsageError(member.said.told(str(error))) from error
    weights = [member.said.weight for member in members]
    return Draws(config.seed, weights, orders, positions if same else (), how, saved if same else None)


def selected(members: Sequence[Member], profiles: Sequence[Path], pass_rate: str) -> list[Member]:
    """Returns the environments, restricted to what profiles say can teach.

    Args:
        members: The environments.
        profiles: Made by `grpo profile`; where there is none, all is kept.
        pass_rate: The pass rates to keep, as `0.1:0.9`.

    Raises:
        UsageError: A profile cannot be read, is of another environment, or selects nothing.
    """
    if not profiles:
        return list(members)
    manifests = {member.said.label: member.manifest() for member in members}
    found = select_tasks([read_profile(path) for path in profiles], Band(*band_of(pass_rate)), manifests)
    return [replace(member, selection=found.get(member.said.label)) for member in members]


def drawing_of(config: TrainConfig) -> Drawing:
    """Returns how a run draws tasks."""
    band = Band(*band_of(config.band))
    return Drawing(config.sampler, band, config.explore, config.forget, lag=int(config.overlap))


def manifest_of(members: Sequence[Member]) -> dict[str, Any]:
    """Returns what a run was trained on: the manifest of its environment, or of each beside its label and weight."""
    found = [member.manifest() for member in members]
    if len(found) == 1:
        return found[0]
    told = [
        {"label": member.said.label, "weight": member.said.weight, **one}
        for member, one in zip(members, found, strict=True)
    ]
    return {"environments": told}


class Mixture:
    """Samples groups of whichever environments are drawn, and scores each by its own verifiers.

    Args:
        members: The environments.
        pools: Verifier workers of each.
        engine: What samples.
        run_seed: Every request's seed derives from it.
        rollouts: Whether turns go in rounds, or as they come.

    Attributes:
        groups: Samples and scores a group for each draw.
    """

    def __init__(
        self,
        members: Sequence[Member],
        pools: Sequence[VerifierPool],
        engine: Engine,
        run_seed: int,
        rollouts: Rollouts = "exact",
    ):
        self.members = list(members)
        self._pools, self._engine, self._run_seed = pools, engine, run_seed
        self._rollouts: Rollouts = rollouts
        makers = [
            RolloutMaker(
                member.env, pool, engine, member.renderer, member.sampling, run_seed, member.prompts, member.said.label
            )
            for member, pool in zip(members, pools, strict=True)
        ]
        self.groups: Groups = functools.partial(mixed_groups, makers, rollouts=rollouts)

    def greedily(self) -> Mixture:
        """Returns the same environments, sampled at temperature 0."""
        cold = [replace(member, sampling=replace(member.sampling, temperature=0.0)) for member in self.members]
        return Mixture(cold, self._pools, self._engine, self._run_seed, self._rollouts)

    @property
    def renderers(self) -> list[ChatRenderer]:
        """What writes the prompts of each."""
        return [member.renderer for member in self.members]

    @property
    def left_out(self) -> int:
        """Tasks of finite splits whose prompts are too long, as far as it was measured."""
        return sum(member.prompts.left_out for member in self.members)

    def by_environment(self, rollouts: Sequence[Rollout]) -> list[tuple[Member, list[Rollout]]]:
        """Returns the rollouts of each environment, in their order; none of one that was not drawn."""
        return [(member, [r for r in rollouts if r.env == member.said.label]) for member in self.members]
