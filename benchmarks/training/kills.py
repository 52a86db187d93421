"""Kills a run with SIGKILL at random moments, resumes it, and compares it bit for bit with an undisturbed run.

    python benchmarks/training/kills.py [--kills 10] [--steps 24] [--overlap --mismatch tis]
    python benchmarks/training/kills.py --part engine

With `--part engine` it is vLLM's process that is killed, and the run that has to go on by itself.
Flags that are not its own go to `grpo train` as they stand.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from safetensors.torch import load_file


def start(run: Path, *args: str) -> subprocess.Popen:
    """Starts a small run."""
    command = [sys.executable, "-m", "cli", "train", "--run-dir", str(run), *args]
    return subprocess.Popen(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def timeless(run: Path) -> list[dict]:
    """Returns the metrics without anything a clock decides."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if not key.endswith("_s")} for line in lines]


def equal(a: Path, b: Path) -> bool:
    """Whether two finished runs have the same metrics, rollouts and weights, bit for bit."""
    import pandas as pd

    first, second = (load_file(run / "checkpoints/last/model.safetensors") for run in (a, b))
    return (
        timeless(a) == timeless(b)
        and pd.read_parquet(a / "rollouts").equals(pd.read_parquet(b / "rollouts"))
        and first.keys() == second.keys()
        and all(first[name].equal(second[name]) for name in first)
    )


def engine_of(run: int) -> int | None:
    """Returns the process of a run's engine, where there is one yet."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == run and b"grpo.engines.process.worker" in (entry / "cmdline").read_bytes():
                return int(entry.name)
    return None


def go_on(run: Path, process: subprocess.Popen, part: str, settings: list[str]) -> bool | None:
    """Kills a run or its engine and has it finished; returns whether it was, None where there was nothing to kill."""
    if part == "engine":
        engine = engine_of(process.pid)
        if engine is None:
            process.kill()
            process.wait()
            return None
        os.kill(engine, signal.SIGKILL)
        return process.wait() == 0
    process.kill()
    process.wait()
    return start(run, *(["--resume"] if (run / "config.toml").exists() else settings)).wait() == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--part", choices=("run", "engine"), default="run")
    args, more = parser.parse_known_args()
    rng = random.Random(0)
    name = "vllm" if args.part == "engine" else "transformers"
    settings = ["--engine", name, "--eval-tasks", "0", "--save-every", "3", "--steps", str(args.steps)]
    settings += ["--tasks-per-step", "8", *more]
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        began = time.perf_counter()
        assert start(whole, *settings).wait() == 0
        length = time.perf_counter() - began
        good = number = 0
        while number < args.kills:
            run = Path(folder) / f"killed{number}"
            process = start(run, *settings)
            began = time.perf_counter()
            moment = rng.uniform(0.15, 0.95) * length
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(moment)  # it ended by itself: the machine has become faster
                length = time.perf_counter() - began
                shutil.rmtree(run)
                continue
            finished = go_on(run, process, args.part, settings)
            if finished is not None:
                number += 1
                same = finished and equal(whole, run)
                good += same
                verdict = "bitwise equal" if same else "DIFFERENT"
                print(f"{args.part} killed after {moment:.1f} of {length:.1f} s: {verdict}", flush=True)
            shutil.rmtree(run, ignore_errors=True)
    print(f"{good} of {args.kills} runs that went on bitwise equal to the undisturbed one")


if __name__ == "__main__":
    main()
