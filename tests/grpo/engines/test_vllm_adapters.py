"""An adapter as vLLM is given it, and vLLM asleep while the policy trains."""

import importlib.util
import json
import os
import signal
from itertools import count

import pytest
import torch

from envs import RunError, UsageError
from grpo.engines import Sampling, check_engine, make_engine, push_weights
from grpo.engines.options import VllmOptions
from grpo.engines.vllm_adapters import adapter_arguments
from grpo.engines.vllm_engine import VllmEngine
from grpo.policy.adapter import adapter_config, add_adapter, save_model, saved_adapter, saved_weights
from grpo.rehearsal import rehearse
from grpo.rehearsal.undo import change_weights
from grpo.settings.config import TrainConfig, check_config
from grpo.settings.engine import EngineConfig
from grpo.update.update import Updater
from gymtests.training.oracle import sequence_logprobs

needs_vllm = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
NATIVE = EngineConfig(lora_rollouts="native")
SEEDS = list(range(4))


@pytest.fixture
def adapted(fresh_tiny):
    pytest.importorskip("peft")
    fresh_tiny.model = add_adapter(
        fresh_tiny.model, "builtin:tiny", rank=4, alpha=32.0, targets=["q_proj", "down_proj"], seed=0
    )
    return fresh_tiny


def test_what_is_sent_is_what_peft_saves(adapted, tmp_path):
    from safetensors.torch import load_file

    save_model(adapted.model, saved_weights(adapted.model), tmp_path)
    sent, saved = saved_adapter(adapted.model), load_file(tmp_path / "adapter_model.safetensors")
    assert sent.keys() == saved.keys() and all(torch.equal(sent[name], saved[name]) for name in saved)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    ours = adapter_config(adapted.model)
    assert json.loads(json.dumps(ours)) == ours
    assert {name: ours[name] for name in ("r", "lora_alpha")} == {"r": 4, "lora_alpha": 32.0}
    assert sorted(config["target_modules"]) == ours["target_modules"]


@pytest.mark.parametrize(("rank", "room"), [(1, 8), (8, 8), (9, 16), (300, 320), (512, 512)])
def test_there_is_room_for_an_adapter_of_this_rank(rank, room):
    assert adapter_arguments({"r": rank})["max_lora_rank"] == room
    assert adapter_arguments({"r": 1, "rank_pattern": {"q_proj": rank}})["max_lora_rank"] == room


def test_an_adapter_that_vllm_has_no_room_for_is_refused():
    with pytest.raises(UsageError, match="up to rank 512, and this one has 513: take --lora-rollouts merged"):
        adapter_arguments({"r": 513})


@needs_vllm
def test_vllm_samples_with_the_adapter_itself_and_the_rehearsal_minds_what_is_sent(adapted, tmp_path):
    engine = make_engine("vllm", adapted, max_model_len=128, settings=NATIVE)
    prompts = [adapted.renderer.prompt_ids([{"role": "user", "content": f"What is {n}+4?"}]) for n in SEEDS]
    try:
        seen = []
        for _ in range(2):
            change_weights(adapted.model, trained_only=True)
            push_weights(engine, adapted.model)
            done = engine.generate(prompts, Sampling(12), SEEDS)
            for prompt, completion in zip(prompts, done, strict=True):
                expected = sequence_logprobs(adapted.model, prompt, completion.token_ids, 1.0)
                assert completion.logprobs == pytest.approx(expected, abs=1e-4)
            seen.append(done)
        assert seen[0] != seen[1]
        config = TrainConfig(lora_rank=4, max_tokens=24, tasks_per_step=2, group_size=2)
        updater = Updater(adapted.model, config)
        done = rehearse(config, adapted, engine, updater, prompts, 128, tmp_path)
        assert done.gap < 1e-4 and done.changed_gap is not None and done.changed_gap < 1e-4
        whole = engine.update_weights
        engine.update_weights = lambda weights: whole((n, t) for n, t in weights if "layers.1.mlp" not in n)
        with pytest.raises(RunError, match="after new weights were pushed"):
            rehearse(config, adapted, engine, updater, prompts, 128, tmp_path)
        engine.update_weights = lambda weights: whole((n.replace("q_proj", "z_proj"), t) for n, t in weights)
        with pytest.raises(RunError, match="cannot serve this adapter .*z_proj.*: take --lora-rollouts merged"):
            push_weights(engine, adapted.model)
    finally:
        engine.close()


