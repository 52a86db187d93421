"""Environment steps per second in one process, with a verifier that does nothing.

python benchmarks/environments/env_steps.py
"""

from __future__ import annotations

import json
import statistics
import time

from envs import ListedTasks, TextEnv

STEPS = 100_000
ROUNDS = 3


def steps_per_second(env: TextEnv) -> float:
    """Returns episodes of one turn per second, each begun by a seed and ended by a step."""
    started = time.perf_counter()
    for seed in range(STEPS):
        env.reset(seed=seed)
        env.step("<answer>1</answer>")
    return STEPS / (time.perf_counter() - started)


def main() -> None:
    rows = [{"n": n, "answer": str(n)} for n in range(5_000)]
    env = TextEnv(ListedTasks("train", rows, prompt="Say {n}"), lambda task, completion: 0.0)
    print(json.dumps({"steps_per_second": round(statistics.median(steps_per_second(env) for _ in range(ROUNDS)))}))


if __name__ == "__main__":
    main()
