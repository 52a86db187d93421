"""What a run is doing: held by one process, told by the list, and never held by a process that was killed."""

import json
import os
import signal
import time
from datetime import datetime

import pytest

from evals import runs_table
from grpo.runs.state import occupied, state_of

SMALL = (
    "train", "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "16",
    "--eval-tasks", "0", "--env-arg", "levels=1",
)  # fmt: skip


def listed(grpo, *args):
    code, out, err = grpo("runs", "list", *args, "--json")
    assert code == 0, err
    return json.loads(out)["runs"]


def test_a_run_is_held_by_one_process_and_a_killed_one_lets_go(grpo, grpo_process, tmp_path):
    run = tmp_path / "run"
    process = grpo_process(*SMALL, "--steps", "100000", "--save-every", "1", "--run-dir", run)
    while not (run / "checkpoints" / "last").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    assert [row["state"] for row in listed(grpo, tmp_path)] == ["running"]
    code, _, err = grpo("train", "--run-dir", run, "--resume")
    assert code == 2 and "another process is training" in err
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [row["state"] for row in listed(grpo, tmp_path)] == ["stopped"]
    step = listed(grpo, tmp_path)[0]["step"]
    code, _, err = grpo("train", "--run-dir", run, "--resume", "--steps", step + 1)
    assert code == 0, err
    assert [row["state"] for row in listed(grpo, tmp_path)] == ["finished"]
    assert listed(grpo, tmp_path, "--filter", "state=failed") == []


def test_what_fails_is_listed_as_failed_until_it_is_taken_up_again(tmp_path):
    (tmp_path / "config.toml").write_text('env = "math"\nsteps = 5\n')
    with pytest.raises(ZeroDivisionError), occupied(tmp_path):
        assert state_of(tmp_path, done=False) == "running"
        raise ZeroDivisionError("of a step")
    assert runs_table(tmp_path.parent).query("run == @tmp_path.as_posix()").state.tolist() == ["failed"]
    with occupied(tmp_path):
        pass
    assert state_of(tmp_path, done=False) == "stopped" and state_of(tmp_path, done=True) == "finished"


def test_the_list_is_sorted_and_filtered_by_any_column(grpo, tmp_path):
    for name, env, steps in (("a", "math", 5), ("b", "code", 9), ("c", "math", 7)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.toml").write_text(f'env = "{env}"\nsteps = {steps}\n')
    assert [row["steps"] for row in listed(grpo, tmp_path, "--sort", "steps")] == [9, 7, 5]
    assert [row["steps"] for row in listed(grpo, tmp_path, "--sort=-steps", "--filter", "env=math")] == [5, 7]
    for args, says in ((("--sort", "rewrd"), "did you mean 'reward'"), (("--filter", "steps"), "COLUMN=VALUE")):
        code, _, err = grpo("runs", "list", tmp_path, *args)
        assert code == 2 and says in err


def test_a_run_that_goes_on_is_listed_with_its_first_start(grpo, tmp_path):
    run = tmp_path / "run"
    assert grpo(*SMALL, "--no-rehearsal", "--steps", "1", "--run-dir", run)[0] == 0
    year_ago = "2025-01-31T14:25:30+00:00"
    assert (run / "started.txt").read_text() > year_ago
    (run / "started.txt").write_text(year_ago)
    assert grpo("train", "--run-dir", run, "--resume", "--steps", "2", "--no-rehearsal")[0] == 0
    assert listed(grpo, tmp_path)[0]["started"] == f"{datetime.fromisoformat(year_ago).astimezone():%Y-%m-%d %H:%M}"
    (run / "started.txt").unlink()  # a run of an earlier version: its first step tells
    os.utime(run / "rollouts" / "step-000001.parquet", (10**9, 10**9))
    assert listed(grpo, tmp_path)[0]["started"].startswith("2001-09-0")


FIRST = """
import pathlib
import envs

def make(split="train"):
    run = pathlib.Path({run!r})
    run.mkdir(exist_ok=True)
    (run / "config.toml").write_text('env = "math"')
    return envs.make("math", split=split)
"""


def test_of_two_that_begin_in_one_folder_the_second_touches_nothing(grpo, tmp_path):
    run, own = tmp_path / "run", tmp_path / "own.py"
    own.write_text(FIRST.format(run=str(run)))  # the first begins while the second prepares
    code, _, err = grpo(*SMALL[:-2], "--steps", "1", "--env", own, "--run-dir", run)
    assert code == 2 and err.endswith("give another --run-dir\n") and "already holds a run" in err
    assert (run / "config.toml").read_text() == 'env = "math"'
    assert {path.name for path in run.iterdir()} <= {"config.toml", ".lock"}


def test_a_folder_that_another_run_holds_is_left_as_it_is(grpo, tmp_path):
    with occupied(tmp_path):  # it has written nothing yet
        code, _, err = grpo(*SMALL, "--steps", "1", "--run-dir", tmp_path)
        assert code == 2 and "another process is training" in err
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]
