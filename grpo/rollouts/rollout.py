"""Rollouts: tasks become prompts, prompts become groups of episodes, episodes become rewards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from envs.core.environment import TextEnv
from envs.core.reward import Reward
from envs.workers.pool import VerifierPool
from grpo.engines.base import Engine, FinishReason, Sampling
from grpo.policy.chat import ChatRenderer
from grpo.rollouts.context import check_fits
from grpo.rollouts.drawing.draws import Draw
from grpo.rollouts.episodes import EpisodePlayer, OnProgress, Transcript
from grpo.rollouts.prompts import Prompts, RenderedTask
from grpo.rollouts.sampler import EngineSampler
from grpo.rollouts.schedule import Rollouts
from grpo.rollouts.seeds import derive_seed


@dataclass(slots=True)
class Rollout:
    """One completion of one task, with everything known about it.

    Attributes:
        task_id: The task's id.
        sample: Place in its group, from 0.
        prompt: The prompt's text, as the environment gave it.
        prompt_ids: The prompt's token ids, chat template included.
        completion: The completion's text; of an episode of several turns, all that was said.
        completion_ids: All tokens after the prompt: the policy's as sampled, and between turns the environment's.
        logprobs: The engine's log-prob of each token sampled, in nats; 0 for the environment's.
        finish_reason: Why it ended.
        meta: The task's facts, such as `family` and `level`.
        reward: The verdict.
        penalties: What training adds to the score before advantages, by name, such as `overlong`.
        advantage: Set once the whole group is scored.
        mask: One for each completion token: whether the policy sampled it and is trained on it. False for what the
            environment said in an episode of several turns. All True where nothing else is given.
        turns: What the policy said, turn by turn; the completion where nothing else is given.
        observations: What the environment said between the turns; one less than turns.
        cut_turns: How many turns ran into the limit of tokens.
        env: The environment's label in a run of several; empty in a run of one.
    """

    task_id: str
    sample: int
    prompt: str
    prompt_ids: list[int]
    completion: str
    completion_ids: list[int]
    logprobs: list[float]
    finish_reason: FinishReason
    meta: dict[str, object]
    reward: Reward = field(default_factory=lambda: Reward.unscorable("not scored yet"))
    penalties: dict[str, float] = field(default_factory=dict)
    advantage: float = 0.0
    mask: list[bool] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    observations: list[str] = field(default_factory=list)
    cut_turns: int = 0
    env: str = ""

    def __post_init__(self) -> None:
        if not self.mask:
            self.mask = [True] * len(self.completion_ids)
        if not self.turns:
            self.turns = [self.completion]

    @property
    def shaped_score(self) -> float:
        """The score that advantages are made of: the environment's, with the penalties."""
        return self.reward.score + sum(self.penalties.values())

    @property
    def trained_tokens(self) -> int:
        """Tokens of the completion that the policy sampled."""
        return sum(self.mask)

    @property
    def longest_turn(self) -> int:
        """Tokens of the policy's longest turn, which is what a limit of tokens limits."""
        return max((sum(1 for _ in run) for ours, run in groupby(self.mask) if ours), default=0)


@dataclass(frozen=True, slots=True)
class RolloutTiming:
    """Seconds of one batch.

    Attributes:
        generate_s: In which turns were being sampled; verification goes on meanwhile.
        verify_s: In which answers alone were waited for, and the engine was idle.
    """

    generate_s: float
    verify_s: float


