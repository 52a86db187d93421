# pyright: strict
"""What a user writes, as her type checker sees it; `make lint` checks it, nothing runs it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import evals
import grpo
from envs import Task


def reward(task: Task, completion: str) -> float:
    return float(completion.split()[-1:] == [task.gold])


class Stop(grpo.Callback):
    def on_step(self, metrics: Mapping[str, Any], rollouts: list[Any]) -> bool:
        return bool(metrics["pass_rate"])


def main() -> None:
    env = grpo.dataset("questions.csv", prompt="{question}", answer="{answer}", reward=reward)
    run: grpo.Run = grpo.train("./qwen", env=env, steps=200, group_size=16, learning_rate=1e-5, callbacks=[Stop()])
    config: grpo.TrainConfig = run.config
    page: Path = run.report()
    print(run.metrics.tail(), run.rollouts.head(), run.held_out.index, config.steps, page, grpo.audit(env, tasks=4))
    print(evals.evaluate([run, "./qwen"], env="math", n=4), evals.compare(run), run.resume(steps=400).finished)
    known = grpo.profile(run, n=4)
    print(known.frame.head(), grpo.train(env=env, select=[str(known.file)], pass_rate="0.2:0.8").path)
