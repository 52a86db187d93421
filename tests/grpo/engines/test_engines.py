"""Both engines against each other and against a float32 re-forward of what they sampled."""

import copy
import importlib.util

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envs import UsageError
from grpo.engines import FinishReason, Sampling, choose_engine, make_engine
from grpo.engines.transformers_engine import sample
from gymtests.training.oracle import sequence_logprobs

QUESTIONS = ["What is 3+4?", "Compute 12 * 3.", "What is 90 - 7? Give the answer in <answer></answer> tags.", "Hi"]


@pytest.fixture(scope="module", params=["transformers", "vllm"])
def engine(request, tiny):
    if request.param == "vllm" and importlib.util.find_spec("vllm") is None:
        pytest.skip("vLLM is not installed")
    policy = copy.copy(tiny)
    policy.model = copy.deepcopy(tiny.model)
    engine = make_engine(request.param, policy, max_model_len=256)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def prompts(tiny):
    return [tiny.renderer.prompt_ids([{"role": "user", "content": q}]) for q in QUESTIONS for _ in range(4)]


SEEDS = list(range(16))


def gap_to(model, prompts, completions, temperature=1.0):
    return max(
        abs(ours - theirs)
        for prompt, c in zip(prompts, completions, strict=True)
        for ours, theirs in zip(sequence_logprobs(model, prompt, c.token_ids, temperature), c.logprobs, strict=True)
    )


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_logprobs_are_those_of_the_distribution_sampled(engine, tiny, prompts, temperature):
    completions = engine.generate(prompts, Sampling(24, temperature), SEEDS)
    assert gap_to(tiny.model, prompts, completions, temperature) <= 1e-4


def stepped(engine, prompts, starts, sampling):
    """Submits each prompt before the step that `starts` says; returns the completions."""
    done, step = {}, 0
    while step <= max(starts) or engine.pending:
        for key, start in enumerate(starts):
            if start == step:
                engine.submit(key, prompts[key], sampling[key % len(sampling)], SEEDS[key])
        done.update(engine.step() if engine.pending else [])
        step += 1
    return [done[key] for key in range(len(prompts))]


@settings(max_examples=3, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=16, max_size=16))
@example([0] * 8 + [3, 3, 9, 14, 20, 30, 30, 5])
def test_requests_that_join_at_any_time_sample_the_tokens_of_their_seeds(engine, tiny, prompts, starts):
    together = engine.generate(prompts, Sampling(24), SEEDS)
    joined = stepped(engine, prompts, starts, [Sampling(24)])
    assert [c.token_ids for c in joined] == [c.token_ids for c in together]
    assert gap_to(tiny.model, prompts, joined) <= 1e-4


def test_the_same_requests_before_the_same_steps_give_the_same_bits(engine, prompts):
    starts, sampling = [key * 5 % 17 for key in SEEDS], [Sampling(24), Sampling(9, 0.7, top_k=20), Sampling(12, 0.0)]
    first = stepped(engine, prompts, starts, sampling)
    assert stepped(engine, prompts, starts, sampling) == first
    assert len({len(c.token_ids) for c in first}) > 3


def test_what_is_given_up_turns_up_in_no_later_step(engine, prompts):
    whole = engine.generate(prompts, Sampling(24), SEEDS)
    for key, prompt in enumerate(prompts):
        engine.submit(key, prompt, Sampling(24), 99 + key)
    engine.step()
    engine.cancel()
    assert engine.pending == 0 and engine.step() == []
    assert engine.generate(prompts, Sampling(24), SEEDS) == whole


def test_seeds_decide_the_samples_whatever_the_neighbours(engine, prompts):
    together = engine.generate(prompts, Sampling(24), SEEDS)
    again = engine.generate(prompts[::-1], Sampling(24), SEEDS[::-1])[::-1]
    assert [c.token_ids for c in together] == [c.token_ids for c in again]
    assert len({tuple(c.token_ids) for c in together[:4]}) > 1  # one prompt, four seeds
    alone = engine.generate(prompts[5:6], Sampling(24), SEEDS[5:6])
    assert alone[0].token_ids == together[5].token_ids


