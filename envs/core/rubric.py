"""Rewards made of named parts with weights and gates: declared, not coded.

    Rubric(
        Part("correct", NumericMatch()),
        Part("format", TagFormat("think", "answer"), weight=0.2, gate="correct"),
        Part("overlong", SoftOverlong(400, 100), weight=-0.5),
    )

A part is any verifier. Its score says how much of it there is, from 0 to 1; a part of negative weight is a penalty.

- A part *counts* when it has no gate, or when its gate counts and scores at least `threshold`. Gates chain, and never
  form a circle.
- score = sum of weight * score over the parts that count / sum of all positive weights, cut off at 0. The divisor never
  depends on the completion, so closing a gate can only take away what its parts would have given (or taken).
- A part that ends in `timeout` or `error` is taken at its worst: 0 where it gives, 1 where it takes. The worst status
  of the parts that count is the rubric's.
- A part that counts and is `unscorable` makes the whole unscorable, because the fault is ours. One that raises is
  unscorable.
- All parts run and are logged under their names, those behind a closed gate too; what a part logs itself is logged
  as `part.name`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from envs.core.environment import Verifier
from envs.core.errors import UsageError, did_you_mean
from envs.core.reward import Reward, Status, checked
from envs.core.task import Task

_SEVERITY = (Status.OK, Status.ERROR, Status.TIMEOUT)


@dataclass(frozen=True)
class Part:
    """One named part of a rubric.

    Attributes:
        name: As in `Reward.parts`; without dots, which are for what a part logs itself.
        verifier: What scores it.
        weight: What a full score adds; negative for a penalty, 0 for a part that is only watched or only a gate.
        gate: The part that must reach `threshold` for this one to count; None for always.
        threshold: The score at which the gate opens.
        primary: Whether answer, outcome and reason are taken from this part; otherwise from the heaviest.
    """

    name: str
    verifier: Verifier
    weight: float = 1.0
    gate: str | None = None
    threshold: float = 1.0
    primary: bool = False

    def __post_init__(self) -> None:
        if not self.name or "." in self.name:
            raise UsageError(f"a part's name is a word without dots, not {self.name!r}")
        if not callable(self.verifier):
            raise UsageError(f"part {self.name!r}: its verifier is {type(self.verifier).__name__}, not a function")
        if not math.isfinite(self.weight):
            raise UsageError(f"part {self.name!r}: its weight is {self.weight}; give a finite number")
        if not 0 < self.threshold <= 1:
            raise UsageError(f"part {self.name!r}: its threshold is {self.threshold}; give a number in (0, 1]")

    @property
    def meaning(self) -> str:
        """One line: the first of the verifier's docstring, the weight and the gate."""
        doc = type(self.verifier).__doc__ if not hasattr(self.verifier, "__name__") else self.verifier.__doc__
        first = (doc or "").strip().partition("\n")[0].rstrip(".")
        gate = "" if self.gate is None else f", counts where {self.gate} is at least {self.threshold:g}"
        return f"{first} (weight {self.weight:g}{gate})".strip()


