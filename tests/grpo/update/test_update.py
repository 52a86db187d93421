"""The update against the oracle: padding, micro-batches and minibatches change nothing they should not."""

import copy

import pytest
import torch

from envs import Reward, RunError
from grpo.algorithm.loss import clipped
from grpo.algorithm.reference import ModelReference
from grpo.forward import PaddedPath
from grpo.forward.batching import collate, micro_batches
from grpo.settings.config import TrainConfig
from grpo.settings.presets import PRESETS, preset_settings
from grpo.update.update import Updater
from gymtests.training.oracle import sequence_logprobs
from gymtests.training.rollouts import make_rollouts
from gymtests.training.updates import BASE, gradients


def test_padded_logprobs_are_those_of_each_sequence_alone(tiny):
    rollouts = make_rollouts(4, 3)
    batch = collate(rollouts, list(range(12)))
    for temperature in (1.0, 0.7):
        with torch.no_grad():
            logprobs_N, _ = PaddedPath().logprobs(tiny.model, batch, temperature)
        for place, row in batch.split(logprobs_N).items():
            rollout = rollouts[place]
            expected = sequence_logprobs(tiny.model, rollout.prompt_ids, rollout.completion_ids, temperature)
            assert row.tolist() == pytest.approx(expected, abs=2e-5)


def test_micro_batches_change_nothing(tiny):
    rollouts = make_rollouts(4, 4)
    whole, whole_stats = gradients(tiny.model, rollouts, micro_batch_tokens=100_000)
    split, split_stats = gradients(tiny.model, rollouts, micro_batch_tokens=40)
    assert split_stats.metrics()["loss"] == pytest.approx(whole_stats.metrics()["loss"], abs=1e-6)
    for name, gradient in whole.items():
        torch.testing.assert_close(split[name], gradient, rtol=1e-4, atol=1e-6)


def test_every_rollout_is_in_exactly_one_micro_batch_within_the_budget():
    rollouts = make_rollouts(6, 5)
    seen = []
    footprint = PaddedPath().footprint
    for batch in micro_batches(rollouts, range(30), 150, footprint):
        held = footprint
        for prompt, completion in zip(batch.prompts, batch.completions, strict=True):
            held = held.add(prompt, completion)
        assert held.tokens <= 150
        seen += batch.indices
    assert sorted(seen) == list(range(30))


def test_rollout_order_changes_nothing(tiny):
    rollouts = make_rollouts(3, 4)
    forward, _ = gradients(tiny.model, rollouts)
    backward, _ = gradients(tiny.model, rollouts[::-1])
    for name, gradient in forward.items():
        torch.testing.assert_close(backward[name], gradient, rtol=1e-4, atol=1e-6)


def test_an_on_policy_step_is_reinforce(tiny):
    rollouts = make_rollouts(2, 4)
    ours, _ = gradients(tiny.model, rollouts)
    model = copy.deepcopy(tiny.model)
    tokens = sum(len(r.completion_ids) for r in rollouts)
    for r in rollouts:
        logits = model(torch.tensor([r.prompt_ids + r.completion_ids])).logits[0, len(r.prompt_ids) - 1 : -1]
        taken = torch.log_softmax(logits, -1).gather(1, torch.tensor(r.completion_ids)[:, None])
        (-r.advantage * taken.sum() / tokens).backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(ours[name], parameter.grad, rtol=1e-3, atol=1e-6)


def test_groups_without_variance_give_exactly_no_gradient(fresh_tiny):
    rollouts = make_rollouts(2, 3, rewards=[[1.0] * 3, [0.0] * 3])
    before = copy.deepcopy(fresh_tiny.model.state_dict())
    stats = Updater(fresh_tiny.model, TrainConfig(**BASE)).update(rollouts, 1)
    assert stats.optimizer_steps == 0
    assert all(torch.equal(tensor, before[name]) for name, tensor in fresh_tiny.model.state_dict().items())


def test_tokens_of_groups_without_variance_count_in_the_mean(tiny):
    mixed = make_rollouts(2, 4, rewards=[[1.0, 0.0, 1.0, 0.0], [1.0] * 4])
    alone = mixed[:4]
    with_them, _ = gradients(tiny.model, mixed)
    without, _ = gradients(tiny.model, alone)
    share = sum(len(r.completion_ids) for r in alone) / sum(len(r.completion_ids) for r in mixed)
    for name, gradient in without.items():
        torch.testing.assert_close(with_them[name], gradient * share, rtol=1e-4, atol=1e-6)


def test_what_cannot_be_scored_leaves_the_loss_and_the_token_count(tiny):
    rewards = [[1.0, 0.0, 0.0, Reward.unscorable("lost")]]
    with_it = make_rollouts(1, 4, rewards=rewards)
    ours, stats = gradients(tiny.model, with_it)
    without, _ = gradients(tiny.model, with_it[:3])
    assert stats.tokens == sum(len(r.completion_ids) for r in with_it[:3])
    for name, gradient in without.items():
        torch.testing.assert_close(ours[name], gradient, rtol=1e-4, atol=1e-6)


