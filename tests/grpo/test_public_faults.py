"""Faults that shipped in well-known trainers, one test for each (docs/training.md lists them)."""

import copy
import dataclasses
import math
import time

import numpy as np
import pytest
import torch

from envs import RunError, Status, UsageError
from envs.core.registry import EnvSpec
from envs.workers.pool import VerifierPool
from grpo.algorithm.advantages import group_advantages
from grpo.algorithm.loss import mismatch_weights, surrogate
from grpo.algorithm.shaping import set_advantages
from grpo.engines import FinishReason, Sampling, make_engine
from grpo.forward.batching import collate
from grpo.rollouts.collect import BatchCollector
from grpo.rollouts.drawing.draws import Draws
from grpo.rollouts.drawing.orders import TaskOrder
from grpo.rollouts.rollout import RolloutMaker, RolloutTiming
from grpo.runs.metrics import StepTimes, step_metrics
from grpo.runs.rundir import RunDir
from grpo.session import prepare
from grpo.settings.config import TrainConfig, load_config
from grpo.update.update import Updater, UpdateStats
from gymtests.places import FAULTY
from gymtests.training.oracle import sequence_logprobs
from gymtests.training.rollouts import make_rollouts
from gymtests.training.updates import gradients

FAULTY = EnvSpec(FAULTY, {"split": "train"})
SEEDS = list(range(8))


@pytest.fixture(scope="module")
def prompt_ids(tiny):
    return tiny.renderer.prompt_ids([{"role": "user", "content": "Compute 12 * 3."}])


@pytest.fixture
def engine(fresh_tiny):
    engine = make_engine("transformers", fresh_tiny, max_model_len=256)
    yield engine
    engine.close()


def moved(model):
    """The model with its weights moved so far that its log-probs show it."""
    other = copy.deepcopy(model)
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter) * parameter.abs().mean())
    return other


def test_1_rollouts_from_stale_weights_after_a_sync(engine, fresh_tiny, prompt_ids):
    later = moved(fresh_tiny.model)
    before = engine.generate([prompt_ids] * 8, Sampling(16), SEEDS)
    engine.update_weights(later.named_parameters())
    for completion in engine.generate([prompt_ids] * 8, Sampling(16), SEEDS):
        assert completion.logprobs == pytest.approx(
            sequence_logprobs(later, prompt_ids, completion.token_ids, 1.0), abs=1e-4
        )
    # And were they stale all the same, the update would not be made.
    stale = make_rollouts(2, 4, rewards=[[1, 0, 1, 0]] * 2)
    for rollout, completion in zip(stale, before, strict=True):
        rollout.prompt_ids, rollout.completion_ids = prompt_ids, completion.token_ids
        rollout.logprobs, rollout.mask = completion.logprobs, [True] * len(completion.token_ids)
    with pytest.raises(RunError, match="stale"):
        Updater(later, TrainConfig(learning_rate=1e-3)).update(stale, 1)


@pytest.mark.parametrize("forward", ["padded", "packed", "shared"])
def test_2_a_fused_loss_that_forgets_the_global_token_count(tiny, forward):
    rollouts = make_rollouts(3, 4, rewards=[[1, 0, 1, 0]] * 3)
    whole, stats = gradients(tiny.model, rollouts, forward="padded", logit_chunk=0, micro_batch_tokens=10**6)
    split, again = gradients(tiny.model, rollouts, forward=forward, logit_chunk=1000, micro_batch_tokens=50)
    assert again.metrics()["loss"] == pytest.approx(stats.metrics()["loss"], abs=1e-6)
    for name, gradient in whole.items():
        torch.testing.assert_close(split[name], gradient, rtol=1e-3, atol=1e-6)


