"""The doctor of a run: each illness is found, named with a flag that exists, and a healthy run is left in peace."""

import re
from pathlib import Path

import pytest

from grpo.runs import advice, health, preflight
from grpo.runs.health import QUIET_STEPS, WINDOW, diagnose
from grpo.settings.config import TrainConfig

HEALTHY = {
    "reward": 0.5, "pass_rate": 0.5, "parts": {"correct": 0.5}, "zero_variance": 0.3, "truncated": 0.0,
    "completion_tokens": 20.0, "clip_fraction": 0.01, "entropy": 1.0, "kl": 0.01, "grad_norm": 0.5, "engine_gap": 1e-6,
}  # fmt: skip


def history(steps=60, **late):
    """A healthy run whose last window has these readings."""
    lines = [{**HEALTHY, "step": step} for step in range(1, steps + 1)]
    for line in lines[-WINDOW:]:
        line.update(late)
    return lines


def names(lines, **config):
    return [warning.split(":")[0] for warning in diagnose(lines, TrainConfig(**config))]


def test_a_healthy_run_hears_nothing():
    assert diagnose(history(), TrainConfig()) == []


@pytest.mark.parametrize(
    ("illness", "late"),
    [
        ("engine gap", {"engine_gap": 0.05}),
        ("clipping", {"clip_fraction": 0.5}),
        ("entropy", {"entropy": 0.01}),
        ("kl", {"kl": 3.0}),
        ("gradient", {"grad_norm": 50.0}),
        ("no signal", {"zero_variance": 0.95, "reward": 0.02}),
        ("truncation", {"truncated": 0.5}),
        ("length", {"completion_tokens": 80.0}),
        ("collapse", {"pass_rate": 0.1, "reward": 0.1}),
    ],
)
def test_each_illness_is_found(illness, late):
    lines = history(**late)
    if illness == "gradient":  # one spike: the window before it is calm
        lines = [*history(59), {**HEALTHY, "step": 60, **late}]
    assert names(lines) == [illness]


@pytest.mark.parametrize(
    ("reason", "helps"), [("length", "--max-tokens"), ("turns", "max_turns"), ("context", "longer")]
)
def test_what_cuts_episodes_off_decides_what_helps(reason, helps):
    lines = history(truncated=0.5, finish_reasons={"stop": 9, reason: 5})
    (warning,) = diagnose(lines, TrainConfig(env="calculator"))
    assert warning.startswith("truncation: 50%") and helps in warning
    if reason == "turns":
        (warning,) = diagnose(lines, TrainConfig(env="math"))
        assert "max_turns" not in warning, "an argument that this environment has not"


def test_nothing_that_comes_to_an_end_is_told_at_once_and_by_its_cause():
    now = {**HEALTHY, "truncated": 0.99, "finish_reasons": {"length": 64}, "zero_variance": 1.0, "reward": 0.0}
    (warning,) = diagnose([{**now, "step": 1}], TrainConfig(max_tokens=8))
    assert warning == "truncation: 99% of completions are cut off at 8 tokens: raise --max-tokens"
    found = diagnose([{**now, "step": step} for step in range(1, 11)], TrainConfig(max_tokens=8))
    assert [line.split(":")[0] for line in found] == ["truncation", "no signal"]
    assert all("raise --max-tokens" in line and "easier" not in line for line in found)
    assert diagnose([{**HEALTHY, "step": 1}, {**now, "step": 2}], TrainConfig()) == []


def test_a_format_reward_that_rises_while_answers_get_worse_is_called_hacking():
    lines = history(80)
    for line in lines[:60]:
        line["parts"] = {"correct": 0.5, "format": 0.4}
    for line in lines[60:]:
        line.update(parts={"correct": 0.4, "format": 0.9}, pass_rate=0.4)
    (warning,) = diagnose(lines, TrainConfig())
    assert warning.startswith("reward hacking: part 'format' rose from 0.40 to 0.90")


def test_a_learnt_run_is_told_to_take_harder_tasks_and_not_of_entropy():
    (warning,) = diagnose(history(zero_variance=0.99, reward=0.99, pass_rate=0.99, entropy=0.001), TrainConfig())
    assert "harder" in warning


def test_a_warning_is_not_repeated_until_it_is_quiet_for_long():
    lines = history(truncated=0.5)
    lines[-1]["warnings"] = diagnose(lines, TrainConfig())
    said = len(lines)
    while not (found := diagnose([*lines, {**HEALTHY, "truncated": 0.5, "step": len(lines) + 1}], TrainConfig())):
        lines.append({**HEALTHY, "truncated": 0.5, "step": len(lines) + 1, "warnings": found})
    assert len(lines) + 1 - said == QUIET_STEPS


def test_readings_that_a_step_lacks_are_no_reason_to_fail():
    empty = dict.fromkeys(HEALTHY)
    assert diagnose([{**empty, "step": step} for step in range(1, 100)], TrainConfig()) == []


def test_every_flag_that_is_named_exists():
    fields = {"--" + name.replace("_", "-") for name in TrainConfig.model_fields} | {"--env-arg"}
    for module in (advice, health, preflight):
        named = set(re.findall(r"--[a-z][a-z-]+", Path(module.__file__).read_text()))
        assert named <= fields, named - fields


def test_what_would_close_the_gap_is_never_what_the_run_does_already():
    (warning,) = diagnose(
        history(engine_gap=0.05), TrainConfig(engine="transformers", dtype="bfloat16", mismatch="sequence")
    )
    assert "--engine" not in warning and "--mismatch sequence" in warning and "--dtype float32" in warning
    (warning,) = diagnose(history(engine_gap=0.05), TrainConfig(engine="vllm", dtype="float32"))
    assert "--engine transformers" in warning and "--dtype" not in warning


def test_rewards_that_come_too_late_name_the_deadline_and_not_the_tasks():
    late = {"zero_variance": 1.0, "reward": 0.0, "timeouts": 60, "finish_reasons": {"stop": 50, "length": 14}}
    (found,) = diagnose(history(**late, pass_rate=0.5), TrainConfig(verify_deadline=2))
    assert "60 of 64 completions were not verified within verify_deadline, 2 s" in found and "easier" not in found
