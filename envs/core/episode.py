"""What passes between a policy and an environment in an episode of one or several turns.

An episode is told by what the policy has said so far. What the environment answers is a pure function of the task and
those turns, so that any process can compute it again: a verifier worker that may be killed, a resumed run, a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from envs.core.reward import Reward

MAX_OBSERVATION_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Observation:
    """What the environment says to the policy while the episode goes on.

    Attributes:
        text: The policy reads it as the next message of the chat. It carries what the environment wants to say, never
            markers of a chat template.
    """

    text: str


Answer = Observation | Reward
"""What the environment answers to a turn: an observation, or the reward that ends the episode."""


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode as far as it has come, as verifier workers are told of it.

    Attributes:
        task_id: The task's id.
        turns: Everything the policy has said, first turn first; at least one.
        final: Whether no turn can follow, so that the answer must be a reward.
        cut: Whether the last turn ran into its limit of tokens, so that what looks whole in it may be half of what was
            meant.
    """

    task_id: str
    turns: tuple[str, ...]
    final: bool = False
    cut: bool = False


def checked_observation(value: Observation) -> Answer:
    """Returns an observation that can be sent on; one that is no text, or too long, is the environment's fault."""
    if not isinstance(value.text, str):
        return Reward.unscorable(f"the environment's observation is {type(value.text).__name__}, not text")
    if len(value.text) > MAX_OBSERVATION_CHARS:
        return Reward.unscorable(f"the environment's observation is longer than {MAX_OBSERVATION_CHARS:,} characters")
    return value


def transcript(turns: Sequence[str], observations: Sequence[str]) -> str:
    """Returns an episode as one text for a person; that of a single turn is the turn itself."""
    said = list(turns[:1])
    for observation, turn in zip(observations, turns[1:], strict=False):
        said += [f"[environment] {observation}", f"[policy] {turn}"]
    return "\n\n".join(said)
