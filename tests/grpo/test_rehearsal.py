"""The rehearsal finds planted faults, names them, and leaves no trace."""

import copy
import importlib.util

import pytest
import torch

from envs import RunError
from grpo.engines import make_engine
from grpo.rehearsal import rehearse
from grpo.settings.config import TrainConfig
from grpo.update.update import Updater
from gymtests.training.engines import vllm_here
from gymtests.training.runs import metrics

CONFIG = {"max_tokens": 24, "tasks_per_step": 2, "group_size": 2, "micro_batch_tokens": 1024}
needs_vllm = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")


@pytest.fixture(scope="module")
def vllm_engine(tiny):
    engine = make_engine("vllm", tiny, max_model_len=128)
    yield engine
    engine.close()


@pytest.fixture
def attempt(fresh_tiny, tmp_path):
    def tried(engine=None, **settings):
        config = TrainConfig(**{**CONFIG, **settings})
        engine = engine or make_engine("transformers", fresh_tiny, max_model_len=128, own_weights=config.overlap)
        prompts = [fresh_tiny.renderer.prompt_ids([{"role": "user", "content": f"What is {n}+4?"}]) for n in (3, 5)]
        updater = Updater(fresh_tiny.model, config)
        return rehearse(config, fresh_tiny, engine, updater, prompts, 128, tmp_path), updater

    return tried


def resending(engine, change):
    """An engine whose weights pass through `change` on their way."""
    faulty = copy.copy(engine)
    faulty.update_weights = lambda weights: engine.update_weights(change(list(weights)))
    return faulty


def swapped(weights):
    names = ["model.layers.0.mlp.up_proj.weight", "model.layers.1.mlp.up_proj.weight"]
    held = dict(weights)
    held[names[0]], held[names[1]] = held[names[1]], held[names[0]]
    return list(held.items())


def without(name):
    return lambda weights: [(n, t) for n, t in weights if n != name]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_nothing_is_left_of_it(attempt, fresh_tiny, dtype, tmp_path):
    fresh_tiny.model.to(getattr(torch, dtype))
    before = copy.deepcopy(fresh_tiny.model.state_dict())
    state = torch.random.get_rng_state()
    done, updater = attempt(dtype=dtype, overlap=True, mismatch="tis", weight_decay=0.1)
    assert done.changed_gap is not None and done.length == 128 and done.sequences == 4 and done.peak_bytes > 0
    assert torch.equal(torch.random.get_rng_state(), state)
    for name, tensor in fresh_tiny.model.state_dict().items():
        assert torch.equal(tensor.view(torch.uint8), before[name].view(torch.uint8)), name
    assert all(p.grad is None for p in fresh_tiny.model.parameters())
    saved = updater.optimizer.state_dict()
    assert not saved.get("optimizer", saved)["state"]
    assert not list(tmp_path.iterdir())


@needs_vllm
def test_a_tensor_that_is_not_sent_is_named_by_its_layer(attempt, vllm_engine, fresh_tiny):
    for name in ("model.layers.2.mlp.down_proj.weight", "model.layers.1.self_attn.k_proj.weight"):
        layer = name.removesuffix(".weight").replace("k_proj", "qkv_proj")
        with pytest.raises(RunError, match=rf"did not arrive whole in vLLM's {layer} \(\d+ of \d+ numbers\)"):
            attempt(resending(vllm_engine, without(name)))
        vllm_engine.update_weights(fresh_tiny.model.named_parameters())
    done, _ = attempt(vllm_engine)
    assert done.gap < 1e-4 and done.changed_gap < 1e-4


@needs_vllm
def test_two_tensors_swapped_on_their_way_are_found(attempt, vllm_engine, fresh_tiny):
    with pytest.raises(RunError, match="after new weights were pushed"):
        attempt(resending(vllm_engine, swapped))
    vllm_engine.update_weights(fresh_tiny.model.named_parameters())


@needs_vllm
def test_a_prefix_read_with_old_weights_is_found(fresh_tiny, monkeypatch, tmp_path):
    chat = [{"role": "user", "content": "Add up these numbers. " * 20}]
    long = fresh_tiny.renderer.prompt_ids(chat)[:300]
    engine = vllm_here(fresh_tiny, 400)
    config = TrainConfig(**CONFIG)
    try:
        monkeypatch.setattr(vars(engine)["_llm"], "reset_prefix_cache", lambda: None)
        with pytest.raises(RunError, match="after new weights were pushed"):
            rehearse(config, fresh_tiny, engine, Updater(fresh_tiny.model, config), [long], 400, tmp_path)
    finally:
        engine.close()


def test_an_update_that_does_not_fit_says_what_to_lower(attempt, monkeypatch):
    def full(*args, **kwargs):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(Updater, "_loss", full)
    with pytest.raises(RunError, match="4 x 128 tokens does not fit the memory of cpu: lower --micro-batch-tokens"):
        attempt()


def test_a_policy_that_cannot_be_saved_is_refused(attempt, monkeypatch):
    def refuse(*args, **kwargs):
        raise ValueError("the generation config is invalid")

    monkeypatch.setattr("grpo.runs.checkpoint.save_model", refuse)
    with pytest.raises(RunError, match="cannot be saved and loaded: .*the generation config is invalid"):
        attempt()


def test_a_run_is_the_same_with_and_without_it(grpo, tmp_path):
    small = (
        "train", "--engine", "transformers", "--overlap", "--mismatch", "tis", "--tasks-per-step", "4", "--group-size",
        "4", "--max-tokens", "32", "--eval-tasks", "0", "--steps", "2", "--env-arg", "levels=1",
    )  # fmt: skip
    told = []
    for flag in ("--rehearsal", "--no-rehearsal"):
        code, _, err = grpo(*small, flag, "--run-dir", tmp_path / flag)
        assert code == 0, err
        told.append("rehearsed in" in err)
    assert told == [True, False]
    one, other = (tmp_path / flag for flag in ("--rehearsal", "--no-rehearsal"))
    weights = [(run / "checkpoints/last/model.safetensors").read_bytes() for run in (one, other)]
    assert weights[0] == weights[1]
    assert [line["loss"] for line in metrics(one)] == [line["loss"] for line in metrics(other)]
