"""`--push-to`, `--push-every`, `--resume-from`: training is not changed by pushes, and goes on from what is there."""

import signal

import pytest

from gymtests.hub.hub_server import TOKEN
from gymtests.training.runs import assert_same_run, wait_for_steps

SMALL = (
    "train", "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "16",
    "--no-rehearsal", "--env-arg", "levels=1", "--eval-tasks", "4", "--eval-samples", "1",
)  # fmt: skip


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
