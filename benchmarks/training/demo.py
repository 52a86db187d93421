"""Does `make demo` learn? Held-out results before and after, their paired difference, seconds, over three seeds.

python benchmarks/training/demo.py [--env math] [--seeds 0,1,2] [--engine auto]

Everything else is what `grpo train --env ENV` takes when nothing is said.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

METRICS = ("pass@1", "greedy", "pass@8")


def grpo(*arguments: str) -> dict:
    """Runs a command as a user would and returns its JSON."""
    command = [sys.executable, "-m", "cli", *arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def train(env: str, seed: int, engine: str, run_dir: Path) -> dict:
    """Trains with nothing but the environment, the seed and the engine named."""
    return grpo("train", "--env", env, "--seed", str(seed), "--engine", engine, "--run-dir", str(run_dir))


def difference(run_dir: Path) -> str:
    """Returns what `grpo eval compare` says of before and after, the paired interval included."""
    found = grpo("eval", "compare", str(run_dir / "evals" / "before"), str(run_dir / "evals" / "after"))
    return f"      {found['comparisons'][0]['sentence']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="math")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--engine", default="auto")
    args = parser.parse_args()
    print(f"{'seed':>4}  {'metric':8}  {'before (95% interval)':28}  {'after (95% interval)':28}  seconds of training")
    with tempfile.TemporaryDirectory() as folder:
        for seed in map(int, args.seeds.split(",")):
            run_dir = Path(folder) / f"seed{seed}"
            result = train(args.env, seed, args.engine, run_dir)
            for name in METRICS:
                cells = []
                for side in ("before", "after"):
                    low, high = result[side]["intervals"][name]
                    cells.append(f"{result[side][name]:.3f} ({low:.3f} to {high:.3f})")
                print(f"{seed:>4}  {name:8}  {cells[0]:28}  {cells[1]:28}  {result['seconds']:.0f}", flush=True)
            print(difference(run_dir), flush=True)


if __name__ == "__main__":
    main()
