"""Does `make demo` learn? Held-out results before and after, seconds of training, over three seeds.

python benchmarks/demo.py [--seeds 0,1,2] [--engine auto]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

METRICS = ("pass@1", "greedy", "pass@8")


def train(seed: int, engine: str, run_dir: Path) -> dict:
    """Runs `grpo train --env math` as a user would and returns its JSON."""
    command = [sys.executable, "-m", "cli", "train", "--env", "math", "--json"]
    command += ["--seed", str(seed), "--engine", engine, "--run-dir", str(run_dir)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--engine", default="auto")
    args = parser.parse_args()
    print(f"{'seed':>4}  {'metric':8}  {'before (95% interval)':28}  {'after (95% interval)':28}  seconds of training")
    with tempfile.TemporaryDirectory() as folder:
        for seed in map(int, args.seeds.split(",")):
            result = train(seed, args.engine, Path(folder) / f"seed{seed}")
            for name in METRICS:
                cells = []
                for side in ("before", "after"):
                    low, high = result[side]["intervals"][name]
                    cells.append(f"{result[side][name]:.3f} ({low:.3f} to {high:.3f})")
                print(f"{seed:>4}  {name:8}  {cells[0]:28}  {cells[1]:28}  {result['seconds']:.0f}", flush=True)


if __name__ == "__main__":
    main()
