"""What a newcomer types wrong is answered at once, in one line that names what was wrong, and who said it."""

import importlib.util
import io
import json
import os
import random
import shutil
import subprocess
import sys

import pytest

from grpo.policy.builtin import FOLDER
from gymtests.places import ROOT, environment

SMALL = (
    "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "16", "--steps", "1",
    "--no-rehearsal", "--env-arg", "levels=1",
)  # fmt: skip


def one_line(err):
    return " ".join(err.replace("│", " ").split())


def alone(*args, **more):
    """Runs the command line in a process of its own, and says whether torch was imported."""
    code = "import sys, cli, atexit; atexit.register(lambda: print('torch' in sys.modules)); cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT, env={**environment(), **more}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    return done.returncode, done.stderr, done.stdout.split()[-1] == "True"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--env", "mth"), "did you mean 'math'"),
        (("--env-arg", "levles=1"), "did you mean 'levels'"),
        (("--engine", "vlm"), "did you mean 'vllm'"),
        (("--model", "builtin:tinny"), "did you mean 'tiny'"),
        (("--model", "./nowhere"), "no model at ./nowhere"),
        (("--dtype", "fp16"), "cannot be trained in"),
        (("--dtype", "fp8", "--env", "mth", "--model", "Nobody/At-All"), "no dtype 'fp8'"),
        (("--device", "tpu"), "no device 'tpu': cpu, cuda or auto"),
        (("--device", "gpu"), "no device 'gpu': cpu, cuda or auto"),
        (("--env-arg", "levels=9"), "levels are 1 to 5, not [9]"),
        (("--steps", "0"), "the command line: steps = 0"),
        (("--run-dir", "nowhere", "--resume"), "there is no run in nowhere"),
    ],
)
def test_a_name_that_stands_for_nothing_is_said_alone_and_before_torch(args, says):
    code, err, has_torch = alone("train", *args)
    assert code == 2 and says in err and len(err.splitlines()) == 1 and not has_torch


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--dtype", "fp8"), "no dtype 'fp8'"),
        (("--dtype", "bf16"), "did you mean 'bfloat16'?"),
        (("--device", "tpu"), "no device 'tpu': cpu, cuda or auto"),
        (("--engine", "vlm"), "did you mean 'vllm'"),
    ],
)
@pytest.mark.parametrize("command", [("eval",), ("profile", "--env", "math")])
def test_who_samples_hears_of_a_wrong_name_before_the_hub_and_before_torch(command, args, says):
    code, err, has_torch = alone(*command, "--model", "Nobody/At-All", *args)
    assert code == 2 and says in err and len(err.splitlines()) == 1 and not has_torch


@pytest.mark.parametrize(
    ("args", "package", "says"),
    [
        (("--env", "lm-eval/gsm8k"), "lm_eval", "a task of lm-eval needs the package lm_eval: pip install"),
        (("--env", "inspect/own.py@sums"), "inspect_ai", "a task of inspect_ai needs the package inspect_ai"),
    ],
)
def test_a_package_that_is_not_installed_is_said_before_torch(args, package, says):
    if importlib.util.find_spec(package) is not None:
        pytest.skip(f"{package} is installed")
    code, err, has_torch = alone("train", *args)
    assert code == 2 and says in err and len(err.splitlines()) == 1 and not has_torch


