# ruff: noqa: E501 - the sources are short programs on one line
"""The judge is a boundary: whatever the candidate's side sends is a verdict, and nothing is left for the next job."""

import json
import os
import socket
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envs.authoring.judge.code import judge_rows
from envs.core.errors import UsageError
from envs.judges.sandbox import CodeJudge, Outcome, probe
from envs.judges.sandbox.compare import Comparison, expectation
from envs.judges.sandbox.crossing.values import PlainEncoder
from envs.judges.sandbox.crossing.wire import WireError
from envs.judges.sandbox.output import RULES, Output

LEVELS = [level for level in ("full", "no-namespaces", "bubblewrap") if probe(level).level == level]
CALLS = [[[2], 5], [[3], 10]]
RAW = "import os, struct\ndef fr(k, b=b''): return struct.pack('>I', len(b) + 1) + k + b\ndef solve(n): return 0\n"


@pytest.fixture(scope="module", params=LEVELS)
def judge(request):
    with CodeJudge(level=request.param, timeout=10) as judge:
        yield judge


BIG = b"i" + struct.pack(">I", 4000) + b"\x7f" * 4000
DEEP = b"d\0\0\0\1N" * 199 + b"N"
NAMED = [b"x\x04dictl\0\0\0\x01N", b"x\x03setN", b"x\x04listi\0\0\0\x01\x05", b"x\x08iteratorN", b"x\x09frozensetN"]


@pytest.mark.parametrize("kind", ["V", "U", "L", "E", "R", "M", "Z", "q", "r", "e", "\x00"])
@pytest.mark.parametrize("body", [BIG, DEEP, b"l\0\0\0\x02" + BIG + DEEP, b"", *NAMED], ids=range(9))
def test_a_frame_of_the_candidates_own_is_a_verdict(judge, kind, body):
    source = f"{RAW}os.write(200, fr({kind.encode()!r}, {body!r}))\n"
    for tests in (CALLS, [{"args": [2], "expected": {1}}, {"args": [2], "expected": {"a": 1}}], "assert solve(2) == 5"):
        verdict = judge.judge(source, tests, "solve", timeout=3)
        assert verdict.score == 0 and verdict.status is not Outcome.REFUSED
    assert judge.judge(f"{source}print(1)", [{"stdin": "", "stdout": "2"}], timeout=3).score == 0


