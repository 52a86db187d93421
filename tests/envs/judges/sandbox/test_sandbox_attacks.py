"""No attack is rewarded, and after each the judge is alive, right, and alone on the machine."""

import glob
import os
import resource

import pytest

from envs.judges.sandbox import CodeJudge, Outcome, probe
from gymtests.attacks import (
    attacks_by_claims,
    attacks_by_excess,
    attacks_by_peeking,
    attacks_by_source,
    attacks_by_types,
    attacks_on_host,
    attacks_on_interpreter,
)
from gymtests.attacks.attacks_on_tests import FREE_FORM, PROGRAMS

THEMES = (
    attacks_by_claims,
    attacks_by_types,
    attacks_on_interpreter,
    attacks_by_peeking,
    attacks_by_excess,
    attacks_by_source,
    attacks_on_host,
)
ATTACKS = [attack for theme in THEMES for attack in theme.ATTACKS]

CALLS = [[[3], 10], [[0], 1], [[5], 26], [[-2], 5], [[10], 101]]
ASSERTS = (
    "assert solve(3) == 10",
    "assert 10 == solve(3)",
    "assert not solve(3) != 10",
    "assert abs(solve(5) - 26) < 1e-6",
    "assert abs(26 - solve(5)) < 1e-6",
    "import math\nassert math.isclose(solve(2), 5)",
    "assert solve(4) in [17]",
    "assert solve(4) in (17, 18)",
    "assert solve(4) in {17}",
    "assert [solve(3)] == [10]",
    "assert {solve(3): 1} == {10: 1}",
    "assert isinstance(solve(7), int) and solve(7) >= 50 and solve(7) <= 50",
    "assert round(solve(3), 3) == 10",
    "assert str(solve(3)) == '10'",
    "assert solve(3) + 1 == 11",
    "assert type(solve(3)) is int and solve(3) - 10 == 0",
    "def check(candidate):\n    assert candidate(3) == 10\n    assert candidate(0) == 1\ncheck(solve)",
    "try:\n    got = solve(3)\nexcept Exception:\n    got = None\nassert got == 10",
    "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n"
    "        self.assertEqual(solve(3), 10)\nT('test').debug()",
)
HONEST = "def solve(n):\n    return n * n + 1\n"
TIMEOUT = 0.25
LEVELS = [
    pytest.param(level, marks=[] if level == "full" else pytest.mark.slow)
    for level in ("full", "no-namespaces", "bubblewrap")
    if probe(level).level == level
]
EVERY = "\n".join(ASSERTS)


others: set[int] = set()


@pytest.fixture(scope="module", params=LEVELS)
def judge(request):
    others.update(descendants(os.getpid()))  # what other tests of this process have running is theirs
    with CodeJudge(level=request.param, timeout=20) as judge:
        yield judge
    others.clear()


def descendants(root: int) -> set[int]:
    parents = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.split("/")[2])] = int(fields[1])
    found, fresh = set(), {root}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh}
        found |= fresh
    return found


def invariants(judge: CodeJudge) -> None:
    assert judge.judge(HONEST, CALLS, "solve").status is Outcome.PASSED
    assert judge.judge("def solve(n): return n", CALLS, "solve").status is Outcome.FAILED
    servers = len(descendants(os.getpid()) - others)
    assert servers <= 4, "a job left a process behind"
    assert len(os.listdir("/proc/self/fd")) < 64
    assert not glob.glob("/tmp/*sandbox-attack*") + glob.glob("/dev/shm/*sandbox-attack*")
    assert not os.path.exists(os.path.expanduser("~/grpo-sandbox-attack"))
    with open("/proc/sysvipc/shm") as file:
        assert str(0x6772706F) not in file.read()
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] == resource.RLIM_INFINITY


@pytest.mark.parametrize(("category", "name", "source"), ATTACKS, ids=[f"{c}-{n}" for c, n, _ in ATTACKS])
def test_attack_earns_nothing(judge, category, name, source):
    verdict = judge.judge(source, CALLS, "solve", timeout=TIMEOUT)
    assert verdict.score == 0, verdict
    assert verdict.status not in (Outcome.PASSED, Outcome.REFUSED)
    assert verdict.ms < 3000
    for text in (ASSERTS[0], EVERY):
        if verdict.status is Outcome.TIMEOUT and text is EVERY:
            break  # it would run into the same deadline again
        verdict = judge.judge(source, text, "solve", timeout=TIMEOUT)
        assert verdict.score == 0, (text, verdict)
        assert verdict.ms < 3000
        assert category != "equality" or verdict.passed == 0, verdict
    invariants(judge)


CLAIMS = [(name, source) for category, name, source in ATTACKS if category == "equality"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "source"), CLAIMS, ids=[name for name, _ in CLAIMS])
def test_no_way_of_asserting_is_fooled(judge, name, source):
    for text in ASSERTS:
        verdict = judge.judge(source, text, "solve", timeout=TIMEOUT)
        assert verdict.score == 0, (text, verdict)


@pytest.mark.parametrize(("category", "name", "source"), PROGRAMS, ids=[f"{c}-{n}" for c, n, _ in PROGRAMS])
def test_program_attack_earns_nothing(judge, category, name, source):
    pairs = [{"stdin": "3\n", "stdout": "10\n"}, {"stdin": "0\n", "stdout": "1\n"}]
    verdict = judge.judge(source, pairs, timeout=TIMEOUT)
    assert verdict.score == 0, verdict
    invariants(judge)


@pytest.mark.parametrize(("name", "source", "tests"), FREE_FORM, ids=[name for name, _, _ in FREE_FORM])
def test_a_stand_in_decides_nothing(judge, name, source, tests):
    verdict = judge.judge(source, tests, timeout=10)
    assert verdict.score == 0, verdict


def test_honest_code_passes_every_way_of_asserting(judge):
    for text in ASSERTS:
        verdict = judge.judge(HONEST, text, "solve")
        assert verdict.score == 1, (text, verdict)
