"""Before the first step: memory that cannot suffice, and tasks without a signal."""

import pytest

from envs import Reward, UsageError
from grpo.runs import preflight
from grpo.runs.preflight import check_memory, estimate_memory, signal_warning
from grpo.settings.config import TrainConfig
from gymtests.training.rollouts import make_rollouts


def test_the_estimate_counts_what_adamw_in_float32_needs(tiny):
    parameters = sum(p.numel() for p in tiny.model.parameters())
    need = estimate_memory(tiny.model, TrainConfig())
    assert (need.weights, need.gradients, need.optimizer) == (4 * parameters, 4 * parameters, 8 * parameters)
    with_reference = estimate_memory(tiny.model, TrainConfig(kl_coef=0.1))
    assert with_reference.weights == 2 * need.weights
    assert estimate_memory(tiny.model, TrainConfig(micro_batch_tokens=1)).activations < need.activations


def test_too_little_memory_is_refused_and_little_is_warned_of(tiny, monkeypatch):
    assert check_memory(tiny.model, TrainConfig()) is None
    need = estimate_memory(tiny.model, TrainConfig())
    monkeypatch.setattr(preflight, "free_memory", lambda device: need.optimizer)
    with pytest.raises(UsageError, match="--lora-rank"):
        check_memory(tiny.model, TrainConfig())
    monkeypatch.setattr(preflight, "free_memory", lambda device: need.gradients + need.optimizer + 1)
    assert "--micro-batch-tokens" in check_memory(tiny.model, TrainConfig())


def test_free_memory_is_known_here(tiny):
    assert preflight.free_memory(tiny.model.device) > 2**20


@pytest.mark.parametrize(
    ("score", "said"), [(0.0, "reward 0.00 in 100% of groups: nothing to learn from"), (1.0, "harder")]
)
def test_groups_that_are_all_alike_are_called_so(score, said):
    assert said in signal_warning(make_rollouts(16, 4, rewards=[[score] * 4] * 16), 4)


def test_a_probe_with_a_signal_is_silent_and_one_that_cannot_be_scored_is_not():
    assert signal_warning(make_rollouts(16, 4, rewards=[[0.0, 1.0, 0.0, 1.0]] * 16), 4) is None
    lost = make_rollouts(4, 2, rewards=[[Reward.unscorable("judge is down")] * 2] * 4)
    assert "judge is down" in signal_warning(lost, 2)
