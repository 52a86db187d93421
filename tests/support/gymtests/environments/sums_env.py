"""Forty small sums whose verifier reads `sum: N` and knows families and levels; hostile completions do as they say."""

import os

from envs import Reward, Task, TextEnv, UsageError


class _Sums:
    version = "sums-1"

    def __init__(self, split, size):
        self.split = split
        self.size = size

    def task(self, seed):
        return self.get(f"{self.split}-{seed}")

    def get(self, task_id):
        split, _, place = task_id.rpartition("-")
        if split != self.split or not place.isdigit() or int(place) >= self.size:
            raise UsageError(f"no task {task_id!r} in {self.split}")
        number = int(place)
        meta = {"family": "odd" if number % 2 else "even", "level": 1 + number % 3}
        return Task(task_id, f"say {number}", str(number), meta)

    def solution(self, task):
        return None if task.gold == "13" and os.environ.get("SUMS_GAP") else task.gold


def _verify(task, completion):
    if completion == "raise":
        raise ValueError("planted")
    if completion == "nope":
        return Reward(0.0, parts={"correct": 0.0, "format": 0.0}, outcome="no_answer")
    right = completion == task.gold
    outcome = "correct" if right else "wrong"
    return Reward(0.2 + 0.8 * right, {"correct": float(right), "format": 1.0}, outcome=outcome, answer=completion)


def make(split="train", size=40):
    return TextEnv(_Sums(split, size), _verify)
