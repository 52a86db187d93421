"""Presets, where they stand among the sources of settings, and what cannot be combined."""

import re

import pytest

from envs import UsageError
from grpo.policy.builtin import recipe_for
from grpo.settings.algorithm import LOSSES, AlgorithmConfig
from grpo.settings.config import TrainConfig, load_config, to_toml
from grpo.settings.presets import PRESETS, describe_algorithm
from gymtests.places import DOCS
from gymtests.training.variants import VARIANTS


def test_the_papers_are_there():
    assert {"grpo", "dr_grpo", "dapo", "gspo", "cispo", "rloo"} <= set(PRESETS)
    assert all("arXiv:" in preset.source for preset in PRESETS.values())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_said_with_its_source_and_what_departs_from_it(name):
    text = describe_algorithm(load_config(None, {"algo": name}))
    assert PRESETS[name].title in text and PRESETS[name].source in text and "=" not in text
    changed = describe_algorithm(load_config(None, {"algo": name, "epochs": 2, "loss": "clip"}))
    assert changed.startswith(text) and "but" in changed and "epochs=2" in changed


def test_a_preset_stands_where_it_is_named(tmp_path):
    """Beneath what the same source says, above everything earlier sources say of the algorithm, recipe included."""
    file = tmp_path / "run.toml"
    file.write_text('algo = "gspo"\nclip_high = 0.1\nlearning_rate = 0.25\n')
    config = load_config(file, {})
    assert (config.loss, config.clip_low, config.clip_high, config.minibatches) == ("gspo", 3e-4, 0.1, 4)
    assert config.max_tokens == recipe_for("builtin:tiny")["max_tokens"], "a preset leaves the rest to the recipe"
    config = load_config(file, {"minibatches": 2})
    assert (config.algo, config.loss, config.minibatches) == ("gspo", "gspo", 2)
    config = load_config(file, {"algo": "cispo", "ratio_cap": 3.0})
    assert (config.loss, config.ratio_cap, config.minibatches) == ("cispo", 3.0, 1)
    assert config.clip_high == TrainConfig().clip_high and config.learning_rate == 0.25


@pytest.mark.parametrize("name", PRESETS)
def test_a_run_that_is_written_down_reads_back_the_same(name, tmp_path):
    config = load_config(None, {"algo": name, "epochs": 1, "minibatches": 1})
    file = tmp_path / "config.toml"
    file.write_text(to_toml(config))
    assert load_config(file, {}) == config


CLASHES = {
    "gspo over tokens": ({"loss": "gspo"}, "aggregation=sequence"),
    "gspo with a constant": ({"loss": "gspo", "aggregation": "constant"}, "gspo_token"),
    "gspo with token weights": ({"loss": "gspo", "aggregation": "sequence", "mismatch": "tis"}, "mismatch=sequence"),
    "dual clip with cispo": ({"loss": "cispo", "dual_clip": 3.0}, "which reads ratio_cap"),
    "clip bounds with cispo": ({"loss": "cispo", "clip_low": 0.1}, "which reads ratio_cap"),
    "a cap with clip": ({"ratio_cap": 3.0}, "which reads clip_high, clip_low, dual_clip"),
    "dual clip below 1": ({"dual_clip": 0.5}, "must be above 1"),
    "reinforce twice": ({"loss": "reinforce", "epochs": 2}, "needs epochs=1"),
    "reinforce in parts": ({"loss": "reinforce", "minibatches": 2}, "or use loss=clip"),
    "sync without KL": ({"ref_sync_every": 5}, "kl_coef is 0"),
    "reference without KL": ({"kl_estimator": "k2"}, "set kl_coef"),
    "reward KL without KL": ({"kl_in": "reward"}, "set kl_coef"),
    "k1 in the loss": ({"kl_coef": 0.1, "kl_estimator": "k1"}, "gradient has mean zero"),
    "k3 in the reward": ({"kl_coef": 0.1, "kl_in": "reward"}, "use kl_estimator=k1"),
    "mix without sync": ({"kl_coef": 0.1, "ref_sync_mix": 0.5}, "set ref_sync_every"),
    "a cap for icepop": ({"mismatch": "icepop", "mismatch_cap": 3.0}, "means nothing to mismatch=icepop"),
    "bounds for nothing": ({"mismatch_low": 0.2}, "means nothing to mismatch=none"),
    "sync of a base": ({"kl_coef": 0.1, "ref_sync_every": 5, "lora_rank": 4}, "lora_rank=0"),
    "parts that do not divide": ({"tasks_per_step": 4, "group_size": 4, "minibatches": 5}, "take 4"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLASHES)
def test_what_cannot_be_combined_is_refused_in_one_line_that_helps(name):
    settings, what_helps = CLASHES[name]
    with pytest.raises(UsageError, match=what_helps) as error:
        load_config(None, {"model": "some/model", **settings})
    assert "\n" not in str(error.value) and str(error.value).startswith("the command line: ")


@pytest.mark.parametrize(
    ("settings", "what_helps"),
    [
        ({"loss": "gsp"}, "did you mean 'gspo'"),
        ({"algo": "grop"}, "did you mean 'grpo'"),
        ({"algo": 3}, "no algorithm 3"),
        ({"advantage": "mean"}, "'centred'"),
        ({"overlong_share": 1.0}, "less than 1"),
    ],
)
def test_unknown_choices_get_the_known_ones(settings, what_helps):
    with pytest.raises(UsageError, match=what_helps):
        load_config(None, settings)


DOCS = (DOCS / "algorithms.md").read_text()


def test_the_documentation_names_every_flag_with_its_default():
    defaults = dict(re.findall(r"^\| `--([\w-]+)` \| ([\w.]+) \|$", DOCS, re.MULTILINE))
    fields = AlgorithmConfig.model_fields
    assert defaults == {name.replace("_", "-"): str(field.default) for name, field in fields.items()}


@pytest.mark.parametrize("name", PRESETS)
def test_the_documentation_has_what_every_preset_sets(name):
    (row,) = re.findall(rf"^\| `{name}` \| (.*?) \|", DOCS, re.MULTILINE)
    row = re.sub(r"\(.*?\)", "", row)
    found = dict(setting.split("=") for setting in re.findall(r"`([^`]+)`", row))
    assert found == {key: str(value) for key, value in PRESETS[name].settings.items()}


@pytest.mark.parametrize("name", LOSSES)
def test_the_documentation_has_every_loss(name):
    assert f"| `{name}` | " in DOCS


def test_every_loss_is_tried_by_the_oracle():
    assert {settings.get("loss", "clip") for settings in VARIANTS.values()} == set(LOSSES)


def test_a_clash_on_the_command_line_is_one_line_and_wrong_usage(grpo):
    code, _, err = grpo("train", "--loss", "gspo", "--steps", "1")
    assert code == 2 and err.count("\n") == 1 and "gspo_token" in err
