"""What a candidate may decide in free-form tests, and what it may write: each rule with the honest code beside it."""

import pytest

WRONG = "def f(x): return 0.0\n"
IMITATIONS = [
    ("def allclose(a, b, **k): return True", "assert allclose(f(2), 4.0)"),
    ("def approx(x, **k): return 0.0", "assert f(2) == approx(4.0)"),
    ("sqrt = lambda x: 0.0", "assert f(3) == sqrt(9)"),
    ("def floor(x): return 7", "r = f(2)\nassert floor(r) == 7"),
    ("def mean(x): return 2.5", "assert mean([f(2)]) == 2.5"),
    ("def dumps(x): return '[4]'", "assert dumps([f(2)]) == '[4]'"),
    ("def eq(a, b): return True", "from solution import f\nassert eq(f(2), 4)"),
    ("def assertEqual(a, b): return True", "assert assertEqual(f(2), 4)"),
    ("def raises(*a): return True", "assert raises(f(2))"),
    ("def is_close(a, b): return True", "assert is_close(f(2), 4)"),
    ("def is_close(a, b): return True", "assert is_close(f(2), 4) == True\nassert (is_close(f(3), 9)) is True"),
    ("def factorial(n): return 1.5", "for n, e in [(2, 2)]:\n    r = f(n)\n    assert r + 1.5 == factorial(n)"),
]


@pytest.mark.parametrize("entry", ["f", None])
@pytest.mark.parametrize(("helper", "tests"), IMITATIONS)
def test_no_function_beside_the_one_under_test_decides_alone(judge, helper, tests, entry):
    assert judge.judge(f"{WRONG}{helper}\n", tests, entry).score == 0


def test_functions_of_a_librarys_name_that_are_tested_by_themselves_are_the_candidates(judge):
    source = "def merge(a, b): return sorted(a + b)\ndef product(xs): return xs[0] * xs[1]\ndef f(x): return x\n"
    tests = "assert merge([1, 3], [2]) == [1, 2, 3]\nassert f(1) == 1\nassert product([2, 3]) == 6 and f(2) == 2"
    assert judge.judge(source, tests, "f").score == 1
    assert judge.judge(source.replace("sorted(a + b)", "a + b"), tests, "f").score == 0
    right = "def f(x): return float(x * x)\nfrom math import sqrt\ndef floor(x): return int(x // 1)\n"
    assert judge.judge(right, "assert sqrt(f(3)) == 3\nassert floor(f(2)) == 4", "f").score == 1


OWN = """class Store:
    limit = 3
    def __init__(self): self.rows, self.note, self.hook = [], None, None
    def count(self): return len(self.rows)
    @staticmethod
    def kind(): return "store"
s = Store()
f(s)
"""


@pytest.mark.parametrize(
    ("source", "tests", "score"),
    [
        ("def f(s): s.count = lambda: 1", OWN + "assert s.count() == 1", 0),
        ("def f(s): s.kind = lambda: 1", OWN + "assert s.kind() == 1", 0),
        ("def f(s): del s.count", OWN + "assert s.count() == 0", 0),
        ("def f(s): s.note, s.limit = 1, 4; s.rows.append(2)", OWN + "assert s.note == 1 and s.limit == 4", 1),
        ("def f(s): s.hook = lambda: 5", OWN + "assert s.hook() == 5", 1),
        (
            "def f(s): s.get = lambda: 1",
            "from types import SimpleNamespace\ns = SimpleNamespace(get=lambda: 2)\nf(s)\nassert s.get() == 1",
            0,
        ),
        (
            "def f(m): m.send.configure_mock(call_count=1)",
            "from unittest.mock import Mock\nm = Mock()\nf(m)\nassert m.send.call_count == 1",
            0,
        ),
        (
            "def f(m): m.send(1)",
            "from unittest.mock import Mock\nm = Mock()\nf(m)\nassert m.send.call_count == 1",
            1,
        ),
    ],
)
def test_a_candidate_writes_data_alone_onto_objects_of_the_tests(judge, source, tests, score):
    assert judge.judge(source, tests, "f").score == score


