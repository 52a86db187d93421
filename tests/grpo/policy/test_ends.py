"""What ends a completion, wherever it is written, and generation configs that transformers would not save again."""

import json
import shutil

import pytest
import torch
from transformers import GenerationConfig

from grpo.policy.form import ChatForm
from grpo.policy.model import load_policy
from grpo.policy.template import end_ids
from grpo.runs.checkpoint import TrainerState, save_checkpoint
from gymtests.places import TINY

AFTER = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% if m.role == 'assistant' %}"
TURN = "{% endif %}{% endfor %}"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(TINY, tmp_path / "model")


def with_token(folder, text):
    """Gives the tokenizer one more token, as an instruct model's end of turn that its config does not know."""
    policy = load_policy(str(folder), with_model=False)
    policy.renderer.tokenizer.add_special_tokens({"additional_special_tokens": [text]})
    policy.renderer.tokenizer.save_pretrained(folder)
    return policy.renderer.tokenizer.convert_tokens_to_ids(text)


def generation(folder, **values):
    file = folder / "generation_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize(
    "after",
    ["{{ '<|turn_end|>' }}", "{{ ' <|turn_end|>\\n' }}", "{{ '<|turn_end|><|eos|>' }}",
     "{{ '<|eos|>' if not loop.last else '<|turn_end|>' }}"],
)  # fmt: skip
def test_what_the_template_puts_after_the_last_turn_ends_a_completion(folder, after):
    own = load_policy(str(folder), with_model=False).eos_ids
    token = with_token(folder, "<|turn_end|>")
    (folder / "chat_template.jinja").write_text(AFTER + after + TURN)
    assert load_policy(str(folder), with_model=False).eos_ids == sorted({*own, token})


@pytest.mark.parametrize("after", ["{{ '' }}", "{{ '\\n' }}", "{{ ' the end' }}", "{{ 'x<|turn_end|>' }}"])
def test_what_is_no_token_of_its_own_ends_nothing(folder, after):
    own = load_policy(str(folder), with_model=False).eos_ids
    with_token(folder, "<|turn_end|>")
    (folder / "chat_template.jinja").write_text(AFTER + after + TURN)
    assert load_policy(str(folder), with_model=False).eos_ids == own


def test_a_marker_between_turns_that_does_not_end_the_last_one_is_no_end(folder):
    own = load_policy(str(folder), with_model=False).eos_ids
    with_token(folder, "<|turn_end|>")
    (folder / "chat_template.jinja").write_text(AFTER + "{{ '<|turn_end|>' if not loop.last else '<|eos|>' }}" + TURN)
    assert load_policy(str(folder), with_model=False).eos_ids == own


def test_a_template_that_refuses_an_assistant_tells_of_no_end(tiny):
    tokenizer = load_policy("builtin:tiny", with_model=False).renderer.tokenizer
    assert end_ids(tokenizer, ChatForm())
    tokenizer.chat_template = "{{ raise_exception('no') }}"
    assert end_ids(tokenizer, ChatForm()) == []


def hub_model(folder, home, monkeypatch):
    """Puts a model folder where the hub's cache would keep it, with no network to ask."""
    snapshot = home / "models--our--tiny" / "snapshots" / "abc"
    shutil.copytree(folder, snapshot)
    (home / "models--our--tiny" / "refs").mkdir()
    (home / "models--our--tiny" / "refs" / "main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("transformers.utils.hub.constants.HF_HUB_CACHE", str(home))
    return "our/tiny"


def test_a_hub_models_generation_config_is_read(folder, tmp_path, monkeypatch):
    generation(folder, eos_token_id=[7, 9])
    name = hub_model(folder, tmp_path / "hub", monkeypatch)
    own = load_policy(str(TINY), with_model=False).eos_ids
    assert load_policy(name, with_model=False).eos_ids == sorted({*own, 7, 9})
    (tmp_path / "hub" / "models--our--tiny" / "snapshots" / "abc" / "generation_config.json").unlink()
    assert load_policy(name, with_model=False).eos_ids == own


def saved(policy, folder):
    state = TrainerState(1, {}, {}, {}, 0.0, 0)
    return save_checkpoint(folder, policy, {k: v.clone() for k, v in policy.model.state_dict().items()}, state)


def test_a_checkpoint_keeps_every_end_of_the_model_it_came_from(folder, tmp_path):
    generation(folder, eos_token_id=[7, 9])
    token = with_token(folder, "<|turn_end|>")
    (folder / "chat_template.jinja").write_text(AFTER + "{{ '<|turn_end|>' }}" + TURN)
    policy = load_policy(str(folder))
    first = saved(policy, tmp_path / "a")
    second = saved(load_policy(str(first)), tmp_path / "b")
    assert {7, 9, token} < set(policy.eos_ids)
    for path in (first, second):
        assert json.loads((path / "generation_config.json").read_text())["eos_token_id"] == policy.eos_ids
        assert load_policy(str(path), with_model=False).eos_ids == policy.eos_ids


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 0.9, "top_p": 0.6, "do_sample": False},
        {"top_k": 7, "do_sample": False, "num_beams": 1},
        {"early_stopping": True},
        {"length_penalty": 2.0, "temperature": 0.3},
    ],
    ids=str,
)
def test_a_generation_config_that_contradicts_itself_is_repaired_and_saved(folder, tmp_path, values, caplog):
    generation(folder, eos_token_id=[2, 9], **values)
    try:
        GenerationConfig.from_pretrained(folder).save_pretrained(tmp_path / "unrepaired")
        refused = False  # newer releases of transformers save it, with a warning
    except ValueError as error:
        refused = True
        assert "Fix these issues" in str(error)
    policy = load_policy(str(folder))
    assert refused <= ("cannot be saved" in caplog.text)
    path = saved(policy, tmp_path / "run")
    GenerationConfig.from_pretrained(path).validate(strict=True)
    assert load_policy(str(path), with_model=False).eos_ids == policy.eos_ids


def test_a_sound_generation_config_is_left_alone(folder, caplog):
    generation(folder, do_sample=True, temperature=0.6, top_p=0.9)
    config = load_policy(str(folder)).model.generation_config
    assert (config.do_sample, config.temperature, config.top_p) == (True, 0.6, 0.9)
    assert "cannot be saved" not in caplog.text


@pytest.mark.parametrize(
    "values", [{"max_new_tokens": 0}, {"num_return_sequences": 3, "do_sample": False}, {"cache_implementation": "none"}]
)
def test_a_generation_config_that_transformers_does_not_even_load_is_passed_over(folder, tmp_path, values, caplog):
    generation(folder, eos_token_id=[2, 9], **values)
    policy = load_policy(str(folder))
    assert 9 in policy.eos_ids
    saved(policy, tmp_path / "run")
    assert torch.isfinite(next(policy.model.parameters())).all()


@pytest.mark.parametrize(("end", "said"), [([2, 40], "reads as 'C'"), (9999, "reads as no token at all"), (2, "")])
def test_an_end_that_is_a_word_like_any_other_is_warned_of(folder, caplog, end, said):
    generation(folder, eos_token_id=end)
    load_policy(str(folder), with_model=False)
    told = [line for line in caplog.messages if "ends completions at id" in line]
    assert len(told) == bool(said)
    assert all(said in line and "its tokenizer's own is 2" in line and "\n" not in line for line in told)
