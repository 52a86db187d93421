"""Where data is said to be: in an argument, a flag, a config file or the environment, in this order."""

import json
import tomllib

import pytest

from envs import EnvSpec
from envs.authoring.cli import parse_env_args
from envs.builtin.datasets.place import anchored, data_arguments
from envs.core.errors import UsageError
from evals.console.benchmark import plan_benchmarks
from evals.evaluator import EvalSettings
from grpo.settings.config import load_config

QUICK = (
    "train", "--engine", "transformers", "--steps", "1", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens",
    "8", "--eval-tasks", "2", "--eval-samples", "1",
)  # fmt: skip


TEST_TASKS = {"argument": 1, "flag": 2, "config": 3, "variable": 4}


def sums(folder, mark):
    """Writes a `gsm8k` folder below a folder; its questions and how many are held out tell which it is."""
    place = folder / "gsm8k"
    place.mkdir(parents=True)
    for split, numbers in (("train", range(40)), ("test", range(100, 100 + TEST_TASKS[mark]))):
        rows = [{"question": f"{mark}: {n} + 1 =", "answer": f"#### {n + 1}"} for n in numbers]
        (place / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Four places with data of the same name, one named by the variable, in a folder to start from."""
    for name in TEST_TASKS:
        sums(tmp_path / name, name)
    monkeypatch.setenv("GRPO_DATA", str(tmp_path / "variable"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text('env = "gsm8k"\ndata = "config"\n')
    return tmp_path


ARGUMENT = ("--env-arg", "data=argument/gsm8k")
FLAG = ("--data", "flag")
CONFIG = ("--config", "run.toml")


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ((*CONFIG, *FLAG, *ARGUMENT), "argument"),
        ((*CONFIG, *ARGUMENT), "argument"),
        ((*CONFIG, *FLAG), "flag"),
        (CONFIG, "config"),
        (("--env", "gsm8k"), "variable"),
    ],
)
def test_what_is_said_nearer_wins_in_training_and_in_evals(places, grpo, said, first):
    flags = {"data": "flag"} if FLAG[0] in said else {}
    flags |= {"env_args": parse_env_args([ARGUMENT[1]])} if ARGUMENT[0] in said else {}
    config = load_config(places / "run.toml" if CONFIG[0] in said else None, flags | {"env": "gsm8k"})
    spec = EnvSpec(**json.loads(json.dumps(config.environments[0].spec.to_json())))
    assert spec.build().tasks.task(0).prompt.startswith(f"{first}:")
    code, out, err = grpo("eval", "--gold", "--split", "test", *said, "--json")
    assert code == 0, out + err
    assert json.loads(out)["gsm8k"]["passed"] == TEST_TASKS[first]


def test_a_run_takes_its_data_along_and_can_be_resumed_from_another_folder(places, grpo, monkeypatch):
    code, _, err = grpo(*QUICK, *CONFIG, "--run-dir", places / "run")
    assert code == 0, err
    run = places / "run"
    assert tomllib.loads((run / "config.toml").read_text())["data"] == str(places / "config")
    for label in ("before", "after"):
        held_out = json.loads((run / "evals" / label / "summary.json").read_text())
        assert held_out["env"]["kwargs"]["data"] == str(places / "config" / "gsm8k")
        assert held_out["contamination"]["status"] == "clean"
    again = ("train", "--run-dir", run, "--resume", "--steps", "2")
    code, _, err = grpo(*again, "--data", "flag")
    assert code == 2 and f"--data flag (was {places / 'config'})" in err
    code, _, err = grpo(*again, "--data", "config")
    assert code == 0, err
    monkeypatch.delenv("GRPO_DATA")
    monkeypatch.chdir("/")
    code, _, err = grpo(*again[:-1], "3")
    assert code == 0, err


def test_paths_of_data_become_absolute_and_nothing_else_does(places):
    given = {"data": "flag", "test_data": "flag/gsm8k/test.jsonl", "key": "flag", "dev_data": "none.jsonl"}
    assert anchored(given) == {
        "data": str(places / "flag"),
        "test_data": str(places / "flag" / "gsm8k" / "test.jsonl"),
        "key": "flag",
        "dev_data": "none.jsonl",
    }
    untouched = {"data": "hf:openai/gsm8k:main", "test_data": None, "levels": [1]}
    assert anchored(untouched) == untouched
    assert parse_env_args(["data=flag"]) == {"data": str(places / "flag")}


def test_an_environment_that_reads_no_data_is_told_of_none(places):
    assert data_arguments("hf:", "math") == data_arguments(str(places), "math") == {}
    assert data_arguments("hf:", "grpo/Gsm8k-v0") == {"data": "hf:"}
    assert data_arguments(str(places / "flag"), "grpo/Gsm8k-v0") == {"data": str(places / "flag" / "gsm8k")}
    assert load_config(None, {"env": "math", "data": "flag"}).environments[0].spec == EnvSpec(
        "math", {"split": "train"}
    )
    plan = plan_benchmarks("math,gsm8k,mbpp", EvalSettings(), data="flag")
    assert [one.spec.kwargs for one in plan] == [{}, {"data": str(places / "flag" / "gsm8k")}, {}]


@pytest.mark.parametrize("command", [("train",), ("eval", "--ckpt", "builtin:tiny", "--env", "gsm8k")])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('data = "nowhere"', "data nowhere: nothing is there: --data, or data in a --config file"),
        ("data = 7", "data"),
        ('dat = "config"', "no setting 'dat': did you mean 'data'?"),
        ("data = ", "is not TOML"),
    ],
)
def test_a_bad_place_is_one_line_and_exit_2(places, grpo, command, text, says):
    (places / "bad.toml").write_text(text)
    code, _, err = grpo(*command, "--config", "bad.toml")
    assert code == 2 and says in err and err.count("grpo: ") == 1 and "Traceback" not in err
    assert not (places / "runs").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('n = "ten"', "n = 'ten': "),
        ("limit = true", "a plain value or a list belongs here"),
        ("greedy = 3", "true or false belongs here"),
        ("n = [1, 2]", "n = [1, 2]: "),
        ('ckpt = "a"\nmodel = "b"', "'model' is said twice"),
        ("env = {math = 1}", "a plain value or a list belongs here"),
        ("per-minute = -1", "per-minute = -1: "),
    ],
)
def test_flags_of_evals_in_a_file_are_checked_as_flags_are(places, grpo, text, says):
    (places / "bad.toml").write_text(text)
    code, _, err = grpo("eval", "--gold", "--config", "bad.toml")
    assert code == 2 and says in err and err.count("grpo: bad.toml: ") == 1


def test_a_file_holds_any_flag_of_an_eval_and_flags_win(places, grpo):
    (places / "eval.toml").write_text(
        'env = ["gsm8k", "math"]\ndata = "config"\nlimit = 3\nenv-arg = ["math.levels=1"]\ngold = true\njson = true\n'
    )
    code, out, err = grpo("eval", "--config", "eval.toml")
    assert code == 0, err
    assert {name: one["checked"] for name, one in json.loads(out).items()} == {"gsm8k": 3, "math": 3}
    code, out, _ = grpo("eval", "--config", "eval.toml", "--env", "math", "--limit", "2")
    assert code == 0 and json.loads(out)["math"]["checked"] == 2


def test_an_unknown_environment_is_said_before_its_data_matters(places):
    with pytest.raises(UsageError, match="did you mean 'gsm8k'"):
        _ = load_config(None, {"env": "gsm8", "data": "flag"}).environments[0].spec
