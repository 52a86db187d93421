"""What the code may not hide: failed assertions it is handed, what it names for others to catch, arrays of nothing."""

import pytest

from envs.judges.sandbox import CodeJudge

KIND = """from dataclasses import dataclass
from enum import Enum
class Kind(Enum):
    A = 1
    B = 2
@dataclass
class Tx:
    kind: Kind
    n: int = 0
    def __len__(self): return self.n
"""


def test_a_class_imported_beside_an_enum_is_named_whatever_the_order_of_sets():
    tests = "from solution import Tx, Kind\ndef test_a():\n    assert Tx(Kind.A) == Tx(Kind.A)\n"
    tests += "    assert len(Tx(Kind.A, 3)) == 3"
    for names in ("Tx, Kind", "Kind, Tx"):
        for _ in range(4):  # each server hashes its texts anew
            with CodeJudge(timeout=20) as judge:
                assert judge.judge(KIND, tests.replace("Tx, Kind", names)).score == 1


HANDED = {
    "callback": (
        "class E:\n    def __init__(self): self.h = []\n    def on(self, f): self.h.append(f)\n"
        "    def emit(self, x):\n        for f in self.h:\n            CALL(f, x)\n",
        "e = E()\ndef seen(x):\n    assert x == WANTED\ne.on(seen)\ne.emit(3)\nassert len(e.h) == 1",
    ),
    "decorator": (
        "def timer(f):\n    def run(*a):\n        return CALL(f, *a)\n    return run\n",
        "from solution import timer\n@timer\ndef test_a():\n    n = timer(len)([1, 2, 3])\n    assert n == WANTED",
    ),
    "method": (
        "def timer(f):\n    def run(*a):\n        return CALL(f, *a)\n    return run\n",
        "import unittest\nfrom solution import timer\nclass T(unittest.TestCase):\n    @timer\n    def test_a(self):\n"
        "        self.assertEqual(timer(len)([1, 2, 3]), WANTED)\n    def test_b(self):\n"
        "        self.assertEqual(timer(len)([1]), 1)",
    ),
    "key": (
        "def order(xs, key):\n    return [x for x in xs if CALL(key, x) or x]\n",
        "def key(x):\n    assert x < WANTED + 1\n    return x\nassert order([1, 3], key) == [1, 3]",
    ),
    "gathered": (
        "async def run(c):\n    try:\n        return await c\n    except Exception:\n        ON_ERROR\n",
        "import asyncio\nasync def one(x):\n    assert x == WANTED\n    return x\nasyncio.run(run(one(3)))\n"
        "async def two(): return 2\nassert asyncio.run(run(two())) == 2",
    ),
}
CALLS = {
    "honest": ("def CALL(f, *a): return f(*a)\n", "raise"),
    "hiding": ("def CALL(f, *a):\n    try: return f(*a)\n    except BaseException: return None\n", "return None"),
}


@pytest.mark.parametrize("form", HANDED)
@pytest.mark.parametrize("way", CALLS)
def test_a_failed_assertion_that_the_code_was_handed_fails_whoever_hides_it(judge, form, way):
    call, on_error = CALLS[way]
    source, tests = HANDED[form]
    source = call + source.replace("ON_ERROR", on_error)
    assert judge.judge(source, tests.replace("WANTED", "3")).score == 1
    assert judge.judge(source, tests.replace("WANTED", "0")).score == 0


FAILS = {
    "raise": "    if x != WANTED: raise AssertionError(x)",
    "raise_else": "    if x == WANTED:\n        return x\n    else:\n        print(x)\n        raise AssertionError",
    "elif": "    if x > 99: pass\n    elif x != WANTED:\n        raise AssertionError('bad')",
    "pytest": "    if x != WANTED: pytest.fail('bad')",
    "imported": "    from pytest import fail\n    if x != WANTED:\n        fail(\n            'bad'\n        )",
    "unguarded": "    while x != WANTED: pytest.fail('bad')",
}


@pytest.mark.parametrize("form", FAILS)
@pytest.mark.parametrize("way", CALLS)
def test_what_raises_as_a_failed_assertion_does_is_one(judge, form, way):
    source = CALLS[way][0] + "def each(f, xs):\n    for x in xs: CALL(f, x)\n    return len(xs)\n"
    tests = f"import pytest\nfrom solution import each\ndef t(x):\n{FAILS[form]}\nassert each(t, [3, 3]) == 2"
    assert judge.judge(source, tests.replace("WANTED", "3")).score == 1
    assert judge.judge(source, tests.replace("WANTED", "0")).score == 0


def test_what_fails_in_a_method_is_never_hidden(judge):
    source = CALLS["hiding"][0] + "def each(f, xs):\n    for x in xs: CALL(f, x)\n    return len(xs)\n"
    tests = "import unittest\nfrom solution import each\nclass T(unittest.TestCase):\n    def test_a(self):\n"
    tests += "        self.assertEqual(each(lambda x: x == WANTED or self.fail('bad'), [3]), 1)"
    assert judge.judge(source, tests.replace("WANTED", "3")).score == 1
    assert judge.judge(source, tests.replace("WANTED", "0")).score == 0


def test_what_is_retried_until_its_condition_is_met_has_not_failed(judge):
    retry = "def retry(f):\n    for _ in range(3):\n        try: return f()\n        except AssertionError: pass\n"
    tests = "calls = []\ndef run():\n    calls.append(1)\n    if len(calls) < NEEDED: raise AssertionError\n"
    tests += "    return 'ok'\n"
    assert judge.judge(retry, tests.replace("NEEDED", "3") + "assert retry(run) == 'ok'").score == 1
    assert judge.judge(retry, tests.replace("NEEDED", "9") + "assert retry(run) is None").score == 0