@pytest.mark.parametrize("command", ["train", "eval"])
def test_the_hub_is_asked_out_loud_and_once(command):
    nobody = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "0"}
    code, err, has_torch = alone(command, "--model", "Nobody/At-All", **nobody)
    asked, refused = err.splitlines()
    assert code == 2 and asked == "asking the hub for Nobody/At-All ..." and not has_torch
    assert "no model at Nobody/At-All, and the hub cannot be reached" in refused


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "needs a config.json"),
        ("{}", "names no model_type"),
        ("not json", "is not JSON"),
    ],
)
@pytest.mark.parametrize("command", ["train", "eval"])
def test_a_folder_that_is_no_model_is_told_for_what_it_is(grpo, tmp_path, command, text, says):
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    code, _, err = grpo(command, "--model", tmp_path)
    assert code == 2 and says in one_line(err) and "tokenizer" not in err


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("q.jsonl", "", "q.jsonl is empty"),
        ("q.jsonl", "question,answer\nwhat,1\n", "is it CSV? then its name must end in .csv"),
        ("q.jsonl", "hello\nthere\n", "is not JSON lines: it begins with 'hello'"),
    ],
)
@pytest.mark.parametrize("command", [("train",), ("eval", "--model", "builtin:tiny"), ("env", "show")])
def test_a_data_file_is_told_for_what_it_is(grpo, tmp_path, command, name, text, says):
    (tmp_path / name).write_text(text)
    env = ("dataset",) if command[0] == "env" else ("--env", "dataset")
    code, _, err = grpo(
        *command, *env, "--data", tmp_path / name, "--env-arg", "prompt={question}", "--env-arg", "answer={answer}"
    )
    assert code == 2 and says in one_line(err)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def make(split='train'", "SyntaxError"),
        ("x = 1", "defines no make(split=...)"),
        ("def make(): return None", "write make(split='train', ...)"),
        ("def make(split='train'):\n    raise KeyError('x')", "cannot be built: KeyError: 'x' (own.py, line 2)"),
        ("def make(split='train'): return 3", "returned int"),
    ],
)
@pytest.mark.parametrize("command", [("env", "show"), ("train", "--env"), ("eval", "--model", "builtin:tiny", "--env")])
def test_a_file_that_makes_no_environment_says_what_is_wrong_with_it(grpo, tmp_path, command, text, says):
    (tmp_path / "own.py").write_text(text)
    code, _, err = grpo(*command, tmp_path / "own.py")
    assert code == 2 and says in one_line(err) and "Traceback" not in err


def test_who_said_a_wrong_value_is_who_is_blamed(grpo, tmp_path):
    config = tmp_path / "run.toml"
    config.write_text("steps = 0\n")
    code, _, err = grpo("train", "--config", config)
    assert code == 2 and f"{config}: steps = 0" in err
    config.write_text("seed = 1\n")
    code, _, err = grpo("train", "--config", config, "--steps", "0")
    assert code == 2 and err.startswith("grpo: the command line: steps = 0")
    code, _, err = grpo("train", "--config", config, "--tasks-per-step", "3", "--minibatches", "7")
    assert code == 2 and f"{config} with the command line: " in err
    code, _, err = grpo("train", "--logger", "tensorboard,wandb")
    assert code == 2 and "loggers = ['tensorboard,wandb']: input should be 'tensorboard', 'wandb'" in err


def test_one_file_serves_both_commands_and_says_where_the_run_is(grpo, tmp_path):
    config, run = tmp_path / "both.toml", tmp_path / "run"
    config.write_text(f'run-dir = "{run}"\n[train]\neval_tasks = 0\nenv-args = {{levels = [1]}}\n[eval]\nn = 1\n')
    code, _, err = grpo("train", *SMALL, "--config", config)
    assert code == 0 and (run / "metrics.jsonl").is_file(), err
    code, _, err = grpo("train", "--config", config, "--resume")
    assert code == 0 and "finished: 1 of 1 steps" in err
    assert f"the run goes on with its own settings, in {run}/config.toml: not with {config}" in err
    code, _, err = grpo("eval", "--config", config, "--ckpt", run, "--tasks", "1")
    assert code == 2 and "no setting 'run-dir'" in err  # said to both, and an eval has none
    for text, says in (
        ("resume = true", "it belongs on the command line, --resume"),
        ("[train]\nstepss = 3", "did you mean 'steps'"),
        ("logger = 'wandb'", "did you mean 'loggers'"),
        ("steps = 3\n[train]\nsteps = 4", "said twice"),
        ("run_dir = 3", "the path of a folder belongs here"),
    ):
        config.write_text(text)
        code, _, err = grpo("train", "--config", config)
        assert code == 2 and says in one_line(err)
    config.write_text("xyzzy = 1")
    code, _, err = grpo("train", "--config", config)
    assert code == 2 and len(err) < 300, "no wall of names"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("tain",), "Did you mean 'train'"),
        (("env", "shw", "math"), "Did you mean 'show'"),
        (("eval", "--model", "builtin:tiny", "--n", "zero"), "Invalid value for '--n'"),
        (("runs", "list", "tests", "--filter", "state"), "state=VALUE"),
        (("judge", "math", "--input", "README.md"), "no row of README.md could be judged"),
        (("report", "nowhere"), "there is nothing at nowhere"),
    ],
)
def test_other_commands_answer_likewise(grpo, monkeypatch, args, says):
    monkeypatch.chdir(ROOT)
    code, _, err = grpo(*args)
    assert code == 2 and says in one_line(err) and "of `grpo" not in err and "share" not in err