def test_tests_may_call_from_several_threads(judge):
    source = "n = 0\ndef inc():\n    global n\n    n += 1\ndef get(): return n\ndef f(x): return x * x\n"
    tests = """import threading
from concurrent.futures import ThreadPoolExecutor
threads = [threading.Thread(target=lambda: [inc() for _ in range(50)]) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert get() == 200
with ThreadPoolExecutor(4) as pool:
    assert list(pool.map(f, range(40))) == [n * n for n in range(40)]
"""
    assert judge.judge(source, tests).score == 1
    assert judge.judge(source.replace("n += 1", "n = 7"), tests).score == 0


def test_standard_streams_have_the_names_and_modes_of_an_interpreters(judge):
    source = "import sys\nprint(sys.stdin.mode, sys.stdin.name, sys.stdout.mode, sys.stdout.name)"
    assert judge.judge(source, [{"stdin": "", "stdout": "r <stdin> w <stdout>\n"}]).score == 1


@pytest.mark.parametrize(
    "source",
    [
        "from pathlib import Path\nprint(Path('/dev/stdin').read_text())",
        "import os\nnumber = os.open('/dev/stdin', os.O_RDONLY)\nprint(os.read(number, 9).decode())\nos.close(number)",
        "\ufeffprint(input())",
    ],
)
def test_a_program_reads_its_input_by_any_door(judge, source):
    assert judge.judge(source, [{"stdin": "q", "stdout": "q\n"}]).score == 1


def test_an_equality_of_what_was_made_last_is_found_out(judge):
    source = """class V:
    last = None
    def __init__(self, x): self.x = x; V.last = self
    def __add__(self, other): return self
    def __eq__(self, other): return other is V.last
"""
    honest = source.replace("return self\n", "return V(self.x + other.x)\n").replace(
        "other is V.last", "self.x == other.x"
    )
    for tests in ("assert V(1) + V(2) == V(3)", "assert V(1) + V(2) == V(3)\nassert V(2) + V(2) == V(4)"):
        assert judge.judge(source, tests, "V").score == 0
        assert judge.judge(honest, tests, "V").score == 1


GUARDS = {
    "with": """class G:
    def __enter__(self): return self
    def __exit__(self, *e): return True
    value = 0
""",
    "generator": """from contextlib import contextmanager
@contextmanager
def G():
    try: yield 0
    except BaseException: pass
""",
    "async": """class G:
    async def __aenter__(self): return self
    async def __aexit__(self, *e): return True
    value = 0
""",
}


@pytest.mark.parametrize("kind", GUARDS)
def test_no_context_of_the_candidate_hides_a_failed_assertion(judge, kind):
    source = GUARDS[kind] + "\ndef f(x): return x\n"
    firm = "assert f(1) == 1\n"
    if kind == "async":
        tests = firm + "import asyncio\nasync def main():\n    async with G() as g:\n        BODY\nasyncio.run(main())"
    else:
        tests = firm + "with G() as g:\n    BODY"
    assert judge.judge(source, tests.replace("BODY", "assert f(2) == 5")).score == 0
    assert judge.judge(source, tests.replace("BODY", "raise ValueError")).score == 1


def test_a_task_that_says_it_was_cancelled_is_no_end(judge):
    source = "import asyncio\ndef f(x): return x\nasync def g(x): raise asyncio.CancelledError\n"
    tests = """import asyncio
assert f(1) == 1
async def one():
    assert await g(2) == 5
async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(one())
asyncio.run(main())
"""
    assert judge.judge(source, tests).score == 0
    assert judge.judge(source.replace("raise asyncio.CancelledError", "return 5"), tests).score == 1


def test_a_class_of_the_candidate_is_no_witness_for_its_functions(judge):
    source = "class Check:\n    equal = staticmethod(lambda a, b: True)\ndef f(x): return 0\n"
    assert judge.judge(source, "assert Check.equal(f(1), 2)").score == 0


def test_a_global_of_the_candidate_is_no_witness_for_its_functions(judge):
    source = "S = 'abc'\ndef f(x): return 'a'\n"
    assert judge.judge(source, "assert S.startswith(f(1))").score == 0
