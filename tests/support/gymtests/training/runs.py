"""Whole runs as processes: followed, killed, resumed, and held beside one that was left alone."""

import json
import signal
import time

import pandas as pd
from safetensors.torch import load_file


def metrics(run, *, timeless=True):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    if timeless:
        for line in lines:
            for name in [n for n in line if n.endswith("_s") or n == "tokens_per_s"]:
                del line[name]
    return lines


def finish(process):
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def wait_for_steps(process, run, count):
    end = time.monotonic() + 200
    while time.monotonic() < end and process.poll() is None:
        if (run / "metrics.jsonl").exists() and len((run / "metrics.jsonl").read_text().splitlines()) >= count:
            return
        time.sleep(0.02)
    raise AssertionError(f"the run ended or stalled: {process.communicate()[1]}")


def kill_at(process, run, count):
    """Kills a run once it has made so many steps."""
    wait_for_steps(process, run, count)
    process.send_signal(signal.SIGKILL)
    process.wait()


def resume(grpo_process, run):
    """Lets a run go on to its end; returns what it said."""
    code, _, err = finish(grpo_process("train", "--run-dir", run, "--resume"))
    assert code == 0, err
    return err


def assert_same_run(run, other, steps):
    """Metrics, the rollouts of these steps and the last weights are the same to the bit."""
    assert metrics(run) == metrics(other)
    for step in steps:
        file = f"rollouts/step-{step:06d}.parquet"
        pd.testing.assert_frame_equal(pd.read_parquet(run / file), pd.read_parquet(other / file))
    ours, theirs = (load_file(one / "checkpoints" / "last" / "model.safetensors") for one in (run, other))
    assert all(ours[name].equal(theirs[name]) for name in theirs)
