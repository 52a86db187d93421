"""LoRA: what is trained, what the engines sample with, what a checkpoint holds."""

import copy
import importlib.util

import pytest
import torch
from safetensors.torch import load_file

from envs import UsageError
from grpo.engines import Sampling, make_engine
from grpo.policy.adapter import add_adapter, engine_weights, load_adapter, save_model, saved_weights
from grpo.policy.model import load_policy
from grpo.settings.config import TrainConfig
from grpo.update.update import Updater
from gymtests.training.rollouts import make_rollouts
from gymtests.training.zoo import build

pytest.importorskip("peft")

STEP = {"learning_rate": 1e-2, "warmup_steps": 0, "max_engine_gap": 1e9, "steps": 10}


def adapted(model, targets=("all-linear",), seed=0, rank=3):
    return add_adapter(model, "builtin:tiny", rank=rank, alpha=8.0, targets=targets, seed=seed)


def trained(model, steps=2, **settings):
    updater = Updater(model, TrainConfig(**{**STEP, **settings}))
    for step in range(1, steps + 1):
        stats = updater.update(make_rollouts(3, 4), step)
    return model, stats


def logits(model):
    with torch.no_grad():
        return model(torch.tensor([[5, 6, 7, 8, 9]])).logits


def test_a_fresh_adapter_changes_nothing_and_its_seed_decides_it(tiny):
    model, again, other = (adapted(copy.deepcopy(tiny.model), seed=seed) for seed in (0, 0, 1))
    assert torch.equal(logits(model), logits(tiny.model))
    firsts = [dict(m.named_parameters()) for m in (model, again, other)]
    name = next(n for n in firsts[0] if "lora_A" in n)
    assert torch.equal(firsts[0][name], firsts[1][name]) and not torch.equal(firsts[0][name], firsts[2][name])


@pytest.mark.parametrize("forward", ["padded", "shared"])
def test_only_the_adapter_is_trained(fresh_tiny, forward):
    before = {name: p.clone() for name, p in fresh_tiny.model.named_parameters()}
    model, stats = trained(adapted(fresh_tiny.model), forward=forward)
    assert stats.grad_norm > 0
    moved = {name for name, p in model.named_parameters() if "lora_B" in name and p.any()}
    assert moved
    for name, parameter in model.get_base_model().named_parameters():
        if "lora_" not in name:
            assert torch.equal(parameter, before[name.replace(".base_layer", "")])


def test_merged_weights_are_the_adapted_model_and_leave_the_base_alone(fresh_tiny):
    plain = copy.deepcopy(fresh_tiny.model)
    model, _ = trained(adapted(fresh_tiny.model, ("q_proj", "down_proj")))
    before = {name: p.clone() for name, p in model.named_parameters()}
    merged = dict(engine_weights(model))
    assert set(merged) == {name for name, _ in plain.named_parameters()}
    plain.load_state_dict(merged, strict=False)
    torch.testing.assert_close(logits(plain), logits(model), rtol=1e-4, atol=1e-4)
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())


@pytest.mark.parametrize("name", ["transformers", pytest.param("vllm", marks=pytest.mark.slow)])
def test_an_engine_samples_from_the_adapted_policy(fresh_tiny, name):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    fresh_tiny.model, _ = trained(adapted(fresh_tiny.model))
    engine = make_engine(name, fresh_tiny, max_model_len=128)
    try:
        engine.update_weights(engine_weights(fresh_tiny.model))
        prompts = [fresh_tiny.renderer.prompt_ids([{"role": "user", "content": "What is 3+4?"}])] * 4
        for prompt, completion in zip(prompts, engine.generate(prompts, Sampling(12), range(4)), strict=True):
            with torch.no_grad():
                out = fresh_tiny.model(torch.tensor([prompt + completion.token_ids])).logits[0, len(prompt) - 1 : -1]
            taken = out.log_softmax(-1).gather(1, torch.tensor(completion.token_ids)[:, None])[:, 0]
            assert completion.logprobs == pytest.approx(taken.tolist(), abs=1e-4)
    finally:
        engine.close()


def test_a_checkpoint_is_an_adapter_that_peft_and_our_loader_read(fresh_tiny, tmp_path):
    model, _ = trained(adapted(fresh_tiny.model))
    save_model(model, saved_weights(model), tmp_path)
    assert (tmp_path / "adapter_config.json").is_file() and (tmp_path / "adapter_model.safetensors").is_file()
    assert not (tmp_path / "model.safetensors").exists()
    loaded = load_policy(str(tmp_path))
    assert torch.equal(logits(loaded.model), logits(model))
    assert {n for n, p in loaded.model.named_parameters() if p.requires_grad} == {
        n for n, p in model.named_parameters() if p.requires_grad
    }
    assert torch.equal(logits(load_adapter(load_policy("builtin:tiny").model, tmp_path)), logits(model))


def test_an_adapter_on_the_output_matrix_is_not_lost_by_chunking(caplog):
    model = adapted(build("llama"), ("lm_head", "q_proj"))
    updater = Updater(model, TrainConfig(**STEP))
    assert type(updater.path.head).__name__ == "WholeHead" and "whole logits" in caplog.text


def test_a_target_that_matches_nothing_lists_those_there_are(fresh_tiny):
    with pytest.raises(UsageError, match=r"--lora-target query_proj matches no module .*q_proj"):
        adapted(fresh_tiny.model, ("q_proj", "query_proj"))


@pytest.mark.parametrize(
    "name", ["llama, tied", "mixtral", "ernie4_5_moe", "deepseek_v3, latent attention", "qwen3_next", "gemma3"]
)
@pytest.mark.parametrize("lora", [False, True])
def test_an_engine_that_reads_checkpoints_is_told_the_names_and_numbers_of_one(name, lora, tmp_path):
    from gymtests.zoo.check import build

    model = build(name)
    if lora:
        model = add_adapter(model, "zoo", rank=2, alpha=4.0, targets=["all-linear"], seed=0)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.add_(0.05 * torch.randn_like(parameter))
    told = {name: tensor.detach().clone() for name, tensor in engine_weights(model, checkpoint_names=True)}
    (model.merge_and_unload() if lora else model).save_pretrained(tmp_path)
    saved = load_file(tmp_path / "model.safetensors")
    assert told.keys() == saved.keys()
    for key in saved:
        torch.testing.assert_close(told[key], saved[key])