class Rubric:
    """A verifier composed of parts; see the module for what counts when.

    Args:
        *parts: The parts, in any order.

    Raises:
        UsageError: No part has a positive weight, two share a name, two are primary, or gates name no part or form a
            circle.
    """

    def __init__(self, *parts: Part):
        self.parts = parts
        self._named = {part.name: part for part in parts}
        if len(self._named) < len(parts):
            raise UsageError("two parts of the rubric share a name: give each its own")
        self._total = math.fsum(part.weight for part in parts if part.weight > 0)
        if self._total <= 0:
            raise UsageError("no part of the rubric has a positive weight: give one, or no completion can score")
        chosen = [part for part in parts if part.primary]
        if len(chosen) > 1:
            raise UsageError(f"parts {chosen[0].name!r} and {chosen[1].name!r} are both primary: choose one")
        self._primary = chosen[0] if chosen else max(parts, key=lambda part: part.weight)
        self._matters = {name for part in parts if part.weight for name in self._chain(part)}

    def _chain(self, part: Part) -> Iterator[str]:
        """Yields a part's name, its gate's, the gate's gate's and so on."""
        seen: list[str] = []
        while True:
            if part.name in seen:
                raise UsageError(f"gates form a circle: {' <- '.join([*seen, part.name])}")
            seen.append(part.name)
            yield part.name
            if part.gate is None:
                return
            if part.gate not in self._named:
                raise UsageError(f"part {part.name!r}: no gate {part.gate!r}: {did_you_mean(part.gate, self._named)}")
            part = self._named[part.gate]

    @property
    def meanings(self) -> dict[str, str]:
        """What each part means, for `TextEnv.parts`."""
        return {part.name: part.meaning for part in self.parts}

    def __call__(self, task: Task, completion: str) -> Reward:
        """Returns the weighted reward of a completion."""
        return self._weighed({part.name: _judged(part.verifier, task, completion) for part in self.parts})

    def score_batch(self, pairs: Sequence[tuple[Task, str]]) -> Iterator[Reward]:
        """Yields the weighted rewards of many completions; parts that can score many at once get them together.

        The others score one completion when its reward is asked for, so that one they never come to an end with is
        not held against those before it, whose rewards are known by then.
        """
        together = {
            part.name: _judged_together(part.verifier, pairs) for part in self.parts if _takes_many(part.verifier)
        }
        for place, (task, completion) in enumerate(pairs):
            yield self._weighed(
                {
                    part.name: together[part.name][place]
                    if part.name in together
                    else _judged(part.verifier, task, completion)
                    for part in self.parts
                }
            )

    def start_worker(self) -> None:
        """Starts what the parts keep running, in a worker's first moments."""
        for part in self.parts:
            start = getattr(part.verifier, "start_worker", None)
            if start is not None:
                start()

    def _weighed(self, found: dict[str, Reward]) -> Reward:
        counting = [part for part in self.parts if part.name in self._matters and self._counts(part, found)]
        logged = _logged(found)
        for part in counting:
            if not found[part.name].scorable:
                reason = f"part {part.name!r}: {found[part.name].reason}"
                return Reward(0.0, logged, Status.UNSCORABLE, found[part.name].outcome, reason=reason)
        earned = math.fsum(part.weight * _taken(part, found[part.name]) for part in counting)
        main = found[self._primary.name]
        status = max((found[part.name].status for part in counting), key=_SEVERITY.index)
        score = min(max(earned / self._total, 0.0), 1.0)
        return Reward(score, logged, status, main.outcome, main.answer, main.reason)

    def _counts(self, part: Part, found: Mapping[str, Reward]) -> bool:
        """Whether every gate on the way is open; a gate that is unscorable is open, so that the whole becomes so."""
        while part.gate is not None:
            gate = found[part.gate]
            if gate.scorable and (gate.status is not Status.OK or gate.score < part.threshold):
                return False
            part = self._named[part.gate]
        return True

    def close(self) -> None:
        """Ends what the parts keep running."""
        for part in self.parts:
            close = getattr(part.verifier, "close", None)
            if close is not None:
                close()


def _judged(verifier: Verifier, task: Task, completion: str) -> Reward:
    try:
        return checked(verifier(task, completion))
    except MemoryError:
        raise  # the environment knows whose fault that is
    except Exception as error:  # plugin code: whatever it raises must not end a run
        return Reward.unscorable(f"it raised {type(error).__name__}: {error}"[:300])


def _takes_many(verifier: Verifier) -> bool:
    """Whether a verifier gains by scoring many at once; of a rubric, whether one of its parts does."""
    if isinstance(verifier, Rubric):
        return any(_takes_many(part.verifier) for part in verifier.parts)
    return hasattr(verifier, "score_batch")


def _judged_together(verifier: Any, pairs: Sequence[tuple[Task, str]]) -> list[Reward]:
    try:
        rewards = [checked(value) for value in verifier.score_batch(pairs)]
    except MemoryError:
        raise
    except Exception as error:  # plugin code, as above
        return [Reward.unscorable(f"it raised {type(error).__name__}: {error}"[:300])] * len(pairs)
    if len(rewards) != len(pairs):
        return [Reward.unscorable(f"it scored {len(rewards)} of {len(pairs)} completions")] * len(pairs)
    return rewards


def _taken(part: Part, reward: Reward) -> float:
    """Returns the score at which a part is taken: the worst where it broke off."""
    if reward.status is Status.OK:
        return reward.score
    return 0.0 if part.weight > 0 else 1.0


def _logged(found: Mapping[str, Reward]) -> dict[str, Any]:
    logged = {name: reward.score for name, reward in found.items()}
    for name, reward in found.items():
        logged.update({f"{name}.{inner}": value for inner, value in reward.parts.items()})
    return logged
