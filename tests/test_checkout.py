"""What lies in the working folder beside the project decides nothing: lint, types and collection see what is ours."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gymtests.places import ROOT

STRAY = "import os, sys\nfrom runs import nothing\ndef f( x ):return os\n"
TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the project with the things in it that people have there."""
    copy = tmp_path_factory.mktemp("checkout") / "grpo-gym"
    tops = ("envs", "grpo", "evals", "tests", "benchmarks", "examples", "scripts", "docs")
    for top in tops:
        shutil.copytree(ROOT / top, copy / top, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("cli.py", "pyproject.toml", "README.md", "Makefile", ".gitignore"):
        shutil.copy(ROOT / file, copy / file)
    strays = (
        "runs/__init__.py", "runs/math-1/notes.py", "rollouts/__init__.py", "updates/x.py", "gym-env/lib/stray.py",
        ".ipynb_checkpoints/stray-checkpoint.py", "data/test_stray.py", "datasets/stray.py", "scratch.py",
    )  # fmt: skip
    for stray in strays:
        path = copy / stray
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(STRAY)
    return copy


def run(checkout, *command, **more):
    """Runs a tool in the copy, with packages named as ours elsewhere on the path."""
    elsewhere = checkout.parent / "elsewhere"
    for name in ("envs", "evals", "tests", "gymtests"):
        (elsewhere / name).mkdir(parents=True, exist_ok=True)
        (elsewhere / name / "__init__.py").write_text("raise ImportError('not ours')\n")
    environment = {**os.environ, "PYTHONPATH": str(elsewhere), "OMP_NUM_THREADS": "1", **more}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("command", [("check", "."), ("format", "--check", ".")], ids=lambda words: words[0])
def test_lint_sees_what_is_ours(checkout, command):
    done = run(checkout, str(TOOLS / "ruff"), *command, "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_fault_of_ours_is_seen(checkout):
    ours = checkout / "grpo" / "runs" / "stray.py"
    ours.write_text(STRAY)
    try:
        assert run(checkout, str(TOOLS / "ruff"), "check", ".", "--no-cache").returncode == 1
    finally:
        ours.unlink()


def test_collection_sees_what_is_ours(checkout):
    done = run(checkout, sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/grpo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "stray" not in done.stdout and "test_health.py" in done.stdout
