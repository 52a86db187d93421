"""The player of episodes, one for training and evaluation: the policy speaks, the environment answers, to the reward.

One loop: who may speak is submitted to the sampler, the sampler goes a step, turns that ended are handed to the
verifiers, and what they answered meanwhile is heard. Who may speak when is a `Schedule`'s matter (in rounds, or each at
its own pace), where turns come from a `Sampler`'s (an engine token by token, an endpoint in text, a stand-in of a
test), what is kept of them a `Record`'s (nothing in training, a journal in an eval). Nothing of an environment runs in
this process.

What is decided here, once for everyone:

- **A turn's seed** derives from its episode's and the turn's number: who else is in the round changes no seed.
- **Turns drawn alike are drawn together** where turns go in rounds: each different `Sampling` among the episodes is a
  batch, in the order of their first episodes. So an eval's greedy episodes are a batch of their own.
- **What the environment says belongs to the turn that answers it.** It is recorded as soon as it is heard, so that an
  eval can go on from there; where no turn answers it, because that turn would not fit the context, the episode ends
  with the policy's last turn, is judged as cut off there (`final`), and says `context`.
- **A reward that says `truncated`** otherwise means that the environment's turns are used up: `turns`.
- **A sampler that gives up**, or has no room for even the first turn, is our fault: the episode is `unscorable`,
  whatever was said before.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from envs.core.episode import Answer, Episode, transcript
from envs.core.reward import Reward
from envs.workers.pool import poll_all
from grpo.engines.base import FinishReason, Sampling
from grpo.rollouts.sampler import CONTEXT, FAILED, Exchange, Request, Sampled, Sampler, stepping
from grpo.rollouts.schedule import Exact, OnProgress, Rollouts, Schedule, Streaming
from grpo.rollouts.seeds import turn_seed


@dataclass
class Transcript:
    """An episode as far as it has come.

    Attributes:
        task_id: The task's id.
        messages: The prompt as a chat.
        seed: Decides what is sampled.
        sampling: How its turns are drawn.
        turns: What the policy said.
        observations: What the environment said to each turn. Once the episode is over one less than turns.
        finish_reason: Why the last turn, or the episode, ended.
        reward: The verdict, once the episode is over.
        env: Which of the environments that are played it is of.
    """

    task_id: str
    messages: Sequence[dict[str, str]]
    seed: int
    sampling: Sampling
    turns: list[Sampled] = field(default_factory=list)
    observations: list[str] = field(default_factory=list)
    finish_reason: str = str(FinishReason.STOP)
    reward: Reward | None = None
    env: int = 0

    @property
    def text(self) -> str:
        """The whole episode for a person."""
        return transcript([turn.text for turn in self.turns], self.observations)

    @property
    def is_the_policys(self) -> bool:
        """Whether it is the policy's turn to speak, and not the environment's."""
        return len(self.observations) == len(self.turns)

    @property
    def request(self) -> Request:
        """What the next turn is sampled from."""
        past = tuple(map(Exchange, self.turns, self.observations))
        return Request(self.task_id, self.messages, turn_seed(self.seed, len(past)), past, self.env)

    def so_far(self, final: bool = False) -> Episode:
        """Returns what the environment is to answer; `final` where no turn can follow."""
        cut = self.turns[-1].finish_reason == FinishReason.LENGTH
        return Episode(self.task_id, tuple(turn.text for turn in self.turns), final, cut)

    def say(self, turn: Sampled) -> None:
        """Appends a turn of the policy."""
        self.turns.append(turn)
        self.finish_reason = turn.finish_reason

    def hear(self, observation: str) -> None:
        """Appends what the environment said to the last turn."""
        self.observations.append(observation)

    def end(self, reward: Reward) -> None:
        """Ends the episode; what the environment said and no turn answered is no part of it."""
        if reward.truncated:
            self.finish_reason = str(FinishReason.CONTEXT if self.is_the_policys else FinishReason.TURNS)
        del self.observations[len(self.turns) - 1 :]
        self.reward = reward


E_contra = TypeVar("E_contra", bound=Transcript, contravariant=True)
E = TypeVar("E", bound=Transcript)


class Record(Generic[E_contra]):
    """Is told of everything that is said in episodes, after it is said; this one keeps nothing."""

    def said(self, episode: E_contra) -> None:
        """The policy has said its turn, which is the episode's last."""

    def heard(self, episode: E_contra) -> None:
        """The environment has answered the last turn, and the episode goes on."""

    def ended(self, episode: E_contra) -> None:
        """The episode has its reward."""


class Pool(Protocol):
    """Where an environment's answers come from: `VerifierPool`."""

    @property
    def pending(self) -> int:
        """Episodes handed in whose answers have not been taken."""
        ...

    def submit(self, key: int, episode: Episode) -> None:
        """Hands in an episode that waits for its answer."""
        ...

    def poll(self, timeout: float | None = 0.0) -> list[tuple[int, Answer]]:
        """Returns the answers that are there, with their keys; waits for one as long as it is told to."""
        ...

    def cancel(self) -> None:
        """Gives up whatever is pending."""
        ...


