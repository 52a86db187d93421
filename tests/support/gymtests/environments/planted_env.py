"""An environment whose verifier does, on request, everything a verifier must not do."""

import os
import time

from envs import Reward, Task, TextEnv, UsageError


class _Tasks:
    version = "1"
    size = 10

    def __init__(self, split):
        self.split = split

    def task(self, seed):
        return self.get(f"t{seed % self.size}")

    def get(self, task_id):
        if not task_id.startswith("t"):
            raise UsageError(f"no task {task_id!r}")
        return Task(task_id, f"say {task_id}", task_id, {"family": "say", "level": 1})

    def solution(self, task):
        return task.gold


def _verify(task, completion):
    match completion:
        case "raise":
            raise KeyError("planted")
        case "hang":
            while True:
                time.sleep(0.01)
        case "spin":
            return float(sum(1 for _ in iter(int, 1)))
        case "nan":
            return float("nan")
        case "inf":
            return float("inf")
        case "string":
            return "1.0"
        case "none":
            return None
        case "two":
            return 2.0
        case "bad-part":
            return Reward(1.0, parts={"x": float("nan")})
        case "die":
            os._exit(3)
        case "memory":
            return float(len(bytearray(64 * 2**30)) > 0)
        case "surrogate":
            return Reward(1.0, answer="\udcff")
    return Reward(float(completion == task.gold), parts={"match": float(completion == task.gold)}, answer=completion)


def make(split="train"):
    return TextEnv(_Tasks(split), _verify)
