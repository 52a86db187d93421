"""Episodes, token by token: the policy speaks, the environment answers, until every episode has its reward.

What was sampled stays as it was sampled; what the environment says is tokenised once and appended, marked as not the
policy's. Each round samples one turn of the episodes that are still going on, from their whole token prefix.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from envs.core.episode import Answer, Episode, transcript
from envs.core.reward import Reward
from envs.workers.pool import VerifierPool
from grpo.engines.base import Completion, Engine, FinishReason, Sampling
from grpo.policy.model import ChatRenderer
from grpo.rollouts.seeds import turn_seed
from grpo.rollouts.verification import VerifierStream

OnProgress = Callable[[str, int, int], None]
"""Called with `generate` or `verify`, how many are done, and of how many."""


@dataclass(slots=True)
class Transcript:
    """An episode as far as it has come.

    Attributes:
        task_id: The task's id.
        prompt_ids: The prompt's token ids.
        seed: Decides what is sampled.
        ids: Token ids after the prompt: the policy's turns and what the environment said between them.
        logprobs: The engine's log-prob of each token the policy sampled, in nats; 0 for the environment's.
        mask: For each token whether the policy sampled it.
        turns: What the policy said, as text.
        observations: What the environment said to it.
        cut_turns: How many turns ran into the limit of tokens.
        finish_reason: Why the last turn, or the episode, ended.
        reward: The verdict, once the episode is over.
    """

    task_id: str
    prompt_ids: list[int]
    seed: int
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    mask: list[bool] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    observations: list[str] = field(default_factory=list)
    cut_turns: int = 0
    finish_reason: FinishReason = FinishReason.STOP
    reward: Reward | None = None

    @property
    def text(self) -> str:
        """The whole episode for a person."""
        return transcript(self.turns, self.observations)

    @property
    def so_far(self) -> Episode:
        """What the environment is to answer."""
        return Episode(self.task_id, tuple(self.turns))

    def say(self, completion: Completion, text: str) -> None:
        """Appends a turn of the policy."""
        self.ids += completion.token_ids
        self.logprobs += completion.logprobs
        self.mask += [True] * len(completion.token_ids)
        self.turns.append(text)
        self.finish_reason = completion.finish_reason
        self.cut_turns += completion.finish_reason is FinishReason.LENGTH

    def hear(self, observation: str, token_ids: list[int]) -> None:
        """Appends what the environment said."""
        self.ids += token_ids
        self.logprobs += [0.0] * len(token_ids)
        self.mask += [False] * len(token_ids)
        self.observations.append(observation)


class EpisodePlayer:
    """Plays episodes with an engine against the verifier pool.

    Args:
        engine: What samples.
        renderer: Chats to token ids and back.
        pool: Verifier workers of the environment.
        sampling: How to sample each turn.
        on_progress: Told how far it is.
    """

    def __init__(
        self,
        engine: Engine,
        renderer: ChatRenderer,
        pool: VerifierPool,
        sampling: Sampling,
        on_progress: OnProgress | None = None,
    ):
        self.engine = engine
        self.renderer = renderer
        self.pool = pool
        self.sampling = sampling
        self.on_progress = on_progress
        self.generate_s = 0.0
        self.verify_s = 0.0

    def play(self, episodes: Sequence[Transcript]) -> None:
        """Plays every episode to its end, in place; one that has ended is not sampled again.

        A turn goes to the verifiers as soon as it is sampled, while the engine samples the others' turns.
        `generate_s` adds up the seconds until a round's turns are all sampled, `verify_s` what is waited after that.
        """
        live = list(episodes)
        while live:
            with VerifierStream(self.pool) as stream:
                started = time.perf_counter()
                self._speak(live, stream)
                sampled = time.perf_counter()
                answers = stream.answers(len(live), self._counter("verify", len(live)))
            live = self._hear(live, answers)
            self.generate_s += sampled - started
            self.verify_s += time.perf_counter() - sampled

    def _speak(self, live: list[Transcript], stream: VerifierStream) -> None:
        """Samples a turn of every episode and hands it in."""
        count = self._counter("generate", len(live))
        silent = set(range(len(live)))

        def said(index: int, completion: Completion) -> None:
            live[index].say(completion, self.renderer.text(completion.token_ids))
            stream.submit(index, live[index].so_far)
            silent.discard(index)
            count(index, completion)

        completions = self.engine.generate(
            [[*episode.prompt_ids, *episode.ids] for episode in live],
            self.sampling,
            [turn_seed(episode.seed, len(episode.turns)) for episode in live],
            said,
        )
        for index in sorted(silent):  # an engine that tells of none before the end
            said(index, completions[index])

    def _hear(self, live: list[Transcript], answers: list[Answer]) -> list[Transcript]:
        """Gives every episode its answer and returns those that go on."""
        going, full = [], []
        for episode, answer in zip(live, answers, strict=True):
            if isinstance(answer, Reward):
                _end(episode, answer, FinishReason.TURNS)
            else:
                (going if self._go_on(episode, answer.text) else full).append(episode)
        for episode, reward in zip(full, self.pool.finish([e.so_far for e in full]), strict=True):
            _end(episode, reward, FinishReason.CONTEXT)
        return going

    def _go_on(self, episode: Transcript, observation: str) -> bool:
        """Appends what the environment said, where another turn then fits the context."""
        ended = episode.finish_reason is FinishReason.STOP
        ids = self.renderer.continuation_ids(observation, episode.ids, ended)
        length = len(episode.prompt_ids) + len(episode.ids) + len(ids)
        if length + self.sampling.max_tokens > self.engine.max_model_len:
            return False
        episode.hear(observation, ids)
        return True

    def _counter(self, what: str, total: int) -> Callable[[int, Completion | Answer], None]:
        done = 0

        def count(_index: int, _result: Completion | Answer) -> None:
            nonlocal done
            done += 1
            if self.on_progress is not None:
                self.on_progress(what, done, total)

        return count


def _end(episode: Transcript, reward: Reward, cut_by: FinishReason) -> None:
    episode.reward = reward
    if reward.truncated:
        episode.finish_reason = cut_by
