"""Runs that choose their tasks, through the command line: killed and resumed, written down, refused in one line."""

import json

import pandas as pd
import pytest

import grpo as door
from envs.core.registry import EnvSpec
from evals.results.contamination import check_contamination
from gymtests.training.door import QUICK, over, write_questions
from gymtests.training.runs import assert_same_run, kill_at, metrics

BASE = (
    "train", "--engine", "transformers", "--tasks-per-step", "4", "--group-size", "4", "--max-tokens", "24",
    "--eval-tasks", "0", "--no-rehearsal", "--explore", "0.3", "--steps", "8", "--save-every", "3",
)  # fmt: skip
AHEAD = ("--overlap", "--mismatch", "tis")


@pytest.mark.parametrize(
    ("sampler", "more"),
    [
        (("band", "--band", "0.05:0.6"), ("--max-refills", "1")),
        (("band", "--band", "0.05:0.6"), AHEAD),
        (("curriculum", "--band", "0.01:0.15"), ()),
        (("curriculum", "--band", "0.01:0.15"), AHEAD),
    ],
    ids=["band", "band-ahead", "curriculum", "curriculum-ahead"],
)
def test_a_killed_run_draws_what_it_would_have_drawn(grpo, grpo_process, tmp_path, sampler, more):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    what = questions(tmp_path) if sampler[0] == "band" else ("--env", "math", "--env-arg", "levels=1,3")
    args = (*BASE, "--sampler", *sampler, *what, *more, "--run-dir")
    kill_at(grpo_process(*args, killed), killed, 5)
    code, _, err = grpo("train", "--run-dir", killed, "--resume")
    assert code == 0 and "going on after step" in err, err
    code, _, err = grpo(*args, whole)
    assert code == 0, err
    assert_same_run(killed, whole, (5, 6, 8))
    saved = [run / "checkpoints/last/trainer_state/history.json" for run in (whole, killed)]
    assert json.loads(saved[0].read_text()) == json.loads(saved[1].read_text())
    stages = {line["difficulty"].get("stage") for line in metrics(whole)}
    assert stages == ({1, 3} if sampler[0] == "curriculum" else {None}), "the case must mean something"


def test_a_checkpoint_knows_the_tasks_that_were_chosen(grpo, tmp_path):
    run = tmp_path / "run"
    flags = ("--sampler", "curriculum", "--band", "0.01:0.15", "--env", "math", "--env-arg", "levels=1,3")
    for said in ((*BASE, *flags, "--steps", "4"), ("train", "--resume", "--steps", "8")):
        code, _, err = grpo(*said, "--run-dir", run)
        assert code == 0, err
    ids = pd.concat(map(pd.read_parquet, sorted((run / "rollouts").glob("*.parquet")))).task_id.unique()
    tasks = EnvSpec("math", {"split": "train", "levels": [1, 3]}).build().tasks
    found = check_contamination(run / "checkpoints" / "last", [tasks.get(name) for name in ids])
    assert found["status"] == "contaminated" and found["ids"] == len(ids) == found["train_tasks"]


def questions(folder):
    """The flags of sums in a file, some of which the policy solves."""
    rows = {"q": [f"What is {a} + {a % 3}?" for a in range(16)], "a": [a + a % 3 for a in range(16)]}
    pd.DataFrame(rows).to_csv(folder / "q.csv", index=False)
    fields = (f"data={folder / 'q.csv'}", "prompt={q} Give the answer in <answer></answer> tags.", "answer={a}")
    return ("--env", "dataset", *(part for field in fields for part in ("--env-arg", field)))


def test_what_is_known_is_counted_from_what_was_sampled(tmp_path):
    settings = QUICK | {"tasks_per_step": 4, "max_tokens": 24, "max_refills": 1, "forget": 0.0, "steps": 2}
    run = door.train("builtin:tiny", "math", run_dir=tmp_path / "run", env_args={"levels": [1, 3]}, **settings)
    known = json.loads((run.path / "checkpoints/last/trainer_state/history.json").read_text())
    (own,) = known["seen"]
    sampled = sum(line["sampled_groups"] for line in metrics(run.path))
    assert own["whole"][1:] == [4 * sampled, 4 * sampled] and own["tasks"] == {}
    last = metrics(run.path)[-1]["difficulty"]
    assert last["level"] == {level: tally[0] / tally[1] for level, tally in sorted(own["levels"].items())}
    assert set(last["family"]) <= {"add", "sub", "chain", "mul"} and "stage" not in last
    page = run.report(tmp_path / "page.html").read_text()
    assert "pass rate by level" in page and "pass rate by family" in page


def test_single_tasks_are_told_apart_and_their_shares_are_shown(tmp_path):
    settings = QUICK | {"steps": 4, "sampler": "uniform"}
    run = door.train("builtin:tiny", over(write_questions(tmp_path)), run_dir=tmp_path / "run", **settings)
    (own,) = json.loads((run.path / "checkpoints/last/trainer_state/history.json").read_text())["seen"]
    tried = metrics(run.path)[-1]["difficulty"]["tasks"]
    assert len(own["tasks"]) == tried["tried"] == run.rollouts.task_id.nunique() > 2
    assert tried["below"] + tried["within"] + tried["above"] == pytest.approx(1)
    assert "share of the tasks tried" in run.report(tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--sampler", "bnad"), "sampler = 'bnad'"),
        (("--band", "0.9:0.1"), "the lower first"),
        (("--band", "0.5"), "LOW:HIGH, such as 0.1:0.9"),
        (("--explore", "0.2"), "explore means nothing to sampler=in_order"),
        (("--pass-rate", "0.2:0.8"), "add select=PROFILE"),
        (("--sampler", "curriculum", "--env-arg", "levels=2"), "all are of level 2"),
        (("--sampler", "curriculum", "--env", "math,guess", "--env-arg", "guess.levels=1"), "guess: --sampler curric"),
        (("--select", "nowhere.parquet"), "nowhere.parquet: nothing is there; make it with `grpo profile"),
    ],
)
def test_what_cannot_be_is_said_in_one_line_and_nothing_is_written(grpo, tmp_path, flags, told):
    code, _, err = grpo("train", "--engine", "transformers", *flags, "--run-dir", tmp_path / "run")
    assert code == 2 and told in err and err.count("\n") == 1, err
    assert not list(tmp_path.iterdir())


def test_what_a_resume_changes_is_read_with_the_settings_of_its_run(grpo, tmp_path):
    """A share that the run's own sampler explores, given alone, is another run, not a share without a sampler."""
    run = door.train("builtin:tiny", "math", run_dir=tmp_path / "run", **QUICK | {"steps": 1, "sampler": "uniform"})
    again = ("train", "--run-dir", run.path, "--resume", "--steps", "2")
    code, _, err = grpo(*again, "--sampler", "band", "--explore", "0.2")
    assert code == 2 and "--sampler band (was uniform); --explore 0.2 (was 0.1)" in err
    code, _, err = grpo(*again, "--explore", "0.2")
    assert code == 2 and "explore means nothing to sampler=uniform" in err
    run.resume(steps=2, sampler="band", force=True)
    code, _, err = grpo(*again, "--explore", "0.2")
    assert code == 2 and "--explore 0.2 (was 0.1)" in err and "means nothing" not in err
