"""Every data set of reasoning-gym as an environment: does it load, step, and give its own right answer the full point?

python benchmarks/reasoning_gym_sets.py [--tasks 3] [--json table.json] [NAME ...]

For each data set: tasks of both the train and the test split, each made in two processes (the host and a pool worker)
and required to be the same; the data set's own right answer through the verifier pool; and three wrong completions
(empty, no tags, another task's prompt in tags). Prints one line a data set and every exception with its cause.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings

import envs
from envs import EnvSpec
from envs.errors import GymError
from envs.pool import VerifierPool

ARGUMENTS = {"composite": {"datasets": [{"name": "leg_counting"}, {"name": "chain_sum"}]}}


def measure(name: str, count: int) -> dict[str, object]:
    arguments = ARGUMENTS.get(name.partition("/")[2], {})
    row: dict[str, object] = {"name": name, "oracle": [], "wrong": [], "cause": ""}
    started = time.perf_counter()
    try:
        for split in ("train", "test"):
            spec = EnvSpec(name, {"split": split, **arguments})
            env = spec.build()
            tasks = [env.tasks.task(seed) for seed in range(count)]
            row[f"{split}_ms"] = round(1e3 * (time.perf_counter() - started) / count)
            solutions = [env.tasks.solution(task) for task in tasks]
            env.close()
            items = [(task.id, text) for task, text in zip(tasks, solutions, strict=True) if text is not None]
            bad = [(task.id, text) for task in tasks for text in ("", "no", f"<answer>{tasks[0].prompt}</answer>")]
            with VerifierPool(spec, deadline_s=60) as pool:
                rewards = pool.score(items + bad)
            row["oracle"] += [reward.score for reward in rewards[: len(items)]]
            row["wrong"] += [reward.score for reward in rewards[len(items) :]]
            row["cause"] = row["cause"] or next((r.reason for r in rewards if r.reason and r.score < 1), "")
            started = time.perf_counter()
    except GymError as error:
        row["cause"] = str(error)
    if not row["cause"] and not row["oracle"]:
        row["cause"] = "the data set holds no right answer"
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="data sets; all by default")
    parser.add_argument("--tasks", type=int, default=3, help="tasks a split")
    parser.add_argument("--json", help="write the table to this file as well")
    args = parser.parse_args()
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
