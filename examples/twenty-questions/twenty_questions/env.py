"""Find a number from 2 to 60 by asking what divides it: an episode of several turns.

grpo env play twenty-questions
grpo train --env twenty-questions --steps 20
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from envs import DialogueEnv, ListedTasks, Observation, Reward, Task, reply_of
from envs.judges import read_answer

LARGEST = 60
PROMPT = (
    "Game {game}: I think of a number from 2 to {largest}. Ask what divides it by <ask>3</ask>, one question a turn,"
    " and give the number in <answer></answer> tags. You have {turns} turns."
)
MAX_TURNS = 20
_ASK = re.compile(r"<ask>\s*([0-9]{1,3})\s*</ask>")


def _secret(game: int) -> int:
    return 2 + (game * 7919 + game // 59) % (LARGEST - 1)


ROWS = [{"game": game, "largest": LARGEST, "turns": MAX_TURNS, "answer": _secret(game)} for game in range(1000, 2000)]


def asked(turn: str) -> int | None:
    """Returns the one divisor that a turn asks about, None where it asks nothing."""
    found = {int(number) for number in _ASK.findall(reply_of(turn))}
    return found.pop() if len(found) == 1 and found != {0} else None


class TwentyQuestions(DialogueEnv):
    """Questions and answers; whatever is neither costs a turn."""

    summary = "Find a number by asking what divides it"
    parts = {"correct": "1 where the number is found"}

    def reply(self, task: Task, turns: Sequence[str]) -> Observation | Reward:
        """Answers a question, or judges the answer: a pure function of the task and the turns so far."""
        turn = turns[-1]
        divisor = asked(turn)
        if "<answer>" in reply_of(turn):
            answer = read_answer(turn)
            correct = float(answer.text == str(task.gold) and divisor is None)
            return Reward(correct, {"correct": correct}, outcome=answer.outcome, answer=answer.text)
        if divisor is None:
            return Observation("Ask with <ask></ask> or answer with <answer></answer>.")
        return Observation(f"{'Yes' if task.gold % divisor == 0 else 'No'}, {divisor} is asked.")

    def unfinished(self, task: Task, turns: Sequence[str]) -> Reward:
        """Says that no answer was given."""
        return Reward(0.0, {"correct": 0.0}, outcome="no_answer")

    def oracle_turn(self, task: Task, turns: Sequence[str]) -> str:
        """Asks until one number is left."""
        questions = [divisor for divisor in map(asked, turns) if divisor]
        left = [
            number
            for number in range(2, LARGEST + 1)
            if all((number % divisor == 0) == (task.gold % divisor == 0) for divisor in questions)
        ]
        if len(left) == 1 or len(turns) == MAX_TURNS - 1:
            return f"<answer>{left[0] if len(left) == 1 else task.gold}</answer>"
        halves = min(range(2, LARGEST + 1), key=lambda d: abs(sum(n % d == 0 for n in left) - len(left) / 2))
        return f"<ask>{halves}</ask>"


def make(split: str = "train") -> TwentyQuestions:
    """What the registry calls."""
    return TwentyQuestions(ListedTasks(split, ROWS, prompt=PROMPT), max_turns=MAX_TURNS)
