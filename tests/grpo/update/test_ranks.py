"""Whole runs of two processes over gloo, as torchrun starts them, beside the same run of one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pandas as pd
import pytest
from safetensors.torch import load_file

from envs.core.errors import UsageError
from grpo.rollouts.rollout import RolloutTiming
from grpo.settings.config import check_config
from grpo.update.ranks import Ranks, check_ranks, shared_groups
from gymtests.places import ROOT, environment

SMALL = (
    "train", "--tasks-per-step", "4", "--group-size", "4", "--max-tokens", "48", "--eval-tasks", "0", "--env-arg",
    "levels=1",
)  # fmt: skip


SLOW = pytest.mark.slow


class OneOfTwo(Ranks):
    world = 2

    def __init__(self, rank):
        self.rank = rank


def start(world, run, *more):
    """Starts the processes of a run with the environment that torchrun gives them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    processes = []
    for rank in range(world):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "MASTER_ADDR": "127.0.0.1"}
        environment |= {"RANK": str(rank), "WORLD_SIZE": str(world), "MASTER_PORT": port}
        command = [sys.executable, "-m", "cli", *SMALL, "--engine", "transformers", "--run-dir", str(run), *more]
        processes.append(
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
    return processes


def train(world, run, *more):
    for process in start(world, run, *more):
        _, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
    return run


def metrics(run):
    return pd.read_json(run / "metrics.jsonl", lines=True)


def assert_same(run, other):
    ours, theirs = metrics(run), metrics(other)
    for name in ("loss", "grad_norm", "reward", "entropy", "trained_tokens", "pass_rate"):
        assert ours[name].tolist() == pytest.approx(theirs[name].tolist(), rel=1e-5, abs=1e-5), name
    ours, theirs = pd.read_parquet(run / "rollouts"), pd.read_parquet(other / "rollouts")
    assert [list(ids) for ids in ours.completion_ids] == [list(ids) for ids in theirs.completion_ids]
    assert ours.advantage.tolist() == pytest.approx(theirs.advantage.tolist())
    ours, theirs = (load_file(place / "checkpoints" / "last" / "model.safetensors") for place in (run, other))
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in theirs) < 1e-4


@pytest.mark.parametrize(
    "more",
    [
        pytest.param((), id="replicated"),
        pytest.param(("--shard",), id="sharded", marks=SLOW),
        pytest.param(("--minibatches", "2", "--epochs", "2"), id="minibatches", marks=SLOW),
        pytest.param(
            ("--shard", "--minibatches", "2", "--kl-coef", "0.01", "--micro-batch-tokens", "60"),
            id="sharded minibatches", marks=SLOW,
        ),
        pytest.param(("--max-refills", "2"), id="refills", marks=SLOW),
        pytest.param(
            ("--max-refills", "1", "--sampler", "band", "--band", "0.05:0.6", "--explore", "0.3"), id="band", marks=SLOW
        ),
    ],
)  # fmt: skip
def test_two_processes_do_what_one_does(tmp_path, more):
    two = train(2, tmp_path / "two", "--steps", "3", *more)
    one = train(1, tmp_path / "one", "--steps", "3", *(flag for flag in more if flag != "--shard"))
    assert_same(two, one)


@SLOW
def test_a_sharded_run_is_resumed_by_one_process(tmp_path):
    whole = train(1, tmp_path / "whole", "--steps", "4")
    run = train(2, tmp_path / "run", "--steps", "4", "--shard", "--save-every", "2")
    newest = run / "checkpoints" / "step-000004" / "model.safetensors"
    newest.write_bytes(newest.read_bytes()[:-100])  # so that it goes on from step 2
    train(1, run, "--resume", "--no-shard")
    assert_same(run, whole)


@SLOW
def test_a_killed_process_ends_the_others(tmp_path):
    run = tmp_path / "run"
    first, second = start(2, run, "--steps", "5000")
    end = time.monotonic() + 200
    while not (run / "metrics.jsonl").exists() and time.monotonic() < end and first.poll() is None:
        time.sleep(0.05)
    second.send_signal(signal.SIGKILL)
    second.communicate()
    _, err = first.communicate(timeout=60)
    assert first.returncode == 1, err
    assert "lost another process" in err


@SLOW
def test_torchrun_ends_with_one_summary(tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "cli"]
    done = subprocess.run(
        [*command, *SMALL, "--steps", "1", "--run-dir", str(tmp_path / "run"), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=240,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["steps"] for line in done.stdout.splitlines()] == [1]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tasks_per_step": 5}, "--tasks-per-step 5 does not divide among 2 processes: take 4 or 6"),
        ({"tasks_per_step": 1}, "take 2"),
        ({"overlap": True, "mismatch": "tis"}, "leave it out"),
        ({"engine": "vllm"}, "use --engine transformers"),
        ({"overlap": True, "mismatch": "tis"}, "2 ranks"),
    ],
)
def test_what_two_processes_cannot_run_is_refused(settings, said):
    with pytest.raises(UsageError, match=said):
        check_ranks(check_config(settings, "test"), OneOfTwo(0))


def test_one_process_has_nothing_to_shard():
    with pytest.raises(UsageError, match="torchrun"):
        check_ranks(check_config({"shard": True}, "test"), Ranks())
    with pytest.raises(UsageError, match="lora_rank"):
        check_config({"shard": True, "lora_rank": 4}, "test")


@pytest.mark.parametrize("count", [0, 1, 5, 8])
def test_shares_make_up_the_whole_and_keep_their_slots(count):
    asked = []

    def groups(seeds, group_size, step, on_progress=None, first_slot=0):
        asked.extend(zip(range(first_slot, first_slot + len(seeds)), seeds, strict=True))
        return [], RolloutTiming(0.0, 0.0)

    class Alone(OneOfTwo):
        def gather(self, value):
            return [value, value]

    for rank in range(2):
        shared_groups(groups, Alone(rank))([10 + i for i in range(count)], 4, 1, None, 3)
    assert asked == [(3 + i, 10 + i) for i in range(count)]
