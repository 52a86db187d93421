"""Seconds from typing the command to the end of the first training step, by engine; and of `grpo --help`.

python benchmarks/starting/startup.py [--repeat 3]
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GRPO = [sys.executable, "-m", "cli"]


def first_step(engine: str, run_dir: Path) -> tuple[float, float]:
    """Returns seconds to the first step and the share of them the held-out evaluation before training took."""
    started = time.perf_counter()
    command = [*GRPO, "train", "--env", "math", "--engine", engine, "--run-dir", str(run_dir)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    evaluated = 0.0
    try:
        while not (run_dir / "metrics.jsonl").exists():
            if process.poll() is not None:
                raise SystemExit(f"the run ended before its first step: see {run_dir}")
            if not evaluated and (run_dir / "evals" / "before" / "summary.json").exists():
                evaluated = time.perf_counter() - started
            time.sleep(0.01)
        return time.perf_counter() - started, evaluated
    finally:
        process.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    engines = ["transformers"] + (["vllm"] if importlib.util.find_spec("vllm") else [])
    for engine in engines:
        times = []
        for _ in range(args.repeat):
            with tempfile.TemporaryDirectory() as folder:
                times.append(first_step(engine, Path(folder) / "run"))
        total = [first for first, _ in times]
        print(
            f"{engine}: first training step done after {statistics.median(total):.1f} s "
            f"(of {args.repeat}: {min(total):.1f} to {max(total):.1f}), "
            f"held-out evaluation before it included, which ended at {statistics.median(e for _, e in times):.1f} s",
            flush=True,
        )
    helps = []
    for _ in range(max(5, args.repeat)):
        started = time.perf_counter()
        subprocess.run([*GRPO, "--help"], stdout=subprocess.DEVNULL, check=True)
        helps.append(time.perf_counter() - started)
    print(f"grpo --help: {statistics.median(helps):.2f} s (of {len(helps)}: {min(helps):.2f} to {max(helps):.2f})")


if __name__ == "__main__":
    main()
