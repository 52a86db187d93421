"""A checkpoint becomes a plain model folder that says what the policy said, whole or not at all."""

import errno
import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

import grpo as grpo_gym
from envs.core.errors import RunError
from grpo.policy.adapter import engine_weights
from grpo.policy.model import load_policy
from grpo.runs.hub.export import Form, find_source, stage
from gymtests.hub.checkpointed import checkpointed, logits
from gymtests.places import TINY


def policy_of(run):
    return load_policy(str((run / "checkpoints" / "last").resolve())).model


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return checkpointed(tmp_path_factory.mktemp("runs") / "whole", 2, 4, stops=["END"])


@pytest.fixture(scope="module")
def adapted(tmp_path_factory):
    pytest.importorskip("peft")
    return checkpointed(tmp_path_factory.mktemp("runs") / "adapted", 3, lora_rank=2)


def test_a_whole_model_says_what_the_policy_says_to_the_bit(grpo, whole, tmp_path):
    code, out, err = grpo("export", whole, tmp_path / "out")
    assert code == 0 and out == f"step 4 of {whole} is in {tmp_path / 'out'}\n", err
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    assert torch.equal(logits(model), logits(policy_of(whole)))
    assert not torch.equal(logits(model), logits(load_policy("builtin:tiny").model))
    text = "What is 3 + 4?"
    tokenizer, own = AutoTokenizer.from_pretrained(tmp_path / "out"), AutoTokenizer.from_pretrained(TINY)
    assert tokenizer(text)["input_ids"] == own(text)["input_ids"]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"config.json", "generation_config.json", "tokenizer.json", "README.md"} < names
    assert not names & {"trainer_state", "rollouts"}
    assert load_policy(str(tmp_path / "out"), with_model=False).eos_ids


def test_a_checkpoint_is_chosen_and_a_dtype(grpo, whole, tmp_path):
    code, _, err = grpo("export", whole, tmp_path / "out", "--checkpoint", "2", "--dtype", "bfloat16")
    assert code == 0, err
    given, made = (
        load_file(whole / "checkpoints/step-000002/model.safetensors"),
        load_file(tmp_path / "out" / "model.safetensors"),
    )
    assert made.keys() == given.keys()
    assert all(torch.equal(made[name], given[name].bfloat16()) for name in given)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_merged_adapter_is_what_an_engine_samples_with(grpo, adapted, tmp_path, dtype):
    code, _, err = grpo("export", adapted, tmp_path / "out", "--merge", "--dtype", dtype)
    assert code == 0, err
    made = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype="auto")
    wanted = {name: tensor.to(made.dtype) for name, tensor in engine_weights(policy_of(adapted))}
    assert str(made.dtype) == f"torch.{dtype}" and not (tmp_path / "out" / "adapter_config.json").exists()
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in made.named_parameters())
    if dtype == "float32":
        own = load_policy("builtin:tiny").model
        own.load_state_dict(wanted, strict=False)
        assert torch.equal(logits(made), logits(own))
        torch.testing.assert_close(logits(made), logits(policy_of(adapted)), atol=1e-4, rtol=1e-4)


