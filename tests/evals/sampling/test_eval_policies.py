"""Evals of real models through the command line's own code path, on the policy that ships with the package."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from evals.console.benchmark import Benchmark
from evals.console.command import EvalRequest, evaluate
from evals.evaluator import EvalSettings
from evals.results.result import EvalResult
from evals.sampling.policies import find_policy, model_hash
from gymtests.evaluating.chat_server import ChatServer
from gymtests.places import ROOT, SUMS, TINY

SMALL = EvalSettings(tasks=6, samples=2)


def run(policy, out=None, settings=SMALL, said=None, **options):
    options = {"engine": "transformers", "out": out, **options}
    benchmark = Benchmark(EnvSpec("math"), settings, options.pop("max_tokens", 48), own_shots=False)
    request = EvalRequest((str(policy),), (benchmark,), **options)
    return evaluate(request, (said if said is not None else []).append, lambda *_: None)[0]


def test_a_model_is_evaluated_and_the_same_again_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = []
    first = run("builtin:tiny", said=said)
    assert not first.cached and first.result.summary["model"]["sha256"] == model_hash(TINY)
    assert any("will see differences" in line for line in said)
    assert first.folder.parent == Path("runs/evals") and first.folder.name.startswith("tiny-math-test-")
    again = run("builtin:tiny")
    assert again.cached and again.result.samples == first.result.samples


def test_more_samples_take_over_the_fewer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = run("builtin:tiny").result.samples
    more = run("builtin:tiny", settings=EvalSettings(tasks=6, samples=3)).result.samples
    kept = [sample for sample in more if sample.sample < 2]
    assert [(s.task_id, s.completion) for s in kept] == [(s.task_id, s.completion) for s in few]


def test_completion_length_is_that_of_training(tmp_path):
    from grpo.policy.builtin import recipe_for

    result = run("builtin:tiny", tmp_path / "e", max_tokens=None).result
    assert result.summary["settings"]["max_tokens"] == recipe_for("builtin:tiny")["max_tokens"]


def test_a_completion_that_cannot_fit_is_refused(tmp_path):
    with pytest.raises(UsageError, match="--max-tokens"):
        run("builtin:tiny", tmp_path / "e", max_tokens=10**6)
    assert not (tmp_path / "e").exists()


def test_a_lora_adapter_is_merged_into_its_base(tmp_path):
    peft = pytest.importorskip("peft")
    import torch
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(TINY)
    adapted = peft.get_peft_model(base, peft.LoraConfig(r=2, target_modules=["q_proj"]))
    adapted.peft_config["default"].base_model_name_or_path = str(TINY)
    adapted.save_pretrained(tmp_path / "untouched")
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight.normal_(0, 3)
    adapted.save_pretrained(tmp_path / "changed")
    plain = run("builtin:tiny", tmp_path / "a").result
    untouched = run(tmp_path / "untouched", tmp_path / "b").result
    changed = run(tmp_path / "changed", tmp_path / "c").result
    texts = [[sample.completion for sample in result.samples] for result in (plain, untouched, changed)]
    assert texts[0] == texts[1] != texts[2]
    assert len({result.summary["model"]["sha256"] for result in (plain, untouched, changed)}) == 3


def test_examples_are_shown_to_a_base_model_alone(tmp_path):
    import shutil

    base = tmp_path / "base"
    shutil.copytree(TINY, base)
    for file in base.glob("chat_template*"):
        file.unlink()
    config = json.loads((base / "tokenizer_config.json").read_text())
    config.pop("chat_template", None)
    (base / "tokenizer_config.json").write_text(json.dumps(config))
    one = EvalSettings(tasks=1, samples=1, greedy=False)
    for policy, shots, template in ((TINY, 0, "chat template"), (base, 2, "plain question and answer")):
        summary = run(policy, tmp_path / f"{shots}", one, max_tokens=4, base_shots=2).result.summary
        assert summary["settings"]["shots"] == shots and summary["model"]["template"] == template


def test_an_adapter_without_base_is_named(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(UsageError, match="does not name the adapter's base"):
        find_policy(str(tmp_path))


def slow_eval(server, out):
    command = [
        sys.executable,
        "-m",
        "cli",
        "eval",
        "--model",
        server.name,
        "--env",
        SUMS,
        "--n",
        "4",
        "--out",
        str(out),
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_killed_at_random_moments_and_started_again_it_ends_as_if_never_killed(tmp_path):
    def answer(body):
        time.sleep(0.02)
        number = body["messages"][-1]["content"].removeprefix("say ")
        return number if body["seed"] % 3 else "nope"

    moments = sorted(random.Random(int(time.time())).sample(range(2, 390), 3))  # lines of the journal, of about 400
    with ChatServer(answer=answer) as server:
        journal = tmp_path / "killed" / "journal.jsonl"
        for lines in moments:
            process = slow_eval(server, tmp_path / "killed")
            deadline = time.monotonic() + 120
            while not journal.is_file() or journal.read_bytes().count(b"\n") < lines:
                assert time.monotonic() < deadline, moments
                if process.poll() is not None:
                    break  # it ended before it could be killed
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert slow_eval(server, tmp_path / "killed").wait(timeout=120) == 0, moments
        assert len(server.bodies) <= 200 + 3 * 2 * 16, moments  # only what was in flight was asked for again
        assert slow_eval(server, tmp_path / "whole").wait(timeout=120) == 0
    killed, whole = EvalResult.load(tmp_path / "killed"), EvalResult.load(tmp_path / "whole")
    assert killed.samples == whole.samples, moments
    assert {k: v for k, v in killed.summary.items() if k != "seconds"} == {
        k: v for k, v in whole.summary.items() if k != "seconds"
    }


@pytest.mark.slow
def test_a_real_vllm_server_on_loopback(tmp_path):
    pytest.importorskip("vllm")
    import socket
    import urllib.request

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(TINY), "--port", str(port)]
    command += ["--host", "127.0.0.1", "--served-model-name", "tiny", "--dtype", "float32", "--enforce-eager"]
    environment = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 240
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
                    break
                except OSError:
                    assert server.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()[-2000:]
                    time.sleep(0.5)
            served = run(f"openai:http://127.0.0.1:{port}/v1#tiny", tmp_path / "served").result
        finally:
            server.terminate()
            server.wait(timeout=60)
    local = run("builtin:tiny", tmp_path / "local").result
    greedy = [[s.completion.strip() for s in result.samples if s.greedy] for result in (served, local)]
    assert greedy[0] == greedy[1]
    assert served.summary["unscorable"] == 0 and served.summary["mean_tokens"] > 0
    json.dumps(served.brief())