class EpisodePlayer(Generic[E]):
    """Plays episodes: see the head of this file for what is decided here.

    Args:
        sampler: Where the policy's turns come from.
        pools: Where the environment's answers come from, or those of each.
        record: Told what is said.
        on_progress: Told how far it is.
        rollouts: Whether turns go in rounds, or as they come.

    Attributes:
        generate_s: Seconds in which turns were being sampled; verification goes on meanwhile.
        verify_s: Seconds in which nothing but answers was waited for, so that the sampler had nothing to do.

    Raises:
        UsageError: `streaming` is asked for of a sampler that takes whole batches alone.
    """

    def __init__(
        self,
        sampler: Sampler,
        pools: Pool | Sequence[Pool],
        record: Record[E] | None = None,
        on_progress: OnProgress | None = None,
        rollouts: Rollouts = "exact",
    ):
        self.sampler = stepping(sampler, self._take, whole_batches=rollouts == "exact")
        self.pools = list(pools) if isinstance(pools, Sequence) else [pools]
        self.record = record or Record()
        self.on_progress = on_progress
        self.rollouts = rollouts
        self.generate_s = 0.0
        self.verify_s = 0.0
        self._episodes: Sequence[E] = ()
        self._waiting: dict[int, Sampling] = {}
        self._asked = 0

    def play(self, episodes: Sequence[E]) -> None:
        """Plays every episode to its end, in place, from wherever it is.

        Raises:
            RunError: The sampler or the verifiers are gone.
        """
        self._episodes, self._waiting, self._asked = episodes, {}, 0
        live = [place for place, episode in enumerate(episodes) if episode.reward is None]
        self._schedule = self._scheduled(live)
        try:
            for place in live:
                if episodes[place].is_the_policys:
                    self._waiting[place] = episodes[place].sampling
            for place in live:
                if not episodes[place].is_the_policys:  # an earlier process was stopped between turn and answer
                    self._hand_in(place)
            while self._go_on():
                pass
            self._schedule.finish()
        except BaseException:  # Ctrl-C: what is given up must not turn up in the next batch
            self.sampler.cancel()
            for pool in self.pools:
                pool.cancel()
            raise

    def _scheduled(self, live: list[int]) -> Schedule:
        if self.rollouts == "streaming":
            return Streaming(len(self._episodes), len(live), self.on_progress)
        samplings = list(dict.fromkeys(episode.sampling for episode in self._episodes))
        return Exact(len(self._episodes), len(live), samplings, self.on_progress)

    def _go_on(self) -> bool:
        """Lets speak who may, samples a token of what is being said, and hears what was answered meanwhile."""
        began = time.perf_counter()
        speaking = self._schedule.ready(self._waiting, self.sampler.pending, self._asked)
        for place in speaking:
            self.sampler.submit(place, self._episodes[place].request, self._waiting.pop(place))
        sampling = self.sampler.pending > 0
        for place, turn in self.sampler.step() if sampling else ():
            self._take(place, turn)
        self._listen(wait=not sampling and not speaking)
        spent = time.perf_counter() - began
        if sampling:
            self.generate_s += spent
        else:
            self.verify_s += spent
        return bool(self._waiting or self._asked or self.sampler.pending)

    def _take(self, place: int, turn: Sampled) -> None:
        episode = self._episodes[place]
        if turn.finish_reason == CONTEXT and episode.turns:
            self._ask(place, episode.so_far(final=True))
        else:
            if turn.finish_reason == CONTEXT:
                turn = replace(turn, finish_reason=FAILED, error="the prompt leaves no room for a turn in the context")
            episode.say(turn)
            self.record.said(episode)
            self._hand_in(place)
        self._schedule.said()

    def _hand_in(self, place: int) -> None:
        """Asks for the answer to an episode's last turn; to one that failed there is none but that it is our fault."""
        turn = self._episodes[place].turns[-1]
        if turn.finish_reason == FAILED:
            self._end(place, Reward.unscorable(turn.error, "sampler_fault"))
        else:
            self._ask(place, self._episodes[place].so_far())

    def _ask(self, place: int, episode: Episode) -> None:
        self.pools[self._episodes[place].env].submit(place, episode)
        self._asked += 1

    def _listen(self, wait: bool) -> None:
        """Gives every episode its answer that has one; waits for the first of them where there is nothing else."""
        for place, answer in poll_all(self.pools, None if wait else 0.0) if self._asked else ():
            self._asked -= 1
            if isinstance(answer, Reward):
                self._end(place, answer)
                continue
            episode = self._episodes[place]
            episode.hear(answer.text)
            self.record.heard(episode)
            self._waiting[place] = episode.sampling
            self._schedule.answered()

    def _end(self, place: int, reward: Reward) -> None:
        self._episodes[place].end(reward)
        self.record.ended(self._episodes[place])
        self._schedule.over()
