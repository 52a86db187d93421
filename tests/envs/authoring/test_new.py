"""`grpo env new` writes what works as it is, and `grpo env play` puts a person in the policy's place."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import envs
from envs import EnvSpec
from envs.authoring.auditing import audit
from gymtests.places import ROOT


def test_a_single_file_works_as_written(tmp_path, grpo):
    code, out, _ = grpo("env", "new", "my-env", "--single-file", "--in", tmp_path, "--json")
    (path,) = json.loads(out)["files"]
    assert code == 0 and Path(path).name == "my_env.py"
    env = envs.make(path)
    task = env.tasks.task(3)
    assert env.score(task, env.tasks.solution(task)).score == 1.0
    assert not audit(EnvSpec(path), tasks=4).findings


def test_nothing_is_overwritten(tmp_path, grpo):
    assert grpo("env", "new", "my-env", "--in", tmp_path)[0] == 0
    written = tmp_path / "my-env" / "my_env" / "env.py"
    written.write_text("mine")
    code, _, err = grpo("env", "new", "my-env", "--in", tmp_path)
    assert code == 2 and "is there already" in err and written.read_text() == "mine"


@pytest.mark.parametrize("name", ["My Env", "../up", "class", "math", "1st", ""])
def test_a_name_that_cannot_be_is_refused(name, tmp_path, grpo):
    code, _, err = grpo("env", "new", name, "--in", tmp_path)
    assert code == 2 and "name" in err and not list(tmp_path.iterdir())


@pytest.mark.slow
def test_from_nothing_to_a_training_step_in_a_clean_environment(tmp_path):
    """new, install, list, check, audit, the package's own tests, and one step of GRPO."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", venv], check=True)
    python = venv / "bin" / "python"
    site = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    here = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    (Path(site.strip()) / "here.pth").write_text("\n".join(here))  # grpo-gym and what it needs, as if installed

    def run(*command):
        cache = {"GRPO_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [python, "-m", *command], cwd=tmp_path, env={**clean, **cache}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("cli", "env", "new", "my-env")
    run("pip", "install", "-q", "--no-deps", "-e", "my-env")  # fetches setuptools from the index
    assert "plugin my-env 0.1.0" in {entry["origin"] for entry in json.loads(run("cli", "env", "list", "--json"))}
    run("cli", "env", "check", "my-env")
    assert json.loads(run("cli", "env", "audit", "my-env", "--json"))["clean"]
    assert "audit: clean" in json.loads(run("cli", "env", "show", "my-env", "--json"))["audit"]
    run("pytest", "-q", "my-env/tests")
    step = ("--steps", "1", "--tasks-per-step", "2", "--group-size", "2", "--eval-tasks", "0")
    run("cli", "train", "--env", "my-env", "--engine", "transformers", *step, "--run-dir", "run")
    assert (tmp_path / "run" / "metrics.jsonl").read_text().count("\n") >= 1


def play(monkeypatch, grpo, said, *args):
    monkeypatch.setattr(sys, "stdin", io.StringIO(said))
    return grpo("env", "play", *args)


def test_a_person_plays_and_sees_the_parts(monkeypatch, grpo):
    env = envs.make("math")
    solution = env.tasks.solution(env.tasks.task(0))
    code, out, _ = play(monkeypatch, grpo, f"{solution}\n\n<answer>no</answer>\n", "math", "--rounds", "2")
    assert code == 0 and "reward 1" in out and "reward 0" in out and "correct" in out


def test_an_episode_of_several_turns_is_played_to_its_end(monkeypatch, grpo):
    env = envs.make("guess")
    turns = [turn for _, turn in env.oracle(env.tasks.task(4))]
    code, out, _ = play(monkeypatch, grpo, "\n\n".join(turns) + "\n", "guess", "--seed", "4", "--json")
    ended = json.loads(out)
    assert code == 0 and ended["score"] == 1.0 and ended["outcome"] == "found"


def test_a_person_may_leave(monkeypatch, grpo):
    assert play(monkeypatch, grpo, "", "math")[0] == 0


@pytest.mark.parametrize("form", ["--dialogue", "--tools", "--data"])
def test_other_forms_work_as_written(form, tmp_path, grpo):
    more = (form,)
    if form == "--data":
        rows = [f'"What is {a} + {b}?",{a + b}' for a in range(10, 40) for b in range(60, 75, 2)]
        (tmp_path / "sums.csv").write_text("\n".join(["question,answer", *rows]))
        more = (form, tmp_path / "sums.csv")
    code, out, err = grpo("env", "new", "my-env", "--single-file", "--in", tmp_path / "one", *more, "--json")
    assert code == 0, err
    path = json.loads(out)["files"][0]
    code, out, err = grpo("env", "check", path)
    assert code == 0, out + err
    code, out, err = grpo("env", "audit", path)
    assert code == 0, out + err
    code, out, err = grpo("env", "new", "my-env", "--in", tmp_path, *more, "--json")
    assert code == 0 and {Path(file).name for file in json.loads(out)["files"]} >= {"env.py", "pyproject.toml"}, err
    for written in json.loads(out)["files"]:
        if written.endswith(".py"):
            compile(Path(written).read_text(), written, "exec")


def test_one_form_at_a_time(tmp_path, grpo):
    code, _, err = grpo("env", "new", "my-env", "--dialogue", "--tools", "--in", tmp_path)
    assert code == 2 and "take one of" in err and not list(tmp_path.iterdir())
    (tmp_path / "one.csv").write_text("question\nwhat\n")
    code, _, err = grpo("env", "new", "my-env", "--data", tmp_path / "one.csv", "--in", tmp_path)
    assert code == 2 and "no two fields" in err
