"""Configs: where values come from, and that they survive being written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import UsageError
from grpo.policy.builtin import recipe_for
from grpo.rollouts.drawing.orders import TaskOrder
from grpo.rollouts.seeds import derive_seed
from grpo.settings.config import TrainConfig, load_config, to_toml
from grpo.update.optimizer import learning_rate


def test_flags_win_over_the_file_and_the_file_over_the_recipe(tmp_path):
    recipe = recipe_for("builtin:tiny")
    assert load_config(None, {}).learning_rate == recipe["learning_rate"]
    file = tmp_path / "run.toml"
    file.write_text("learning_rate = 0.25\nsteps = 7\n")
    assert load_config(file, {}).learning_rate == 0.25
    config = load_config(file, {"steps": 9})
    assert (config.steps, config.learning_rate, config.group_size) == (9, 0.25, recipe["group_size"])
    assert load_config(None, {"model": "some/model"}).learning_rate == 1e-6


@given(
    st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.booleans(), st.text(max_size=9)), max_size=3),
    st.text(max_size=20),
    st.floats(1e-9, 1.0),
)
def test_configs_round_trip_through_toml(env_args, model, rate):
    import tomllib

    config = TrainConfig(env_args=env_args, model=model, learning_rate=rate)
    assert TrainConfig(**tomllib.loads(to_toml(config))) == config


def test_every_setting_is_explained():
    for name, field in TrainConfig.model_fields.items():
        assert field.description and field.description.endswith("."), name


def test_the_learning_rate_warms_up_and_decays():
    config = TrainConfig(steps=100, warmup_steps=10, learning_rate=1.0, lr_decay=0.1)
    rates = [learning_rate(step, config) for step in range(1, 101)]
    assert 0 < rates[0] < 0.1 and rates == sorted(rates[:11]) + sorted(rates[11:], reverse=True)
    assert rates[-1] == pytest.approx(0.1)


@given(st.integers(0, 2**62), st.integers(1, 30), st.integers(0, 5))
def test_a_finite_source_gives_each_task_once_an_epoch(seed, size, epoch):
    order = TaskOrder(seed, size)
    assert sorted(order.seed(epoch * size + i) for i in range(size)) == list(range(size))


def test_seeds_are_the_same_everywhere_and_differ_by_path():
    assert derive_seed(0, "sample", 3, "a/b", 1) == derive_seed(0, "sample", 3, "a/b", 1)
    paths = [(0, "sample", s, t, g) for s in range(5) for t in ("a", "b") for g in range(5)]
    assert len({derive_seed(*path) for path in paths}) == len(paths)
    assert derive_seed(0, "task", 0) == 4318686736967694828, "a change here changes every run"


def test_unknown_settings_get_the_closest():
    with pytest.raises(UsageError, match="did you mean 'group_size'"):
        load_config(None, {"group_siez": 4})
