"""Puzzles made backwards: an expression first, its numbers and its value as the question."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from envs.builtin.countdown.expression import BadExpression, Expression, Node, evaluate, numbers_of, read_steps, render
from envs.core.sources.procedural import Draft, LevelledSource
from envs.core.task import Task

SMALLEST = 2


@dataclass(frozen=True, slots=True)
class Level:
    """How large a puzzle is: how many numbers, the largest of them, and the largest target."""

    count: int
    largest: int
    target: int


LEVELS: dict[int, Level] = {
    1: Level(2, 30, 100),
    2: Level(3, 20, 100),
    3: Level(4, 50, 200),
    4: Level(5, 100, 500),
    5: Level(6, 100, 1000),
}
DEFAULT_LEVELS = (1,)
_OPERATORS = "+-*/"
_KIND = "make"
_TRIES = 40  # draws of numbers for one choice of operators, some of which hardly any numbers suit


class ProceduralCountdown(LevelledSource):
    """Puzzles with at least one solution, because each is made from one.

    An id holds that solution, such as `make/2/(5-2)*8`; the policy never sees ids. Puzzles with the same numbers and
    the same target share a split, whatever the solution.

    Args:
        split: `train`, `dev` or `test`.
        levels: Difficulties to draw from, 1 to 5: a level has one number more than its own.

    Raises:
        UsageError: A split or a level is unknown.
    """

    name = "countdown"
    version = "countdown-1"
    default_levels = DEFAULT_LEVELS

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws operators, each as likely as the others, and then numbers until they suit."""
        sizes, dice = LEVELS[level], Random(int(rng.integers(2**63)))  # numpy's own is slow one number at a time
        while True:
            operators = dice.choices(_OPERATORS, k=sizes.count - 1)
            for _ in range(_TRIES):
                numbers = [dice.randint(SMALLEST, sizes.largest) for _ in range(sizes.count)]
                expression = _joined(numbers, operators, dice)
                draft = None if expression is None else _draft(level, expression)
                if draft is not None:
                    return draft

    def rebuild(self, task_id: str) -> Draft | None:
        """Reads an id such as `make/2/(5-2)*8`."""
        kind, _, rest = task_id.partition("/")
        level, _, address = rest.partition("/")
        if kind != _KIND or level not in map(str, LEVELS):
            return None
        try:
            (step,) = read_steps(address)
        except ValueError:  # no expression, or several
            return None
        return _draft(int(level), step.expression)

    def solution(self, task: Task) -> str | None:
        """Returns the expression the puzzle was made from."""
        draft = self.rebuild(task.id)
        return None if draft is None else f"<answer>{task.id.split('/', 2)[2]}</answer>"


def _joined(numbers: list[int], operators: list[str], dice: Random) -> Expression | None:
    """Joins random pairs by the operators in turn, or returns None where a result is no positive whole number."""
    pool: list[tuple[Expression, int]] = [(number, number) for number in numbers]
    for operator in operators:
        (left, first), (right, second) = (pool.pop(dice.randrange(len(pool))) for _ in range(2))
        if operator in "-/" and first < second:
            (left, first), (right, second) = (right, second), (left, first)
        value = _applied(operator, first, second)
        if value is None:
            return None
        pool.append((Node(operator, left, right), value))
    return pool[0][0]


def _applied(operator: str, first: int, second: int) -> int | None:
    """Returns the result, or None where it is no positive whole number."""
    match operator:
        case "+":
            return first + second
        case "*":
            return first * second
        case "-":
            return first - second if first > second else None
    return first // second if first % second == 0 else None


def _draft(level: int, expression: Expression) -> Draft | None:
    """Returns the puzzle of an expression, or None where it has not the sizes of its level."""
    sizes, numbers = LEVELS[level], sorted(numbers_of(expression).elements())
    if len(numbers) != sizes.count or not SMALLEST <= numbers[0] <= numbers[-1] <= sizes.largest:
        return None
    try:
        target = _whole(expression)
    except BadExpression:
        return None
    if target is None or target > sizes.target:
        return None
    prompt = (
        f"From {', '.join(map(str, numbers))} make {target}: use each number once with + - * /. "
        "Give the answer in <answer></answer> tags."
    )
    task = Task(
        f"{_KIND}/{level}/{render(expression)}",
        prompt,
        {"numbers": numbers, "target": target},
        {"family": _KIND, "level": level},
    )
    return Draft(f"countdown:{numbers}={target}", lambda: task)


def _whole(expression: Expression) -> int | None:
    """Returns the value of an expression whose every step gives a positive whole number, None for any other."""
    if isinstance(expression, Node) and (_whole(expression.left) is None or _whole(expression.right) is None):
        return None
    value = evaluate(expression)
    return int(value) if value.denominator == 1 and value > 0 else None