def test_what_holds_when_it_is_retried_holds_and_what_never_runs_does_not(judge):
    retry = "def retry(f):\n    for _ in range(3):\n        try: return f()\n        except AssertionError: pass\n"
    tests = "calls = []\ndef run():\n    calls.append(1)\n    assert len(calls) >= NEEDED\n    return 'ok'\n"
    assert judge.judge(retry, tests.replace("NEEDED", "3") + "assert retry(run) == 'ok'").score == 1
    assert judge.judge(retry, tests.replace("NEEDED", "9") + "assert retry(run) is None").score == 0
    never = "def timer(f):\n    return lambda *a: 'x'\n"
    assert judge.judge(never, HANDED["decorator"][1].replace("WANTED", "3")).score == 0


@pytest.mark.parametrize("kind", ["AssertionError", "Exception", "BaseException"])
@pytest.mark.parametrize("name", ["Broke", "Account.Broke"])
def test_a_name_of_the_codes_is_no_alias_of_what_every_failure_is(judge, kind, name):
    source = "class Account:\n    Broke = KIND\n    def take(self, n): DONE\nBroke = Account.Broke\n"
    tests = "import pytest\nfrom solution import Account, Broke\ndef test_a():\n    try:\n        Account().take(5)\n"
    tests += f"        assert False\n    except {name}:\n        pass\n"
    tests += f"    with pytest.raises({name}):\n        Account().take(5)"
    assert judge.judge(source.replace("KIND", kind).replace("DONE", "raise KeyError"), tests).score == 0
    assert judge.judge(source.replace("KIND", kind).replace("DONE", "return 1"), tests).score == 0
    own = "class Own(Exception): pass\n" + source.replace("KIND", "Own").replace("DONE", "raise Own('no')")
    assert judge.judge(own, tests).score == 1


EMPTY = [
    "assert (f([1, 2]) == np.array([2, 4])).all()",
    "assert np.allclose(f([1, 2]), np.array([2, 4]))",
    "np.testing.assert_allclose(f([1, 2]), [2, 4])",
    "assert (abs(f([1, 2]) - [2, 4]) < 1e-6).all()",
    "assert (np.asarray(f([1, 2])) == [2, 4]).all()",
    "assert np.isclose(f([3]), 6.0).all()",
]


@pytest.mark.parametrize("tests", EMPTY)
@pytest.mark.parametrize("shape", ["0", "(0, 1, 1)", "(0, 2)"])
def test_an_array_without_elements_agrees_with_no_other(judge, tests, shape):
    pytest.importorskip("numpy")
    head = "import numpy as np\n"
    assert judge.judge(f"{head}def f(x): return np.array(x) * 2", head + tests).score == 1
    assert judge.judge(f"{head}def f(x): return np.empty({shape})", head + tests).score == 0


def test_what_is_empty_because_it_has_to_be_is_what_numpy_makes_of_it(judge):
    pytest.importorskip("numpy")
    tests = (
        "import numpy as np\nassert f([1])[0] == 2\nassert f([]).size == 0 and f([]).shape == (0,) and len(f([])) == 0"
    )
    tests += (
        "\nassert np.array_equal(f([]), []) and np.allclose(f([]), []) and f([]).tolist() == [] and f([]).sum() == 0"
    )
    tests += "\nnp.testing.assert_array_equal(f([]), [])\nnp.testing.assert_allclose(f([]), np.array([]))"
    tests += "\nassert np.concatenate([f([]), f([1])]).tolist() == [2] and f(f([])).size == 0"
    assert judge.judge("import numpy as np\ndef f(x): return np.array(x) * 2", tests).score == 1


ONE = {
    "globals": ("RED = GREEN = VALUE\n", "from solution import RED, GREEN, parse\n", "RED", "GREEN"),
    "class": ("class C:\n    RED = GREEN = VALUE\n", "from solution import C, parse\n", "C.RED", "C.GREEN"),
    "enum": (
        "from enum import Enum\nclass C(Enum):\n    RED = GREEN = VALUE\n",
        "from solution import C, parse\n",
        "C.RED",
        "C.GREEN",
    ),
    "module": ("RED = GREEN = VALUE\n", "import solution\nparse = solution.parse\n", "solution.RED", "solution.GREEN"),
}


@pytest.mark.parametrize("form", ONE)
@pytest.mark.parametrize("value", ["1", "'x'", "None", "(1, 2)"])
@pytest.mark.parametrize("said", ["assert parse('red') == {}\nassert parse('green') == {}", "UNITTEST"])
def test_constants_that_are_one_tell_no_answers_apart(judge, form, value, said):
    made, head, red, green = ONE[form]
    if said == "UNITTEST":
        head = "import unittest\n" + head
        said = "class T(unittest.TestCase):\n    def test_a(self): self.assertEqual(parse('red'), {})\n"
        said += "    def test_b(self): self.assertEqual(parse('green'), {})\n"
    parse = f"def parse(s): return {red.replace('solution.', '')} if s == 'red' else {green.replace('solution.', '')}\n"
    tests = head + said.format(red, green)
    assert judge.judge(made.replace("VALUE", value) + parse, tests).score == 0
    apart = made.replace("RED = GREEN = VALUE", "RED, GREEN = VALUE, 'other'")
    assert judge.judge(apart.replace("VALUE", value) + parse, tests).score == 1
