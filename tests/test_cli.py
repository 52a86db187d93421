"""The command line's manners: fast help, one clear line for a mistake, exit codes, nothing half-written."""

import importlib
import importlib.util
import json
import subprocess
import sys

import pytest

from gymtests.places import ROOT, environment

QUICK = ("train", "--engine", "transformers", "--steps", "2", "--tasks-per-step", "2", "--group-size", "2")


def one_line(err):
    """The error's line, stripped of what announces a run."""
    lines = [line for line in err.splitlines() if line.startswith("grpo: ")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    return lines[0]


def test_help_imports_nothing_heavy():
    program = (
        "import sys, cli; sys.argv = ['grpo', '--help']\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'vllm', 'pandas', 'sympy', 'transformers', 'scipy', 'gymnasium'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout
    assert all(word in done.stdout for word in ("train", "eval", "env", "doctor"))


def test_importing_envs_imports_nothing_heavy():
    program = "import sys, envs; print(sorted({'torch', 'vllm', 'pandas', 'sympy', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_env_list_and_show(grpo):
    code, out, _ = grpo("env", "list", "--json")
    assert (
        code == 0
        and {"name": "math", "id": "grpo/Math-v0"}.items()
        <= json.loads(out)[[entry["name"] for entry in json.loads(out)].index("math")].items()
    )
    code, out, _ = grpo("env", "show", "math", "--json", "--env-arg", "levels=1")
    card = json.loads(out)
    assert code == 0 and card["example"]["meta"]["level"] == 1 and card["example"]["solution_reward"] == 1.0
    code, out, _ = grpo("env", "show", "math")
    assert code == 0 and "answer" in out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--env", "mth"), "did you mean 'math'"),
        (("--env", "./nowhere.py"), "no environment file at ./nowhere.py"),
        (("--env-arg", "levels"), "NAME=VALUE"),
        (("--env-arg", "levels=9"), "9"),
        (("--env-arg", "colour=red"), "colour"),
        (("--engine", "vlm"), "did you mean 'vllm'"),
        (("--dtype", "float8"), "no dtype 'float8'"),
        (("--device", "gpu"), "cpu, cuda or auto"),
        (("--group-size", "1"), "group_size = 1"),
        (("--temperature", "0"), "temperature = 0.0"),
        (("--model", "builtin:huge"), "tiny"),
        (("--model", "./no/such/model"), "no model at ./no/such/model"),
        (("--model", "tests"), "a folder without a model"),
        (("--model", "README.md"), "is a file"),
        (("--max-tokens", "100000"), "does not fit"),
        (("--config", "./no.toml"), "cannot be read"),
        (("--resume",), "--run-dir"),
    ],
)
def test_a_mistake_is_one_line_exit_2_and_leaves_nothing(grpo, tmp_path, monkeypatch, args, says):
    monkeypatch.chdir(ROOT)
    run = tmp_path / "run"
    where = () if args == ("--resume",) else ("--run-dir", run)
    code, _, err = grpo(*QUICK, *where, *args)
    assert code == 2, err
    assert says in one_line(err)
    assert not run.exists()


def test_a_flag_that_is_no_number_is_refused(grpo):
    code, _, err = grpo("train", "--steps", "many")
    assert code == 2 and "--steps" in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("learning_rte = 1e-3", "did you mean 'learning_rate'"),
        ("seed = 'ten'", "seed = 'ten'"),
        ("steps = ", "not TOML"),
    ],
)
def test_a_wrong_config_file_names_the_key(grpo, tmp_path, text, says):
    config = tmp_path / "run.toml"
    config.write_text(text)
    code, _, err = grpo(*QUICK, "--run-dir", tmp_path / "run", "--config", config)
    assert code == 2 and says in one_line(err)


def test_a_taken_run_directory_asks_for_resume(grpo, tmp_path):
    (tmp_path / "config.toml").write_text("")
    code, _, err = grpo(*QUICK, "--run-dir", tmp_path)
    assert code == 2 and "--resume" in one_line(err)
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_place_that_cannot_be_written_is_said(grpo):
    code, _, err = grpo(*QUICK, "--run-dir", "/proc/nope/run")
    assert code == 2 and "cannot be written" in one_line(err)


def test_resuming_where_there_is_no_run_is_said(grpo, tmp_path):
    code, _, err = grpo(*QUICK, "--run-dir", tmp_path / "none", "--resume")
    assert code == 2 and "no run" in one_line(err)


