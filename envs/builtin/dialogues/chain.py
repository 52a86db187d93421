"""The `chain` environment: a sum told one step at a time, each step on the policy's own last result."""

from __future__ import annotations

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

LEVELS = {
    1: (2, 20, 9, "+-"),
    2: (3, 99, 9, "+-"),
    3: (4, 999, 99, "+-"),
    4: (5, 99, 9, "+-*"),
    5: (6, 999, 99, "+-*"),
}
"""Steps, largest start, largest operand and operations, by level. Factors are 2 to 9, and no result is below 0."""

DEFAULT_LEVELS = (1, 2)
_SAYS = {"+": "Now add {}.", "-": "Now subtract {}.", "*": "Now multiply by {}."}
_ID = re.compile(r"chain/([1-5])/([1-9][0-9]{0,2})((?:[+*-][1-9][0-9]?){2,6})")

Step = tuple[str, int]


def _apply(value: int, operation: str, operand: int) -> int:
    return {"+": value + operand, "-": value - operand, "*": value * operand}[operation]


def _operands(operation: str, value: int, most: int) -> tuple[int, int]:
    """Returns the range of operands that may follow a value: from the first to before the second."""
    return {"+": (1, most + 1), "-": (1, min(value, most) + 1), "*": (2, 10)}[operation]


@dataclass(frozen=True, slots=True)
class Chain:
    """A start and the steps that are taken from it."""

    level: int
    start: int
    steps: tuple[Step, ...]

    def results(self) -> list[int]:
        """Returns the result after each step."""
        value, results = self.start, []
        for operation, operand in self.steps:
            value = _apply(value, operation, operand)
            results.append(value)
        return results

    def fits(self) -> bool:
        """Whether its level has such a chain."""
        count, largest, most, operations = LEVELS[self.level]
        values = [self.start, *self.results()]
        return (
            len(self.steps) == count
            and self.start <= largest
            and all(
                sign in operations and number in range(*_operands(sign, value, most))
                for (sign, number), value in zip(self.steps, values, strict=False)
            )
        )

    def draft(self) -> Draft:
        """Returns the task; its key is the first step, which is all that the prompt shows."""
        (operation, operand), path = self.steps[0], "".join(f"{sign}{number}" for sign, number in self.steps)
        prompt = f"What is {self.start} {operation} {operand}? Give the answer in <answer></answer> tags."
        gold = {"level": self.level, "start": self.start, "steps": [list(step) for step in self.steps]}
        task = Task(f"chain/{self.level}/{self.start}{path}", prompt, gold, {"family": "chain", "level": self.level})
        first, second = (self.start, operand) if operation == "-" else sorted((self.start, operand))
        return Draft(f"chain:{first}{operation}{second}", lambda: task)


def chain_of(task: Task) -> Chain:
    """Returns the chain of a task."""
    gold = task.gold
    return Chain(gold["level"], gold["start"], tuple((sign, number) for sign, number in gold["steps"]))


class Chains(LevelledSource):
    """Chains of operations; an id is `chain/LEVEL/START+STEP-STEP`, such as `chain/1/47+8-5`.

    Args:
        split: `train`, `dev` or `test`; decided by the first step.
        levels: Levels to draw from, 1 to 5.

    Raises:
        UsageError: A split or a level is unknown.
    """

    name = "chain"
    version = "chain-1"
    default_levels = DEFAULT_LEVELS

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws a start and steps."""
        count, largest, most, operations = LEVELS[level]
        steps: list[Step] = []
        value = start = int(rng.integers(1, largest + 1))
        for _ in range(count):
            operation = operations[rng.integers(len(operations))]
            operation = operation if value else "+"  # nothing can be taken from 0
            operand = int(rng.integers(*_operands(operation, value, most)))
            steps.append((operation, operand))
            value = _apply(value, operation, operand)
        return Chain(level, start, tuple(steps)).draft()

    def rebuild(self, task_id: str) -> Draft | None:
        """Reads an id such as `chain/1/47+8-5`."""
        if not (found := _ID.fullmatch(task_id)):
            return None
        level, start = int(found[1]), int(found[2])
        steps = tuple((sign, int(number)) for sign, number in re.findall(r"([+*-])([0-9]+)", found[3]))
        chain = Chain(level, start, steps)
        return chain.draft() if chain.fits() else None

    def solution(self, task: Task) -> str | None:
        """Returns None: no single turn solves it; see `ChainEnv.oracle_turn`."""
        return None


class ChainEnv(DialogueEnv):
    """Steps of arithmetic, told one at a time; the first wrong result ends the episode."""

    summary = "Arithmetic told one step at a time, each on the result before"
    parts = {"correct": "1 where every step was right", "steps": "the share of steps that were right"}

    def reply(self, task: Task, turns: Sequence[str]) -> Answer:
        """Tells the next step while the results are right."""
        chain, said = chain_of(task), answered_number(turns[-1])
        results, done = chain.results(), len(turns)
        answer = None if said is None else str(said)
        if said != results[done - 1]:
            share = (done - 1) / len(results)
            outcome = "no_answer" if said is None else "wrong"
            return Reward(share, {"correct": 0.0, "steps": share}, outcome=outcome, answer=answer)
        if done == len(results):
            return Reward(1.0, {"correct": 1.0, "steps": 1.0}, outcome="correct", answer=answer)
        operation, operand = chain.steps[done]
        return Observation(_SAYS[operation].format(operand))

    def oracle_turn(self, task: Task, turns: Sequence[str]) -> str:
        """Gives the result of the next step."""
        return f"<answer>{chain_of(task).results()[len(turns)]}</answer>"


def make(
    split: str = "train", levels: int | Sequence[int] = DEFAULT_LEVELS, render_mode: str | None = None
) -> ChainEnv:
    """Builds the environment.

    Args:
        split: `train`, `dev` or `test`.
        levels: Levels to draw from, 1 to 5: 2 to 6 steps, with products from level 4 on.
        render_mode: Gymnasium's; None is the only one.
    """
    source = Chains(split, [levels] if isinstance(levels, int) else levels)
    return ChainEnv(source, max_turns=max(LEVELS[level][0] for level in source.levels), render_mode=render_mode)
