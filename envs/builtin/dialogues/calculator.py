"""The `calculator` environment: sums too long for the head, and a calculator that can be called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from envs.builtin.dialogues.arithmetic import NotArithmetic, evaluate, read_value, show
from envs.builtin.dialogues.tags import only_tag, visible
from envs.core.environment import DialogueEnv
from envs.core.episode import Answer, Observation
from envs.core.reward import Reward
from envs.core.sources.procedural import Draft, LevelledSource
from envs.core.task import Task

LEVELS = {1: (2, 3, "+-*"), 2: (3, 3, "+-*"), 3: (4, 4, "+-*"), 4: (5, 4, "+-*/"), 5: (7, 5, "+-*/")}
"""Numbers, their most digits and the operations, by level."""

DEFAULT_LEVELS = (1, 2)
DEFAULT_MAX_TURNS = 4
_ID = re.compile(r"calculator/([1-5])/([0-9+*/()-]{3,80})")
_ASKS = "Either call the calculator with <tool></tool> or give the answer in <answer></answer> tags."


class Sums(LevelledSource):
    """Expressions to work out; an id is `calculator/LEVEL/EXPRESSION`, such as `calculator/2/(417-38)*96`.

    Args:
        split: `train`, `dev` or `test`; decided by the numbers and operations, whatever their order.
        levels: Levels to draw from, 1 to 5.

    Raises:
        UsageError: A split or a level is unknown.
    """

    name = "calculator"
    version = "calculator-1"
    default_levels = DEFAULT_LEVELS

    def draw(self, kind: str, level: int, rng: np.random.Generator) -> Draft:
        """Draws an expression: the next number comes to the right of what there is, or in brackets of its own."""
        count, digits, operations = LEVELS[level]
        text = str(_number(digits, rng))
        for place in range(count - 1):
            operation = operations[rng.integers(len(operations))]
            if place and operation in "*/":
                text = f"({text})"
            text += f"{operation}{_number(digits, rng)}"
        return _draft(level, text)

    def rebuild(self, task_id: str) -> Draft | None:
        """Reads an id such as `calculator/1/417*96`."""
        if not (found := _ID.fullmatch(task_id)):
            return None
        level, text = int(found[1]), found[2]
        count, digits, _ = LEVELS[level]
        numbers = re.findall(r"[0-9]+", text)
        if len(numbers) != count or any(number[0] == "0" or len(number) > digits for number in numbers):
            return None
        try:
            evaluate(text)
        except NotArithmetic:
            return None
        return _draft(level, text)

    def solution(self, task: Task) -> str:
        """Returns the answer, without a call."""
        return f"<answer>{task.gold}</answer>"


def _number(digits: int, rng: np.random.Generator) -> int:
    return int(rng.integers(2, 10 ** int(rng.integers(2, digits + 1))))


def _draft(level: int, text: str) -> Draft:
    shown = re.sub(r"([+*/-])", r" \1 ", text)
    prompt = (
        f"What is {shown}? <tool>12*(3+4)</tool> calls a calculator that says what that is. "
        "Give the answer in <answer></answer> tags, as a whole number or a fraction."
    )
    task_id, gold = f"calculator/{level}/{text}", show(evaluate(text))
    numbers, operations = sorted(map(int, re.findall(r"[0-9]+", text))), sorted(re.findall(r"[+*/-]", text))
    key = f"calculator:{','.join(map(str, numbers))}:{''.join(operations)}"
    task = Task(task_id, prompt, gold, {"family": "calculator", "level": level})
    return Draft(key, lambda: task)


class CalculatorEnv(DialogueEnv):
    """One call or one answer a turn; what is neither is told so, and costs a turn."""

    summary = "Long arithmetic with a calculator to call, exactly and safely"
    parts = {"correct": "1 where the answer is the exact value", "called": "1 where the calculator gave a result"}

    def reply(self, task: Task, turns: Sequence[str]) -> Answer:
        """Works out a call, or judges the answer."""
        turn = turns[-1]
        call, inside = only_tag(turn, "tool"), only_tag(turn, "answer")
        if (call is None) == (inside is None) or (call is None and "<tool>" in visible(turn)):
            return Observation(f"One thing a turn. {_ASKS}")
        if call is not None:
            return Observation(_said(call)) if "<answer>" not in visible(turn) else Observation(_ASKS)
        return self._judge(task, inside or "", turns[:-1])

    def _judge(self, task: Task, inside: str, before: Sequence[str]) -> Reward:
        value = read_value(inside.strip(" \t\r\n*$`"))
        right = float(value is not None and value == Fraction(task.gold))
        outcome = "no_answer" if value is None else "correct" if right else "wrong"
        answer = None if value is None else show(value)
        return Reward(right, {"correct": right, "called": self._called(before)}, outcome=outcome, answer=answer)

    def unfinished(self, task: Task, turns: Sequence[str]) -> Reward:
        """Returns 0: no answer was given."""
        return Reward(0.0, {"correct": 0.0, "called": self._called(turns)}, outcome="no_answer")

    def _called(self, turns: Sequence[str]) -> float:
        calls = [call for turn in turns if (call := only_tag(turn, "tool")) is not None]
        return float(any(_said(call).startswith("=") for call in calls))

    def oracle_turn(self, task: Task, turns: Sequence[str]) -> str:
        """Calls the calculator with the whole expression, then says what it said."""
        return f"<answer>{task.gold}</answer>" if turns else f"<tool>{task.id.split('/', 2)[2]}</tool>"


def _said(call: str) -> str:
    """Returns what the calculator says; never a word of the call itself."""
    try:
        return f"= {show(evaluate(call))}"
    except NotArithmetic as error:
        return f"Error: {error}."


def make(
    split: str = "train",
    levels: int | Sequence[int] = DEFAULT_LEVELS,
    max_turns: int = DEFAULT_MAX_TURNS,
    render_mode: str | None = None,
) -> CalculatorEnv:
    """Builds the environment.

    Args:
        split: `train`, `dev` or `test`.
        levels: Levels to draw from, 1 to 5: 2 to 7 numbers of up to 5 digits, with quotients from level 4 on.
        max_turns: Most turns, calls and answer together.
        render_mode: Gymnasium's; None is the only one.
    """
    source = Sums(split, [levels] if isinstance(levels, int) else levels)
    return CalculatorEnv(source, max_turns=max_turns, render_mode=render_mode)
