"""A vLLM engine that is short of memory or batch gives the tokens that a roomy one gives."""

import importlib.util
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import RunError, UsageError
from grpo.engines import Sampling, make_engine
from grpo.engines.kv_space import GIB, bytes_per_token, check_kv_gib, kv_space
from grpo.settings.config import check_config
from grpo.settings.engine import EngineConfig
from gymtests.training.engines import vllm_here

needs_vllm = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")


@pytest.fixture(scope="module")
def sample(tiny):
    def sampled(**settings):
        engine = vllm_here(tiny, 512, **settings)
        core = engine._llm.llm_engine.engine_core.engine_core
        preempted = []
        set_back = core.scheduler._preempt_request
        core.scheduler._preempt_request = lambda request, *more, **named: (
            preempted.append(request.request_id),
            set_back(request, *more, **named),
        )[1]
        questions = [f"What is {n}+{n}? {'Think of every digit. ' * (4 + n % 5)}" for n in range(24)]
        prompts = [tiny.renderer.prompt_ids([{"role": "user", "content": q}]) for q in questions]
        try:
            done = engine.generate(prompts, Sampling(150, 2.0), list(range(24)))
        finally:
            engine.close()
        return [c.token_ids for c in done], preempted

    return sampled


@needs_vllm
def test_requests_set_back_and_prompts_read_in_parts_sample_the_tokens_of_their_seeds(sample):
    roomy, none = sample()
    assert not none
    token_bytes = 2 * 3 * 4 * 32 * 4
    short_of_memory, preempted = sample(kv_gib=9 * 128 * token_bytes / GIB)
    assert preempted
    assert short_of_memory == roomy
    in_parts, _ = sample(max_sequences=8, engine_args={"max_num_batched_tokens": 16, "enable_prefix_caching": False})
    assert in_parts == roomy


@needs_vllm
def test_an_argument_that_vllm_does_not_have_is_named(tiny):
    with pytest.raises(UsageError, match="block_sise.*did you mean 'block_size'"):
        make_engine("vllm", tiny, max_model_len=256, settings=EngineConfig(engine_args={"block_sise": 32}))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"engine_args": {"seed": 3}}, "seed is set by the run itself"),
        ({"engine": "transformers", "kv_gib": 2}, "kv_gib is vLLM's alone"),
        ({"gpu_share": 1.5}, "gpu_share = 1.5"),
        ({"kv_dtype": "int3"}, "kv_dtype = 'int3'"),
        ({"max_sequences": -1}, "max_sequences = -1"),
    ],
)
def test_bad_settings_of_the_engine_are_one_line(values, said):
    with pytest.raises(UsageError) as caught:
        check_config(values, "x.toml")
    assert said in str(caught.value) and "\n" not in str(caught.value)


@given(
    token=st.integers(1, 10**6),
    length=st.integers(1, 10**5),
    sequences=st.integers(1, 512),
    free=st.integers(1, 2**40),
)
def test_space_holds_one_sequence_and_leaves_half_of_what_is_free(token, length, sequences, free):
    try:
        space = kv_space(token, length, sequences, free)
    except RunError:
        assert token * (length + 128) > free // 2
        return
    assert token * length <= space <= free // 2
    assert space == kv_space(token, length, sequences, None) or space == free // 2


def test_a_tokens_bytes_are_those_of_all_layers(tiny):
    assert bytes_per_token(tiny.model.config, 4) == 2 * 3 * 4 * 32 * 4


@needs_vllm
def test_a_run_that_its_engine_refuses_leaves_nothing_in_the_way_of_the_next(grpo, tmp_path):
    run = tmp_path / "run"
    code, _, err = grpo(
        "train", "--engine", "vllm", "--engine-arg", "block_sise=32", "--eval-tasks", "0", "--run-dir", run
    )
    assert code == 2 and "--engine-arg block_sise" in err and not run.exists()
    code, _, err = grpo("train", "--engine", "vllm", "--engine-arg", "block_size", "--run-dir", run)
    assert code == 2 and "--engine-arg 'block_size': write it as" in err and not run.exists()


@needs_vllm
def test_too_little_space_for_one_sequence_is_said_before_the_engine_starts(grpo, tmp_path):
    run = tmp_path / "run"
    code, _, err = grpo("train", "--engine", "vllm", "--kv-gib", "0.0005", "--eval-tasks", "0", "--run-dir", run)
    told = [line for line in err.splitlines() if line.startswith("grpo:")]
    assert code == 2 and not run.exists() and "vLLM" not in told[0], err
    assert "--kv-gib 0.0005 holds the keys and values of 174 tokens and one sequence has up to 256" in told[0]
    assert "at least --kv-gib 0.002" in told[0] and told == err.splitlines()[-1:]


@needs_vllm
def test_what_only_vllm_can_refuse_of_it_is_said_in_our_words(tiny):
    token = bytes_per_token(tiny.model.config, 4)
    with pytest.raises(UsageError) as caught:  # whole blocks: all tokens would fit, but not their last block
        make_engine("vllm", tiny, max_model_len=300, settings=EngineConfig(kv_gib=300 * token / GIB))
    told = str(caught.value)
    assert told.startswith("keys and values of one sequence of 300 tokens") and "raise it, leave it out" in told


@given(token=st.integers(1, 10**6), length=st.integers(1, 10**5), gib=st.floats(1e-6, 64))
def test_what_is_named_as_enough_is_enough(token, length, gib):
    class Config:
        num_hidden_layers = num_attention_heads = 1
        head_dim = token

    try:
        check_kv_gib(Config, gib, length, "float32")
    except UsageError as error:
        enough = float(str(error).partition("at least --kv-gib ")[2].partition(",")[0])
        assert enough > gib
        kv_space(bytes_per_token(Config, 4), length, 1, 2 * ceil(enough * GIB))  # which takes half
        check_kv_gib(Config, enough, length, "float32")
    else:
        assert gib * GIB >= 8 * token * length
