"""Processes that load for somebody who is gone end; those that are waited for go on, without a thread left over."""

import subprocess
import sys

import pytest

from envs.workers import child, framing
from gymtests.places import environment

LOADING = """
import socket, sys, threading
from envs.workers import framing
from envs.workers.lifeline import lifeline

channel = socket.socket(fileno=int(sys.argv[1]))
with lifeline(channel):
    framing.send(channel, "loading")
    {body}
framing.send(channel, threading.active_count())
framing.receive(channel)
"""


def start(tmp_path, monkeypatch, body):
    (tmp_path / "loading_for_somebody.py").write_text(LOADING.format(body=body))
    monkeypatch.syspath_prepend(str(tmp_path))
    return child.start("loading_for_somebody")


@pytest.mark.parametrize("body", ["threading.Event().wait()", "while True: pass"])
def test_it_ends_when_the_other_end_goes(tmp_path, monkeypatch, body):
    process, ours = start(tmp_path, monkeypatch, body)
    with ours:
        assert framing.receive(ours) == "loading"
    try:
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()
        process.wait()


def test_it_goes_on_when_the_other_end_stays_even_if_it_speaks(tmp_path, monkeypatch):
    process, ours = start(tmp_path, monkeypatch, "framing.receive(channel)")
    with ours:
        assert framing.receive(ours) == "loading"
        framing.send(ours, "what is sent meanwhile is left to be read")
        assert framing.receive(ours) == 1, "no thread is left, so that it may fork"
    assert process.wait(timeout=120) == 1  # the second message never came


@pytest.mark.parametrize("module", ["envs.judges.math.equality.symbolic_server", "envs.workers.pool_worker"])
def test_servers_hold_on_to_it_while_they_load(module):
    """Each is started with an other end that is gone before it runs, and with imports that never end."""
    program = (
        "import socket, sys, runpy, time\n"
        "from envs.core.registry import EnvSpec\n"
        "from envs.judges.math.equality import symbolic\n"
        "from envs.workers import framing\n"
        "def for_ever(*_):\n    time.sleep(10**6)\n"
        "EnvSpec.build = symbolic.load = for_ever\n"
        "ours, theirs = socket.socketpair()\n"
        "framing.send(ours, {'spec': EnvSpec('math').to_json(), 'memory_bytes': 2**30})\n"
        "ours.close()\n"
        f"sys.argv = ['server', str(theirs.detach())]\n"
        f"runpy.run_module({module!r}, run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, timeout=240)
    assert done.returncode == 0, done.stderr
