"""What a checkpoint must hold beyond weights and optimizer: the place in the data, and a reference that has moved."""

import json

import pandas as pd
from safetensors.torch import load_file

MOVING = (
    "train", "--engine", "transformers", "--tasks-per-step", "3", "--group-size", "3", "--max-tokens", "32",
    "--eval-tasks", "0", "--env-arg", "levels=1", "--lr-decay", "1", "--max-refills", "2", "--kl-coef", "0.1",
    "--kl-estimator", "k2", "--ref-sync-every", "2", "--ref-sync-mix", "0.5", "--epochs", "2", "--minibatches", "3",
    "--overlong-share", "0.5", "--mask-truncated", "--entropy-coef", "0.001", "--mismatch", "icepop",
)  # fmt: skip


def steps_of(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if not k.endswith("_s")} for line in lines]


def test_refills_and_a_synced_reference_resume_exactly(grpo, tmp_path):
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    assert grpo(*MOVING, "--steps", "5", "--run-dir", whole)[0] == 0
    code, _, err = grpo(*MOVING, "--steps", "3", "--run-dir", parted)
    assert code == 0 and "kl_coef=0.1" in err, "what departs from the preset is said"
    saved = parted / "checkpoints" / "last" / "trainer_state"
    assert (saved / "reference.safetensors").is_file()
    position = json.loads((saved / "state.json").read_text())["position"]
    assert position == sum(line["sampled_groups"] for line in steps_of(parted)) > 9, "refills used up further tasks"
    code, _, err = grpo("train", "--run-dir", parted, "--resume", "--steps", "5")
    assert code == 0, err
    assert steps_of(parted) == steps_of(whole)
    for step in (4, 5):
        file = f"rollouts/step-{step:06d}.parquet"
        frame = pd.read_parquet(parted / file)
        pd.testing.assert_frame_equal(frame, pd.read_parquet(whole / file))
        assert frame.parts.map(lambda parts: "overlong" in json.loads(parts)).all()
    for name in ("model.safetensors", "trainer_state/reference.safetensors"):
        ours, theirs = (load_file(run / "checkpoints" / "last" / name) for run in (parted, whole))
        assert ours.keys() == theirs.keys() and all(ours[key].equal(theirs[key]) for key in theirs)


def test_rloo_takes_the_kl_off_the_score_and_says_so(grpo, tmp_path):
    run = tmp_path / "run"
    code, _, err = grpo(*MOVING[:11], "--algo", "rloo", "--steps", "2", "--run-dir", run)
    assert code == 0, err
    assert "REINFORCE Leave-One-Out" in err and "2402.14740" in err
    second = steps_of(run)[1]
    assert second["parts"]["kl"] != 0, "the policy has left its reference"
    assert 0 <= second["reward"] <= 1, "the score itself is the environment's"
