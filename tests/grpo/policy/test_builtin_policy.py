"""The policy that ships with the package: loadable by anyone, small, and a base worth training."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import envs
from envs.builtin.code.tasks import ProceduralCode
from envs.builtin.math.tasks import ProceduralMath
from grpo.engines.base import FinishReason, Sampling
from grpo.engines.transformers_engine import TransformersEngine
from grpo.policy.builtin import FOLDER as BUILTIN_DIR
from grpo.policy.model import load_policy
from grpo.settings.config import load_config

FOLDER = BUILTIN_DIR / "tiny"
VLLM_CPU_HEADS = {32, 64, 80, 96, 112, 128, 160, 192, 224, 256, 512}  # what its CPU attention has kernels for


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(FOLDER)


@pytest.fixture(scope="module")
def policy():
    return load_policy("builtin:tiny")


def test_weights_are_small_and_heads_fit_vllm(policy):
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000
    assert policy.model.num_parameters() <= 1_500_000
    assert policy.model.config.head_dim in VLLM_CPU_HEADS
    assert type(policy.model).__name__ == "LlamaForCausalLM"


def test_every_wheel_file_is_there():
    names = {path.name for path in FOLDER.iterdir()}
    assert names >= {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
                     "tokenizer_config.json", "chat_template.jinja", "README.md", "recipe.toml"}  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_survives_the_tokenizer(tokenizer, text):
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids) == text
    assert max(ids, default=0) < 512


@given(st.integers(min_value=0, max_value=10**12))
def test_every_digit_is_a_token_of_its_own(tokenizer, number):
    assert len(tokenizer(str(number))["input_ids"]) == len(str(number))


def test_tags_are_one_token_each_and_survive_decoding(tokenizer):
    ids = tokenizer("<answer>7</answer>")["input_ids"]
    assert len(ids) == 3
    assert tokenizer.decode(ids, skip_special_tokens=True) == "<answer>7</answer>"


def test_the_chat_form_is_the_one_it_was_trained_on(tokenizer):
    chat = [{"role": "user", "content": "What is 4 + 5?"}]
    text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    assert text == "<|bos|><|user|>What is 4 + 5?<|assistant|>"
    whole = tokenizer.apply_chat_template([*chat, {"role": "assistant", "content": "9"}], tokenize=False)
    assert whole == text + "9<|eos|>"


@pytest.mark.parametrize(("kind", "prompt_tokens"), [(ProceduralMath, 24), (ProceduralCode, 40)])
def test_default_prompts_and_solutions_are_short(tokenizer, kind, prompt_tokens):
    source = kind("train")
    tasks = [source.task(seed) for seed in range(200)]
    recipe = load_config(None, {})
    prompts = [len(tokenizer(task.prompt)["input_ids"]) for task in tasks]
    replies = [len(tokenizer(source.solution(task) or "")["input_ids"]) for task in tasks]
    assert sum(prompts) / 200 < prompt_tokens and sum(replies) / 200 < 32
    assert max(replies) < recipe.max_tokens


@pytest.mark.parametrize("name", ["math", "code"])
def test_it_ends_by_itself_and_solves_some_but_not_most_dev_tasks(policy, name):
    env, tasks = envs.make(name, split="dev"), []
    prompts = []
    for seed in range(96):
        _, info = env.reset(seed=seed)
        tasks.append(info["task_id"])
        prompts.append(policy.renderer.prompt_ids(info["messages"]))
    engine = TransformersEngine(policy.model, eos_ids=policy.eos_ids, max_model_len=policy.max_model_len)
    done = engine.generate(prompts, Sampling(max_tokens=64, temperature=1.0), seeds=list(range(96)))
    scores = []
    for task_id, completion in zip(tasks, done, strict=True):
        env.reset(options={"task_id": task_id})
        scores.append(env.step(policy.renderer.text(completion.token_ids))[1])
    ended = sum(completion.finish_reason is FinishReason.STOP for completion in done)
    env.close()
    assert ended >= 90
    assert 0.15 < sum(scores) / 96 < 0.6


def test_its_recipe_is_what_grpo_train_takes_by_default():
    assert (FOLDER / "recipe.toml").is_file()
    assert load_config(None, {}).max_tokens <= 64 < load_config(None, {"model": "some/other"}).max_tokens


def test_the_model_card_says_how_it_was_made_and_what_it_cannot_do():
    card = Path(FOLDER / "README.md").read_text(encoding="utf-8")
    assert "build_tiny_policy.py" in card and "cannot" in card
