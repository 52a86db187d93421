"""What the user left open is filled in once, from what he did set and from the machine."""

import pytest
import torch
from transformers import LlamaConfig

from grpo.policy import precision
from grpo.policy.precision import bfloat16_gain, dtype_for
from grpo.session import settle
from grpo.settings.config import check_config, load_config, to_toml
from grpo.settings.open import LORA_LEARNING_RATE, rate_warning, settled


def given(**settings):
    return check_config({"model": "somewhere", **settings}, "a test")


def test_an_adapter_has_a_learning_rate_of_its_own_unless_one_is_given():
    assert settled(given(lora_rank=8), "float32").learning_rate == LORA_LEARNING_RATE
    assert settled(given(lora_rank=8, learning_rate=1e-6), "float32").learning_rate == 1e-6
    assert settled(given(), "float32").learning_rate == given().learning_rate


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"learning_rate": 1}, "--learning-rate 1 destroys a whole model in a few steps: 1e-06 is usual, take 0.001"),
        ({"learning_rate": 1, "model": "builtin:tiny"}, "0.0004 is usual"),
        ({"learning_rate": 0.1, "lora_rank": 8}, "destroys an adapter in a few steps: 0.0001 is usual, take 0.01"),
        ({"learning_rate": 5e-3, "lora_rank": 8}, None),
        ({"learning_rate": 4e-4, "model": "builtin:tiny"}, None),
        ({}, None),
    ],
)
def test_a_learning_rate_that_destroys_what_it_trains_is_warned_of(settings, says):
    warned = rate_warning(given(**settings))
    assert warned is None if says is None else says in warned


def test_low_precision_is_corrected_for_the_engine_unless_something_is_said_of_it():
    assert settled(given(), "float32").mismatch == "none"
    assert settled(given(), "bfloat16").mismatch == "tis"
    assert settled(given(loss="gspo", aggregation="sequence"), "bfloat16").mismatch == "sequence"
    assert settled(given(mismatch="none"), "bfloat16").mismatch == "none"


def test_the_built_in_policy_trains_as_it_always_did():
    config = load_config(None, {})
    assert settle(config) == config
    assert config.dtype == "float32"


def test_what_was_filled_in_is_written_down_and_read_back(tmp_path):
    config = settled(given(lora_rank=8, dtype="auto"), "bfloat16")
    (tmp_path / "config.toml").write_text(to_toml(config))
    again = load_config(tmp_path / "config.toml", {})
    assert again == config
    assert settled(again, again.dtype) == config


@pytest.mark.parametrize(
    ("width", "gain", "expected"), [(1024, 3.0, "bfloat16"), (1024, 1.0, "float32"), (64, 9, "float32")]
)
def test_a_cpu_takes_what_its_probe_finds_faster(width, gain, expected, tmp_path, monkeypatch):
    LlamaConfig(hidden_size=width, num_attention_heads=4, num_hidden_layers=1, vocab_size=16).save_pretrained(tmp_path)
    asked = []
    monkeypatch.setattr(precision, "bfloat16_gain", lambda at: asked.append(at) or gain)
    assert dtype_for("auto", str(tmp_path), "cpu") == expected
    assert asked == ([width] if width >= 512 else [])
    assert dtype_for("float32", str(tmp_path), "cpu") == "float32"


def test_a_gpu_takes_bfloat16_where_it_has_it(monkeypatch):
    for has, expected in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda has=has: has)
        assert dtype_for("auto", "anywhere", "cuda:0") == expected


def test_the_probe_measures():
    assert 0 < bfloat16_gain(64) < 1000