def test_environments_given_one_by_one_are_all_evaluated(grpo, tmp_path):
    code, out, err = grpo(
        "eval", "--model", "builtin:tiny", "--env", "math", "--env", "format", "--tasks", "1", "--n", "1",
        "--max-tokens", "8", "--engine", "transformers", "--out", tmp_path,
    )  # fmt: skip
    assert code == 0 and "math/test" in out and "format/test" in out, err


def test_a_run_that_goes_on_with_other_evaluations_says_that_they_differ(grpo, tmp_path):
    run = tmp_path / "run"
    assert grpo("train", *SMALL, "--eval-tasks", "2", "--eval-samples", "2", "--run-dir", run)[0] == 0
    again = ("train", "--run-dir", run, "--resume")
    code, _, err = grpo(*again, "--steps", "2", "--eval-tasks", "3", "--eval-samples", "4")
    assert code == 0 and "not of the same size: 2 tasks x 2 before, 3 tasks x 4 after" in err
    settings = (run / "config.toml").read_text()
    code, _, err = grpo(*again, "--steps", "1")
    assert code == 2 and err == f"grpo: {run} is at step 2 already: --steps 3 or more goes on\n"
    assert (run / "config.toml").read_text() == settings
    (run / "config.toml").write_text("")
    code, _, err = grpo(*again)
    assert code == 2 and "the settings of this run are lost" in err


def test_exact_answers_have_aliases_and_a_switch_for_case(grpo, monkeypatch, tmp_path):
    (tmp_path / "q.csv").write_text("q,a,also,split\nCapital?,Paris,Lutetia|City of Light,train\n")
    common = (
        "dataset", "--data", tmp_path / "q.csv", "--env-arg", "prompt={q}", "--env-arg", "answer={a}", "--env-arg",
        "split_column=split",
    )  # fmt: skip
    switches = ("--env-arg", "aliases=also", "--env-arg", "ignore_case=true")

    def plays(answer, *more):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"<answer>{answer}</answer>\n\n"))
        code, out, err = grpo("env", "play", *common, "--env-arg", "verifier=exact", *more, "--json")
        assert code == 0, err
        return json.loads(out.splitlines()[-1])["score"]

    assert [plays(answer) for answer in ("Paris", "paris", "Lutetia")] == [1, 0, 0]
    assert [plays(answer, *switches) for answer in ("paris", "LUTETIA", "city of light", "Rome", "|")] == [
        1,
        1,
        1,
        0,
        0,
    ]
    code, _, err = grpo("env", "show", *common, *switches)
    assert code == 2 and "are for verifier=exact" in err


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="there is no place that nobody can write")
def test_the_plan_is_not_told_of_a_run_that_cannot_be_written(grpo):
    code, _, err = grpo("train", *SMALL, "--eval-tasks", "0", "--run-dir", "/proc/nowhere")
    assert code == 2 and len(err.splitlines()) == 1 and "cannot be written" in err


