"""Whole updates against the oracle: every algorithm, on every forward path, split into micro-batches and ranks."""

import copy
import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from envs import Reward
from grpo.engines.base import FinishReason
from grpo.forward.choice import PATHS
from grpo.settings.config import TrainConfig
from grpo.update.ranks import Ranks
from grpo.update.update import Updater
from gymtests.places import environment
from gymtests.training import oracle
from gymtests.training.rollouts import make_rollouts
from gymtests.training.updates import BASE, gradients, loss_of
from gymtests.training.variants import ONE_STEP, VARIANTS, is_off_policy

MICRO_BATCHED = {"micro_batch_tokens": 60, "logit_chunk": 2000}
PATHS_HELD = {
    "plain": {"forward": "padded", "micro_batch_tokens": 100_000, "logit_chunk": 0},
    **{f"{path}, chunked": {"forward": path, **MICRO_BATCHED} for path in PATHS if path != "auto"},
}
TEMPERATURE = 0.9


@pytest.fixture(scope="module")
def models(tiny):
    """The policy, and the same moved a little: a later policy, and a reference."""
    later, reference = copy.deepcopy(tiny.model), copy.deepcopy(tiny.model)
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for model, by in ((later, 0.01), (reference, 0.02)):
            for parameter in model.parameters():
                parameter.add_(by * parameter.abs().mean() * torch.randn(parameter.shape, generator=rng))
    return SimpleNamespace(policy=tiny.model, later=later, reference=reference)


@pytest.fixture(scope="module")
def rollouts(models):
    """Groups with an unscorable member, a truncated one, text of an environment, and an engine that is a little off."""
    rng = np.random.default_rng(5)
    made = make_rollouts(3, 4, seed=2, rewards=[[1, 0, 0, Reward.unscorable("lost")], [1, 1, 0, 1], [0.5] * 4])
    for r in made:
        lp = np.array(oracle.sequence_logprobs(models.policy, r.prompt_ids, r.completion_ids, 1.0))
        r.logprobs = (lp + rng.normal(0, 0.4, len(lp))).tolist()
        if len(r.mask) > 4:
            r.mask[1] = r.mask[2] = False
    made[5].finish_reason = FinishReason.LENGTH
    return made


@pytest.fixture(scope="module")
def expected(models, rollouts):
    """For each of the models, the log-probs and entropies of every rollout, from one unpadded pass of its own."""
    logprobs, entropies = {}, {}
    for name, model in vars(models).items():
        runs = [(model, r.prompt_ids, r.completion_ids, TEMPERATURE) for r in rollouts]
        logprobs[name] = [oracle.sequence_logprobs(*run) for run in runs]
        entropies[name] = [oracle.sequence_entropies(*run) for run in runs]
    return SimpleNamespace(logprobs=logprobs, entropies=entropies)


def sequences_of(rollouts, config, expected, now):
    """What the oracle needs to know of those rollouts that take part."""
    return [
        SimpleNamespace(
            lp=expected.logprobs[now][i], sg=expected.logprobs[now][i], old=expected.logprobs["policy"][i],
            ref=expected.logprobs["reference"][i], entropy=expected.entropies[now][i], smp=r.logprobs,
            mask=r.mask, advantage=r.advantage,
        )
        for i, r in enumerate(rollouts)
        if r.reward.scorable and not (config.mask_truncated and r.finish_reason is FinishReason.LENGTH)
    ]  # fmt: skip


def settings_of(name, path):
    epochs = 2 if is_off_policy(VARIANTS[name]) else 1
    return {**VARIANTS[name], **ONE_STEP, "epochs": epochs, **PATHS_HELD[path], "temperature": TEMPERATURE}


def oracle_loss(rollouts, expected, settings):
    """The mean of the oracle's losses over the optimizer steps of an update."""
    config = TrainConfig(**{**BASE, **settings})
    models = ("policy", "later")[: config.epochs]
    return sum(oracle.step_loss(sequences_of(rollouts, config, expected, now), config) for now in models) / len(models)


@pytest.mark.parametrize("path", PATHS_HELD)
@pytest.mark.parametrize("name", VARIANTS)
def test_every_algorithm_on_every_path(models, rollouts, expected, name, path):
    """Two passes over a batch, the policy moved in between: the second is truly off-policy."""
    settings = settings_of(name, path)
    loss = loss_of(models, rollouts, settings)
    assert loss == pytest.approx(oracle_loss(rollouts, expected, settings), rel=1e-5, abs=1e-5)


