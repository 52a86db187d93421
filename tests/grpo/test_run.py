"""Whole runs through the command line: learning, records, faults, kills, resumes."""

import json
import resource
import shutil
import signal
import subprocess
import sys

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from gymtests.places import FAULTY, ROOT, environment
from gymtests.training.runs import assert_same_run, finish, kill_at, metrics, resume, wait_for_steps

FAULTY = FAULTY
SMALL = (
    "train", "--engine", "transformers", "--tasks-per-step", "4", "--group-size", "4", "--max-tokens", "48",
    "--eval-tasks", "0", "--env-arg", "levels=1",
)  # fmt: skip


def test_a_run_leaves_everything_pandas_can_read(grpo, tmp_path):
    run = tmp_path / "run"
    code, out, err = grpo(
        *SMALL, "--steps", "3", "--eval-tasks", "6", "--eval-samples", "4", "--run-dir", run, "--json"
    )
    assert code == 0, err
    last = json.loads(out.splitlines()[-1])
    assert last["run_dir"] == str(run) and last["steps"] == 3 and last["seconds"] > 0
    for side in ("before", "after"):
        assert 0 <= last[side]["pass@1"] <= 1 and 0 <= last[side]["greedy"] <= 1
        low, high = last[side]["intervals"]["pass@1"]
        assert low <= last[side]["pass@1"] <= high
    frame = pd.read_json(run / "metrics.jsonl", lines=True)
    assert list(frame["step"]) == [1, 2, 3]
    rollouts = pd.read_parquet(run / "rollouts")
    assert len(rollouts) == 3 * 16
    group = rollouts[(rollouts.step == 1)].groupby("task_id").size()
    assert set(group) <= {4, 8, 12, 16}
    for row in rollouts.itertuples():
        assert len(row.completion_ids) == len(row.logprobs) == row.completion_tokens
    assert (run / "checkpoints" / "last" / "config.json").is_file()
    assert not list(run.rglob("*.tmp"))
    assert "vllm" not in err.lower() and "Loading weights" not in err


def test_without_a_terminal_every_step_is_a_line(grpo, tmp_path):
    code, out, err = grpo(*SMALL, "--no-rehearsal", "--steps", "6", "--max-tokens", "4", "--run-dir", tmp_path / "run")
    assert code == 0 and not out, err
    told = [line.split()[1] for line in err.splitlines() if line.startswith("step ")]
    assert told == [f"{step}/6" for step in range(1, 7)]


def test_a_faulty_verifier_is_counted_and_training_goes_on(grpo, tmp_path):
    run = tmp_path / "run"
    args = ["train", "--engine", "transformers", "--env", FAULTY, "--steps", "3", "--tasks-per-step", "4"]
    code, _, err = grpo(
        *args, "--group-size", "4", "--max-tokens", "8", "--eval-tasks", "0", "--verify-deadline", "0.2",
        "--run-dir", run,
    )  # fmt: skip
    assert code == 0, err
    rollouts = pd.read_parquet(run / "rollouts").set_index("task_id")
    assert len(rollouts) == 48  # an epoch: each of the 12 tasks once
    assert set(rollouts.loc[["q0", "q2", "q3", "q4", "q5"]].status) == {"unscorable"}
    assert set(rollouts.loc["q1"].status) == {"timeout"} and set(rollouts.loc["q1"].score) == {0.0}
    assert not rollouts[rollouts.status != "ok"].advantage.any()
    assert set(rollouts.loc[[f"q{i}" for i in range(6, 12)]].status) == {"ok"}
    assert sum(line["unscorable"] for line in metrics(run)) == 20
    assert "could not be scored" in err


def run_whole(grpo_process, run, *more):
    code, _, err = finish(grpo_process(*SMALL, "--steps", "12", "--save-every", "4", "--run-dir", run, *more))
    assert code == 0, err


def test_a_killed_run_resumes_as_if_nothing_had_happened(grpo_process, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run_whole(grpo_process, whole)
    process = grpo_process(*SMALL, "--steps", "12", "--save-every", "4", "--run-dir", killed)
    kill_at(process, killed, 6)
    assert "going on after step" in resume(grpo_process, killed)
    assert_same_run(killed, whole, (3, 7, 12))
    assert not list(killed.rglob("*.tmp"))

    # The same run, its newest checkpoint torn: the one before is used, and the end is the same again.
    torn = killed / "checkpoints" / "step-000012" / "model.safetensors"
    torn.write_bytes(torn.read_bytes()[:-100])
    assert "going on after step 8" in resume(grpo_process, killed)
    assert_same_run(killed, whole, [12])


def test_ctrl_c_finishes_the_step_saves_and_says_how_to_go_on(grpo_process, tmp_path):
    run = tmp_path / "run"
    process = grpo_process(*SMALL, "--steps", "500", "--run-dir", run)
    wait_for_steps(process, run, 2)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130, err
    done = len(metrics(run))
    assert f"grpo train --run-dir {run} --resume" in err
    assert (run / "checkpoints" / f"step-{done:06d}").is_dir()


def test_a_full_disk_ends_the_run_in_one_line_with_nothing_torn(tmp_path):
    run = tmp_path / "run"

    def small_files_only():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 2**20, 2 * 2**20))

    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *SMALL, "--no-rehearsal", "--steps", "3", "--run-dir", run],
        cwd=ROOT, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=small_files_only,
    )  # fmt: skip
    code, _, err = finish(process)
    assert code == 1, err
    assert [line for line in err.splitlines() if line.startswith("grpo: cannot write")]
    assert not list((run / "checkpoints").glob("*")), "no partial checkpoint, under any name"


