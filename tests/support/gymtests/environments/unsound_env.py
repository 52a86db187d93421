"""The sums, with two reference solutions that do not pass."""

from pathlib import Path

from envs import EnvSpec

SUMS = str(Path(__file__).with_name("sums_env.py"))


def make(split="train"):
    env = EnvSpec(SUMS, {"split": split}).build()
    solution = env.tasks.solution
    env.tasks.solution = lambda task: "-1" if task.gold in ("7", "8") else solution(task)
    return env
