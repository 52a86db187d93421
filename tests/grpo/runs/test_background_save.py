"""Checkpoints written beside training: what was saved, when it appears, and what becomes of failures."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from envs import RunError
from grpo.runs.checkpoint import TrainerState, load_state, newest_checkpoint
from grpo.settings.config import TrainConfig
from grpo.update.optimizer import make_optimizer
from grpo.runs.saving import BackgroundSaver, on_cpu
from gymtests.places import ROOT, environment

PATIENCE_S = 60


class Tokenizer:
    """The policy's, whose writing waits, fails, or ends the process."""

    def __init__(self, tokenizer, act):
        self.tokenizer, self.act = tokenizer, act

    def save_pretrained(self, folder):
        self.act()
        self.tokenizer.save_pretrained(folder)


def state(step, optimizer=None):
    return TrainerState(step, optimizer or {}, {}, {}, 1.0, 7)


def with_act(policy, act):
    policy.renderer.tokenizer = Tokenizer(policy.renderer.tokenizer, act)
    return policy


def test_what_is_saved_is_what_was_there_when_save_was_called(fresh_tiny, tmp_path):
    model = fresh_tiny.model
    optimizer = make_optimizer(model, TrainConfig())
    sum(p.sum() for p in model.parameters()).backward()
    optimizer.step()
    expected = {name: p.detach().clone() for name, p in model.named_parameters()}
    moments = on_cpu(optimizer.state_dict())
    release = threading.Event()
    with BackgroundSaver(tmp_path, with_act(fresh_tiny, lambda: release.wait(PATIENCE_S)), keep=2) as saver:
        saver.save(state(1, optimizer.state_dict()), best=True)
        assert not (tmp_path / "step-000001").exists() and not (tmp_path / "last").exists()
        optimizer.step()
        release.set()
    saved = load_file(tmp_path / "last" / "model.safetensors")
    assert saved.keys() == expected.keys() and all(saved[name].equal(expected[name]) for name in expected)
    assert (tmp_path / "best").resolve() == tmp_path / "step-000001" == newest_checkpoint(tmp_path)
    for place, values in load_state(tmp_path / "step-000001").optimizer["state"].items():
        assert all(values[name].equal(moments["state"][place][name]) for name in values)
    assert not torch.equal(next(model.parameters()), expected[next(iter(expected))])


def test_one_write_at_a_time_and_old_ones_go_after_the_new_is_whole(fresh_tiny, tmp_path):
    writing, most = [], []

    def act():
        writing.append(1)
        most.append(len(writing))
        time.sleep(0.01)
        writing.pop()

    with BackgroundSaver(tmp_path, with_act(fresh_tiny, act), keep=2) as saver:
        for step in range(1, 5):
            saver.save(state(step), best=step == 1)
    assert most == [1, 1, 1, 1]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "best", "last", "step-000001", "step-000003", "step-000004"
    ]  # fmt: skip


def full():
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_at_the_next_step_and_leaves_nothing(fresh_tiny, tmp_path):
    saver = BackgroundSaver(tmp_path, with_act(fresh_tiny, full), keep=2)
    saver.save(state(1), best=False)
    end = time.monotonic() + PATIENCE_S
    with pytest.raises(RunError, match=r"cannot write .*No space left"):
        while time.monotonic() < end:
            saver.check()
    assert list(tmp_path.iterdir()) == []
    saver.check()  # told once


def test_a_failed_write_does_not_hide_what_ended_the_run(fresh_tiny, tmp_path):
    saver = BackgroundSaver(tmp_path, with_act(fresh_tiny, full), keep=2)
    with pytest.raises(ZeroDivisionError), saver:
        saver.save(state(1), best=False)
        raise ZeroDivisionError
    with pytest.raises(RunError, match="No space"), saver:
        saver.save(state(1), best=False)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, "tests/grpo/runs")
from test_background_save import BackgroundSaver, state, with_act
from grpo.policy.model import load_policy
policy, folder = load_policy("builtin:tiny"), Path(sys.argv[1])
with BackgroundSaver(folder, policy, 5) as saver:
    saver.save(state(1), False)
with_act(policy, lambda: os.kill(os.getpid(), signal.SIGKILL))
with BackgroundSaver(folder, policy, 5) as saver:
    saver.save(state(2), False)
"""


def test_a_kill_in_the_middle_of_a_write_leaves_the_one_before(tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path], cwd=ROOT, env=environment(), timeout=240
    )
    assert process.returncode == -signal.SIGKILL
    assert newest_checkpoint(tmp_path) == tmp_path / "step-000001" == (tmp_path / "last").resolve()
    assert not (tmp_path / "step-000002").exists()
