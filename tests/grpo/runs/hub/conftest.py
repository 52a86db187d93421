import subprocess
import sys

import pytest

from gymtests.hub.hub_server import HubServer
from gymtests.places import ROOT, environment


@pytest.fixture
def hub(tmp_path):
    """The stand-in, and `hub.grpo(...)`, which runs the command line in a process that knows this hub alone."""
    with HubServer() as server:
        home = tmp_path / "home"

        def program(words, **more):
            variables = environment(**{**server.environment(home), **more})
            return subprocess.Popen(
                [sys.executable, *map(str, words)], cwd=ROOT, env=variables, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip

        def run(words, **more):
            with program(words, **more) as process:
                out, err = process.communicate(timeout=120)
            return process.returncode, out, err

        server.python = lambda code, **more: run(["-c", code], **more)
        server.grpo = lambda *words, **more: run(["-m", "cli", *words], **more)
        server.start = lambda *words, **more: program(["-m", "cli", *words], **more)
        server.home = home
        yield server
