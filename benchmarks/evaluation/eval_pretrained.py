"""Does `grpo eval` get through with a real model, and how fast: one row for each engine and benchmark.

    python benchmarks/training/pretrained.py smollm2 --make FOLDER
    python benchmarks/evaluation/eval_pretrained.py FOLDER --data DATA --limit 200 [--n 4] [--engines transformers,vllm]

Each row is a process of its own. `samples/s` counts every completion, the greedy ones too, over the seconds of sampling
and verification; the engine's start stands beside it. With `--keep FOLDER` what was made is kept there, and the same
command goes on from it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LIBRARY_FAULT = "Traceback (most recent call last)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="A model folder.")
    parser.add_argument("--data", required=True, help="The folder of the benchmarks' data folders.")
    parser.add_argument("--envs", default="gsm8k,math,mbpp")
    parser.add_argument("--engines", default="transformers,vllm")
    parser.add_argument("--limit", type=int, default=200, help="Tasks of each benchmark.")
    parser.add_argument("--n", type=int, default=4, help="Samples of each task.")
    parser.add_argument("--keep", type=Path, help="Where the evals are kept.")
    args, more = parser.parse_known_args()
    print(
        f"{args.limit} tasks x ({args.n} samples + 1 greedy), load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    print("engine        benchmark   rc  traceback  pass@1 %  samples  samples/s  engine start s  wall s", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for engine in args.engines.split(","):
            for env in args.envs.split(","):
                out = (args.keep or Path(scratch)) / f"{env}-{engine}-{args.limit}x{args.n}"
                command = [
                    sys.executable, "-m", "cli", "eval", "--ckpt", args.model, "--env", env, "--data", args.data,
                    "--limit", str(args.limit), "--n", str(args.n), "--engine", engine, "--out", str(out), "--json",
                    *more,
                ]  # fmt: skip
                print(row(engine, env, command), flush=True)


def row(engine: str, env: str, command: list[str]) -> str:
    """Runs one eval and returns its line of the table."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    wall = time.perf_counter() - began
    traceback = "yes" if _LIBRARY_FAULT in done.stderr else "no"
    start = f"{engine:<13} {env:<11} {done.returncode:>2}  {traceback:>9}"
    if done.returncode:
        return f"{start}  {done.stderr.strip().splitlines()[-1:]}"
    found = json.loads(done.stdout)
    seconds, count = found["seconds"], found["tasks"] * (found["samples"] + 1)
    rate = count / (seconds["generate"] + seconds["verify"])
    told = f"{start}  {100 * found['pass@1']:>8.1f}  {count:>7}  {rate:>9.2f}"
    return f"{told}  {seconds.get('start', 0.0):>14.1f}  {wall:>6.0f}"


if __name__ == "__main__":
    main()
