"""The other environments that `grpo env new` writes: of several turns, with a tool, over a file of questions."""

from __future__ import annotations

_HEAD = '''"""$title: {what}.

    grpo env play $where
    grpo env check $where
    grpo env audit $where
    grpo train --env $where --steps 20
"""

'''

DIALOGUE = (
    _HEAD.format(what="a sum in three steps, one a turn")
    + '''from collections.abc import Sequence

from envs import DialogueEnv, ListedTasks, Observation, Reward, Task
from envs.judges import read_answer

PROMPT = "Start from {start}. Add {step} and give the result in <answer></answer> tags. You will be asked again."
STEPS = 3
ROWS = [
    {"start": start, "step": step, "answer": [start + step * turn for turn in range(1, STEPS + 1)]}
    for start in range(100, 900, 7)
    for step in range(11, 90, 6)
]


class Env(DialogueEnv):
    """Each turn goes on from the one before; the first wrong one ends the episode."""

    summary = "Add the same number three times"
    parts = {"correct": "1 where every result is right"}

    def reply(self, task: Task, turns: Sequence[str]) -> Observation | Reward:
        """Asks for the next step, or ends: a pure function of the task and of all that the policy has said."""
        answer = read_answer(turns[-1])
        right = answer.text == str(task.gold[len(turns) - 1])
        if right and len(turns) < STEPS:
            return Observation("Right. Add it once more.")
        return Reward(float(right), {"correct": float(right)}, outcome=answer.outcome, answer=answer.text)

    def oracle_turn(self, task: Task, turns: Sequence[str]) -> str:
        """Says what a perfect policy says next."""
        return f"<answer>{task.gold[len(turns)]}</answer>"


def make(split: str = "train") -> Env:
    """Builds one split; the hash of a prompt decides where it belongs."""
    return Env(ListedTasks(split, ROWS, prompt=PROMPT), max_turns=STEPS)
'''
)

TOOLS = (
    _HEAD.format(what="a question that a tool helps with")
    + '''import re
from collections.abc import Sequence

from envs import DialogueEnv, ListedTasks, Observation, Reward, Task, reply_of
from envs.judges import read_answer

PROMPT = (
    "What do {count} of item {item} cost? Ask for the price of one with <tool>price {item}</tool>, and give the total"
    " in <answer></answer> tags."
)
MAX_TURNS = 4
_CALL = re.compile(r"<tool>\\s*price ([0-9]{1,4})\\s*</tool>")


def price(item: int) -> int:
    """What the tool looks up; replace it by a tool of your own that gives the same answer every time."""
    return 11 + item * 7919 % 89


ROWS = [
    {"count": count, "item": item, "answer": count * price(item)} for item in range(1000, 1400) for count in (3, 4, 7)
]


class Env(DialogueEnv):
    """One call of the tool, or one answer, a turn; whatever is neither costs a turn."""

    summary = "Ask a tool for a price, and multiply"
    parts = {"correct": "1 where the total is right"}

    def reply(self, task: Task, turns: Sequence[str]) -> Observation | Reward:
        """Answers a call, or judges the answer: a pure function of the task and of all that the policy has said."""
        said = reply_of(turns[-1])
        calls = set(_CALL.findall(said))
        if "<answer>" in said:
            answer = read_answer(turns[-1])
            right = float(answer.text == str(task.gold) and not calls)
            return Reward(right, {"correct": right}, outcome=answer.outcome, answer=answer.text)
        if len(calls) != 1:
            return Observation("Call the tool once, with <tool>price 1234</tool>, or answer with <answer></answer>.")
        return Observation(f"= {price(int(calls.pop()))}")

    def unfinished(self, task: Task, turns: Sequence[str]) -> Reward:
        """Says that no answer was given."""
        return Reward(0.0, {"correct": 0.0}, outcome="no_answer")

    def oracle_turn(self, task: Task, turns: Sequence[str]) -> str:
        """Says what a perfect policy says next."""
        item = re.findall("<tool>(.*?)</tool>", task.prompt)[0]
        return f"<answer>{task.gold}</answer>" if turns else f"<tool>{item}</tool>"


def make(split: str = "train") -> Env:
    """Builds one split; the hash of a prompt decides where it belongs."""
    return Env(ListedTasks(split, ROWS, prompt=PROMPT), max_turns=MAX_TURNS)
'''
)

DATA = (
    _HEAD.format(what="the questions in $data")
    + '''from pathlib import Path

import envs
from envs import TextEnv

DATA = Path(__file__).with_name("$data")


def make(split: str = "train") -> TextEnv:
    """Builds one split of the file; the hash of a prompt decides where it belongs.

    `verifier` is one of math, exact, numeric, regex, code and json_schema; `grpo env show dataset` lists the rest.
    """
    return envs.make(
        "dataset",
        split=split,
        data=str(DATA),
        prompt="{$prompt}",
        answer="{$answer}",
        verifier="$verifier",
    )
'''
)
