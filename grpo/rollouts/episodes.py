"""The player of episodes, one for training and evaluation: the policy speaks, the environment answers, to the reward.

A round samples one turn of every episode that waits for one, and hands each turn to the verifiers as soon as it is
sampled, while the others are sampled still; then it takes the answers. Where turns come from is a `Sampler`'s matter
(an engine token by token, an endpoint in text, a stand-in of a test), what is kept of them a `Record`'s (nothing in
training, a journal in an eval).

What is decided here, once for everyone:

- **A turn's seed** derives from its episode's and the turn's number: who else is in the round changes no seed.
- **Turns drawn alike are drawn together**: a round asks the sampler once for each different `Sampling` among the
  episodes, in the order of their first episodes. So an eval's greedy episodes are a batch of their own.
- **What the environment says belongs to the turn that answers it.** It is recorded as soon as it is heard, so that an
  eval can go on from there; where no turn answers it, because that turn would not fit the context, the episode ends
  with the policy's last turn, is judged as cut off there (`final`), and says `context`.
- **A reward that says `truncated`** otherwise means that the environment's turns are used up: `turns`.
- **A sampler that gives up**, or has no room for even the first turn, is our fault: the episode is `unscorable`,
  whatever was said before.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from envs.core.episode import Episode, transcript
from envs.core.errors import RunError
from envs.core.reward import Reward
from grpo.engines.base import FinishReason, Sampling
from grpo.rollouts.sampler import CONTEXT, FAILED, Exchange, Request, Sampled, Sampler
from grpo.rollouts.seeds import turn_seed
from grpo.rollouts.verification import Respond, VerifierStream

OnProgress = Callable[[str, int, int], None]
"""Called with `generate` or `verify`, how many episodes wait for no turn or no answer, and how many there are."""


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
        return Episode(self.task_id, tuple(turn.text for turn in self.turns), final)

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


class EpisodePlayer(Generic[E]):
    """Plays episodes: see the head of this file for what is decided here.

    Args:
        sampler: Where the policy's turns come from.
        respond: Where the environment's answers come from, or those of each; called in a thread of its own.
        record: Told what is said.
        on_progress: Told how far it is.

    Attributes:
        generate_s: Seconds until the turns of every round were sampled; verification goes on meanwhile.
        verify_s: Seconds waited for answers after that.
    """

    def __init__(
        self,
        sampler: Sampler,
        respond: Respond | Sequence[Respond],
        record: Record[E] | None = None,
        on_progress: OnProgress | None = None,
    ):
        self.sampler = sampler
        self.responds = [respond] if callable(respond) else list(respond)
        self.record = record or Record()
        self.on_progress = on_progress
        self.generate_s = 0.0
        self.verify_s = 0.0
        self._turn = 0

    def play(self, episodes: Sequence[E]) -> None:
        """Plays every episode to its end, in place, from wherever it is.

        Raises:
            RunError: The sampler or the verifiers are gone.
        """
        samplings = list(dict.fromkeys(episode.sampling for episode in episodes))
        live = [episode for episode in episodes if episode.reward is None]
        self._turn = 0
        while live:
            self._turn += 1
            with contextlib.ExitStack() as stack:
                streams = [stack.enter_context(VerifierStream[E](respond)) for respond in self.responds]
                started = time.perf_counter()
                self._speak(live, samplings, len(episodes), streams)
                sampled = time.perf_counter()
                self._listen(len(episodes), streams)
            live = [episode for episode in live if episode.reward is None]
            self.generate_s += sampled - started
            self.verify_s += time.perf_counter() - sampled

    def _speak(
        self, live: list[E], samplings: list[Sampling], total: int, streams: Sequence[VerifierStream[E]]
    ) -> None:
        """Samples a turn of every episode that waits for one, and hands in all that wait for an answer."""
        waiting = [episode for episode in live if episode.is_the_policys]
        for episode in live:
            if not episode.is_the_policys:  # an earlier process was stopped between turn and answer
                self._hand_in(episode, streams)
        count = self._counter("generate", len(waiting), total)
        for sampling in samplings:
            self._draw([episode for episode in waiting if episode.sampling == sampling], sampling, streams, count)

    def _draw(
        self, batch: list[E], sampling: Sampling, streams: Sequence[VerifierStream[E]], count: Callable[[], None]
    ) -> None:
        told: set[int] = set()

        def said(index: int, turn: Sampled) -> None:
            told.add(index)
            self._take(batch[index], turn, streams)
            count()

        turns = self.sampler.sample([episode.request for episode in batch], sampling, said) if batch else []
        for index, turn in enumerate(turns):
            if index not in told:  # a sampler that tells of none before the end
                said(index, turn)
        if len(told) != len(batch):
            raise RunError(f"the sampler gave {len(told)} of {len(batch)} turns")

    def _take(self, episode: E, turn: Sampled, streams: Sequence[VerifierStream[E]]) -> None:
        if turn.finish_reason == CONTEXT and episode.turns:
            streams[episode.env].submit(episode, episode.so_far(final=True))
            return
        if turn.finish_reason == CONTEXT:
            turn = replace(turn, finish_reason=FAILED, error="the prompt leaves no room for a turn in the context")
        episode.say(turn)
        self.record.said(episode)
        self._hand_in(episode, streams)

    def _hand_in(self, episode: E, streams: Sequence[VerifierStream[E]]) -> None:
        """Asks for the answer to an episode's last turn; to one that failed there is none but that it is our fault."""
        turn = episode.turns[-1]
        if turn.finish_reason == FAILED:
            self._end(episode, Reward.unscorable(turn.error, "sampler_fault"))
        else:
            streams[episode.env].submit(episode, episode.so_far())

    def _listen(self, total: int, streams: Sequence[VerifierStream[E]]) -> None:
        """Gives every episode that was handed in its answer."""
        count = self._counter("verify", sum(stream.submitted for stream in streams), total)
        for episode, answer in (told for stream in streams for told in stream.answers()):
            if isinstance(answer, Reward):
                self._end(episode, answer)
            else:
                episode.hear(answer.text)
                self.record.heard(episode)
            count()

    def _end(self, episode: E, reward: Reward) -> None:
        episode.end(reward)
        self.record.ended(episode)

    def _counter(self, what: str, waiting: int, total: int) -> Callable[[], None]:
        """Returns what counts, and only ever upwards: a later turn of those that go on is counted by itself."""
        first = self._turn == 1
        done, whole = (total - waiting, total) if first else (0, waiting)
        named = what if first else f"{what}, turn {self._turn}"

        def count() -> None:
            nonlocal done
            done += 1
            if self.on_progress is not None:
                self.on_progress(named, done, whole)

        return count
