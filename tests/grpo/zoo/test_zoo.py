"""Every architecture comes out right on every path, or is refused in one sentence; see `gymtests.zoo`."""

import importlib.util

import pytest
import torch

from envs.core.errors import UsageError
from gymtests.zoo.check import LONGEST, check, sequences
from gymtests.zoo.entries import ENTRIES

REFUSED = {
    "doge": 6,
    "deepseek_v32, indexed attention": 8,
    "llama, dynamic NTK": 16,
    "phi3, longrope": 16,
}
"""What changes a token's log-prob when its sequence goes on, and the length up to which it does not."""
NO_RECOMPUTE = {"ctrl", "jetmoe", "openai-gpt"}
APART = {"recurrent_gemma", "rwkv", "xlstm"}
NO_CACHE = {*APART, "openai-gpt", "minimax, lightning"}
"""Right, but slowly: padding changes the ones, and the others have no cache that the engine knows."""
PINNED = importlib.util.find_spec("vllm") is not None
"""Whether the releases are those that vLLM goes with; others may be quicker or slower at a model, but never wrong."""
WITH_ADAPTER = ["llama, tied", "gemma3", "qwen3_moe", "gpt_oss, sinks", "qwen3_next", "bamba"]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def assert_sentences(refusals):
    for what, sentence in refusals.items():
        assert "\n" not in sentence and len(sentence) < 400, (what, sentence)
        assert "Error" not in sentence or "refuses it" in sentence, (what, sentence)


@pytest.mark.parametrize("name", sorted(set(ENTRIES) - set(REFUSED)))
def test_an_architecture_is_right_on_every_path_it_is_given(name):
    verdict = check(name)
    assert not verdict.wrong
    assert verdict.path and verdict.decoding
    assert_sentences(verdict.refusals)
    if PINNED:
        assert verdict.path.startswith("apart") == (name in APART)
        assert verdict.decoding.startswith("without") == (name in NO_CACHE)
        assert ("--gradient-checkpointing" in verdict.refusals) == (name in NO_RECOMPUTE)


@pytest.mark.parametrize("name", REFUSED)
def test_what_depends_on_later_tokens_is_refused_by_name_and_right_below_the_length_it_names(name):
    verdict = check(name)
    assert not verdict.wrong and not verdict.path and not verdict.decoding
    for sentence in verdict.refusals.values():
        assert f"keep prompt and --max-tokens within {REFUSED[name]} tokens together" in sentence
    assert_sentences(verdict.refusals)
    within = check(name, longest=REFUSED[name])
    assert not within.wrong
    assert within.path and within.decoding


@pytest.mark.parametrize("name", WITH_ADAPTER)
def test_an_adapter_is_right_too_and_reaches_the_engine(name):
    verdict = check(name, lora=True)
    assert not verdict.wrong
    assert verdict.path and verdict.decoding


@pytest.mark.skipif(not PINNED, reason="what peft can wrap depends on its release")
def test_what_peft_cannot_wrap_is_refused_in_one_sentence():
    with pytest.raises(UsageError, match="peft cannot adapt MambaForCausalLM"):
        check("mamba", lora=True)


def test_the_zoo_is_as_large_as_it_says_and_its_sequences_cross_what_they_should():
    assert len(ENTRIES) >= 100
    batch = sequences(LONGEST)
    lengths = [len(p) + len(c) for p, c in zip(batch.prompts, batch.completions, strict=True)]
    assert min(lengths) < 6 and max(lengths) > 32


def test_a_model_that_sees_later_tokens_is_refused(monkeypatch):
    from grpo.forward.choice import choose_path
    from gymtests.zoo.check import build

    model = build("llama")
    forward = model.model.forward

    def peeking(*args, **kwargs):
        output = forward(*args, **kwargs)
        output.last_hidden_state = output.last_hidden_state + 0.1 * output.last_hidden_state.mean(dim=1, keepdim=True)
        return output

    monkeypatch.setattr(model.model, "forward", peeking)
    with pytest.raises(UsageError, match="when its sequence goes on"):
        choose_path(model, "auto", 1000)