class RolloutMaker:
    """Makes scored groups of rollouts of one environment.

    Args:
        env: The environment, for tasks and prompts; what it answers is asked of `pool`.
        pool: Verifier workers of the same environment.
        engine: What samples.
        renderer: Chats to token ids and back.
        sampling: How to sample.
        run_seed: Every request's seed derives from it.
        prompts: The environment's tasks as the policy reads them; made here where they are left out.
        label: What its rollouts call it; empty where a run has no other.
    """

    def __init__(
        self,
        env: TextEnv,
        pool: VerifierPool,
        engine: Engine,
        renderer: ChatRenderer,
        sampling: Sampling,
        run_seed: int,
        prompts: Prompts | None = None,
        label: str = "",
    ):
        self.pool = pool
        self.engine = engine
        self.renderer = renderer
        self.sampling = sampling
        self.run_seed = run_seed
        self.prompts = prompts or Prompts(env, renderer)
        self.label = label

    def groups(
        self,
        task_seeds: Sequence[int],
        group_size: int,
        step: int,
        on_progress: OnProgress | None = None,
        first_slot: int = 0,
    ) -> tuple[list[Rollout], RolloutTiming]:
        """Samples and scores a group for each task; see `mixed_groups`."""
        draws = [Draw(0, seed) for seed in task_seeds]
        return mixed_groups([self], draws, group_size, step, on_progress, first_slot)

    def checked(self, task_seed: int) -> RenderedTask:
        """Returns a task as the policy reads it.

        Raises:
            UsageError: The prompt and a completion cannot both fit the engine's context.
        """
        task = self.prompts.render(task_seed)
        check_fits(len(task.prompt_ids), self.sampling.max_tokens, self.engine.max_model_len, task.task_id)
        return task


def mixed_groups(
    makers: Sequence[RolloutMaker],
    draws: Sequence[Draw],
    group_size: int,
    step: int,
    on_progress: OnProgress | None = None,
    first_slot: int = 0,
    rollouts: Rollouts = "exact",
) -> tuple[list[Rollout], RolloutTiming]:
    """Samples and scores a group for each draw, all of them together: what is sampled alike is one call of the engine.

    Args:
        makers: One for each environment that may be drawn, with one engine, tokenizer and seed.
        draws: One for each of P groups.
        group_size: G, completions of each.
        step: The training step, for the requests' seeds.
        on_progress: Told how far it is, at each turn.
        first_slot: Groups sampled for this step before; keeps the seeds of two calls for one step apart.
        rollouts: Whether turns go in rounds, or as they come.

    Returns:
        P * G rollouts, groups one after another, with rewards.
    """
    one = makers[0]  # text, stop strings and what stands between turns are the tokenizer's, the same for all
    sampler = EngineSampler(one.engine, one.renderer)
    tasks = [(draw.env, makers[draw.env].checked(draw.seed)) for draw in draws]
    for env, task in tasks:
        sampler.remember(task.task_id, task.prompt_ids, env)
    places = [(slot, env, task, g) for slot, (env, task) in enumerate(tasks, first_slot) for g in range(group_size)]
    # The slot tells apart two groups of one task in one step.
    seeds = [derive_seed(one.run_seed, "sample", step, slot, task.task_id, g) for slot, _, task, g in places]
    episodes = [
        Transcript(task.task_id, task.messages, seed, makers[env].sampling, env=env)
        for (_, env, task, _), seed in zip(places, seeds, strict=True)
    ]
    player = EpisodePlayer(sampler, [maker.pool for maker in makers], None, on_progress, rollouts)
    player.play(episodes)
    made = [
        _rollout(task, g, episode, makers[env].label)
        for (_, env, task, g), episode in zip(places, episodes, strict=True)
    ]
    return made, RolloutTiming(player.generate_s, player.verify_s)


def _rollout(task: RenderedTask, sample: int, episode: Transcript, label: str) -> Rollout:
    assert episode.reward is not None  # the player ends every episode
    ids, logprobs, mask = _tokens(episode)
    return Rollout(
        task_id=task.task_id,
        sample=sample,
        prompt=task.prompt,
        prompt_ids=task.prompt_ids,
        completion=episode.text,
        completion_ids=ids,
        logprobs=logprobs,
        finish_reason=FinishReason(episode.finish_reason),
        meta=task.meta,
        reward=episode.reward,
        mask=mask,
        turns=[turn.text for turn in episode.turns],
        observations=episode.observations,
        cut_turns=sum(turn.finish_reason == FinishReason.LENGTH for turn in episode.turns),
        env=label,
    )


def _tokens(episode: Transcript) -> tuple[list[int], list[float], list[bool]]:
    """Returns an episode's tokens after the prompt, their log-probs, and for each whether the policy sampled it."""
    ids: list[int] = []
    logprobs: list[float] = []
    mask: list[bool] = []
    for turn in episode.turns:
        ids += turn.heard_ids + turn.token_ids
        logprobs += (0.0,) * len(turn.heard_ids) + turn.logprobs
        mask += (False,) * len(turn.heard_ids) + (True,) * len(turn.token_ids)
    return ids, logprobs, mask
