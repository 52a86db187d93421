"""Short questions with some among them that no small context holds: a list of them, or, `endless=true`, without end."""

from envs import Reward, Task, TextEnv, UsageError


class _Crowded:
    version = "crowded-1"

    def __init__(self, split, size, every, words):
        self.split = split
        self.size = size
        self.every = every
        self.words = words

    def task(self, seed):
        return self.get(f"{self.split}-{seed}")

    def get(self, task_id):
        split, _, place = task_id.rpartition("-")
        if split != self.split or not place.isdigit():
            raise UsageError(f"no task {task_id!r} in {self.split}")
        number = int(place)
        long = " word" * self.words if self.every and number % self.every == self.every - 1 else ""
        return Task(task_id, f"say {number % 1000}{long}", str(number))

    def solution(self, task):
        return f"it is {task.gold}"


def _verify(task, completion):
    return Reward((len(completion) % 5) / 4)


def make(split="train", size=12, every=4, words=2000, endless=False):
    return TextEnv(_Crowded(split, None if endless else size, every, words), _verify)
