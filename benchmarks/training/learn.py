"""Does a policy learn an environment? Held-out reward before and after, the paired interval, seconds.

    python benchmarks/training/learn.py --env format
    python benchmarks/training/learn.py --env countdown --env-arg format_weight=0.2 --metric pass@1
    python benchmarks/training/learn.py --config examples/sums/train.toml --model MODEL_FOLDER --metric pass@1
    python benchmarks/training/learn.py --env math --env-arg levels=1 --model MODEL_FOLDER --shots 4 --metric pass@1

Flags that are not its own go to `grpo train` as they stand. The difference is over the same held-out tasks, whose
samples do not depend on the training seed; its 95% interval is the one of `grpo eval compare`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evals.results.comparison import compare_folders


def train(env: str | None, seed: int, engine: str, steps: int | None, more: list[str], run_dir: Path) -> dict:
    """Runs `grpo train` as a user would and returns its JSON."""
    command = [sys.executable, "-m", "cli", "train", "--json", "--run-dir", str(run_dir)]
    command += ["--env", env] if env else []
    command += ["--seed", str(seed), "--engine", engine, *(["--steps", str(steps)] if steps else []), *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def silent_groups(run_dir: Path) -> float:
    """Returns the share of training groups whose rewards do not differ, over all steps: they teach nothing."""
    import pandas as pd

    rollouts = pd.concat(map(pd.read_parquet, sorted((run_dir / "rollouts").glob("*.parquet"))))
    distinct = rollouts.groupby(["step", "task_id"])["score"].nunique().to_numpy()
    return float((distinct == 1).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", help="Left out where a --config names it.")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--metric", default="mean_reward")
    args, more = parser.parse_known_args()
    learned = True
    with tempfile.TemporaryDirectory() as folder:
        for seed in map(int, args.seeds.split(",")):
            run_dir = Path(folder) / f"seed{seed}"
            began = time.perf_counter()
            result = train(args.env, seed, args.engine, args.steps, more, run_dir)
            whole_s = time.perf_counter() - began
            for row in compare_folders(run_dir / "evals" / "before", run_dir / "evals" / "after", args.metric):
                learned = learned and row.low > 0
                print(
                    f"{args.env or ''} seed {seed}: held-out {row.metric} {row.first:.3f} to {row.second:.3f}, "
                    f"{row.difference:+.3f} (paired 95% {row.low:+.3f} to {row.high:+.3f}, {row.tasks} tasks), "
                    f"{result['steps']} steps in {result['seconds']:.0f} s ({whole_s:.0f} s with "
                    f"start-up and evaluations), "
                    f"{silent_groups(run_dir):.0%} of groups without variance",
                    flush=True,
                )
    sys.exit(0 if learned else 1)


if __name__ == "__main__":
    main()
