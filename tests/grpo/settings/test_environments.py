"""Several environments in a config: every way to say them means the same tables, and one of them is as it ever was."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import UsageError
from grpo.settings.config import TrainConfig, load_config, to_toml
from grpo.settings.environments import labels_of, title_of

TABLES = """
[[env]]
name = "math"
weight = 2
args = {levels = [1]}
max_tokens = 32
[[env]]
name = "code"
"""


def said(**values):
    return load_config(None, values).environments


def test_every_way_to_say_it_is_the_same(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text(TABLES)
    own = {"env_own": {"math.max_tokens": 32}, "env_args": {"math.levels": [1]}}
    expected = load_config(file, {})
    assert load_config(None, {"env": "math:2,code:1", **own}) == expected
    assert load_config(None, {"env": "math,code", "weights": "2,1", **own}) == expected
    assert load_config(None, {"env": ["math", "code"], "weights": [2, 1], **own}) == expected
    tables = [{"name": "math", "weight": 2, "args": {"levels": [1]}, "max_tokens": 32}, {"name": "code"}]
    assert load_config(None, {"env": tables}) == expected
    assert [(one.label, one.weight, one.max_tokens) for one in expected.environments] == [
        ("math", 2, 32),
        ("code", 1, expected.max_tokens),
    ]
    assert expected.environments[0].spec.kwargs == {"levels": [1], "split": "train"}
    assert TrainConfig(**tomllib.loads(to_toml(expected))) == expected
    assert load_config(file, {"weights": "1,3"}).environments[1].weight == 3, "flags win over the file"


def test_one_environment_is_written_as_it_ever_was(tmp_path):
    plain = load_config(None, {"env": "code", "env_args": {"levels": [1]}, "max_tokens": 20, "system": "Be short."})
    assert plain.env == "code" and plain.env_args == {"levels": [1]}
    table = {"name": "code", "args": {"levels": [1]}, "max_tokens": 20, "system": "Be short."}
    assert load_config(None, {"env": [table]}) == plain
    assert (
        load_config(
            None, {"env": "code:3", "env_args": {"code.levels": [1]}, "max_tokens": 20} | {"system": "Be short."}
        )
        == plain
    )
    (one,) = plain.environments
    assert one.label == "" and one.told("a line") == "a line"
    assert 'env = "code"\n' in to_toml(plain) and "\nweights" not in to_toml(plain)


def test_what_a_table_leaves_out_is_the_runs():
    math, code = said(
        env="math,code", env_own={"code.system": "", "code.verify_deadline": 3.0}, system="Think.", max_tokens=9
    )
    assert (math.system, code.system) == ("Think.", "") and (math.verify_deadline, code.verify_deadline) == (10.0, 3.0)
    assert math.max_tokens == code.max_tokens == 9


def test_arguments_without_a_name_are_for_all_and_those_with_one_win():
    first, second = said(env="math,format", env_args={"levels": 2, "format.levels": 3})
    assert first.spec.kwargs["levels"] == 2 and second.spec.kwargs["levels"] == 3


def test_one_environment_twice_is_told_apart_by_its_arguments():
    first, second = said(env="math,math", env_args={"levels": 1, "math-2.levels": 3})
    assert (first.label, second.label) == ("math", "math-2")
    assert (first.spec.kwargs["levels"], second.spec.kwargs["levels"]) == (1, 3)
    assert labels_of([{"name": "a"}, {"name": "a-2"}, {"name": "a"}, {"name": "./x/my_env.py"}]) == [
        "a",
        "a-2",
        "a-3",
        "my-env",
    ]
    assert (
        title_of("math") == "math" and title_of(load_config(None, {"env": "math:2,code:0.5"}).env) == "math:2, code:0.5"
    )


@pytest.mark.parametrize(
    ("values", "what_helps"),
    [
        ({"env": "math,code", "weights": "1"}, "weights has 1 number and env has 2 environments"),
        ({"env": "math,code", "weights": "1,-1"}, "env code: weight = -1.0: input should be greater than 0; leave out"),
        ({"env": "math,code", "weights": "0,0"}, "greater than 0"),
        ({"env": "math:0,code:1"}, "greater than 0"),
        ({"env": "math,code", "weights": "nan,1"}, "weight"),
        ({"env": "math,code", "weights": "inf,1"}, "finite"),
        ({"env": "math,code", "weights": "many,1"}, "write numbers above 0"),
        ({"env": "math:2,code", "weights": "2,1"}, "said twice"),
        ({"env": "math,math"}, "math twice"),
        ({"env": "math,math:3"}, "math twice"),
        ({"env": "math,code", "env_args": {"cod.levels": 1}}, "cod.levels=1: 'cod' is not among env math, code: did"),
        ({"env": "math,code", "env_own": {"code.max_token": 4}}, "did you mean 'max_tokens'"),
        ({"env": "math,code", "env_own": {"code.max_tokens": 0}}, "env code: max_tokens = 0"),
        ({"env": []}, "at least one"),
        ({"env": " , "}, "at least one"),
        ({"env": [{"weight": 2}]}, "name"),
        ({"env": [7]}, "name"),
        ({"env": [{"name": "math", "args": 3}]}, "table of arguments"),
    ],
)
def test_what_cannot_be_is_one_line(values, what_helps):
    with pytest.raises(UsageError) as caught:
        load_config(None, values)
    assert what_helps in str(caught.value) and "\n" not in str(caught.value)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": st.sampled_from(["math", "code", "format", "./my_env.py"]), "weight": st.floats(0.01, 100)},
            optional={
                "args": st.dictionaries(st.text("abc", min_size=1), st.integers(), max_size=2),
                "max_tokens": st.integers(1, 99),
                "system": st.text(max_size=9),
            },
        ),
        min_size=2,
        max_size=4,
        unique_by=lambda table: (table["name"], str(table.get("args")), table.get("max_tokens"), table.get("system")),
    )
)
def test_tables_survive_being_written_down(tables):
    try:
        config = TrainConfig(env=tables)
    except ValueError as error:
        assert "twice" in str(error)  # no arguments, and none
        return
    again = TrainConfig(**tomllib.loads(to_toml(config)))
    assert again == config == TrainConfig(**config.model_dump())
    assert [one.label for one in config.environments] == labels_of(tables)
