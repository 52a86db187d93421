"""An engine in a process of its own: what its death, an interrupt and the trainer's own death leave behind."""

import importlib.util
import os
import select
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from envs import RunError
from grpo.engines import Sampling, make_engine
from grpo.engines.process.remote import SCRATCH
from grpo.engines.process.shelf import Shelf

needs_vllm = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
SEEDS = list(range(12))
SAMPLING = Sampling(24)


@pytest.fixture(scope="module")
def engine(tiny):
    engine = make_engine("vllm", tiny, max_model_len=256)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def prompts(tiny):
    return [tiny.renderer.prompt_ids([{"role": "user", "content": f"What is {n}+{n}?"}]) for n in range(12)]


def _kill(engine):
    os.kill(engine.process_id, signal.SIGKILL)


@needs_vllm
def test_an_interrupted_batch_leaves_nothing_to_the_next(engine, prompts):
    whole = engine.generate(prompts, SAMPLING, SEEDS)

    def interrupt(index, completion):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.generate(prompts, SAMPLING, SEEDS, interrupt)
    assert engine.generate(prompts, SAMPLING, SEEDS) == whole


@needs_vllm
def test_a_signal_to_the_whole_group_is_the_trainers_to_obey(engine, prompts):
    """A scheduler, or a terminal, sends SIGTERM and SIGINT to engines too: no other one is started to be stopped."""
    whole, process = engine.generate(prompts, SAMPLING, SEEDS), engine.process_id
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(process, number)
    assert engine.generate(prompts, SAMPLING, SEEDS) == whole and engine.process_id == process


@needs_vllm
def test_a_batch_whose_process_is_killed_comes_out_the_same_and_each_completion_once(engine, prompts):
    whole = engine.generate(prompts, SAMPLING, SEEDS)
    seen = []

    def kill_at_the_third(index, completion):
        seen.append((index, completion))
        if len(seen) == 3:
            _kill(engine)

    assert engine.generate(prompts, SAMPLING, SEEDS, kill_at_the_third) == whole
    assert sorted(index for index, _ in seen) == SEEDS
    assert [completion for _, completion in sorted(seen, key=lambda pair: pair[0])] == whole


@needs_vllm
def test_the_process_that_takes_over_has_the_newest_weights(engine, tiny, prompts):
    before = engine.generate(prompts, SAMPLING, SEEDS)
    moved = [(name, weight + 0.05 * torch.randn_like(weight)) for name, weight in tiny.model.named_parameters()]
    engine.update_weights(moved)
    after = engine.generate(prompts, SAMPLING, SEEDS)
    assert after != before
    _kill(engine)
    assert engine.generate(prompts, SAMPLING, SEEDS) == after
    engine.update_weights(tiny.model.named_parameters())
    assert engine.generate(prompts, SAMPLING, SEEDS) == before


@needs_vllm
def test_neither_a_closed_engine_nor_a_killed_one_leaves_files_behind(tiny, prompts, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    engine = make_engine("vllm", tiny, max_model_len=256)
    try:
        assert [path.name.startswith(SCRATCH) for path in tmp_path.glob("grpo-*")] == [True]
        _kill(engine)
        engine.generate(prompts, SAMPLING, SEEDS)
        assert len(list(tmp_path.glob("grpo-*"))) == 1
    finally:
        engine.close()
    assert {path.name.partition("_")[0] for path in tmp_path.iterdir()} <= {"torchinductor"}


@needs_vllm
def test_what_kills_every_process_ends_the_run_in_one_sentence(engine, prompts):
    with pytest.raises(RunError, match="died 2 times over one request .*--max-sequences"):
        engine.generate(prompts, SAMPLING, SEEDS, lambda *_: _kill(engine))


@needs_vllm
def test_a_process_whose_trainer_is_killed_ends_by_itself_and_cleans_up(tiny, tmp_path):
    trainer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(f"""
            from types import SimpleNamespace
            from grpo.engines import Sampling, make_engine
            policy = SimpleNamespace(path={str(tiny.path)!r}, eos_ids=[2])
            engine = make_engine("vllm", policy, max_model_len=256)
            print(engine.process_id, flush=True)
            while True:
                engine.generate([[3, 4, 5]] * 4, Sampling(200), [1, 2, 3, 4])
        """)],
        stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[3],
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    worker = os.pidfd_open(int(trainer.stdout.readline()))
    trainer.kill()
    trainer.wait()
    assert select.select([worker], [], [], 60)[0], "the engine's process outlived its trainer by a minute"
    assert not list(tmp_path.glob(SCRATCH + "*"))
    os.close(worker)


@given(
    st.lists(
        st.tuples(st.sampled_from(["float32", "bfloat16", "int64", "bool"]), st.lists(st.integers(0, 5), max_size=3)),
        max_size=6,
    )
)
def test_weights_come_off_the_shelf_as_they_were_laid(forms):
    tensors = [
        (f"t{place}", torch.randint(0, 2, shape).to(getattr(torch, dtype)))
        for place, (dtype, shape) in enumerate(forms)
    ]
    shelf = Shelf()
    other = Shelf(os.dup(shelf.descriptor))
    try:
        for _ in range(2):
            found = list(other.read(shelf.lay(tensors)))
            assert [name for name, _ in found] == [name for name, _ in tensors]
            for (_, laid), (_, read) in zip(tensors, found, strict=True):
                assert read.dtype == laid.dtype and torch.equal(read, laid)
            tensors = [(name, ~tensor if tensor.dtype == torch.bool else tensor + 1) for name, tensor in tensors]
    finally:
        shelf.close()
        os.close(other.descriptor)
