"""Levels of isolation: which is taken, what is refused, and that none promises more than it holds."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from envs.judges.sandbox import CodeJudge, Outcome, SandboxReport, probe
from envs.judges.sandbox.host import levels as levels_module
from envs.judges.sandbox.host.levels import Starter
from envs.judges.sandbox.host.server import ForkServer, LayerMissing
from gymtests.places import ROOT

SQUARE = "def f(x):\n    return x * x\n"
CALLS = [[[2], 4], [[3], 9]]


def lacking(monkeypatch, **missing):
    def start(self, level, *rest):
        if level in missing:
            raise LayerMissing(missing[level], "not here")
        real(self, level, *rest)

    real = ForkServer.__init__
    monkeypatch.setattr(ForkServer, "__init__", start)


def test_a_machine_without_layers_refuses_with_their_names(monkeypatch):
    lacking(monkeypatch, full="namespaces", **{"no-namespaces": "landlock", "bubblewrap": "bubblewrap"})
    with CodeJudge() as judge:
        for _ in range(2):
            verdict = judge.judge(SQUARE, CALLS, "f")
            assert (verdict.status, verdict.score, verdict.level) == (Outcome.REFUSED, 0, "refused")
            assert all(name in verdict.reason for name in ("namespaces", "landlock", "bubblewrap"))


def test_without_namespaces_the_next_level_is_taken_and_stated(monkeypatch):
    if probe("no-namespaces").level == "refused":
        pytest.skip("this machine lacks Landlock or seccomp")
    lacking(monkeypatch, full="namespaces")
    with CodeJudge() as judge:
        assert judge.judge(SQUARE, CALLS, "f").level == "no-namespaces"
    report = probe()
    assert report.level == "no-namespaces"
    assert report.missing["full"] == ("namespaces", "not here")
    assert any("user namespaces" in hint for hint in report.hints)


def test_unsafe_execution_needs_the_words_and_is_stated(monkeypatch):
    lacking(monkeypatch, full="namespaces", **{"no-namespaces": "landlock", "bubblewrap": "bubblewrap"})
    with CodeJudge(unsafe_exec="i-accept") as judge:
        verdict = judge.judge(SQUARE, CALLS, "f")
        assert (verdict.score, verdict.level) == (1, "unsafe")
        assert judge.judge("while True: pass", CALLS, "f", timeout=0.3).status is Outcome.TIMEOUT


def test_another_system_is_refused_clearly(monkeypatch):
    monkeypatch.setattr(levels_module.sys, "platform", "darwin")
    report = probe()
    assert isinstance(report, SandboxReport)
    assert report.level == "refused"
    assert any("container" in hint for hint in report.hints)


def test_a_hole_in_a_finished_sandbox_is_found(monkeypatch):
    """The canary: a server that promises more than it holds must not start."""
    script = """
        import sys
        sys.argv[1:] = []
        from envs.judges.sandbox.guest import canary
        print(canary.holes("full", None))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert "/etc/passwd is readable" in found
    assert "/proc is readable" in found


def test_starting_twice_reuses_what_was_found():
    starter = Starter(("full", "no-namespaces"), levels_module.layout(), 256)
    first = starter.start()
    second = starter.start()
    assert first.level == second.level == starter.level
    first.close()
    second.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
@pytest.mark.parametrize("level", ["full", "no-namespaces"])
def test_an_ordinary_user_has_the_same_sandbox(level):
    if probe(level).level == "refused":
        pytest.skip(f"level {level} cannot be had here")
    script = f"""
        import os
        from envs.judges import CodeJudge
        import envs.judges.sandbox.judge, json
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        with CodeJudge(level={level!r}, timeout=20) as judge:
            good = judge.judge("def f(x): return x * x", "assert f(3) == 9")
            bad = judge.judge("class E:\\n    def __eq__(s, o): return True\\ndef f(x): return E()", [[[3], 9]], "f")
            look = judge.judge("import os\\ndef f(): return open('/etc/passwd').read()", [[[], ""]], "f")
        print(json.dumps([good.score, bad.score, look.reason, good.reason]))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if "install a Python" in done.stderr or "may not read" in done.stderr:
        pytest.skip("no interpreter or no checkout here that an ordinary user may read")
    good, bad, look, reason = json.loads(done.stdout)
    assert (good, bad) == (1, 0), reason
    assert "Error" in look