def test_a_short_run_is_not_called_unclean_and_real_contamination_is(grpo, tmp_path):
    small = ("train", *SMALL[:-2], "--tasks-per-step", "1", "--eval-tasks", "20", "--eval-samples", "1")
    for env in ("guess", "code"):
        code, _, err = grpo(*small, "--env", env, "--run-dir", tmp_path / env)
        assert code == 0 and "not clean" not in err, err
    words = "alpha river stone house tree cloud bread light water horse paper glass table green wind".split()
    draw = random.Random(1)
    rows = [" ".join(draw.choices(words, k=20)) for _ in range(20)]
    text = [f"{row} {n},{n},train" for n, row in enumerate(rows)]
    text += [f"{row} twice,{n},test" for n, row in enumerate(rows[:5])]
    (tmp_path / "own.csv").write_text("\n".join(["question,answer,split", *text]))
    code, _, err = grpo(
        *small, "--env", "dataset", "--data", tmp_path / "own.csv", "--env-arg", "prompt={question}",
        "--env-arg", "answer={answer}", "--env-arg", "split_column=split", "--run-dir", tmp_path / "own",
    )  # fmt: skip
    assert code == 0 and "not clean" in err, err


TORN = {
    "cut short": (lambda whole: whole[:-1000], "incomplete metadata"),
    "cut in its header": (lambda whole: whole[:100], "header"),
    "never begun": (lambda whole: b"", "0 bytes"),
    "not weights": (lambda whole: b"<!doctype html><html>" + whole, "header"),
    "a pointer": (lambda whole: b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "git-lfs"),
}


@pytest.mark.parametrize("kind", TORN)
@pytest.mark.parametrize("engine", ["vllm", "transformers"])
@pytest.mark.parametrize("command", ["train", "eval"])
def test_weights_that_are_not_whole_are_told_by_their_file_whatever_the_engine(grpo, tmp_path, command, engine, kind):
    if engine == "vllm":
        pytest.importorskip("vllm")
    model, run = tmp_path / "model", tmp_path / "run"
    shutil.copytree(FOLDER / "tiny", model)
    file, (tear, says) = model / "model.safetensors", TORN[kind]
    file.write_bytes(tear(file.read_bytes()))
    where = ("--run-dir", run) if command == "train" else ("--out", run)
    code, _, err = grpo(command, "--model", model, "--engine", engine, *where)
    assert code == 2 and err.startswith(f"grpo: {file} is no whole file of weights (") and says in err.lower(), err
    assert len(err.splitlines()) == 1 and not run.exists()


def test_a_shard_that_is_not_there_is_named(grpo, tmp_path):
    shutil.copytree(FOLDER / "tiny", tmp_path / "model")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model.safetensors"}}
    (tmp_path / "model" / "model.safetensors.index.json").write_text(json.dumps(index))
    code, _, err = grpo("train", "--model", tmp_path / "model")
    assert code == 2 and "lacks 1 of 2 files of weights, model-00001-of-00002.safetensors" in err


def test_the_help_of_train_says_what_a_recipe_decides(grpo, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    _, out, _ = grpo("train", "--help")
    assert "[a built-in policy's recipe, else 200]" in out and "[0.5]" in out


def test_runs_alone_lists_them(grpo, tmp_path, monkeypatch):
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / "runs" / "one" / "config.toml").write_text('env = "math"\nsteps = 5\n')
    monkeypatch.chdir(tmp_path)
    code, out, err = grpo("runs")
    assert code == 0 and "runs/one" in out and out == grpo("runs", "list")[1], err
    assert grpo("runs", "lst")[0] == 2


def test_a_mistyped_run_is_told_the_runs_beside_it(tmp_path):
    (tmp_path / "r" / "first" / "checkpoints").mkdir(parents=True)
    code = "import sys, cli; sys.argv[0] = 'grpo'; cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "eval", "--ckpt", "r/frist", "--env", "math"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100,
        env={**environment(), "PYTHONPATH": str(ROOT), "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "0"},
    )  # fmt: skip
    assert done.returncode == 2 and "the runs in r: did you mean 'first'?" in done.stderr