def test_doctor_reports_and_mends(grpo):
    code, out, _ = grpo("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(out)}
    assert {"python", "torch", "transformers", "vllm", "device", "memory", "disk"} <= set(findings)
    assert code == int(any(finding["state"] == "fault" for finding in findings.values()))
    for finding in findings.values():
        assert finding["state"] == "ok" or finding["remedy"] or finding["name"] == "memory"


def test_doctor_finds_what_is_older_than_the_project_asks_for(grpo, monkeypatch):
    from grpo.console import doctor

    real = doctor.version
    monkeypatch.setattr(doctor, "version", lambda name: "5.0.1" if name == "transformers" else real(name))
    code, out, _ = grpo("doctor", "--json")
    (finding,) = [finding for finding in json.loads(out) if finding["name"] == "transformers"]
    assert code == 1 and finding["state"] == "fault" and finding["detail"].startswith("5.0.1 is older than 5.")
    assert finding["remedy"].startswith("pip install -U 'transformers>=5.")


@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
def test_doctor_finds_a_vllm_without_what_rollouts_call(grpo, monkeypatch):
    import vllm

    older = [name for name in dir(vllm.LLM) if name != "start_weight_update"]
    monkeypatch.setattr(vllm, "LLM", type("LLM", (), dict.fromkeys(older)))
    code, out, _ = grpo("doctor", "--json")
    (finding,) = [finding for finding in json.loads(out) if finding["name"] == "vllm"]
    assert code == 1 and "has no start_weight_update, which rollouts call" in finding["detail"]


def test_doctor_finds_a_companion_of_torch_that_does_not_fit(grpo, tmp_path, monkeypatch):
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    code, out, _ = grpo("doctor", "--json")
    (finding,) = [finding for finding in json.loads(out) if finding["name"] == "torch companions"]
    assert code == 1 and finding["state"] == "fault"
    assert finding["remedy"].startswith("pip uninstall -y torchvision")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--logger", "wandb"), "pip install wandb"),
        (("--logger", "tensorboard", "--logger", "trackio"), "pip install trackio"),
        (("--logger", "mlflow"), "pip install mlflow"),
        (("--optimizer", "adamw_8bit"), "take --optimizer adamw"),
    ],
)
def test_what_is_not_installed_is_said_before_anything_is_written(grpo, tmp_path, monkeypatch, args, says):
    find, load = importlib.util.find_spec, importlib.import_module
    missing = {"wandb", "trackio", "mlflow", "bitsandbytes.optim", "torchao.optim"}

    def found(name, *rest, **more):
        return None if name in missing else find(name, *rest, **more)

    def loaded(name, *rest, **more):
        if name in missing:
            raise ImportError(name)
        return load(name, *rest, **more)

    monkeypatch.setattr(importlib.util, "find_spec", found)
    monkeypatch.setattr(importlib, "import_module", loaded)
    run = tmp_path / "run"
    code, _, err = grpo(*QUICK, "--run-dir", run, *args)
    assert code == 2 and says in one_line(err)
    assert "algorithm" not in err and not run.exists()


def test_names_are_read_before_the_plan_is_told(grpo, tmp_path):
    code, _, err = grpo(*QUICK, "--run-dir", tmp_path / "run", "--env", "mth")
    assert code == 2 and err.splitlines() == [one_line(err)]


def test_a_finished_run_says_so_and_goes_on_when_it_is_given_more_steps(grpo, tmp_path):
    run = tmp_path / "run"
    small = ("--eval-tasks", "4", "--eval-samples", "2", "--max-tokens", "16")
    assert grpo(*QUICK, *small, "--run-dir", run)[0] == 0
    weights = (run / "checkpoints" / "last").resolve()
    code, out, err = grpo("train", "--run-dir", run, "--resume", "--json")
    assert code == 0 and "finished: 2 of 2 steps; --steps N goes on" in err and "starting" not in err
    assert json.loads(out)["steps"] == 2 and json.loads(out)["after"]["tasks"] == 4
    assert (run / "checkpoints" / "last").resolve() == weights
    code, out, err = grpo("train", "--run-dir", run, "--resume", "--steps", "3")
    assert code == 0 and "steps = 3\n" in (run / "config.toml").read_text()
    assert {path.name for path in (run / "evals").iterdir()} == {"before", "after", "after-step-000002"}
    assert "finished: 3 of 3" in grpo("train", "--run-dir", run, "--resume")[2]


def test_show_lists_what_an_environment_takes(grpo, tmp_path):
    code, out, _ = grpo("env", "show", "math", "--json")
    takes = {argument["name"]: argument for argument in json.loads(out)["arguments"]}
    assert code == 0 and {"levels", "families", "answer_format"} == set(takes)
    assert takes["answer_format"]["default"] == "'tags'" and "1 to 5" in takes["levels"]["meaning"]
    code, out, err = grpo("env", "show", "dataset")
    assert code == 2 and "verifier" in out and "needs its data" in one_line(err)
    code, _, err = grpo("env", "show", "math", "--env-arg", "level=1")
    assert code == 2 and "takes no argument 'level': did you mean 'levels'?" in one_line(err)


@pytest.mark.parametrize(
    "name", ["math", "code", "format", "countdown", "guess", "calculator", "chain", "gsm8k", "dataset"]
)
def test_every_argument_of_what_ships_has_a_line(name):
    from envs.authoring.arguments import arguments_of
    from envs.core.registry import find

    assert [argument.name for argument in arguments_of(find(name)) if not argument.meaning] == []


def test_data_is_given_alike_to_every_command_of_env(grpo, tmp_path):
    folder = tmp_path / "gsm8k"
    folder.mkdir()
    rows = [{"question": f"What is {n} plus {n}?", "answer": f"It is. #### {2 * n}"} for n in range(1, 60)]
    for split in ("train", "test"):
        lines = [json.dumps(row | {"question": f"{split}: {row['question']}"}) for row in rows]
        (folder / f"{split}.jsonl").write_text("\n".join(lines))
    for where in (tmp_path, folder):
        code, out, err = grpo("env", "show", "gsm8k", "--data", where)
        assert code == 0 and "plus" in out, err
    code, _, err = grpo("env", "check", "gsm8k", "--data", tmp_path / "nowhere")
    assert code == 2 and "nothing is there" in one_line(err)


def test_the_version(grpo):
    code, out, _ = grpo("--version")
    assert code == 0 and out.startswith("grpo-gym 0.")


@pytest.mark.parametrize(("words", "offered"), [("grpo tr", "train"), ("grpo train --kl-c", "--kl-coef")])
def test_the_shell_completes_commands_and_flags(words, offered):
    asked = {"_GRPO_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    program = "import sys, cli; sys.argv = ['grpo']; cli.app(prog_name='grpo')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment() | asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert offered in done.stdout.split(), done.stderr
