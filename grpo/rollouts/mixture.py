"""The environments of a run as one thing to sample from; most runs have one."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from envs.core.environment import TextEnv
from envs.workers.pool import VerifierPool
from grpo.engines.base import Engine, Sampling
from grpo.policy.chat import ChatRenderer
from grpo.rollouts.collect import Groups
from grpo.rollouts.prompts import Prompts
from grpo.rollouts.rollout import Rollout, RolloutMaker, mixed_groups
from grpo.rollouts.seeds import Draws, TaskOrder
from grpo.settings.environments import Environment


@dataclass(frozen=True)
class Member:
    """One of a run's environments, built, its prompts measured.

    Attributes:
        said: What the run's config says of it.
        env: Its training split.
        prompts: Its tasks as the policy reads them, with the renderer that writes them.
        sampling: How its turns are drawn.
    """

    said: Environment
    env: TextEnv
    prompts: Prompts
    sampling: Sampling

    @property
    def renderer(self) -> ChatRenderer:
        """What writes its prompts."""
        return self.prompts.renderer

    def manifest(self) -> dict[str, Any]:
        """Returns what was trained on, as plain data for checkpoints."""
        return {"env": self.said.spec.without_code().to_json(), **self.env.manifest()}


def drawn_by(members: Sequence[Member], run_seed: int, positions: Sequence[int] = ()) -> Draws:
    """Returns the draws of a run over these environments, from the beginning or from where each was left.

    A forced resume may have others than the run had: each then begins anew.
    """
    positions = positions if len(positions) == len(members) else ()
    orders = [TaskOrder(run_seed, member.env.tasks.size, member.prompts.fits) for member in members]
    return Draws(run_seed, [member.said.weight for member in members], orders, positions)


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

    Attributes:
        groups: Samples and scores a group for each draw.
    """

    def __init__(self, members: Sequence[Member], pools: Sequence[VerifierPool], engine: Engine, run_seed: int):
        self.members = list(members)
        self._pools, self._engine, self._run_seed = pools, engine, run_seed
        makers = [
            RolloutMaker(
                member.env, pool, engine, member.renderer, member.sampling, run_seed, member.prompts, member.said.label
            )
            for member, pool in zip(members, pools, strict=True)
        ]
        self.groups: Groups = functools.partial(mixed_groups, makers)

    def greedily(self) -> Mixture:
        """Returns the same environments, sampled at temperature 0."""
        cold = [replace(member, sampling=replace(member.sampling, temperature=0.0)) for member in self.members]
        return Mixture(cold, self._pools, self._engine, self._run_seed)

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
