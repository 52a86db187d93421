import subprocess
import sys

import pytest

from gymtests.places import ROOT, environment


@pytest.fixture
def grpo(capfd, monkeypatch):
    """Runs the command line in this process: `code, out, err = grpo("train", "--env", "math")`."""
    import cli

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["grpo", *map(str, args)])
        capfd.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as leaving:
            code = leaving.code or 0
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def grpo_process():
    """Starts the command line as a process of its own, one thread, in the repository's root."""
    started = []

    def start(*args, **options):
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *map(str, args)],
            cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
