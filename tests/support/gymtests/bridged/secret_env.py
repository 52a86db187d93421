"""Two-turn episodes whose gold stands wherever an environment may carelessly put it, and a judge that fails on request.

The first turn is answered, the second judged: with a point for `right`.
"""

import os
import time

from envs import DialogueEnv, Observation, Reward, Task

SECRET = "xyzzy-secret"


class _Tasks:
    version = "1"
    size = 10

    def __init__(self, split):
        self.split = split

    def task(self, seed):
        return self.get(f"{SECRET}/{seed % self.size}")

    def get(self, task_id):
        return Task(task_id, f"Question {task_id.rpartition('/')[2]}", SECRET, {"family": SECRET})

    def solution(self, task):
        return None


class Secret(DialogueEnv):
    summary = "Keeps a secret"

    def reply(self, task, turns):
        match turns[-1]:
            case "raise":
                raise KeyError(SECRET)
            case "hang":
                while True:
                    time.sleep(0.01)
            case "die":
                os._exit(3)
            case "nan":
                return float("nan")
        if len(turns) == 1:
            return Observation(f"heard {turns[0][:50]}")
        right = float(turns[-1] == "right")
        return Reward(right, {"right": right}, outcome="judged", answer=SECRET, reason=f"it was {SECRET}")


def make(split="train"):
    return Secret(_Tasks(split), max_turns=2)
