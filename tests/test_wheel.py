"""The wheel, apart from the checkout: everything of ours is in it, and with it alone one trains and evaluates."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gymtests.places import ROOT, environment
from gymtests.training.door import write_questions

TOPS = ("envs", "grpo", "evals")
SMALL = (
    "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "8", "--eval-tasks", "2",
    "--no-rehearsal",
)  # fmt: skip
SCRIPT = """
import evals, grpo

env = grpo.dataset("questions.csv", "{question}", "{answer}", lambda task, completion: completion == task.gold)
run = grpo.train(
    "builtin:tiny", env, steps=1, engine="transformers", tasks_per_step=1, group_size=2, max_tokens=8, eval_tasks=0,
    rehearsal=False, quiet=True,
)
print(grpo.__file__, len(run.rollouts))
"""


def ours(top):
    """Every file of a package that somebody wrote."""
    return [path for path in (ROOT / top).rglob("*") if path.is_file() and "__pycache__" not in path.parts]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    for top in TOPS:
        shutil.copytree(ROOT / top, source / top, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("cli.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source / file)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "built", "."]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next((source / "built").glob("*.whl"))


def test_the_wheel_holds_everything_of_ours_and_nothing_else(wheel):
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == {"cli.py", *(str(path.relative_to(ROOT)) for top in TOPS for path in ours(top))}


def test_with_the_wheel_alone_one_trains_and_evaluates(wheel, tmp_path):
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)]
    assert subprocess.run(command, capture_output=True).returncode == 0
    variables = {**environment(), "PYTHONPATH": str(site)}

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    shell = str(site / "bin" / "grpo")
    run(shell, "train", "--env", "math", "--steps", "3", "--run-dir", "run", *SMALL)
    run(
        shell, "eval", "--ckpt", "run", "--env", "math", "--limit", "2", "--engine", "transformers", "--max-tokens", "8"
    )
    write_questions(tmp_path)
    where, rows = run(sys.executable, "-c", SCRIPT).split()
    assert Path(where).is_relative_to(site) and rows == "2"
    assert os.fspath(ROOT) not in where
