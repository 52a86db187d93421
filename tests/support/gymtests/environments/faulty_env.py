"""Arithmetic whose verifier, on some tasks, does what verifiers must not do."""

import time

from envs import Task, TextEnv, UsageError

FAULTS = ("raise", "hang", "nan", "inf", "string", "none")


class Tasks:
    version = "1"
    size = 12

    def __init__(self, split):
        self.split = split

    def task(self, seed):
        return self.get(f"q{seed % self.size}")

    def get(self, task_id):
        if task_id not in {f"q{i}" for i in range(self.size)}:
            raise UsageError(f"no task {task_id!r}")
        number = int(task_id[1:])
        return Task(task_id, f"What is {number}+1?", number, {"family": "plus", "level": 1})

    def solution(self, task):
        return f"<answer>{task.gold + 1}</answer>"


def verify(task, completion):
    fault = FAULTS[task.gold] if task.gold < len(FAULTS) else ""
    match fault:
        case "raise":
            raise RuntimeError("planted")
        case "hang":
            while True:
                time.sleep(0.01)
        case "nan" | "inf":
            return float(fault)
        case "string":
            return "1"
        case "none":
            return None
    return float(len(completion) % 2)


def make(split="train"):
    return TextEnv(Tasks(split), verify)
