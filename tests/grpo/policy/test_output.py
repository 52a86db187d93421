"""Logits of a low-precision policy are made in float32, on the trainer's side and on the engine's."""

import copy

import pytest
import torch

from grpo.engines.base import Sampling
from grpo.engines.transformers_engine import TransformersEngine
from grpo.forward import ApartPath, ChunkedHead, WholeHead
from grpo.forward.choice.truth import batch_of
from grpo.policy.output import Float32Output, output_in_float32
from gymtests.training.zoo import build


@pytest.fixture
def low():
    return output_in_float32(build("llama", torch.bfloat16))


def test_only_a_plain_matrix_of_low_precision_is_changed(low):
    assert type(low.lm_head) is Float32Output
    assert type(output_in_float32(build("llama")).lm_head) is torch.nn.Linear


@torch.no_grad()
def test_logits_are_the_float32_product_and_follow_the_weights(low):
    ids = torch.arange(5, 17)[None]
    for _ in range(2):
        hidden = low.model(ids).last_hidden_state
        assert hidden.dtype == torch.bfloat16
        expected = hidden.float() @ low.lm_head.weight.float().T
        assert low(ids).logits.equal(expected)
        with torch.enable_grad():
            assert low(ids).logits.equal(expected)
        low.lm_head.weight.mul_(1.5)


def test_a_model_that_has_sampled_can_be_copied(low):
    ids = torch.arange(5, 17)[None]
    with torch.inference_mode():
        before = low(ids).logits.clone()
    copied = copy.deepcopy(low)
    with torch.no_grad():
        low.lm_head.weight.mul_(2)
        assert copied(ids).logits.equal(before) and not low(ids).logits.equal(before)


def test_both_heads_and_the_engine_agree_to_more_than_bfloat16_holds(low):
    prompts = [[5, 6, 7, 8], [9, 10, 11, 12]]
    engine = TransformersEngine(low, eos_ids=[2], max_model_len=64)
    done = engine.generate(prompts, Sampling(12), [1, 2])
    batch = batch_of(prompts, [completion.token_ids for completion in done], torch.device("cpu"))
    whole, _ = ApartPath(WholeHead()).logprobs(low, batch, 1.0)
    chunked, _ = ApartPath(ChunkedHead(500)).logprobs(low, batch, 1.0)
    torch.testing.assert_close(chunked, whole, rtol=1e-5, atol=1e-5)
    rounded = build("llama", torch.bfloat16)
    coarse, _ = ApartPath(WholeHead()).logprobs(rounded, batch, 1.0)
    assert float((whole - coarse).detach().abs().max()) > 1e-4, "what rounding the logits would have done"
