"""Honest programs pass, whatever their style, at every level."""

import importlib.util

import pytest

from envs.judges.sandbox import CodeJudge, probe
from gymtests.controls import honest_asserts, honest_calls, honest_programs

CONTROLS = [*honest_calls.CONTROLS, *honest_asserts.CONTROLS, *honest_programs.CONTROLS]
LEVELS = [level for level in ("full", "no-namespaces", "bubblewrap") if probe(level).level == level]


@pytest.fixture(scope="module", params=LEVELS)
def judge(request):
    with CodeJudge(level=request.param, timeout=30) as judge:
        yield judge


@pytest.mark.parametrize(("name", "source", "tests", "entry"), CONTROLS, ids=[control[0] for control in CONTROLS])
def test_honest_program_passes(judge, name, source, tests, entry):
    verdict = judge.judge(source, tests, entry)
    assert verdict.score == 1, verdict
    assert verdict.passed == verdict.total


@pytest.mark.skipif(importlib.util.find_spec("numpy") is None, reason="numpy is not installed")
def test_numpy_results(judge):
    source = "import numpy as np\ndef f(n): return np.arange(n) * 2\ndef g(n): return np.float64(n) / 4\n"
    assert judge.judge(source, [[[3], [0, 2, 4]]], "f").score == 1
    assert judge.judge(source, [[[1], 0.25]], "g").score == 1
    text = "import numpy as np\nassert np.array_equal(f(3), [0, 2, 4])\nassert (f(2) == 2).sum() == 1\n"
    assert judge.judge(source, text + "assert g(1) == 0.25").score == 1
    assert judge.judge(source, "assert np.allclose(f(3), [0, 2, 4])").score == 1
