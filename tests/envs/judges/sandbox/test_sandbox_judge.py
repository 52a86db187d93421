"""The judge from outside: forms of tests, comparison, reasons and bad input."""

import json

import pytest

from envs.core.errors import UsageError
from envs.judges.sandbox import CodeJudge, Outcome

SQUARE = "def f(x):\n    return x * x\n"
CALLS = [[[2], 4], [[3], 9]]


@pytest.mark.parametrize(
    ("returned", "expected", "same"),
    [
        ("1", True, False),
        ("True", 1, False),
        ("1.0", 1, False),
        ("1", 1.0, False),
        ("(1, 2)", [1, 2], False),
        ("[1, 2]", (1, 2), False),
        ("'1'", 1, False),
        ("b'a'", "a", False),
        ("{1}", frozenset({1}), False),
        ("None", False, False),
        ("[2, 1]", [1, 2], False),
        ("{'a': 1, 'b': 2}", {"b": 2, "a": 1}, True),
        ("{'a': 1}", {"a": True}, False),
        ("{1: 'x'}", {"1": "x"}, False),
        ("{True: 'x'}", {1: "x"}, False),
        ("float('nan')", float("nan"), True),
        ("[float('nan')]", [float("nan")], True),
        ("float('nan')", 0.0, False),
        ("float('inf')", float("-inf"), False),
        ("float('inf')", 1e308, False),
        ("0.1 + 0.2", 0.3, True),
        ("0.3001", 0.3, False),
        ("-0.0", 0.0, True),
        ("[1e-12]", [0.0], True),
        ("1e-6", 0.0, False),
        ("{0.1 + 0.2}", {0.3}, False),
        ("1j + 1e-12", 1j, True),
        ("object()", None, False),
        ("lambda: 1", 1, False),
        ("iter([1, 2])", [1, 2], True),
        ("iter([1, 2])", [2, 1], False),
        ("iter([1, 2])", {1, 2}, False),
        ("[[1, (2,)]]", [[1, (2,)]], True),
        ("[[1, [2]]]", [[1, (2,)]], False),
    ],
)
def test_comparison_is_by_exact_type(judge, returned, expected, same):
    verdict = judge.judge(f"def f(): return {returned}", [{"args": [], "expected": expected}], "f")
    assert verdict.score == same, verdict


def test_a_list_may_stand_for_a_tuple_where_tests_come_from_json():
    with CodeJudge(lists_for_tuples=True) as judge:
        assert judge.judge("def f(): return (1, (2,))", [[[], [1, [2]]]], "f").score == 1
        assert judge.judge("def f(): return [1, 2]", [[[], (1, 2)]], "f").score == 0


def test_every_test_is_counted(judge):
    verdict = judge.judge("def f(x): return 4", CALLS + [[[-2], 4]], "f")
    assert (verdict.passed, verdict.total, verdict.status) == (2, 3, Outcome.FAILED)
    verdict = judge.judge("def f(x): return 4", "assert f(2) == 4\nassert f(3) == 9\nassert f(-2) == 4")
    assert (verdict.passed, verdict.total, verdict.status) == (2, 3, Outcome.FAILED)


@pytest.mark.parametrize(
    ("source", "status", "word"),
    [
        ("def f(x): return x", Outcome.FAILED, "returned 2"),
        ("def f(x): 1 / 0", Outcome.ERROR, "ZeroDivisionError"),
        ("def f(x) return", Outcome.ERROR, "SyntaxError"),
        ("def g(x): return 1", Outcome.ERROR, "never defined"),
        ("import os; os._exit(3)", Outcome.ERROR, "exit code 3"),
        ("x = [0] * 10**10", Outcome.MEMORY, "MemoryError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Outcome.ERROR, "SIGSEGV"),
        ("x = '\\ud800'\ndef f(x): raise ValueError('\\ud800')", Outcome.ERROR, "ValueError"),
        ("\0", Outcome.ERROR, "NUL"),
        ("#" * 2_000_000, Outcome.ERROR, "2000000"),
    ],
)
def test_the_reason_is_named(judge, source, status, word):
    verdict = judge.judge(source, CALLS, "f")
    assert verdict.status is status
    assert word in verdict.reason
    assert "\n" not in verdict.reason
    json.dumps(verdict.reason).encode()


def test_an_entry_point_that_is_never_defined_is_an_error_in_free_form_tests_too(judge):
    verdict = judge.judge("def g(x): return x", "assert f(2) == 4", "f")
    assert verdict.status is Outcome.ERROR
    assert "never defined" in verdict.reason


def test_context_wins_over_the_candidate(judge):
    source = "def helper(x): return 0\ndef f(x): return 99\n"
    tests = "assert helper(f(2)) == 0"
    assert judge.judge(source, tests, "f").score == 1
    assert judge.judge(source, tests, "f", context="def helper(x): return x - 4\n").score == 0
    assert judge.judge(SQUARE, tests, "f", context="def helper(x): return x - 4\n").score == 1


def test_a_deadline_holds_for_tests_that_hang_and_for_code_that_does(judge):
    hanging = [(SQUARE, "while True: f(1)"), ("while True: pass", "assert f(2) == 4"), (SQUARE, "f(1)\nwhile 1: 0")]
    for source, tests in hanging:
        verdict = judge.judge(source, tests, "f", timeout=0.3)
        assert verdict.status is Outcome.TIMEOUT
        assert verdict.score == 0


def test_tests_that_never_use_the_code_are_no_success(judge):
    assert judge.judge(SQUARE, "for i in []:\n    assert f(i) == 0", "f").score == 0


@pytest.mark.parametrize(
    "tests",
    [
        "",
        "   \n",
        "# nothing",
        "x = 1",
        [],
        (),
        None,
        7,
        b"assert f(1)",
        [{}],
        [{"args": 1, "expected": 2}],
        [{"args": [1]}],
        [{"args": [1], "expected": object()}],
        [{"stdin": 1, "stdout": "x"}],
        [{"stdout": None}],
        [1, 2],
        [[1, 2]],
        "assert f(",
        "def check(candidate):\n    assert candidate(1) == 1",
        [{"args": [], "kwargs": [1], "expected": 1}],
        "assert f(1) == '\0'",
        {"cases": []},
    ],
    ids=lambda tests: repr(tests)[:40],
)
def test_bad_tests_are_a_usage_error(judge, tests):
    with pytest.raises(UsageError):
        judge.judge(SQUARE, tests)


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 0},
        {"workers": -1},
        {"workers": 1.5},
        {"timeout": 0},
        {"timeout": -1},
        {"memory_mb": 1},
        {"level": "ful"},
        {"level": "unsafe"},
        {"unsafe_exec": "yes"},
        {"nonsense": 1},
        {"rel_tol": -1},
        {"packages": ("../x",)},
    ],
)
def test_bad_options_are_a_usage_error(options):
    with pytest.raises(UsageError):
        CodeJudge(**options)


@pytest.mark.parametrize("code", [None, b"def f(x): return x", 7])
def test_code_must_be_text(judge, code):
    with pytest.raises(UsageError):
        judge.judge(code, CALLS, "f")


def test_one_job_leaves_nothing_for_the_next(judge):
    spoil = "import builtins, sys, math\nbuiltins.abs = math.sin = None\nsys.modules['json'] = None\nleft = 1\n"
    judge.judge(spoil + SQUARE, CALLS, "f")
    look = "import json, math\nassert 'left' not in globals() and abs(-1) == 1 and math.sin(0) == 0\n" + SQUARE
    assert judge.judge(look, CALLS, "f").score == 1