def test_every_end_id_ends_a_completion_and_a_cut_one_says_so(engine, tiny, prompts):
    completions = engine.generate(prompts, Sampling(40), SEEDS)
    ends = set(tiny.eos_ids)
    for c in completions:
        assert (c.finish_reason is FinishReason.STOP) == (c.token_ids[-1] in ends)
        assert not ends & set(c.token_ids[:-1])
        assert len(c.token_ids) == len(c.logprobs) <= 40
    cut = engine.generate(prompts, Sampling(2), SEEDS)
    assert any(c.finish_reason is FinishReason.LENGTH and len(c.token_ids) == 2 for c in cut)


def test_stop_strings_end_a_completion(engine, tiny, prompts):
    digit = Sampling(40, stop=("=", "a"))
    for c in engine.generate(prompts, digit, SEEDS):
        text = tiny.renderer.tokenizer.decode(c.token_ids)
        if c.finish_reason is FinishReason.STOP and c.token_ids[-1] not in tiny.eos_ids:
            assert "=" in text or "a" in text


def test_greedy_engines_agree_with_the_argmax(engine, tiny, prompts):
    completion = engine.generate(prompts[:1], Sampling(12, temperature=0), [0])[0]
    ids = list(prompts[0])
    for token in completion.token_ids:
        with torch.no_grad():
            assert token == int(tiny.model(torch.tensor([ids])).logits[0, -1].argmax())
        ids.append(token)


def test_each_completion_is_announced_once(engine, prompts):
    seen = {}
    completions = engine.generate(prompts, Sampling(8), SEEDS, lambda index, c: seen.__setitem__(index, c))
    assert [seen[i] for i in range(len(prompts))] == completions


def test_new_weights_are_used_at_once_and_no_old_prefix_survives(engine, tiny, prompts):
    long_prompts = [prompt * 4 for prompt in prompts]
    engine.generate(long_prompts, Sampling(8), SEEDS)
    changed = copy.deepcopy(tiny.model)
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in changed.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter) * parameter.abs().mean())
    try:
        engine.update_weights(changed.named_parameters())
        completions = engine.generate(long_prompts, Sampling(8), SEEDS)
        assert gap_to(changed, long_prompts, completions) <= 1e-4
        assert gap_to(tiny.model, long_prompts, completions) > 1e-2  # the weights did move
    finally:
        engine.update_weights(tiny.model.named_parameters())
    assert gap_to(tiny.model, long_prompts, engine.generate(long_prompts, Sampling(8), SEEDS)) <= 1e-4


def test_unknown_engine_and_missing_vllm_are_said(monkeypatch):
    with pytest.raises(UsageError, match="did you mean 'vllm'"):
        choose_engine("vlm")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'grpo-gym\[cpu\]'"):
        choose_engine("vllm")
    assert choose_engine("auto") == "transformers"


@settings(max_examples=80, deadline=None)
@given(
    logits=st.lists(st.floats(-20, 20, width=32), min_size=2, max_size=12),
    uniform=st.floats(0, 1, exclude_max=True),
    temperature=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    top_k=st.integers(0, 12),
    top_p=st.floats(0.05, 1.0),
)
def test_a_token_is_drawn_from_what_the_filters_leave(logits, uniform, temperature, top_k, top_p):
    logits_BV = torch.tensor([logits])
    sampling = Sampling(1, temperature, top_p, top_k)
    token_B, logprob_B = sample(logits_BV, sampling, torch.tensor([uniform], dtype=torch.float64))
    assert 0 <= int(token_B) < len(logits)
    assert torch.isfinite(logprob_B).all() and float(logprob_B) <= 1e-6
    if temperature and top_k:
        assert logits[int(token_B)] >= sorted(logits, reverse=True)[min(top_k, len(logits)) - 1]


def test_uniforms_cover_the_distribution():
    logits_BV = torch.log(torch.tensor([[0.2, 0.5, 0.3]])).expand(10_000, 3)
    uniforms = (torch.arange(10_000, dtype=torch.float64) + 0.5) / 10_000
    tokens, logprobs = sample(logits_BV, Sampling(1), uniforms)
    assert torch.bincount(tokens).tolist() == pytest.approx([2000, 5000, 3000], abs=2)
    torch.testing.assert_close(logprobs, torch.log(torch.tensor([0.2, 0.5, 0.3]))[tokens])