def test_3_a_cispo_cap_that_scales_every_gradient_down(tiny):
    rollouts = make_rollouts(2, 4, rewards=[[1, 0, 1, 0]] * 2)
    plain, _ = gradients(tiny.model, rollouts, loss="reinforce")
    cispo, _ = gradients(
        tiny.model, rollouts, **load_config(None, {"algo": "cispo"}).model_dump(include={"loss", "ratio_cap"})
    )
    for name, gradient in plain.items():
        torch.testing.assert_close(cispo[name], gradient, rtol=1e-4, atol=1e-8)
    assert TrainConfig().ratio_cap > 1.28
    with pytest.raises(UsageError, match="ratio_cap"):
        load_config(None, {"loss": "cispo", "ratio_cap": 0.2})


def test_4_a_sampler_that_ignores_the_runs_seed(engine, fresh_tiny):
    env = EnvSpec("math", {"split": "train", "levels": [1]}).build()
    with VerifierPool(EnvSpec("math", {"split": "train", "levels": [1]}), workers=1, deadline_s=10) as pool:

        def tokens(run_seed, step=1):
            maker = RolloutMaker(env, pool, engine, fresh_tiny.renderer, Sampling(12), run_seed)
            return [r.completion_ids for r in maker.groups([5], 6, step)[0]]

        assert tokens(0) == tokens(0)
        assert tokens(0) != tokens(1) and tokens(0) != tokens(0, step=2)
        assert len({tuple(ids) for ids in tokens(0)}) > 1, "members of a group have seeds of their own"


def test_5_one_end_id_assumed_where_a_model_has_several(fresh_tiny, prompt_ids):
    first = make_engine("transformers", fresh_tiny, max_model_len=256)
    free = first.generate([prompt_ids], Sampling(24), [3])[0]
    other = free.token_ids[4]
    policy = dataclasses.replace(fresh_tiny, eos_ids=[*fresh_tiny.eos_ids, other])
    completion = make_engine("transformers", policy, max_model_len=256).generate([prompt_ids], Sampling(24), [3])[0]
    assert completion.finish_reason is FinishReason.STOP
    assert completion.token_ids == free.token_ids[: free.token_ids.index(other) + 1]


def test_6_a_sequence_weight_that_sums_log_ratios_and_deletes_long_samples():
    (rollout, *_) = rollouts = make_rollouts(1, 2, rewards=[[1.0, 0.0]])
    rollout.completion_ids, rollout.mask = [7] * 400, [True] * 400
    for gap in (0.02, -0.02):  # the product over 400 tokens would be e^8, or e^-8
        rollout.logprobs = [-1.0 - gap] * 400
        batch = collate(rollouts, [0])
        old_N = torch.full((400,), -1.0)
        weight_N, _ = mismatch_weights(old_N, batch, TrainConfig(mismatch="sequence"))
        assert weight_N.tolist() == pytest.approx([math.exp(gap)] * 400, rel=1e-4)
        gspo = TrainConfig(loss="gspo", aggregation="sequence", clip_low=0.05, clip_high=0.05)
        found = surrogate(old_N, old_N - gap, batch, gspo)
        assert not found.low_N.any() and not found.high_N.any()
        assert found.loss_N.tolist() == pytest.approx([-math.exp(gap) * rollout.advantage] * 400, rel=1e-4)


def test_7_filters_in_sampling_that_bias_the_ratio(tmp_path, engine, fresh_tiny, prompt_ids):
    for name, value in (("top_p", 0.9), ("top_k", 20)):
        with pytest.raises(UsageError, match=f"no setting '{name}'"):
            load_config(None, {name: value})
    sampling = (
        prepare(load_config(None, {"temperature": 0.7}), RunDir(tmp_path / "run"), resume=False).members[0].sampling
    )
    assert (sampling.top_p, sampling.top_k, sampling.temperature) == (1.0, 0, 0.7)
    for completion in engine.generate([prompt_ids] * 8, dataclasses.replace(sampling, max_tokens=16), SEEDS):
        trainers = sequence_logprobs(fresh_tiny.model, prompt_ids, completion.token_ids, 0.7)
        assert completion.logprobs == pytest.approx(trainers, abs=1e-4)


