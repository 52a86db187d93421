"""A run made before the rooms is read, compared and resumed: run folders outlive the code that wrote them."""

import json
import shutil

import pytest

import evals
from gymtests.places import SUPPORT

OLD = SUPPORT / "gymtests" / "runs_of_old" / "lora-2-steps"


@pytest.fixture
def old_run(tmp_path):
    return shutil.copytree(OLD, tmp_path / "old")


def test_it_is_read(old_run):
    run = evals.load_run(old_run)
    rollouts = evals.load_rollouts(old_run)
    assert list(run.index) == [1, 2] and len(rollouts) == 2 * 4 * 4
    assert set(evals.load_eval(old_run / "evals" / "after").score.unique()) <= {0.0, 1.0}
    assert len(evals.compare(old_run / "evals" / "before", old_run / "evals" / "after")) > 0


def test_the_commands_read_it(grpo, old_run):
    code, out, err = grpo("report", old_run, "--json")
    assert code == 0, err
    code, out, err = grpo("runs", "list", old_run.parent)
    assert code == 0 and str(old_run) in out, err


def test_it_is_resumed(grpo, old_run):
    code, out, err = grpo("train", "--run-dir", old_run, "--resume", "--steps", "3")
    assert code == 0, err
    steps = [json.loads(line) for line in (old_run / "metrics.jsonl").read_text().splitlines()]
    before = [json.loads(line) for line in (OLD / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in steps] == [1, 2, 3] and steps[:2] == before
    assert (old_run / "checkpoints" / "last").resolve().name == "step-000003"
