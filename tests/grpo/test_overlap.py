"""One step off-policy: the next batch is sampled while this one trains, exactly, and across kills."""

import json
import threading

import pytest

from envs import Reward, RunError, Status, UsageError
from grpo.algorithm.shaping import set_advantages
from grpo.engines import Sampling, make_engine
from grpo.rollouts.ahead import AheadCollector
from grpo.rollouts.collect import Batch
from grpo.rollouts.rollout import RolloutTiming
from grpo.settings.config import TrainConfig, check_config
from grpo.update.update import Updater
from gymtests.training.rollouts import make_rollouts
from gymtests.training.runs import assert_same_run, kill_at, metrics, resume

PATIENCE_S = 60
OVERLAPPED = (
    "train", "--engine", "transformers", "--overlap", "--mismatch", "tis", "--tasks-per-step", "2", "--group-size", "4",
    "--max-tokens", "24", "--env-arg", "levels=1", "--eval-tasks", "3", "--eval-samples", "1", "--eval-every", "3",
    "--steps", "6", "--save-every", "2", "--max-refills", "1",
)  # fmt: skip


class Slow:
    """A collector that waits to be let go on."""

    def __init__(self, fault=None):
        self.go = threading.Event()
        self.fault = fault

    def collect(self, step, on_progress=None):
        for done in range(1, 4):
            assert self.go.wait(PATIENCE_S)
            on_progress("generate", done, 3)
        if self.fault:
            raise self.fault
        rollouts = make_rollouts(1, 2)
        rollouts[0].completion, rollouts[1].reward = "\ud800", Reward(0.1, {"a": 1 / 3}, Status.TIMEOUT, "late")
        return Batch(rollouts, RolloutTiming(1.0, 0.5), 0, step, 0, None)


def test_the_loop_goes_on_while_the_next_batch_is_sampled():
    slow, seen = Slow(), []
    with AheadCollector(slow) as ahead:
        ahead.start(2)
        ahead.moved()  # an update, while sampling has not even begun
        assert seen == []
        slow.go.set()
        batch, staleness = ahead.take(2, lambda *report: seen.append(report))
        assert batch.sampled_groups == 2 and staleness == 1
        ahead.start(3)
        assert ahead.take(3)[1] == 0, "no update since"


def test_the_batch_in_flight_comes_back_whole_from_plain_text():
    slow = Slow()
    slow.go.set()
    with AheadCollector(slow) as ahead, AheadCollector(slow) as resumed:
        assert ahead.in_flight() is None
        ahead.start(2)
        ahead.moved()
        saved = json.loads(json.dumps(ahead.in_flight()))
        resumed.restore(saved, samples=3)
        assert resumed.in_flight() is None, "of another size: the resumed run was forced to another batch"
        resumed.restore(saved, samples=2)
        assert resumed.take(2) == ahead.take(2)


def test_a_fault_while_sampling_ahead_reaches_the_loop():
    slow = Slow(RunError("the verifier process is gone"))
    slow.go.set()
    with AheadCollector(slow) as ahead:
        ahead.start(2)
        with pytest.raises(RunError, match="is gone"):
            ahead.settle()


def test_a_loop_that_breaks_off_ends_the_sampling():
    slow = Slow()
    with pytest.raises(KeyboardInterrupt), AheadCollector(slow) as ahead:
        ahead.start(2)
        slow.go.set()
        raise KeyboardInterrupt
    assert not [t for t in threading.enumerate() if t.name.startswith("ahead")]


def test_overlap_needs_a_correction_that_fits_the_loss():
    with pytest.raises(UsageError, match="add mismatch=tis"):
        check_config({"overlap": True}, "the command line")
    with pytest.raises(UsageError, match="add mismatch=sequence"):
        check_config({"overlap": True, "loss": "gspo", "aggregation": "sequence"}, "the command line")
    assert check_config({"overlap": True, "mismatch": "icepop"}, "the command line").overlap


def test_an_engine_with_weights_of_its_own_changes_when_told(fresh_tiny):
    engine = make_engine("transformers", fresh_tiny, max_model_len=128, own_weights=True)
    ask = [[5, 6, 7]], Sampling(12), [3]
    before = engine.generate(*ask)
    with_same = make_engine("transformers", fresh_tiny, max_model_len=128).generate(*ask)
    assert before == with_same
    for parameter in fresh_tiny.model.parameters():
        parameter.data.mul_(0.9)
    assert engine.generate(*ask) == before
    engine.update_weights(fresh_tiny.model.named_parameters())
    assert engine.generate(*ask) == make_engine("transformers", fresh_tiny, max_model_len=128).generate(*ask) != before


def engine_says(policy, off_by):
    """Rollouts whose engine log-probs are the policy's own, and then some."""
    engine = make_engine("transformers", policy, max_model_len=128)
    rollouts = make_rollouts(2, 4)
    asked = [r.prompt_ids for r in rollouts]
    for rollout, completion in zip(rollouts, engine.generate(asked, Sampling(8), range(8)), strict=True):
        rollout.completion_ids, rollout.logprobs = completion.token_ids, [lp - off_by for lp in completion.logprobs]
        rollout.mask = [True] * len(completion.token_ids)
    set_advantages(rollouts, 4)
    return rollouts


def test_stale_log_probs_may_differ_and_nonsense_may_not(fresh_tiny):
    updater = Updater(fresh_tiny.model, TrainConfig(mismatch="tis", overlap=True))
    with pytest.raises(RunError, match="allowed: 0.001"):
        updater.update(engine_says(fresh_tiny, 0.3), 1)
    assert updater.update(engine_says(fresh_tiny, 0.3), 1, staleness=1).metrics()["staleness"] == 1
    with pytest.raises(RunError, match="allowed: 1"):
        updater.update(engine_says(fresh_tiny, 4.0), 2, staleness=1)


def test_overlapped_runs_are_bitwise_equal_and_so_is_one_killed_and_resumed(grpo, grpo_process, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    code, _, err = grpo(*OVERLAPPED, "--run-dir", whole)
    assert code == 0, err
    assert [line["staleness"] for line in metrics(whole)] == [0, 1, 1, 1, 1, 1]
    process = grpo_process(*OVERLAPPED, "--run-dir", killed)
    kill_at(process, killed, 3)
    flights = list(killed.glob("checkpoints/step-*/trainer_state/in_flight.json"))
    assert flights and json.loads(flights[0].read_text())["behind"] == 1
    resume(grpo_process, killed)
    assert_same_run(killed, whole, range(1, 7))
    assert not (whole / "checkpoints" / "last" / "trainer_state" / "in_flight.json").exists(), "the last step's"
