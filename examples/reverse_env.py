"""An environment in one file: spell a word backwards.

grpo env show examples/reverse_env.py
grpo train --env examples/reverse_env.py --steps 20
"""

import hashlib

import numpy as np

from envs import Reward, Task, TextEnv, UsageError
from envs.judges import read_answer

LETTERS = "abcdefghij"


class Words:
    """Words of three letters; the hash of a word decides its split, so no word is in two of them."""

    size = None
    version = "1"

    def __init__(self, split: str):
        self.split = split

    def task(self, seed: int) -> Task:
        """Draws words until one belongs to this split."""
        rng = np.random.default_rng(seed)
        while True:
            word = "".join(rng.choice(list(LETTERS), 3))
            if self._split_of(word) == self.split:
                return self.get(word)

    def get(self, task_id: str) -> Task:
        """The id is the word."""
        if not set(task_id) <= set(LETTERS) or len(task_id) != 3:
            raise UsageError(f"no task {task_id!r}: an id is three letters of {LETTERS}")
        prompt = f"Spell {task_id} backwards. Give the answer in <answer></answer> tags."
        return Task(task_id, prompt, gold=task_id[::-1], meta={"family": "reverse"})

    def solution(self, task: Task) -> str:
        """What deserves the full reward."""
        return f"<answer>{task.gold}</answer>"

    @staticmethod
    def _split_of(word: str) -> str:
        bucket = hashlib.sha256(word.encode()).digest()[0] % 10
        return {0: "test", 1: "dev"}.get(bucket, "train")


def verify(task: Task, completion: str) -> Reward:
    """Full score for the word backwards as the one and only answer; a share of it for each letter in its place."""
    found = read_answer(completion)
    if found.text is None:
        return Reward(0.0, {"letters": 0.0}, outcome=found.outcome, reason=found.reason)
    right = sum(a == b for a, b in zip(found.text, task.gold, strict=False)) / max(len(found.text), len(task.gold))
    return Reward(right, {"letters": right}, outcome="answered", answer=found.text)


class Reverse(TextEnv):
    """Words to spell backwards."""

    summary = "Spell a word of three letters backwards"
    parts = {"letters": "the share of letters in their place"}


def make(split: str = "train") -> Reverse:
    """What the registry calls."""
    return Reverse(Words(split), verify)