def test_every_algorithm_on_every_path_in_two_processes(models, rollouts, expected, tmp_path):
    """The same over gloo, each process with its share of the rollouts."""
    cases = [settings_of(name, path) for name in VARIANTS for path in PATHS_HELD]
    torch.save({"models": models, "rollouts": rollouts, "settings": cases}, tmp_path / "case.pt")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, "--module", "gymtests.training.rank_updates", str(tmp_path)],
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for settings, loss in zip(cases, json.loads((tmp_path / "losses.json").read_text()), strict=True):
        assert loss == pytest.approx(oracle_loss(rollouts, expected, settings), rel=1e-5, abs=1e-5), settings


@pytest.mark.parametrize("name", VARIANTS)
def test_ranks_and_micro_batches_add_up_to_the_whole_gradient(models, rollouts, name):
    settings = {**VARIANTS[name], **ONE_STEP, "epochs": 1}
    whole, _ = gradients(models.policy, rollouts, **settings)
    split, _ = gradients(models.policy, rollouts, **settings, micro_batch_tokens=40)
    ranks = ranks_gradients(models.policy, rollouts, settings)
    for name, gradient in whole.items():
        scale = float(gradient.abs().max()) + 1e-12
        torch.testing.assert_close(split[name], gradient, rtol=1e-4, atol=1e-5 * scale + 1e-8)
        torch.testing.assert_close(ranks[name], gradient, rtol=1e-4, atol=1e-5 * scale + 1e-8)


class TwoRanks(Ranks):
    """One of two processes, one after the other: the first time round, what each would give is noted down."""

    world = 2

    def __init__(self, rank, noted):
        self.rank = rank
        self.noted = noted
        self.calls = 0

    def gather(self, value):
        self.calls += 1
        known = self.noted.setdefault(self.calls, {})
        known.setdefault(self.rank, value)
        return [known.get(rank, value) for rank in range(2)]


def ranks_gradients(policy, rollouts, settings):
    """The sum of the gradients of two processes that both hold the rollouts and run a share each."""
    noted = {}
    for _ in ("noting", "adding"):
        added = {}
        for rank in range(2):
            model = copy.deepcopy(policy)
            updater = Updater(model, TrainConfig(**{**BASE, **settings}), ranks=TwoRanks(rank, noted))
            updater.optimizer.step = lambda: None
            updater.update(copy.deepcopy(rollouts), 1)
            for name, parameter in model.named_parameters():
                if parameter.grad is not None:
                    added[name] = added.get(name, 0) + parameter.grad
    return added


def test_minibatches_and_epochs_see_every_rollout_once_a_pass(models):
    rollouts = make_rollouts(4, 4, rewards=[[1, 0, 1, 0]] * 4)
    model = copy.deepcopy(models.policy)
    updater = Updater(model, TrainConfig(**BASE, minibatches=4, epochs=3))
    seen = []
    chosen = updater._micro_batches
    updater._micro_batches = lambda rollouts, indices: seen.append(list(indices)) or chosen(rollouts, indices)
    assert updater.update(rollouts, 1).optimizer_steps == 12
    passes = seen[1:]  # the first is that of the log-probs before the updates
    for epoch in range(3):
        assert sorted(sum(passes[4 * epoch : 4 * epoch + 4], [])) == list(range(16))
    assert passes[:4] != passes[4:8], "each pass has an order of its own"


def test_masked_samples_leave_the_loss_and_stay_in_the_baseline(models):
    rollouts = make_rollouts(1, 4, rewards=[[1, 0, 0, 1]])
    rollouts[1].finish_reason = FinishReason.LENGTH
    ours, stats = gradients(models.policy, rollouts, mask_truncated=True)
    without, _ = gradients(models.policy, [r for r in rollouts if r is not rollouts[1]])
    assert stats.tokens == sum(len(r.completion_ids) for r in rollouts if r is not rollouts[1])
    for name, gradient in without.items():
        assert torch.equal(ours[name], gradient)


@pytest.mark.parametrize("name", VARIANTS)
def test_without_variance_there_is_exactly_no_policy_gradient(models, name):
    """A KL term or a bonus has a gradient of its own, and is left out here."""
    own = ("kl_", "entropy")
    settings = {key: value for key, value in {**VARIANTS[name], **ONE_STEP}.items() if not key.startswith(own)}
    _, stats = gradients(models.policy, make_rollouts(2, 3, rewards=[[1.0] * 3, [0.0] * 3]), **settings)
    assert stats.optimizer_steps == 0
