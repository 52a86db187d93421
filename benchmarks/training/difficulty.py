"""Samples to the same held-out pass@1: tasks drawn by what is known of them, beside tasks drawn uniformly.

    python benchmarks/training/difficulty.py --seeds 0,1,2
    python benchmarks/training/difficulty.py --case math --seeds 0 --steps 40

`math` is levels 1 to 5 mixed; `file` is a file of questions, half of them beyond the policy (level 5), of which a run
goes through several epochs before it has learnt the other half. There are two goals: the held-out pass@1 that the
uniform run of a seed ends at, and the best it ever has, each over two evaluations in a row; a uniform run that falls
back towards its end makes the first an easy one. Samples are all that were drawn until an evaluation first reaches a
goal; single evaluations are noisy, so ratios are too. The share of groups without variance is over a run's first and
last quarter.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

import envs

ADAPTIVE = ("--sampler", "band")
UNIFORM = ("--sampler", "uniform")
RATES = {"math": "4e-4", "file": "1.5e-4"}
"""A small file is learnt in steps that are small as well, or the first epoch decides."""


def questions(folder: Path, rows: int) -> Path:
    """Writes a file of questions: half of levels 1 and 2, half of level 5; a tenth of each is dev, a tenth test."""
    halves = [envs.make("math", split="train", levels=levels).tasks for levels in ((1, 2), (5,))]
    tasks = [half.task(seed) for half in halves for seed in range(rows // 2)]
    frame = pd.DataFrame({"question": [task.prompt for task in tasks], "answer": [str(task.gold) for task in tasks]})
    path = folder / "questions.csv"
    frame.drop_duplicates("question").to_csv(path, index=False)
    return path


def flags_of(case: str, folder: Path, rows: int) -> list[str]:
    """Returns the flags that name a case's environment."""
    if case == "math":
        return ["--env", "math", "--env-arg", "levels=1,2,3,4,5"]
    fields = {"data": questions(folder, rows), "prompt": "{question}", "answer": "{answer}", "answer_format": "none"}
    return ["--env", "dataset", *[part for key, value in fields.items() for part in ("--env-arg", f"{key}={value}")]]


def train(flags: list[str], run: Path) -> pd.DataFrame:
    """Runs `grpo train` and returns its metrics, with the samples drawn so far and the held-out pass@1."""
    subprocess.run([sys.executable, "-m", "cli", "train", *flags, "--run-dir", str(run)], check=True)
    frame = pd.read_json(run / "metrics.jsonl", lines=True).set_index("step")
    size = int(flags[flags.index("--group-size") + 1])
    told = [held["pass@1"] if isinstance(held, dict) else None for held in frame.get("held_out", [None] * len(frame))]
    return frame.assign(samples=(frame["sampled_groups"] * size).cumsum(), held_out=told)


def samples_to(frame: pd.DataFrame, goal: float) -> int | None:
    """Returns the samples drawn until held-out pass@1 reaches a goal."""
    reached = frame[frame["held_out"] >= goal]
    return int(reached["samples"].iloc[0]) if len(reached) else None


def reached(runs: dict[str, pd.DataFrame], goal: float) -> dict:
    """Returns the samples that each run takes to a goal, and the ratio of the two."""
    samples = {name: samples_to(frame, goal) for name, frame in runs.items()}
    both = samples["uniform"] and samples["adaptive"]
    ratio = round(samples["uniform"] / samples["adaptive"], 2) if both else None
    return {"goal": round(goal, 3), "samples": samples, "uniform over adaptive": ratio}


def silent(frame: pd.DataFrame) -> tuple[float, float]:
    """Returns the share of groups without variance in a run's first and last quarter."""
    quarter = max(1, len(frame) // 4)
    return tuple(round(float(part["zero_variance"].mean()), 3) for part in (frame.head(quarter), frame.tail(quarter)))


def compare(case: str, seed: int, args: argparse.Namespace, more: list[str], folder: Path) -> dict:
    """Trains both ways and says how they compare."""
    shared = [
        *flags_of(case, folder, args.rows), "--seed", str(seed), "--engine", args.engine, "--steps", str(args.steps),
        "--tasks-per-step", "16", "--group-size", "8", "--eval-tasks", "100", "--eval-samples", "8",
        "--eval-every", str(args.eval_every), "--lr-decay", "1", "--learning-rate", RATES[case],
        "--no-rehearsal", *more,
    ]  # fmt: skip
    runs = {
        name: train([*shared, *how], folder / f"{case}-{seed}-{name}")
        for name, how in (("uniform", UNIFORM), ("adaptive", (*ADAPTIVE, "--band", args.band)))
    }
    held_out = runs["uniform"]["held_out"].dropna()
    pairs = held_out.rolling(2).mean()
    return {
        "case": case,
        "seed": seed,
        "to where uniform ends": reached(runs, float(pairs.iloc[-1])),
        "to where uniform is best": reached(runs, float(pairs.max())),
        "without variance, first and last quarter": {name: silent(frame) for name, frame in runs.items()},
        "held-out": {name: frame["held_out"].dropna().round(3).tolist() for name, frame in runs.items()},
    }


def main() -> None:
    """Reads the flags and prints one JSON object for each case and seed; other flags go to `grpo train`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=("math", "file"))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--eval-every", type=int, default=10)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--band", default="0.1:0.9")
    parser.add_argument("--engine", default="transformers")
    args, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        for case in args.case or ["math", "file"]:
            for seed in map(int, args.seeds.split(",")):
                print(json.dumps(compare(case, seed, args, more, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
