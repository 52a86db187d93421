"""The optimizer's state in checkpoints: left out where asked, mapped where read, never written to through the map."""

import torch

from grpo.runs.checkpoint import _owned, check_checkpoint, load_state, newest_checkpoint

SHORT = (
    "train", "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "8",
    "--eval-tasks", "0", "--env-arg", "levels=1", "--entropy-coef", "0.01",
)  # fmt: skip


def test_a_run_without_saved_moments_goes_on_and_says_so(grpo, tmp_path):
    code, _, err = grpo(*SHORT, "--steps", "1", "--no-save-optimizer", "--run-dir", tmp_path / "run")
    assert code == 0, err
    checkpoint = newest_checkpoint(tmp_path / "run" / "checkpoints")
    assert not (checkpoint / "trainer_state" / "optimizer.pt").exists()
    assert load_state(checkpoint).optimizer is None
    code, _, err = grpo("train", "--run-dir", tmp_path / "run", "--resume", "--steps", "2")
    assert code == 0 and "no optimizer state" in err


def test_what_is_done_to_loaded_moments_never_reaches_the_file(grpo, tmp_path):
    code, _, err = grpo(*SHORT, "--steps", "1", "--run-dir", tmp_path / "run")
    assert code == 0, err
    checkpoint = newest_checkpoint(tmp_path / "run" / "checkpoints")
    tensors = [t for state in load_state(checkpoint).optimizer["state"].values() for t in state.values()]
    assert tensors
    for tensor in tensors:
        tensor.add_(1)
    assert check_checkpoint(checkpoint) is None


def test_only_tensors_that_share_memory_are_copied():
    base = torch.arange(6.0)
    owned = _owned({"alone": torch.ones(3), "base": base, "tied": base, "part": base[:2]})
    assert owned["base"].data_ptr() == base.data_ptr()
    addresses = [tensor.data_ptr() for tensor in owned.values()]
    assert len(set(addresses)) == len(addresses)
    assert owned["tied"].equal(base) and owned["part"].equal(base[:2])
