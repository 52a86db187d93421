"""bfloat16 with float32 masters, and optimizers."""

import copy

import pytest
import torch

from envs import UsageError
from grpo.policy.model import check_trainable_dtype, load_policy
from grpo.settings.config import TrainConfig
from grpo.update.optimizer import MasterWeights, make_optimizer, trained_parameters
from grpo.update.update import Updater
from gymtests.training.rollouts import make_rollouts
from gymtests.training.zoo import build

STEP = {"learning_rate": 1e-5, "warmup_steps": 0, "max_engine_gap": 1e9, "steps": 100}


def low():
    return build("llama", torch.bfloat16)


def test_steps_too_small_for_bfloat16_add_up_in_the_masters():
    model = low()
    start = {name: p.detach().clone() for name, p in model.named_parameters()}
    updater = Updater(model, TrainConfig(**STEP))
    masters = trained_parameters(updater.optimizer)
    assert all(master.dtype == torch.float32 for master in masters)
    begun = [master.detach().clone() for master in masters]
    updater.update(make_rollouts(2, 4), 1)
    assert all(not torch.equal(a, b) for a, b in zip(masters, begun, strict=True) if a.ndim == 2)
    matrix = next(name for name in start if "down_proj" in name)
    stayed = (dict(model.named_parameters())[matrix] == start[matrix]).float().mean()
    assert stayed > 0.5  # one step is below the resolution of most weights
    for step in range(2, 60):
        updater.update(make_rollouts(2, 4), step)
    now = dict(model.named_parameters())
    assert (now[matrix] == start[matrix]).float().mean() < stayed - 0.2
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}


def test_micro_batches_add_up_in_float32():
    whole, split = (
        Updater(low(), TrainConfig(**STEP, micro_batch_tokens=tokens, max_grad_norm=1e9)) for tokens in (10**6, 30)
    )
    gradients = []
    for updater in (whole, split):
        assert isinstance(updater.optimizer, MasterWeights)
        updater.optimizer.step = lambda: None
        updater.update(make_rollouts(3, 4), 1)
        gradients.append(torch.cat([p.grad.flatten() for p in trained_parameters(updater.optimizer)]))
        assert all(p.grad is None for p in updater.model.parameters())
    assert gradients[0].dtype == torch.float32
    assert float((gradients[0] - gradients[1]).norm()) < 0.02 * float(gradients[0].norm())


def test_a_run_goes_on_exactly_from_the_masters():
    model = low()
    updater = Updater(model, TrainConfig(**STEP))
    updater.update(make_rollouts(2, 4), 1)
    saved, state = copy.deepcopy(model), copy.deepcopy(updater.optimizer.state_dict())
    resumed = Updater(saved, TrainConfig(**STEP))
    resumed.optimizer.load_state_dict(state)
    for going in (updater, resumed):
        going.update(make_rollouts(2, 4, seed=1), 2)
    for ours, theirs in zip(trained_parameters(updater.optimizer), trained_parameters(resumed.optimizer), strict=True):
        assert torch.equal(ours, theirs)


def test_the_gradient_in_bfloat16_is_near_that_in_float32():
    full = build("qwen3, tied")
    gradients = []
    for model in (full, copy.deepcopy(full).to(torch.bfloat16)):
        updater = Updater(model, TrainConfig(**STEP, max_grad_norm=1e9))
        updater.optimizer.step = lambda: None
        updater.update(make_rollouts(3, 4), 1)
        gradients.append(torch.cat([p.grad.flatten() for p in trained_parameters(updater.optimizer)]))
    sizes = [g.norm() for g in gradients]
    assert float(sizes[1] / sizes[0]) == pytest.approx(1, abs=0.1)


def test_what_cannot_be_trained_in_is_refused():
    with pytest.raises(UsageError, match="bfloat16"):
        check_trainable_dtype("float16", "cpu")
    check_trainable_dtype("bfloat16", "cpu")


def test_an_attention_nobody_knows_is_refused():
    with pytest.raises(UsageError, match="--attn flashy"):
        load_policy("builtin:tiny", attn="flashy")


def test_an_optimizer_without_its_library_says_what_to_install(tiny, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bitsandbytes.optim", None)
    monkeypatch.setitem(__import__("sys").modules, "torchao.optim", None)
    with pytest.raises(UsageError, match="pip install"):
        make_optimizer(tiny.model, TrainConfig(optimizer="adamw_8bit"))
