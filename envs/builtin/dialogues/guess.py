"""The `guess` environment: find a number by asking whether it is higher or lower."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from envs.builtin.dialogues.tags import answered_number
from envs.core.environment import DialogueEnv
from envs.core.episode import Answer, Observation
from envs.core.reward import Reward
from envs.core.sources.procedural import Draft, LevelledSource
from envs.core.task import Task

GUESSES = {1: 3, 2: 4, 3: 6, 4: 8, 5: 10}
"""Guesses by level. The numbers are as many as halving can tell apart in them: 7, 15, 63, 255 and 1023."""

DEFAULT_LEVELS = (1, 2)
PARTIAL = 0.5
"""What all the bits of the secret are worth to a policy that never said it."""

_LOWEST = {1: 93, 2: 185, 3: 900, 4: 4_000, 5: 9_000}
_ID = re.compile(r"guess/([1-5])/([1-9][0-9]{0,4})-([1-9][0-9]{0,4})/([1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True)
class Game:
    """One game, all of it decided by the task's id.

    Attributes:
        level: Its level.
        low: The smallest number it may be.
        secret: The number to find.
    """

    level: int
    low: int
    secret: int

    @property
    def guesses(self) -> int:
        """How many guesses there are."""
        return GUESSES[self.level]

    @property
    def high(self) -> int:
        """The largest number it may be."""
        return self.low + 2**self.guesses - 2

    def bounds(self, turns: Sequence[str]) -> tuple[int, int]:
        """Returns the smallest and the largest number that it may still be after these turns."""
        low, high = self.low, self.high
        for turn in turns:
            guess = answered_number(turn)
            if guess is not None and guess < self.secret:
                low = max(low, guess + 1)
            elif guess is not None and guess > self.secret:
                high = min(high, guess - 1)
        return low, high

    def progress(self, turns: Sequence[str]) -> float:
        """Returns how much of the secret has been found out, as a share of its bits."""
        low, high = self.bounds(turns)
        return 1 - math.log2(high - low + 1) / math.log2(2**self.guesses - 1)

    def draft(self) -> Draft:
        """Returns the task; its key is the range, which is all that the prompt shows."""
        prompt = (
            f"Guess my number from {self.low} to {self.high} in {self.guesses} tries. "
            "Give each guess in <answer></answer> tags."
        )
        task_id = f"guess/{self.level}/{self.low}-{self.high}/{self.secret}"
        gold = {"level": self.level, "low": self.low, "secret": self.secret}
        task = Task(task_id, prompt, gold, {"family": "guess", "level": self.level})
        return Draft(f"guess:{self.low}", lambda: task)


class Games(LevelledSource):
    """Games of guessing, drawn from a seed; an id is `guess/LEVEL/LOW-HIGH/SECRET`.

    Args:
        split: `train`, `dev` or `test`; decided by where the range begins.
        levels: Levels to draw from, 1 to 5.

    Raises:
        UsageError: A split or a level is unknown.
    """

    name = "guess"
    version = "guess-1"
    default_levels = DEFAULT_LEVELS

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws a range and a secret in it."""
        low = int(rng.integers(1, _LOWEST[level] + 1))
        return Game(level, low, low + int(rng.integers(2 ** GUESSES[level] - 1))).draft()

    def rebuild(self, task_id: str) -> Draft | None:
        """Reads an id such as `guess/1/34-40/37`."""
        if not (found := _ID.fullmatch(task_id)):
            return None
        level, low, high, secret = map(int, found.groups())
        game = Game(level, low, secret)
        return game.draft() if low <= _LOWEST[level] and high == game.high and low <= secret <= high else None

    def solution(self, task: Task) -> str | None:
        """Returns None: a first guess that is right is luck; see `GuessEnv.oracle_turn`."""
        return None


class GuessEnv(DialogueEnv):
    """A number to find; whatever is not one whole number in one tag costs a guess."""

    summary = "Find a number in a few guesses, told whether it is higher or lower"
    parts = {
        "correct": "1 where the number was found",
        "progress": "how much of it was found out, as a share of its bits; not finding it pays at most half of that",
    }

    def reply(self, task: Task, turns: Sequence[str]) -> Answer:
        """Says higher or lower, until the number is found or the guesses are used up."""
        game, guess = Game(**task.gold), answered_number(turns[-1])
        said = None if guess is None else str(guess)
        if guess == game.secret:
            return Reward(1.0, {"correct": 1.0, "progress": 1.0}, outcome="found", answer=said)
        left = game.guesses - len(turns)
        if left <= 0:
            progress = game.progress(turns)
            parts = {"correct": 0.0, "progress": progress}
            return Reward(PARTIAL * progress, parts, outcome="out_of_guesses", answer=said)
        if guess is None:
            hint = "That is not one whole number in <answer></answer> tags."
        else:
            hint = f"Higher than {guess}." if guess < game.secret else f"Lower than {guess}."
        return Observation(f"{hint} Tries left: {left}.")

    def oracle_turn(self, task: Task, turns: Sequence[str]) -> str:
        """Halves what is left."""
        game = Game(**task.gold)
        low, high = game.bounds(turns)
        return f"<answer>{(low + high) // 2}</answer>"


def make(
    split: str = "train", levels: int | Sequence[int] = DEFAULT_LEVELS, render_mode: str | None = None
) -> GuessEnv:
    """Builds the environment.

    Args:
        split: `train`, `dev` or `test`.
        levels: Levels to draw from, 1 to 5: 3, 4, 6, 8 and 10 guesses.
        render_mode: Gymnasium's; None is the only one.
    """
    source = Games(split, [levels] if isinstance(levels, int) else levels)
    most = max(GUESSES[level] for level in source.levels)
    return GuessEnv(source, max_turns=most, render_mode=render_mode)