@needs_vllm
@pytest.mark.slow
def test_the_process_that_takes_over_has_the_newest_adapter(adapted):
    engine = make_engine("vllm", adapted, max_model_len=128, settings=NATIVE)
    prompts = [adapted.renderer.prompt_ids([{"role": "user", "content": f"What is {n}+4?"}]) for n in SEEDS]
    try:
        for _ in range(2):
            change_weights(adapted.model, trained_only=True)
            push_weights(engine, adapted.model)
        whole = engine.generate(prompts, Sampling(12), SEEDS)
        os.kill(engine.process_id, signal.SIGKILL)
        assert engine.generate(prompts, Sampling(12), SEEDS) == whole
    finally:
        engine.close()


def test_what_suits_neither_policy_nor_device_is_refused_in_one_line(tiny, monkeypatch):
    if importlib.util.find_spec("vllm") is not None:
        with pytest.raises(UsageError, match="native: this policy has no adapter: add --lora-rank 16"):
            check_engine("vllm", tiny, NATIVE)
        with pytest.raises(UsageError, match="--sleep frees the memory of a GPU .*leave it out"):
            check_engine("vllm", tiny, EngineConfig(sleep=True))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for settings in (NATIVE, EngineConfig(sleep=True)):
        with pytest.raises(UsageError, match="is vLLM's alone, which is not installed"):
            check_engine("auto", tiny, settings)
    check_engine("auto", tiny, EngineConfig())
    for values, said in (
        ({"sleep": True, "overlap": True, "mismatch": "tis"}, "leave out one"),
        ({"sleep": True, "engine": "transformers"}, "sleep is vLLM's alone"),
        ({"engine_args": {"enable_sleep_mode": True}}, "enable_sleep_mode is set by the run itself"),
    ):
        with pytest.raises(UsageError, match=said):
            check_config(values, "x.toml")


class StandIn:
    """What vLLM's `LLM` is to an engine that sleeps, which no CPU does: it writes down what it is asked."""

    def __init__(self):
        self.asked = []
        self.llm_engine = self

    def __getattr__(self, name):
        def heard(*args, **named):
            self.asked.append((name, *args, *named.values()))
            return [] if name == "collective_rpc" else False

        return heard


@pytest.fixture
def sleeper(monkeypatch):
    def opened(**settings):
        engine = object.__new__(VllmEngine)
        engine._sleeps, engine._asleep = EngineConfig(**settings).sleep, False
        engine._adapter, engine._llm, engine._keys = None, StandIn(), {}
        engine._request_ids, engine._eos_ids = count(), [2]
        return engine, engine._llm

    return opened


def names(llm):
    return [asked[0] for asked in llm.asked]


def test_an_engine_sleeps_once_and_takes_weights_before_it_has_keys_and_values_again(sleeper):
    engine, llm = sleeper(sleep=True)
    engine.sleep()
    engine.sleep()
    engine.update_weights([])
    assert names(llm) == [
        "sleep", "wake_up", "start_weight_update", "update_weights", "finish_weight_update", "collective_rpc",
        "wake_up", "reset_prefix_cache",
    ]  # fmt: skip
    assert llm.asked[0] == ("sleep", 1)
    assert [asked[1] for asked in llm.asked if asked[0] == "wake_up"] == [["weights"], ["kv_cache"]]
    llm.asked.clear()
    engine.update_weights([])
    assert "wake_up" not in names(llm)


def test_an_engine_that_is_asked_for_completions_first_wakes_as_it_was(sleeper):
    engine, llm = sleeper(sleep=True)
    engine.sleep()
    pytest.importorskip("vllm")
    engine.submit(0, [1], Sampling(4), 0)
    assert names(llm)[:2] == ["sleep", "wake_up"] and llm.asked[1] == ("wake_up", None)
    engine.sleep()
    assert names(llm)[-1] == "sleep"


def test_an_engine_that_is_not_set_to_sleep_stays_awake(sleeper):
    engine, llm = sleeper()
    engine.sleep()
    assert llm.asked == []


def test_options_with_an_adapter_cross_the_border_of_a_process(adapted):
    config = adapter_config(adapted.model)
    options = VllmOptions(
        model_dir=adapted.path, max_model_len=8, eos_ids=(2,), settings=EngineConfig(sleep=True), adapter=config
    )
    assert VllmOptions.model_validate(options.model_dump(mode="json")) == options
