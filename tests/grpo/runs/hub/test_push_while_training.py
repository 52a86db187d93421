"""`--push-to`, `--push-every`, `--resume-from`: training is not changed by pushes, and goes on from what is there."""

import shutil
import signal

import pytest

from grpo.runs.hub.background import BackgroundPusher
from grpo.runs.rundir import RunDir
from gymtests.hub.checkpointed import checkpointed, more_checkpoints
from gymtests.hub.hub_server import TOKEN
from gymtests.training.runs import assert_same_run, wait_for_steps

SMALL = (
    "train", "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "16",
    "--no-rehearsal", "--env-arg", "levels=1", "--eval-tasks", "4", "--eval-samples", "1",
)  # fmt: skip


@pytest.fixture
def pusher(hub, tmp_path, monkeypatch):
    """A run that is pushed from this process, and what it was warned of."""
    for name, value in hub.environment(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    run = checkpointed(tmp_path / "run", push_to="ada/mine", push_every=2, steps=4, keep=9)
    warned = []
    place = RunDir(run)
    return BackgroundPusher(place.config(), place, lambda: False, warned.append), place, warned


def test_what_is_due_is_pushed_beside_and_the_last_one_at_the_end(hub, pusher):
    pushing, run, warned = pusher
    hub.faults = {"whoami": [500]}
    more_checkpoints(run, 1)
    pushing.step({"step": 1}, [])
    assert not list(run.path.glob(".push*"))  # it is not due
    more_checkpoints(run, 2)
    pushing.step({"step": 2}, [])
    (aside,) = run.path.glob(".push*/step-000002/model.safetensors")
    assert aside.samefile(run.checkpoints / "step-000002" / "model.safetensors")
    shutil.rmtree(run.checkpoints / "step-000002")  # which the run may do
    more_checkpoints(run, 3)
    pushing.finish(interrupted=False)
    assert len(warned) == 1 and warned[0].startswith("step 2 was not pushed: the hub failed (500")
    ((_, message, files),) = hub.repos["ada/mine"].branches["main"][1:]
    assert message == "Step 3 of a run with grpo-gym" and not any("trainer_state" in name for name in files)
    assert files["model.safetensors"] == (run.checkpoints / "step-000003" / "model.safetensors").read_bytes()
    assert not list(run.path.glob(".push*"))


def test_a_run_that_is_stopped_leaves_what_is_under_way(hub, pusher):
    pushing, run, warned = pusher
    hub.faults = {"whoami": "hang"}
    more_checkpoints(run, 2)
    pushing.step({"step": 2}, [])
    more_checkpoints(run, 4)
    pushing.step({"step": 4}, [])
    pushing.finish(interrupted=True)
    assert warned == [f"the push of step 2 was left: grpo push {run.path} ada/mine makes it"]
    assert hub.repos == {} and not list(run.path.glob(".push*"))


@pytest.mark.slow
def test_a_run_goes_on_from_the_hub_and_is_pushed_while_it_trains_and_is_the_same_to_the_bit(hub, tmp_path):
    alone, there = tmp_path / "alone", tmp_path / "there"
    code, _, err = hub.grpo(*SMALL, "--steps", "7", "--save-every", "2", "--keep", "4", "--run-dir", alone)
    assert code == 0, err
    code, _, err = hub.grpo("push", alone, "ada/mine", "--checkpoint", "2", "--with-state")
    assert code == 0, err

    hub.faults = {"/commit/": [500]}  # the first push fails, the next one carries it
    pushed = ("--push-to", "ada/on", "--push-every", "2", "--push-private")
    code, _, err = hub.grpo("train", "--resume-from", "ada/mine@main", "--run-dir", there, *pushed)
    assert code == 0 and "going on after step 2 of 7" in err and TOKEN not in err, err
    assert_same_run(there, alone, range(3, 8))
    assert "was not pushed: the hub failed (500" in err and "; the next one carries it" in err
    assert hub.repos["ada/on"].private and not list(there.glob(".push*"))
    *_, (_, message, files) = hub.repos["ada/on"].branches["main"]
    assert message == "Step 7 of a run with grpo-gym" and "| after | math/test |" in files["README.md"].decode()
    weights = (there / "checkpoints" / "last" / "model.safetensors").read_bytes()
    assert files["model.safetensors"] == weights and not any(name.startswith("trainer_state") for name in files)


@pytest.mark.slow
def test_ctrl_c_is_not_kept_waiting_by_a_hub_that_hangs(hub, tmp_path):
    hub.faults = {"repos/create": "hang"}
    process = hub.start(
        *SMALL, "--steps", "500", "--eval-tasks", "0", "--run-dir", tmp_path / "run", "--push-to", "ada/mine",
        "--push-every", "1", HF_HUB_ETAG_TIMEOUT="300",
    )  # fmt: skip
    wait_for_steps(process, tmp_path / "run", 4)  # the first checkpoint is whole by then
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "stopped after step" in err, err
    assert "was left: grpo push" in err and not list((tmp_path / "run").glob(".push*"))


def test_where_to_push_is_looked_at_before_a_run_begins(hub, grpo, tmp_path):
    for words, says in [
        (("--push-every", "2"), "add push_to=OWNER/NAME"),
        (("--push-to", "../x"), "is no name of a repository"),
        (("--push-to", "ada/x@main"), "is no name of a repository"),
    ]:
        code, _, err = grpo("train", *words, "--run-dir", tmp_path / "run")
        assert code == 2 and says in err and len(err.splitlines()) == 1
    code, _, err = hub.grpo("train", "--push-to", "bob/x", "--run-dir", tmp_path / "run")
    assert code == 2 and "may not push to bob" in err and len(err.splitlines()) == 1
    assert not (tmp_path / "run").exists()
