"""Loading policies: what every model folder may lack, and what ends a completion."""

import json
import shutil

import pytest

from envs import UsageError
from grpo.policy.builtin import FOLDER as BUILTIN_DIR
from grpo.policy.form import Shots
from grpo.policy.model import load_policy

TINY = BUILTIN_DIR / "tiny"


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(TINY, copy)
    return copy


def without_template(folder):
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    file = folder / "tokenizer_config.json"
    settings = json.loads(file.read_text())
    settings.pop("chat_template", None)
    file.write_text(json.dumps(settings))


def test_a_model_without_chat_template_gets_a_plain_one_and_it_is_said(folder, caplog):
    without_template(folder)
    policy = load_policy(str(folder))
    policy.renderer.shots = Shots(1, ((("What is 1+1?", "<answer>2</answer>"),),))
    ids = policy.renderer.prompt_ids([{"role": "user", "content": "What is 2+2?"}])
    text = policy.renderer.tokenizer.decode(ids, skip_special_tokens=True)
    assert text == "Question: What is 1+1?\nAnswer: <answer>2</answer>\n\nQuestion: What is 2+2?\nAnswer:"
    assert "no chat template" in caplog.text
    ids = policy.renderer.tokenizer(" 4\n\nQuestion: and now?", add_special_tokens=False)["input_ids"]
    assert policy.renderer.text(ids) == " 4"


def test_shots_come_before_the_prompt_in_the_models_own_template(tiny):
    plain = tiny.renderer.prompt_ids([{"role": "user", "content": "What is 2+2?"}])
    assert plain[0] == tiny.renderer.tokenizer.bos_token_id
    assert plain.count(tiny.renderer.tokenizer.bos_token_id) == 1


def test_every_end_id_is_found_wherever_it_is_written(folder):
    generation = folder / "generation_config.json"
    settings = json.loads(generation.read_text())
    generation.write_text(json.dumps({**settings, "eos_token_id": [7, 9]}))
    own = load_policy(str(TINY), with_model=False).eos_ids
    assert load_policy(str(folder), with_model=False).eos_ids == sorted({*own, 7, 9})


def test_a_folder_without_tokenizer_is_refused(folder):
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(UsageError, match="no tokenizer"):
        load_policy(str(folder))


def test_torn_weights_are_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(UsageError, match="no whole file of weights"):
        load_policy(str(folder))


def test_the_built_in_policy_is_small_and_fits_vllm():
    config = json.loads((TINY / "config.json").read_text())
    assert (TINY / "model.safetensors").stat().st_size <= 3 * 2**20
    assert config["head_dim"] in (32, 64, 80, 96, 112, 128, 160, 192, 224, 256, 512)
    assert config["dtype"] == "bfloat16"
