"""Plays the episodes of an eval: a turn of the policy, the environment's answer, and so on to the verdict.

An episode of one turn is a completion and its verdict. Everything said is written to the journal as it is said, so that
an eval killed half-way through its episodes goes on with the very next turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from envs.core.episode import Answer, Episode, transcript
from envs.core.reward import Reward
from envs.core.task import Task
from envs.workers.pool import VerifierPool
from evals.sampling.journal import Journal, Place
from evals.sampling.sampler import CONTEXT, FAILED, Exchange, Request, Sampled, Sampler
from grpo.engines.base import Sampling
from grpo.rollouts.seeds import turn_seed

Progress = Callable[[str, int, int], None]
"""Called with `generate` or `verify`, how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One episode to play: of which task, and which sample of it.

    Attributes:
        task: The task.
        prompt: Its prompt, as the environment gave it.
        messages: The prompt as a chat.
        index: Place among the task's samples; 0 for the greedy one.
        greedy: Whether it is the greedy one.
        seed: Decides what is sampled.
    """

    task: Task
    prompt: str
    messages: list[dict[str, str]]
    index: int
    greedy: bool
    seed: int

    @property
    def place(self) -> Place:
        """Its address in the journal."""
        return (self.task.id, self.index, self.greedy)


class EpisodePlayer:
    """Plays slots with a sampler against the verifier pool.

    Args:
        sampler: Where the policy's turns come from.
        pool: Gives the verifier workers, once the first are needed.
        sampling: How samples are drawn; the greedy ones are drawn at temperature 0.
        book: What has been said so far, and where what is said is written.
        max_turns: Of the environment.
        progress: Told how many episodes are not waiting for a turn, and for an answer.
    """

    def __init__(
        self,
        sampler: Sampler,
        pool: Callable[[], VerifierPool],
        sampling: Sampling,
        book: Journal,
        max_turns: int,
        progress: Progress | None = None,
    ):
        self.sampler = sampler
        self.pool = pool
        self.sampling = sampling
        self.book = book
        self.max_turns = max_turns
        self.progress = progress
        self._total = 0

    def play(self, slots: Sequence[Slot], clock: Callable[[str], None]) -> None:
        """Plays every slot to its verdict, in the journal.

        Args:
            slots: The episodes.
            clock: Called with `generate` or `verify` when a stretch of it ends.
        """
        self._total = len(slots)
        live = [slot for slot in slots if slot.place not in self.book.rewards]
        while live:
            waiting = [slot for slot in live if len(self._said(slot)) == len(self._heard(slot))]
            full = [*self._speak([s for s in waiting if not s.greedy]), *self._speak([s for s in waiting if s.greedy])]
            clock("generate")
            self._listen(live, {slot.place for slot in full})
            live = [slot for slot in live if slot.place not in self.book.rewards]
            clock("verify")

    def request(self, slot: Slot) -> Request:
        """Returns the request for a slot's next turn."""
        past = tuple(Exchange(*pair) for pair in zip(self._said(slot), self._heard(slot), strict=False))
        return Request(slot.task.id, slot.messages, turn_seed(slot.seed, len(past)), past)

    def _said(self, slot: Slot) -> list[Sampled]:
        return self.book.sampled.get(slot.place, [])

    def _heard(self, slot: Slot) -> list[str]:
        return self.book.observations.get(slot.place, [])

    def _speak(self, slots: list[Slot]) -> list[Slot]:
        """Samples the next turn of each slot; returns those whose next turn would not fit the context."""
        if not slots:
            return []
        done, full = self._total - len(slots), []
        sampling = replace(self.sampling, temperature=0.0, top_p=1.0, top_k=0) if slots[0].greedy else self.sampling

        def finished(index: int, sampled: Sampled) -> None:
            nonlocal done
            done += 1
            if sampled.finish_reason == CONTEXT:
                full.append(slots[index])
            else:  # the tokens are needed to go on from
                kept = sampled if self.max_turns > 1 else replace(sampled, token_ids=())
                self.book.add_turn(slots[index].place, kept)
            if self.progress is not None:
                self.progress("generate", done, self._total)

        self.sampler.sample([self.request(slot) for slot in slots], sampling, finished)
        return full

    def _listen(self, live: list[Slot], full: set[Place]) -> None:
        """Gets each slot its answer: what the environment says, or the verdict."""
        asked = []
        for slot in live:
            if (said := self._said(slot)) and said[-1].finish_reason == FAILED:
                self.book.add_reward(slot.place, slot.task, Reward.unscorable(said[-1].error, "sampler_fault"))
            else:
                asked.append(slot)
        if not asked:
            return
        done = self._total - len(asked)

        def settled(index: int, answer: Answer) -> None:
            nonlocal done
            done += 1
            if isinstance(answer, Reward):
                self.book.add_reward(asked[index].place, asked[index].task, answer)
            else:
                self.book.add_observation(asked[index].place, answer.text)
            if self.progress is not None:
                self.progress("verify", done, self._total)

        self.pool().respond([self._episode(slot, slot.place in full) for slot in asked], settled)

    def _episode(self, slot: Slot, final: bool) -> Episode:
        return Episode(slot.task.id, tuple(sampled.text for sampled in self._said(slot)), final)


def whole(book: Journal, place: Place, max_turns: int) -> Sampled:
    """Returns a finished episode as one sample: all that was said, the policy's tokens, and why it ended."""
    turns, reward = book.sampled[place], book.rewards[place]
    reason = turns[-1].finish_reason
    if reward.truncated:
        reason = "turns" if len(turns) == max_turns else CONTEXT
    text = transcript([turn.text for turn in turns], book.observations.get(place, []))
    return Sampled(text, sum(turn.tokens for turn in turns), reason, turns[-1].error)
