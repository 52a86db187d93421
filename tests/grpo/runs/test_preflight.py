"""Before the first step: memory that cannot suffice, and tasks without a signal."""

import pytest
import torch

from envs import Reward, UsageError
from envs.core.reward import Status
from grpo.engines.base import FinishReason
from grpo.runs import preflight
from grpo.runs.preflight import check_memory, estimate_memory, signal_figures, signal_warning
from grpo.settings.config import TrainConfig
from gymtests.training.rollouts import make_rollouts
from gymtests.training.zoo import build

FOUR = TrainConfig(group_size=4)


def test_the_estimate_counts_what_adamw_in_float32_needs(tiny):
    parameters = sum(p.numel() for p in tiny.model.parameters())
    need = estimate_memory(tiny.model, TrainConfig())
    assert (need.weights, need.gradients, need.optimizer) == (4 * parameters, 4 * parameters, 8 * parameters)
    with_reference = estimate_memory(tiny.model, TrainConfig(kl_coef=0.1))
    assert with_reference.weights == 2 * need.weights
    assert estimate_memory(tiny.model, TrainConfig(micro_batch_tokens=1)).activations < need.activations


@pytest.mark.parametrize("family", ["llama", "qwen3, tied", "gemma3, windows and capped logits", "gpt-neox"])
def test_activations_are_those_that_the_model_keeps(family):
    model = build(family)
    tokens = 4096  # so many that blocks of logits, which do not grow with them, do not matter

    def foretold(**settings):
        return estimate_memory(model, TrainConfig(logit_chunk=1, micro_batch_tokens=tokens, **settings)).activations

    ids_1T = torch.arange(64)[None] % 20
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = model(input_ids=ids_1T, use_cache=False, logits_to_keep=1)
    for parameter in model.parameters():
        kept.pop(parameter.untyped_storage().data_ptr(), None)
    assert output.logits.requires_grad and 0.9 < foretold() / (sum(kept.values()) * tokens / 64) < 1.5
    assert foretold(gradient_checkpointing=True) < foretold()
    assert all(p.grad is None for p in model.parameters())


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
    assert said in signal_warning(make_rollouts(16, 4, rewards=[[score] * 4] * 16), FOUR)


def test_a_probe_with_a_signal_is_silent_and_one_that_cannot_be_scored_is_not():
    assert signal_warning(make_rollouts(16, 4, rewards=[[0.0, 1.0, 0.0, 1.0]] * 16), FOUR) is None
    lost = make_rollouts(4, 2, rewards=[[Reward.unscorable("judge is down")] * 2] * 4)
    assert "judge is down" in signal_warning(lost, TrainConfig(group_size=2))


@pytest.mark.parametrize(
    ("env", "args", "solutions", "says", "says_not"),
    [
        ("math", {}, True, ["levels=1", "--shots"], []),
        ("math", {"levels": [1]}, False, ["a stronger model"], ["easier", "levels", "--shots"]),
        ("math", {"levels": 1}, False, ["a stronger model"], ["easier"]),
        ("countdown", {}, False, ["a stronger model"], ["easier"]),
        ("countdown", {"levels": [1, 2]}, False, ["take easier tasks (--env-arg levels=1)"], []),
        ("gsm8k", {}, True, ["easier", "--shots"], ["levels"]),
        ("nowhere.py", {}, False, ["easier"], ["--env-arg", "--shots"]),
    ],
)
def test_advice_names_what_the_environment_takes(env, args, solutions, says, says_not):
    config = TrainConfig(env=env, env_args=args, group_size=4)
    text = signal_warning(make_rollouts(16, 4, rewards=[[0.0] * 4] * 16), config, solutions)
    assert all(word in text for word in says) and not any(word in text for word in says_not)


@pytest.mark.parametrize(
    ("greedy", "says"), [(None, "a stronger model"), (0.05, "a stronger model"), (0.3, "--temperature 0.7")]
)
def test_the_temperature_is_named_where_greedy_completions_earn_more(greedy, says):
    config = TrainConfig(env="countdown", group_size=4)
    assert says in signal_warning(make_rollouts(16, 4, rewards=[[0.0] * 4] * 16), config, greedy=greedy)


@pytest.mark.parametrize("rewards", [[0.0] * 4, [0.0, 0.2, 0.0, 0.2]])
def test_completions_that_are_all_cut_off_are_the_cause_that_is_named(rewards):
    rollouts = make_rollouts(16, 4, rewards=[rewards] * 16)
    for rollout in rollouts:
        rollout.finish_reason = FinishReason.LENGTH
    config = TrainConfig(group_size=4, max_tokens=8)
    text = signal_warning(rollouts, config)
    assert "100% of completions are cut off at 8 tokens: raise --max-tokens" in text and "easier" not in text
    for rollout in rollouts:
        rollout.reward = Reward(1.0)  # cut off and right all the same: then that is not what is wrong
    assert "--max-tokens" not in signal_warning(rollouts, config)


def test_a_probe_whose_rewards_come_too_late_names_the_deadline_and_not_the_tasks():
    late = make_rollouts(16, 4, rewards=[[Reward(0.0, status=Status.TIMEOUT, reason="too long")] * 4] * 16)
    text = signal_warning(late, FOUR)
    assert "64 of 64 completions were not verified within verify_deadline, 10 s" in text
    assert "raise --verify-deadline" in text and "easier" not in text and "stronger" not in text


def test_what_a_probe_found_is_told_where_nothing_is_wrong():
    rollouts = make_rollouts(4, 4, rewards=[[0.0, 1.0, 0.0, 1.0]] * 3 + [[0.0] * 4])
    assert signal_figures(rollouts, 4) == "reward 0.38, 75% of groups have variance"
