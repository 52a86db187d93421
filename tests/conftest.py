import contextlib
import signal
import subprocess
import sys

import pytest
from hypothesis import settings

from gymtests.places import ROOT, environment

# What a property test draws: the same for everybody, so that a change alone turns a test red, or, in `make test-all`
# (`--hypothesis-profile=fresh`), something new every time. What a fresh draw finds becomes an `@example` of its test.
# No deadline in either: a slow machine breaks nothing.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("fresh", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("fixed")


def pytest_configure(config):
    """Takes from what is fixed the strings and numbers of our own modules: which are loaded changes from run to run.

    Hypothesis draws now and then a constant of a module that is loaded, so that a test drew other examples behind
    other tests, on another Python and after a change anywhere. Fresh draws keep them: they find much.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of a runner in the background; what tests start inherits it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("hypothesis_profile", None) == "fresh":
        return
    with contextlib.suppress(ImportError):  # an older one draws none of them
        from hypothesis.internal.conjecture import providers

        if hasattr(providers, "is_local_module_file"):
            providers.is_local_module_file = lambda path: False


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