def test_8_a_reward_list_of_the_wrong_length_silently_broadcast():
    rollouts = make_rollouts(2, 4)
    with pytest.raises(ValueError, match="7 rollouts do not make groups of 4"):
        set_advantages(rollouts[:7], 4)
    for wrong in (np.ones((2, 1)), np.ones(4), np.ones(()), np.ones((1, 4))):
        with pytest.raises(ValueError, match="must both be"):
            group_advantages(wrong, np.ones((2, 4), dtype=bool))
    with VerifierPool(FAULTY, workers=1, deadline_s=5) as pool:
        assert len(pool.score([("q7", "a"), ("q8", "bb"), ("q9", "a")])) == 3


def test_9_a_reward_that_hangs_and_freezes_the_run_without_a_word():
    began = time.monotonic()
    with VerifierPool(FAULTY, workers=1, deadline_s=0.3) as pool:
        rewards = pool.score([("q6", "a"), ("q1", "a"), ("q7", "a")])  # q1 never returns
    assert time.monotonic() - began < 60
    assert [reward.status for reward in rewards] == [Status.OK, Status.TIMEOUT, Status.OK]
    assert rewards[1].score == 0.0 and rewards[1].reason
    rollouts = make_rollouts(1, 3, rewards=[rewards])
    assert metrics_of(rollouts, 3)["timeouts"] == 1


@pytest.mark.parametrize("max_refills", [0, 3])
def test_10_a_resume_that_skips_or_repeats_data(max_refills):
    """However often the run is taken up again, each task of an epoch comes up once before any comes up twice."""
    config = TrainConfig(tasks_per_step=3, group_size=2, max_refills=max_refills)
    used, position = [], 0

    def groups(draws, group_size, step, on_progress=None, first_slot=0):
        task_seeds = [draw.seed for draw in draws]
        used.extend(task_seeds)
        rewards = [[1.0, float(seed % 2)] for seed in task_seeds]
        return make_rollouts(len(task_seeds), group_size, rewards=rewards), RolloutTiming(0, 0)

    for step in range(1, 9):
        draws = Draws(7, [1.0], [TaskOrder(7, 12)], [position])  # as a resumed run makes them
        BatchCollector(config, groups, draws).collect(step)
        (position,) = draws.positions
    assert position == len(used)
    for epoch in range(len(used) // 12):
        assert sorted(used[12 * epoch : 12 * epoch + 12]) == list(range(12))


def test_11_truncation_that_nobody_counts(engine, fresh_tiny, prompt_ids):
    env = EnvSpec("math", {"split": "train", "levels": [1]}).build()
    with VerifierPool(EnvSpec("math", {"split": "train", "levels": [1]}), workers=1, deadline_s=10) as pool:
        maker = RolloutMaker(env, pool, engine, fresh_tiny.renderer, Sampling(2), 0)
        rollouts, _ = maker.groups([1, 2], 4, 1)
        counted = metrics_of(rollouts, 4)
        cut = sum(r.completion_ids[-1] not in fresh_tiny.eos_ids for r in rollouts)
        assert cut and counted["truncated"] == cut / 8 and counted["finish_reasons"]["length"] == cut
        rollouts[0].finish_reason, rollouts[1].finish_reason = FinishReason.CONTEXT, FinishReason.TURNS
        assert {"context": 1, "turns": 1}.items() <= metrics_of(rollouts, 4)["finish_reasons"].items()
        crowded = RolloutMaker(env, pool, engine, fresh_tiny.renderer, Sampling(250), 0)
        with pytest.raises(UsageError, match="does not fit the context"):  # a prompt is never cut
            crowded.groups([1], 4, 1)


def metrics_of(rollouts, group_size):
    return step_metrics(1, rollouts, group_size, UpdateStats(), StepTimes(RolloutTiming(0, 0), 0, 0, 0), 0.0)
