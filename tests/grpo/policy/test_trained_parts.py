"""What of a model is trained: its language model alone, in weights that gradients reach."""

import pytest
import torch

from envs.core.errors import UsageError
from grpo.policy.adapter import add_adapter, has_towers
from grpo.policy.model import check_trainable_weights, load_policy
from gymtests.zoo.check import build

SEEING = "gemma3, vision tower"


def trained(model):
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def test_a_tower_is_frozen_and_the_language_model_is_not():
    model = build(SEEING)
    names = trained(model)
    assert names and not [name for name in names if "vision" in name or "projector" in name]
    language = {name for name, _ in model.named_parameters() if "language_model" in name or "lm_head" in name}
    assert names == language
    assert {name for name, _ in model.named_parameters()} > language


@pytest.mark.parametrize("targets", [["all-linear"], ["q_proj", "o_proj"]])
def test_an_adapter_keeps_to_the_language_model(targets):
    model = build(SEEING)
    assert any("vision" in name and name.endswith("q_proj") for name, _ in model.named_modules())
    names = trained(add_adapter(model, "zoo", rank=2, alpha=4.0, targets=targets, seed=0))
    assert names and all("language_model" in name and ".lora_" in name for name in names)
    assert any("q_proj" in name for name in names)


def test_a_model_of_text_alone_is_trained_whole():
    model = build("llama")
    assert not has_towers(model)
    assert trained(model) == {name for name, _ in model.named_parameters()}


def test_a_loaded_model_with_a_tower_is_frozen_too(tmp_path, tiny):
    build(SEEING).save_pretrained(tmp_path)
    tiny.renderer.tokenizer.save_pretrained(tmp_path)
    names = trained(load_policy(str(tmp_path)).model)
    assert names and not [name for name in names if "vision" in name]


def packed():
    model = build("llama")
    matrix = model.model.layers[0].self_attn.q_proj
    del matrix.weight
    matrix.register_buffer("qweight", torch.zeros(4, 32, dtype=torch.int32))
    return model


def eight_bits():
    model = build("llama")
    matrix = model.model.layers[0].self_attn.q_proj
    matrix.weight = torch.nn.Parameter(matrix.weight.to(torch.int8), requires_grad=False)
    return model


@pytest.mark.parametrize("make", [packed, eight_bits])
def test_quantised_weights_are_refused_in_one_sentence(make):
    with pytest.raises(UsageError, match="quantised .* cannot be trained here"):
        check_trainable_weights(make(), "Org/Model-4bit")


@pytest.mark.parametrize("name", ["llama", "gpt2, learned positions", "gpt_neo, local attention", "gpt_oss, sinks"])
def test_plain_weights_are_not_mistaken_for_quantised_ones(name):
    check_trainable_weights(build(name), name)
