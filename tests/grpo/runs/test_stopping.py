"""Ctrl-C before the first step: obeyed between two layers, forward and backward, and nothing is left of it."""

import copy
import signal

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grpo.engines import make_engine
from grpo.rehearsal import rehearse
from grpo.runs.observer import Stopped, stopping_between_layers
from grpo.runs.rundir import RunDir
from grpo.settings.config import TrainConfig
from grpo.update.update import Updater
from gymtests.training.runs import finish

LONG = (
    "train", "--engine", "transformers", "--tasks-per-step", "4", "--group-size", "8", "--max-tokens", "200",
    "--micro-batch-tokens", "16384", "--env-arg", "levels=1", "--eval-tasks", "8",
)  # fmt: skip


def test_ctrl_c_in_the_rehearsal_ends_it_at_once_and_leaves_nothing_half_written(grpo_process, tmp_path):
    run = tmp_path / "run"
    process = grpo_process(*LONG, "--steps", "1", "--run-dir", run)
    said = ""
    while "rehearsing" not in said:
        said += process.stderr.readline()
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130 and "stopped before the first step; go on with:" in err, err
    assert "rehearsed in" not in err and "evaluating" not in err and "probing" not in err, err
    assert not RunDir(run).metrics() and not list(run.rglob(".rehearsal-*")) and not list(run.rglob("*.tmp"))


@pytest.fixture
def tried(fresh_tiny, tmp_path):
    """Rehearses, asked to stop after so many questions; returns how many were put, and how many in a backward pass."""
    config = TrainConfig(max_tokens=24, tasks_per_step=2, group_size=2, micro_batch_tokens=1024)
    engine = make_engine("transformers", fresh_tiny, max_model_len=128)
    prompts = [fresh_tiny.renderer.prompt_ids([{"role": "user", "content": "What is 3+4?"}])]
    updater = Updater(fresh_tiny.model, config)

    def attempt(stop_at):
        asked = []

        def should_stop():
            asked.append(torch._C._current_graph_task_id() != -1)  # inside a backward pass
            return len(asked) == stop_at

        try:
            with stopping_between_layers(fresh_tiny.model, should_stop) as ask:
                rehearse(config, fresh_tiny, engine, updater, prompts, 128, tmp_path, ask)
        except Stopped:
            assert len(asked) == stop_at
        assert not updater.optimizer.state_dict().get("state") and not list(tmp_path.iterdir())
        return asked

    return attempt


def test_it_is_asked_in_the_longest_update_between_layers_forward_and_backward(tried, fresh_tiny):
    backward = sum(tried(0))
    assert backward >= fresh_tiny.model.config.num_hidden_layers
    hooks = torch.nn.modules.module._global_forward_pre_hooks
    assert not hooks and not any(p._post_accumulate_grad_hooks for p in fresh_tiny.model.parameters())


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_wherever_it_stops_the_policy_is_as_before(tried, fresh_tiny, share):
    total = getattr(tried, "total", None) or len(tried(0))
    tried.total = total
    before = copy.deepcopy(fresh_tiny.model.state_dict())
    tried(max(1, round(share * total)))
    for name, tensor in fresh_tiny.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert all(p.grad is None for p in fresh_tiny.model.parameters())