@given(
    st.lists(st.tuples(st.sampled_from("VULERMqre"), st.binary(max_size=60)), min_size=1, max_size=4),
    st.integers(200, 201),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_frames_end_in_a_verdict_against_them(judge, frames, descriptor):
    sent = b"".join(struct.pack(">I", len(body) + 1) + kind.encode() + body for kind, body in frames)
    source = f"{RAW}os.write({descriptor}, {sent!r})\n"
    assert judge.judge(source, CALLS, "solve", timeout=3).score == 0
    assert judge.judge(source, "assert solve(2) == 5", "solve", timeout=3).score == 0


@given(
    st.sampled_from([b"dict", b"set", b"list", b"iterator", b"frozenset", b"str", b"record"]), st.binary(max_size=40)
)
@settings(max_examples=150)
def test_a_named_kind_is_never_taken_for_a_plain_one(name, body):
    got = b"x" + bytes([len(name)]) + name + body
    for expected in ({1: 2}, {3}, [1], (1,), "a", frozenset({1}), {"a": {"b": {4}}}):
        try:
            assert (
                not Comparison().matches(expectation(expected), got)
                or got == expectation(expected)
                or (name in (b"iterator", b"frozenset"))
            )
        except WireError:
            pass
    assert not Comparison().matches(expectation({1: 2}), PlainEncoder().encode([1, 2]))


def test_descriptors_are_anew_for_each_job(judge):
    flags = "import fcntl\nfor fd in (0, 1, 2): fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)\n"
    judge.judge(f"import os\n{flags}def solve(n): return 0", CALLS, "solve")
    look = "import fcntl\ndef f(): return [fcntl.fcntl(fd, fcntl.F_GETFL) & 0o6000 for fd in (0, 1, 2)]"
    assert judge.judge(look, [[[], [0, 0, 0]]], "f").score == 1


def test_no_datagram_leaves(judge):
    name = f"\0sandbox-boundary-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outside:
        outside.bind(name)
        outside.setblocking(False)
        source = f"""import socket
def f():
    told = []
    for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
        try: a, b = socket.socketpair(socket.AF_UNIX, kind)
        except OSError: continue
        told.append(kind == socket.SOCK_STREAM)
        for send in (lambda: a.sendto(b'x', {name!r}), lambda: a.sendmsg([b'x'], [], 0, {name!r})):
            try: send()
            except OSError: pass
    return told
"""
        assert judge.judge(source, [[[], [True]]], "f").score == 1
        with pytest.raises(BlockingIOError):
            outside.recv(10)


def test_what_is_installed_here_is_not_listed(judge):
    source = """import os
def f():
    folder = os.path.dirname(os.__file__)
    for name in ('site-packages', 'dist-packages'):
        try:
            if os.listdir(os.path.join(folder, name)): return name
        except OSError: pass
    import json.tool, concurrent.futures, wsgiref.util, zoneinfo
    return ''
"""
    assert judge.judge(source, [[[], ""]], "f").score == 1


@pytest.mark.parametrize(
    ("rule", "expected", "found", "same"),
    [
        ("tokens", "0.333333333333\n", "0.3333333333333333\n", True),
        ("tokens", "2.50", "2.5", True),
        ("tokens", "1000000000000000", "1000000000000001", False),
        ("tokens", "5", "5.0", False),
        ("tokens", "1.0", "nan", False),
        ("tokens", "1.0", "1", True),
        ("tokens", "1e+05", "100000", True),
        ("tokens", "1.5e3", "1500", True),
        ("tokens", "7e2", "700", False),
        ("tokens", "0x1e5", "0x1e05", False),
        ("tokens", "1.0.0", "1.0", False),
        ("tokens", "1 2", "1\u00a02", False),
        ("tokens", "1 2", "1\x1c2", False),
        ("words", "1\n2", "1\u20282", False),
        ("lines", "a", "a\u00a0", False),
        ("tokens", "1.5", "1_5e-1", False),
        ("tokens", "1.5", "٢.٥", False),
        ("tokens", "1 2 3", "1\n2\n3", False),
        ("tokens", "a  b\n", " a b", True),
        ("tokens", "YES", "yes", False),
        ("words", "1 2\n3", "1\n2 3", True),
        ("words", "1 2", "1", False),
        ("unordered", "a\nb", "b\na", True),
        ("unordered", "a\nb", "a\na", False),
        ("unordered", "0.30", "0.3", True),
        ("lines", "a \n b\n\n", "a\n b", True),
        ("lines", " b", "b", False),
        ("lines", "0.30", "0.3", False),
        ("exact", "a\n", "a", True),
        ("exact", "a \n", "a\n", False),
        ("exact", "a\nb", "a\r\nb\n", False),
    ],
)
def test_rules_of_output(rule, expected, found, same):
    assert Output(rule).same(expected, found, 1e-6, 1e-9) is same


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_byte_that_is_no_text_is_not_the_replacement_character(judge, rule):
    tests = {"programs": [{"stdin": "", "stdout": "\ufffd\n"}], "output": rule}
    assert judge.judge("print('\\ufffd')", tests).score == 1
    assert judge.judge("import sys\nsys.stdout.buffer.write(b'\\xff\\n')", tests).score == 0


def test_a_checker_decides_and_is_not_the_candidates(judge):
    checker = (
        "def check(stdin, stdout, expected):\n    a, b = map(int, stdout.split())\n    return a * b == int(stdin)\n"
    )
    tests = {"programs": [{"stdin": "12", "stdout": ""}], "checker": checker}
    assert judge.judge("input(); print(3, 4)", tests).score == 1
    assert judge.judge("input(); print(3, 5)", tests).score == 0
    assert judge.judge("def check(*a): return True\nprint('x')", tests).score == 0
    with pytest.raises(UsageError):
        judge.judge("print(1)", {**tests, "output": "nonsense"})


def test_given_names_are_no_definitions(judge):
    wrong = "class Solution:\n    def add(self, a, b): return a - b\n"
    assert judge.judge(wrong, [[[1, 2], 3]], "add", prelude=True).score == 0
    assert judge.judge("x = gcd(2, 4)", [[[4, 6], 2]], "gcd", prelude=True).score == 0
    assert judge.judge("def f(xs): return Counter(xs)", [[["aab"], {"a": 2, "b": 1}]], "f", prelude=True).score == 1
    assert judge.judge("def f(xs): return Counter(xs)", [[["aab"], {"a": 2, "b": 1}]], "f").score == 0


@pytest.mark.parametrize(
    "source",
    [
        "print(49)\nexit()\nprint(1)",
        "print(49)\nquit(0)",
        "import sys\nprint(open('/dev/stdin').read().strip() + '9', file=open('/dev/stdout', 'w'))",
        "import atexit, io, sys\nb = io.StringIO()\nsys.stdout = b\natexit.register(lambda: sys.__stdout__.write(b.getvalue()))\nprint(49)",
        "import os\nos.path.dirname(os.path.abspath(__file__))\nprint(49)",
        "open('out.txt', 'w').write('49')\nprint(open('out.txt').read())",
        "with open('/tmp/a', 'ab') as f: f.write(b'4')\nwith open('/tmp/a', 'a') as f: f.write('9')\nprint(*open('/tmp/a'))",
        "import os, sys\nif os.path.exists('input.txt'): sys.stdin = open('input.txt')\nprint(input() + '9')",
        "print(49) if len(str(10 ** 6000)) == 6001 else None",
    ],
)
def test_programs_as_contests_write_them(judge, source):
    assert judge.judge(source, [{"stdin": "4\n", "stdout": "49\n"}]).score == 1


def test_files_in_memory_are_bounded_and_each_jobs_own(judge):
    big = "f = open('/tmp/jobs-own', 'wb')\ntry:\n    for _ in range(100): f.write(b'x' * 2**20); f.flush()\nexcept OSError: print(1)"
    assert judge.judge(big, [{"stdin": "", "stdout": "1"}]).score == 1
    look = "import os\nprint(os.path.exists('/tmp/jobs-own'))"
    assert judge.judge(look, [{"stdin": "", "stdout": "False"}]).score == 1


def test_an_expected_exception_is_the_built_in_one(judge):
    tests = [{"args": [], "raises": "ValueError"}]
    assert judge.judge("def f(): raise ValueError", tests, "f").score == 1
    assert judge.judge("class E(KeyError, ValueError): pass\ndef f(): raise E", tests, "f").score == 1
    assert judge.judge("class ValueError(Exception): pass\ndef f(): raise ValueError", tests, "f").score == 0
    assert judge.judge("class E(Exception): pass\nE.__name__ = 'ValueError'\ndef f(): raise E", tests, "f").score == 0


def test_an_unicode_entry_point_in_either_form(judge):
    for spelt in ("caf\u00e9", "cafe\u0301"):
        assert judge.judge("def caf\u00e9(n): return n", [[[1], 1]], spelt).score == 1


FIELDS = """tests test calls stdin stdout test_list test_imports entry_point prompt code completion input_output output
public_tests public_test_cases metadata plus_input base_input canonical_solution reward_model test_cases checker""".split()
ODD = [
    None, 0, True, "", "x", "\ud800", "assert f(1) == 1", "def f(x): return x", [], {}, [1], ["1"], [[[1], 1]], "f", "f()",
    {"inputs": ["1"], "outputs": ["1"]}, {"inputs": None, "outputs": 3}, {"input": ["1"], "output": ["1"]}, "tokens",
    [{"input": "1", "output": "1"}], [{"stdin": "1", "stdout": "1"}], [{"args": [1], "raises": 3}], [[[]]] * 3, 10**400,
]  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(ODD), max_size=7), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_row_ends_a_file(judge, rows):
    lines = [json.dumps(row).encode() for row in rows]
    found = list(judge_rows(iter(lines), judge))
    assert [number for number, _, _ in found] == list(range(1, len(rows) + 1))
    assert all(isinstance(verdict, UsageError) or verdict.score in (0, 1) for _, _, verdict in found)
