"""Ctrl-C in an evaluation: obeyed at the next completion, and what was cut off is made when the run goes on."""

import json
import signal

from grpo.runs.rundir import RunDir
from gymtests.training.runs import assert_same_run, finish

SMALL = (
    "train", "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "16",
    "--env-arg", "levels=1", "--no-rehearsal",
)  # fmt: skip
MATH_THAT_INTERRUPTS = """
import os, pathlib, signal
import envs

def make(split="train"):
    if split == "dev" and ASKED.exists():  # whoever builds it first is the run itself, before its verifiers
        ASKED.unlink()
        os.kill(os.getpid(), signal.SIGINT)
    return envs.make("math", split=split, levels=[1])
"""


def heard(process, words):
    """Reads what a process says until it has said this."""
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


def interrupted(grpo_process, run, words, tasks):
    """Returns what a run says that hears of Ctrl-C once it has said these words."""
    process = grpo_process(*SMALL, "--steps", "1", "--eval-tasks", tasks, "--run-dir", run)
    heard(process, words)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130, err
    return err


def test_the_evaluation_before_is_left_at_once_and_made_again(grpo, grpo_process, tmp_path):
    run = tmp_path / "run"
    err = interrupted(grpo_process, run, "evaluating before", 5000)
    assert f"stopped before the first step; go on with: grpo train --run-dir {run} --resume" in err
    assert not (run / "evals" / "before").exists() and not RunDir(run).metrics()
    code, _, err = grpo("train", "--run-dir", run, "--resume", "--eval-tasks", "2", "--eval-samples", "1")
    assert code == 0, err
    assert {folder.name for folder in (run / "evals").iterdir()} == {"before", "after"}


def test_the_evaluation_after_is_left_at_once_and_made_again(grpo, grpo_process, tmp_path):
    run = tmp_path / "run"
    err = interrupted(grpo_process, run, "evaluating after", 300)
    assert "stopped after step 1 and saved" in err
    assert not (run / "evals" / "after").exists()
    code, out, err = grpo("train", "--run-dir", run, "--resume", "--json")
    assert code == 0 and json.loads(out)["after"]["pass@1"] >= 0, err


def test_an_evaluation_while_it_trains_is_made_when_the_run_goes_on(grpo, tmp_path):
    runs = {name: tmp_path / name for name in ("whole", "cut")}
    asked, env = tmp_path / "asked", tmp_path / "interrupting.py"
    env.write_text(MATH_THAT_INTERRUPTS.replace("ASKED", f"pathlib.Path({str(asked)!r})"))
    common = ("--env", env, "--eval-tasks", "4", "--eval-samples", "2", "--eval-every", "2", "--steps", "3")
    small = [word for word in SMALL if word not in ("--env-arg", "levels=1")]
    assert grpo(*small, *common, "--run-dir", runs["whole"])[0] == 0
    asked.touch()
    code, _, err = grpo(*small, *common, "--run-dir", runs["cut"])
    assert code == 130 and "stopped after step 2 and saved" in err, err
    assert "held_out" not in RunDir(runs["cut"]).metrics()[-1]
    code, _, err = grpo("train", "--run-dir", runs["cut"], "--resume")
    assert code == 0, err
    assert_same_run(runs["cut"], runs["whole"], [3])
    held_out = [[line.get("held_out") for line in RunDir(run).metrics()] for run in runs.values()]
    assert held_out[0] == held_out[1] and held_out[0][1]
    assert len({(run / "checkpoints" / "best").resolve().name for run in runs.values()}) == 1