def test_an_adapter_is_loaded_by_transformers_alone(grpo, adapted, tmp_path):
    pytest.importorskip("peft.utils.transformers_weight_conversion", reason="transformers wants a newer peft for that")
    code, _, err = grpo("export", adapted, tmp_path / "out")
    assert code == 0, err
    made = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    assert torch.equal(logits(made), logits(policy_of(adapted)))
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_what_is_staged_for_a_push_holds_the_state_only_where_it_is_asked_for(whole, adapted, tmp_path):
    (whole / "rollouts").mkdir(exist_ok=True)
    history = {"state.json", "checksums.json", "metrics.jsonl", "history.json"}
    for place, form, state in [("bare", Form(), set()), ("state", Form(with_state=True), history)]:
        (tmp_path / place).mkdir()
        stage(find_source(whole, "2"), tmp_path / place, form, "card")
        found = {str(file.relative_to(tmp_path / place)) for file in (tmp_path / place).rglob("*")}
        assert {name.partition("/")[2] for name in found if name.startswith("trainer_state/")} <= state
        assert ("trainer_state/state.json" in found) == bool(state)
        assert "model.safetensors" in found and not any("rollouts" in name for name in found)
    lines = (tmp_path / "state" / "trainer_state" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [2]

    source = find_source(adapted)
    own = json.loads((source.checkpoint / "adapter_config.json").read_text())
    own["base_model_name_or_path"] = str(tmp_path / "mine")
    moved = shutil.copytree(source.checkpoint, tmp_path / "step-000003")
    (moved / "adapter_config.json").write_text(json.dumps(own))
    (tmp_path / "public").mkdir()
    stage(replace(source, checkpoint=moved), tmp_path / "public", Form(), "card")
    assert json.loads((tmp_path / "public" / "adapter_config.json").read_text())["base_model_name_or_path"] == "mine"
    assert json.loads((moved / "adapter_config.json").read_text()) == own  # of which the other was a link


def test_a_checkpoint_that_the_run_removes_meanwhile_is_not_pushed_in_part(whole, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run", symlinks=True)
    source = find_source(run)
    shutil.rmtree(source.checkpoint)
    (tmp_path / "out").mkdir()
    with pytest.raises(RunError, match="was removed by the run meanwhile: push again"):
        stage(source, tmp_path / "out", Form(), "card")


def test_what_somebody_laid_into_a_checkpoint_stays_there(whole, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run", symlinks=True)
    (run / "checkpoints" / "step-000004" / ".env").write_text("SECRET=1")
    out = grpo_gym.Run(run).export(tmp_path / "out")
    assert out == tmp_path / "out" and (out / "model.safetensors").is_file() and not (out / ".env").exists()


def test_what_is_exported_is_a_copy(grpo, whole, tmp_path):
    grpo("export", whole, tmp_path / "out")
    (tmp_path / "out" / "model.safetensors").write_bytes(b"mine")
    (tmp_path / "out" / "config.json").write_text("mine")
    assert grpo("export", whole, tmp_path / "again")[0] == 0  # which looks at every checksum


def test_a_full_disk_leaves_nothing(grpo, whole, tmp_path, monkeypatch):
    copies, copyfile = [], shutil.copyfile

    def full(source, target):
        copies.append(target)
        if len(copies) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return copyfile(source, target)

    monkeypatch.setattr("shutil.copyfile", full)
    code, _, err = grpo("export", whole, tmp_path / "place" / "out")
    assert code == 1 and len(err.splitlines()) == 1 and "No space left" in err
    assert list((tmp_path / "place").iterdir()) == []


def test_what_cannot_be_exported_is_said_in_one_line(grpo, whole, adapted, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("")
    empty = checkpointed(tmp_path / "empty")
    damaged = shutil.copytree(whole, tmp_path / "damaged", symlinks=True)
    (damaged / "checkpoints" / "step-000004" / "config.json").write_text("{}")
    for words, says in [
        ((whole, tmp_path / "taken"), "is there already"),
        ((whole, tmp_path / "taken" / "file"), "is there already"),
        ((tmp_path, tmp_path / "out"), "holds no run"),
        ((empty, tmp_path / "out"), "has no checkpoint yet"),
        ((whole, tmp_path / "out", "--checkpoint", "3"), "--checkpoint 3: "),
        ((whole, tmp_path / "out", "--checkpoint", "../no-such"), "--checkpoint ../no-such"),
        ((whole, tmp_path / "out", "--checkpoint", "best"), "has no best checkpoint"),
        ((damaged, tmp_path / "out", "--checkpoint", "4"), "is damaged: config.json does not match"),
        ((whole, tmp_path / "out", "--dtype", "bf16"), "did you mean 'bfloat16'"),
        ((adapted, tmp_path / "out", "--dtype", "bfloat16"), "add --merge"),
    ]:
        code, _, err = grpo("export", *words)
        assert code == 2 and says in err and len(err.splitlines()) == 1, err
    assert not (tmp_path / "out").exists()
    code, _, err = grpo("export", whole, tmp_path / "out", "--merge")
    assert code == 0 and "nothing to merge" in err
