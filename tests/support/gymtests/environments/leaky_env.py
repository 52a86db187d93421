"""Ten sums, the first few of whose test prompts are asked in training too."""

from dataclasses import replace
from pathlib import Path

from envs import EnvSpec

SUMS = str(Path(__file__).with_name("sums_env.py"))


def make(split="train", leaks=4):
    env = EnvSpec(SUMS, {"split": split, "size": 10}).build()
    get = env.tasks.get

    def leaked(task_id):
        task = get(task_id)
        number = int(task.gold)
        if split == "train" or number < leaks:
            return task
        return replace(task, prompt=f"say {number + 100}", gold=str(number + 100))

    env.tasks.get = leaked
    env.tasks.task = lambda seed: leaked(f"{split}-{seed % 10}")
    return env