def test_a_resumed_run_may_be_longer_but_not_another(grpo, tmp_path):
    run = tmp_path / "run"
    assert grpo(*SMALL, "--steps", "2", "--run-dir", run)[0] == 0
    code, _, err = grpo("train", "--run-dir", run, "--resume", "--learning-rate", "0.1")
    assert code == 2 and "--learning-rate 0.1 (was" in err
    assert grpo("train", "--run-dir", run, "--resume", "--steps", "3")[0] == 0
    assert [line["step"] for line in metrics(run)] == [1, 2, 3]


def test_the_best_weights_by_held_out_reward_are_kept_and_found_again_after_a_kill(grpo, grpo_process, tmp_path):
    args = (*SMALL, "--eval-tasks", "6", "--eval-samples", "2", "--eval-every", "2", "--save-every", "1", "--keep", "1")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    code, _, err = grpo(*args, "--steps", "6", "--run-dir", whole)
    assert code == 0, err
    held_out = [line["held_out"]["mean_reward"] for line in metrics(whole) if "held_out" in line]
    assert len(held_out) == 3
    best = whole / "checkpoints" / "best"
    assert best.resolve().name == f"step-{2 * (1 + held_out.index(max(held_out))):06d}"
    assert (whole / "evals" / "dev-000002" / "summary.json").is_file()
    process = grpo_process(*args, "--steps", "6", "--run-dir", killed)
    kill_at(process, killed, 3)
    assert grpo("train", "--run-dir", killed, "--resume")[0] == 0
    assert metrics(killed) == metrics(whole)
    assert (killed / "checkpoints" / "best").resolve().name == best.resolve().name


def test_a_resume_that_would_be_another_run_lists_every_difference_and_can_be_forced(grpo, tmp_path):
    run = tmp_path / "run"
    assert grpo(*SMALL, "--steps", "2", "--run-dir", run)[0] == 0
    again = ("train", "--run-dir", run, "--resume", "--steps", "3", "--learning-rate", "1e-5", "--clip-low", "0.1")
    code, _, err = grpo(*again)
    assert code == 2
    assert "--learning-rate 1e-05 (was 0.0004)" in err and "--clip-low 0.1 (was 0.2)" in err and "--force" in err
    assert len(metrics(run)) == 2
    code, _, err = grpo(*again, "--force")
    assert code == 0, err
    assert "no longer the same run" in err and len(metrics(run)) == 3


@pytest.mark.parametrize(
    ("max_tokens", "says"), [("64", "reward 0.00 in 100% of groups: nothing to learn from"), ("4", "--max-tokens")]
)
def test_a_probe_says_before_the_first_step_that_there_is_nothing_to_learn_from(grpo, tmp_path, max_tokens, says):
    env = tmp_path / "hopeless.py"
    env.write_text(
        "from envs import Task, TextEnv\n"
        "class Source:\n"
        "    size = 8; version = '1'\n"
        "    def __init__(self, split): self.split = split\n"
        "    def task(self, seed): return self.get(f'{self.split}-{seed % 8}')\n"
        "    def get(self, task_id): return Task(task_id, f'Task {task_id}?', 'x')\n"
        "    def solution(self, task): return None\n"
        "def nothing(task, completion): return 0.0\n"
        "def make(split='train'): return TextEnv(Source(split), nothing)\n"
    )
    code, _, err = grpo(
        "train", "--engine", "transformers", "--env", env, "--steps", "1", "--max-tokens", max_tokens,
        "--eval-tasks", "0", "--run-dir", tmp_path / "run",
    )  # fmt: skip
    assert code == 0
    assert says in next(line for line in err.splitlines() if "warning: probe of 16 groups: reward 0.00" in line)


@pytest.mark.parametrize(
    ("args", "says", "says_not"),
    [
        (("--temperature", "5", "--max-tokens", "32"), "greedily: sampling loses the answers", "stronger"),
        (("--env", "countdown", "--max-tokens", "48"), "or a stronger model", "easier"),
        (
            ("--env", "countdown", "--env-arg", "levels=2", "--max-tokens", "48"),
            "(--env-arg levels=1)",
            "--temperature",
        ),
    ],
)
def test_a_probe_advises_by_what_was_measured_and_what_the_environment_takes(grpo, tmp_path, args, says, says_not):
    code, _, err = grpo(
        "train", "--engine", "transformers", "--env-arg", "levels=1", "--steps", "1", "--tasks-per-step", "1",
        "--eval-tasks", "0", "--no-rehearsal", "--run-dir", tmp_path / "run", *args,
    )  # fmt: skip
    assert code == 0, err
    warning = next(line for line in err.splitlines() if "warning: probe of 16 groups" in line)
    assert says in warning and says_not not in warning


@pytest.mark.parametrize("settings", [("--lora-rank", "4"), ("--dtype", "bfloat16", "--gradient-checkpointing")])
def test_a_resumed_run_of_adapters_or_of_masters_is_exact(grpo, tmp_path, settings):
    common = (*SMALL, *settings, "--tasks-per-step", "2", "--max-tokens", "12", "--save-every", "1", "--keep", "9")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for run, steps in ((whole, "3"), (parts, "3")):
        code, _, err = grpo(*common, "--steps", steps, "--run-dir", run)
        assert code == 0, err
    for later in ("step-000002", "step-000003"):
        shutil.rmtree(parts / "checkpoints" / later)
    code, _, err = grpo("train", "--resume", "--run-dir", parts)
    assert code == 0, err
    assert metrics(parts) == metrics(whole)
    name = "adapter_model.safetensors" if "--lora-rank" in settings else "model.safetensors"
    ours, theirs = (load_file(run / "checkpoints" / "last" / name) for run in (parts, whole))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)
