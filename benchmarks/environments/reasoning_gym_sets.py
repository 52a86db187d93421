"""Every data set of reasoning-gym as an environment: does it load, step, and give its own right answer the full point?

python benchmarks/environments/reasoning_gym_sets.py [--tasks 3] [--json table.json] [NAME ...]

For each data set: tasks of the train and the test split, the data set's own right answer, and three wrong completions
(empty, no tags, a prompt in tags), each stepped through the environment. Everything runs in this one process, as in a
worker of the verifier pool; that other processes make the same tasks is tested in tests/envs/bridges. Prints one line a
data set and every exception with its cause.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings

import envs
from envs.bridges.reasoning_gym.host import HASH_SEED
from envs.core.errors import GymError

ARGUMENTS = {"composite": {"datasets": [{"name": "leg_counting"}, {"name": "chain_sum"}]}}


def measure(name: str, count: int) -> dict[str, object]:
    arguments = ARGUMENTS.get(name.partition("/")[2], {})
    oracle: list[float] = []
    wrong: list[float] = []
    row: dict[str, object] = {"name": name, "oracle": oracle, "wrong": wrong, "cause": ""}
    try:
        for split in ("train", "test"):
            started = time.perf_counter()
            env = envs.make(name, split=split, **arguments)
            env.start_worker()  # so that it scores in this process
            tasks = [env.tasks.task(seed) for seed in range(count)]
            row[f"{split}_ms"] = round(1e3 * (time.perf_counter() - started) / count)
            for task in tasks:
                solution = env.tasks.solution(task)
                if solution is not None:
                    reward = step(env, task.id, solution)
                    oracle.append(reward[0])
                    row["cause"] = row["cause"] or (reward[1]["reason"] if reward[0] < 1 else "")
                wrong += [step(env, task.id, text)[0] for text in ("", "no", f"<answer>{tasks[0].prompt}</answer>")]
    except GymError as error:
        row["cause"] = str(error)
    if not row["cause"] and not oracle:
        row["cause"] = "the data set holds no right answer"
    return row


def step(env: envs.TextEnv, task_id: str, completion: str) -> tuple[float, dict[str, object]]:
    env.reset(options={"task_id": task_id})
    _, score, _, _, info = env.step(completion)
    return score, info


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="data sets; all by default")
    parser.add_argument("--tasks", type=int, default=3, help="tasks a split")
    parser.add_argument("--json", help="write the table to this file as well")
    args = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": HASH_SEED})
    warnings.simplefilter("ignore")
    family = next(entry for entry in envs.families() if entry.name == "reasoning-gym")
    names = [f"reasoning-gym/{name}" for name in args.names] or [entry.name for entry in family.members()]
    rows = []
    for name in names:
        row = measure(name, args.tasks)
        oracle = row["oracle"]
        row["ok"] = bool(oracle) and min(oracle) == 1.0
        rows.append(row)
        figures = f"oracle {min(oracle):.2f} of {len(oracle)}" if oracle else "oracle -        "
        wrong = f"worst wrong {max(row['wrong']):.2f}" if row["wrong"] else ""
        times = f"{row.get('train_ms', '-')} / {row.get('test_ms', '-')} ms a train / test task"
        cause = "" if row["ok"] else f"  {row['cause']}"
        print(f"{'ok ' if row['ok'] else 'NO '} {name:42} {figures}  {wrong}  {times}{cause}", flush=True)
    print(f"{sum(bool(row['ok']) for row in rows)} of {len(rows)} load, step and score their own right answer at 1.0")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as stream:
            json.dump(rows, stream, indent=1)


if __name__ == "__main__":
    main()
