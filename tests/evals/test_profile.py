"""`grpo profile` and `--select`: how hard training tasks are, and a run that trains on what can teach."""

import json
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

import envs
import evals

QUICK = ("--model", "builtin:tiny", "--engine", "transformers", "--max-tokens", "24")
TRAIN = (
    "train", "--engine", "transformers", "--tasks-per-step", "4", "--group-size", "2", "--max-tokens", "24",
    "--steps", "3", "--eval-tasks", "0", "--no-rehearsal",
)  # fmt: skip


def dataset(folder, rows=30, name="q.csv"):
    """The flags of an environment over sums, some of which the policy solves."""
    pd.DataFrame({"q": [f"What is {a} + {a % 3}?" for a in range(rows)], "a": [a + a % 3 for a in range(rows)]}).to_csv(
        folder / name, index=False
    )
    fields = (f"data={folder / name}", "prompt={q} Give the answer in <answer></answer> tags.", "answer={a}")
    return ("--env", "dataset", *(part for field in fields for part in ("--env-arg", field)))


@pytest.fixture(scope="module")
def finite(tmp_path_factory):
    """A profile of a finite split, made in a process that was killed half-way, and once more."""
    import subprocess
    import sys

    from gymtests.places import ROOT, environment

    folder = tmp_path_factory.mktemp("finite")
    env = dataset(folder)
    args = [sys.executable, "-m", "cli", "profile", *env, *QUICK, "--n", "4", "--out", str(folder / "p"), "--json"]
    first = subprocess.Popen(args, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    journal, end = folder / "p" / "journal.jsonl", time.monotonic() + 120
    while not (journal.exists() and journal.read_bytes().count(b"\n") > 20) and first.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    kept = journal.read_text().splitlines()
    assert not (folder / "p" / "profile.parquet").exists() and len(kept) > 20, "the case must mean something"
    done = subprocess.run(args, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert journal.read_text().splitlines()[: len(kept) - 1] == kept[:-1], "what was sampled is not sampled again"
    return folder, env, json.loads(done.stdout)


def test_each_task_has_its_pass_rate(finite, grpo, tmp_path):
    folder, env, told = finite
    frame = pd.read_parquet(folder / "p" / "profile.parquet")
    assert len(frame) == told["summary"]["rows"] == told["manifest"]["size"] > 15 and told["by"] == "task"
    assert list(frame.seed) == list(range(len(frame))) and set(frame.samples) == {4}
    assert list(frame.pass_rate) == list(frame.passed / 4) and 0 < frame.pass_rate.mean() < 1
    assert sum(told["summary"]["histogram"].values()) == len(frame)
    assert json.loads((folder / "p" / "profile.json").read_text())["summary"] == told["summary"]
    whole = tmp_path / "whole"
    code, out, err = grpo("profile", *env, *QUICK, "--n", "4", "--out", whole)
    assert code == 0 and "never solved" in out and "--select" in out and "0.4 to 0.5" in out, err
    pd.testing.assert_frame_equal(pd.read_parquet(whole / "profile.parquet"), frame)
    again = grpo("profile", *env, *QUICK, "--n", "4", "--out", whole)
    assert again[1] == out and "loading" not in again[2], "what is there is read"
    code, out, err = grpo("profile", *env, *QUICK, "--n", "5", "--tasks", "6", "--out", whole, "--json")
    assert code == 0 and json.loads(out)["summary"]["rows"] == 6, err
    few = pd.read_parquet(whole / "profile.parquet").set_index("seed")
    assert (few.passed - frame.set_index("seed").passed[few.index]).isin([0, 1]).all(), "one sample more of each"
    code, _, err = grpo("profile", *env, *QUICK, "--temperature", "0.7", "--out", whole)
    assert code == 2 and "holds another profile" in err and err.count("\n") == 1


def test_a_run_trains_on_what_was_selected_alone_and_goes_on_with_its_own_copy(finite, grpo, tmp_path):
    folder, env, _ = finite
    profile, run = tmp_path / "profile.parquet", tmp_path / "run"
    profile.write_bytes((folder / "p" / "profile.parquet").read_bytes())
    select = ("--select", profile, "--pass-rate", "0.2:0.8")
    code, _, err = grpo(*TRAIN, *env, *select, "--run-dir", run)
    assert code == 0, err
    frame = pd.read_parquet(profile)
    kept = frame[frame.pass_rate.between(0.2, 0.8)]
    assert f"{len(kept)} of {len(frame)} tasks are kept, pass rate within 0.2:0.8, {kept.pass_rate.mean():.2f}" in err
    assert set(pd.read_parquet(run / "rollouts").task_id) <= set(kept.task_id) and len(kept) < len(frame)
    profile.unlink()
    code, _, err = grpo("train", "--run-dir", run, "--resume", "--steps", "4")
    assert code == 0, err
    assert set(pd.read_parquet(run / "rollouts").task_id) <= set(kept.task_id)


def test_what_cannot_be_selected_is_said(finite, grpo, tmp_path):
    folder, env, _ = finite
    profile = folder / "p" / "profile.parquet"
    (tmp_path / "other.parquet").write_bytes(b"PAR1 not")
    cases = [
        ((*env, "--select", profile, "--pass-rate", "0.51:0.6"), "within 0.51:0.6 ("),
        (
            ("--env", "math", "--select", profile),
            "what is trained on, math as it is now: it is of dataset",
        ),
        ((*dataset(tmp_path, 40), "--select", profile), "its version was"),
        ((*env, "--select", tmp_path / "other.parquet"), "is no profile"),
        ((*env, "--select", profile, "--select", profile), "two profiles"),
    ]
    for flags, told in cases:
        code, _, err = grpo(*TRAIN, *flags, "--run-dir", tmp_path / "run")
        assert code == 2 and told in err and err.count("\n") == 1, err
    assert " at 0, " in grpo(*TRAIN, *cases[0][0], "--run-dir", tmp_path / "run")[2], "how pass rates are spread"
    assert not (tmp_path / "run").exists()


def test_of_a_source_without_end_families_and_levels_are_profiled_and_selected(grpo, tmp_path):
    env = ("--env", "math", "--env-arg", "levels=1,3", "--env-arg", "families=add,chain")
    code, out, err = grpo("profile", *env, *QUICK, "--n", "2", "--tasks", "4", "--out", tmp_path / "p")
    assert code == 0 and "by family and level" in out and "families=add,chain" in out, err
    frame = pd.read_parquet(tmp_path / "p" / "profile.parquet")
    cells = [("add", 1), ("add", 3), ("chain", 1), ("chain", 3)]
    assert list(zip(frame.family, frame.level, strict=True)) == cells
    assert set(frame.tasks) == {4} and set(frame.samples) == {8}
    kept = frame[frame.pass_rate > 0.1]
    assert 0 < len(kept) < 4, "the case must mean something"
    code, _, err = grpo(
        *TRAIN,
        *env,
        "--select",
        tmp_path / "p" / "profile.parquet",
        "--pass-rate",
        "0.1:1",
        "--run-dir",
        tmp_path / "run",
    )
    assert code == 0 and f"{len(kept)} of 4 families and levels are kept" in err, err
    meta = pd.read_parquet(tmp_path / "run" / "rollouts").meta.map(json.loads)
    drawn = {(one["family"], one["level"]) for one in meta}
    assert drawn <= set(zip(kept.family, kept.level, strict=True))


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), "name a policy"),
        (("--model", "builtin:tny"), "did you mean 'tiny'"),
        (("--model", "builtin:tiny", "--env", "mth"), "did you mean 'math'"),
        (("--model", "builtin:tiny", "--env", "math,code"), "of one environment"),
        (("--model", "builtin:tiny", "--n", "0"), "samples must be at least 1"),
    ],
)
def test_what_cannot_be_profiled_is_said_in_one_line(grpo, tmp_path, monkeypatch, flags, told):
    monkeypatch.chdir(tmp_path)
    code, _, err = grpo("profile", *flags)
    assert code == 2 and told in err and err.count("\n") == 1, err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--out", "taken"), "--out taken is a file: give a folder"),
        (("--temperature", "0"), "take --n 1"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_before_anything_is_loaded(grpo, tmp_path, monkeypatch, flags, said):
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("x")
    code, _, err = grpo("profile", "--env", "math", "--model", "builtin:tiny", *flags)
    assert code == 2 and said in err and "loading" not in err


def test_from_python_a_profile_is_a_table_and_what_a_run_selects_by(finite, tmp_path):
    import grpo

    folder, _, _ = finite
    env = grpo.dataset(
        folder / "q.csv", prompt="{q} Give the answer in <answer></answer> tags.", answer="{a}",
        answer_format="none",
    )  # fmt: skip
    quick = {"max_tokens": 24, "engine": "transformers"}
    known = grpo.profile("builtin:tiny", env, n=2, out=tmp_path / "p", **quick)
    assert set(known.frame.samples) == {2} and known.file == tmp_path / "p" / "profile.parquet"
    teaches = known.frame[known.frame.pass_rate >= 0.5]
    assert 2 <= len(teaches) < len(known.frame), "the case must mean something"
    small = {"tasks_per_step": 2, "group_size": 2, "steps": 2, "eval_tasks": 0, "rehearsal": False, "quiet": True}
    run = grpo.train(env=env, select=[str(known.file)], pass_rate="0.5:1", run_dir=tmp_path / "run", **quick, **small)
    assert set(run.rollouts.task_id) <= set(teaches.task_id)
    for wrong, told in (({"n": 4, "temperature": 0}, "all samples of a task are one"), ({"sytem": "x"}, "'system'")):
        with pytest.raises(envs.UsageError, match=told):
            grpo.profile("builtin:tiny", env, **wrong)


@pytest.mark.parametrize("env", ["", " , ", []])
def test_in_python_too_no_environment_is_one_line(env):
    for door in (evals.profile, evals.evaluate):
        with pytest.raises(envs.UsageError, match="name an environment, as in env='math'") as caught:
            door("builtin:tiny", env=env)
        assert "\n" not in str(caught.value)


def test_in_python_too_several_are_no_profile_and_no_policy_is_none():
    with pytest.raises(envs.UsageError, match="a profile is of one environment"):
        evals.profile("builtin:tiny", env="math,code")
    for env in ("math", None):
        with pytest.raises(envs.UsageError, match="name a policy"):
            evals.evaluate([], env)