def test_minibatches_use_the_ratio_to_the_policy_before_the_batch(fresh_tiny):
    rollouts = make_rollouts(4, 4)
    settings = {**BASE, "learning_rate": 0.05}
    stats = Updater(fresh_tiny.model, TrainConfig(**settings, minibatches=4)).update(rollouts, 1)
    assert stats.optimizer_steps == 4
    assert stats.metrics()["clip_fraction"] > 0  # a large step moved the policy, and the ratio saw it


def test_clipped_tokens_carry_no_gradient(tiny):
    rollouts = make_rollouts(1, 2, rewards=[[1.0, 0.0]])
    batch = collate(rollouts, [0, 1])
    logprobs_N, _ = PaddedPath().logprobs(tiny.model, batch, 1.0)
    for shift, row in ((-1.0, 0), (1.0, 1)):  # the ratio is above the bound where A > 0, below where A < 0
        logprobs = logprobs_N.detach().clone().requires_grad_()
        loss_N, low_N, high_N = clipped(logprobs, logprobs.detach() + shift, batch, TrainConfig())
        here_N = batch.sequence_N == row
        loss_N[here_N].sum().backward()
        assert not logprobs.grad[here_N].any()
        assert (low_N + high_N)[here_N].all()


def test_text_of_the_environment_is_not_trained_on(tiny):
    rollouts = make_rollouts(2, 3)
    for rollout in rollouts:
        rollout.mask = [place % 2 == 0 for place in range(len(rollout.completion_ids))]
    before, stats = gradients(tiny.model, rollouts)
    assert stats.tokens == sum(r.trained_tokens for r in rollouts if r.advantage)
    for rollout in rollouts:
        rollout.logprobs = [lp if own else 5.0 for lp, own in zip(rollout.logprobs, rollout.mask, strict=True)]
    after, again = gradients(tiny.model, rollouts)
    assert again.gap_max == stats.gap_max
    for name, gradient in before.items():
        assert torch.equal(after[name], gradient)


def test_rollouts_of_other_weights_stop_the_run_before_it_learns_from_them(fresh_tiny):
    rollouts = make_rollouts(2, 4)  # their log-probs are made up
    before = copy.deepcopy(fresh_tiny.model.state_dict())
    with pytest.raises(RunError, match="stale"):
        Updater(fresh_tiny.model, TrainConfig(**{**BASE, "max_engine_gap": 0.1})).update(rollouts, 1)
    assert all(torch.equal(tensor, before[name]) for name, tensor in fresh_tiny.model.state_dict().items())


@pytest.mark.parametrize("algo", PRESETS)
@pytest.mark.parametrize(
    "path", [{"forward": "shared"}, {"forward": "packed"}, {"forward": "padded", "logit_chunk": 99}]
)
def test_every_algorithm_is_the_same_on_every_path(tiny, algo, path):
    rollouts = make_rollouts(4, 4)
    settings = {**preset_settings(algo), "minibatches": 1, "entropy_coef": 0.01}
    plain, plain_stats = gradients(tiny.model, rollouts, **settings, forward="padded", logit_chunk=0)
    found, stats = gradients(tiny.model, rollouts, **settings, micro_batch_tokens=90, **path)
    assert stats.metrics()["loss"] == pytest.approx(plain_stats.metrics()["loss"], rel=1e-5, abs=1e-7)
    ours, theirs = (torch.cat([g.flatten() for g in side.values()]) for side in (found, plain))
    assert float((ours - theirs).norm()) <= 1e-5 * float(theirs.norm())


def test_the_reference_of_an_adapter_is_its_base(fresh_tiny):
    peft = pytest.importorskip("peft")
    base = copy.deepcopy(fresh_tiny.model)
    model = peft.get_peft_model(fresh_tiny.model, peft.LoraConfig(r=2, target_modules="all-linear"))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.add_(0.5)
    rollouts = make_rollouts(2, 3)
    ours = Updater(model, TrainConfig(**BASE, kl_coef=0.1))
    apart = Updater(copy.deepcopy(model), TrainConfig(**BASE, kl_coef=0.1))
    apart.reference = ModelReference(base, model)
    found, expected = ours.update(rollouts, 1).metrics(), apart.update(rollouts, 1).metrics()
    assert found["kl"] == pytest.approx(expected["kl"], rel=1e-5) and found["kl"] > 0
    assert ours.reference.weights() is None, "nothing of it goes into checkpoints"


def test_a_synced_reference_follows_the_policy_and_a_frozen_one_does_not(fresh_tiny):
    rollouts = make_rollouts(2, 4, rewards=[[1, 0, 1, 0]] * 2)
    for every, mix in ((0, 1.0), (2, 1.0), (2, 0.25)):
        model, start = copy.deepcopy(fresh_tiny.model), fresh_tiny.model.state_dict()
        updater = Updater(
            model, TrainConfig(**BASE, kl_coef=0.1, ref_sync_every=every, ref_sync_mix=mix if every else 1)
        )
        updater.update(rollouts, 1)
        assert updater.reference.weights() is None
        updater.update(rollouts, 2)
        weights = updater.reference.weights()
        if not every:
            assert weights is None
            continue
        for name, now in model.named_parameters():
            torch.testing.assert_close(weights[name], mix * now + (1 - mix) * start[name], rtol=1e-5, atol=1e-7)
