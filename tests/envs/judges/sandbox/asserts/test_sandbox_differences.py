# ruff: noqa: E501 - cases are short programs on one line
"""What differs from running tests in the code's own process: it works all the same, or the row is refused."""

import pytest

from envs.core.errors import UsageError

MOCK = "from unittest.mock import patch, Mock, mock_open\n"
# name: (code, tests, a part of the code, what makes it wrong)
WORKS = {
    "print": ("def f(n): print('Hi', n, sep=',')", MOCK + "with patch('builtins.print') as p:\n    f('x')\np.assert_called_once_with('Hi', 'x', sep=',')", "sep=','", "sep=';'"),
    "print_twice": ("def f(n):\n    for i in range(n): print(i)", MOCK + "with patch('builtins.print') as p:\n    f(2)\nassert [c.args for c in p.call_args_list] == [(0,), (1,)]", "print(i)", "print(n)"),
    "open": ("def f(p):\n    with open(p) as h: return h.read().upper()", MOCK + "with patch('builtins.open', mock_open(read_data='abc')) as m:\n    assert f('x') == 'ABC'\nm.assert_called_once_with('x')", ".upper()", ""),
    "context": ("def f(c):\n    with c: return 1", "from unittest.mock import MagicMock\nm = MagicMock()\nassert f(m) == 1\nm.__enter__.assert_called_once_with()\nm.__exit__.assert_called_once_with(None, None, None)", "with c", "if True"),
    "input": ("def f(): return int(input('? ')) + 1", MOCK + "with patch('builtins.input', side_effect=['4']):\n    assert f() == 5", "+ 1", ""),
    "clock": ("import time\ndef f(): return time.time() + 1", MOCK + "with patch('time.time', return_value=5.0):\n    assert f() == 6.0\nassert f() > 100", "+ 1", ""),
    "dice": ("import random\ndef f(): return random.randint(1, 6) * 2", MOCK + "@patch('random.randint', return_value=4)\ndef test(m):\n    assert f() == 8\n    m.assert_called_once_with(1, 6)", "1, 6", "2, 6"),
    "seed": ("import random\ndef f(): return [random.random() for _ in range(3)]", "import random\nrandom.seed(3)\nwant = [random.random() for _ in range(3)]\nrandom.seed(3)\nassert f() == want", "range(3)", "range(2)"),
    "method": ("class A:\n    def g(self): return 1\n    def f(self): return self.g() + 1", MOCK + "with patch.object(A, 'g', return_value=5):\n    assert A().f() == 6\nassert A().f() == 2", "+ 1", "+ 2"),
    "own_module": ("def helper(): return 1\ndef f(): return helper() + 1", MOCK + "import solution\nwith patch('solution.helper', return_value=5) as h:\n    assert solution.f() == 6\n    h.assert_called_once()\nassert solution.f() == 2", "helper() + 1", "2"),
    "own_constant": ("LIMIT = 3\ndef f(x): return x > LIMIT", "import solution\nsolution.LIMIT = 10\nassert not f(5) and f(11)", "x > LIMIT", "x > 3"),
    "monkeypatch": ("import os\ndef f(): return os.getcwd() + '/a'", "def test(monkeypatch):\n    monkeypatch.setattr('os.getcwd', lambda: '/home')\n    assert f() == '/home/a'", "'/a'", "'/b'"),
    "generic": ("from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def __init__(self, x): self.x = x", "b = Box[int](3)\nassert b.x == 3 and isinstance(b, Box)\nassert Box[list[str]]([]).x == []", "= x", "= 0"),
    "gather": ("import asyncio\nasync def f(x):\n    await asyncio.sleep(0.001)\n    return x * 2", "import asyncio\nasync def main():\n    t = asyncio.create_task(f(3))\n    return [*await asyncio.gather(f(1), f(2)), await t, await asyncio.wait_for(f(4), 1)]\nassert asyncio.run(main()) == [2, 4, 6, 8]", "x * 2", "x"),
    "async_loops": ("async def f(n):\n    for i in range(n): yield i", "import asyncio\nasync def main():\n    return [x async for x in f(3)]\nassert asyncio.run(main()) == [0, 1, 2]", "range(n)", "range(2)"),
    "async_with": ("class A:\n    async def __aenter__(self): return self\n    async def __aexit__(self, *e): self.done = True\n    async def get(self): return 5", "import asyncio\nasync def main():\n    async with A() as a:\n        assert await a.get() == 5\n    assert a.done\nasyncio.run(main())", "return 5", "return 4"),
    "callback": ("async def f(cb): return await cb(2)", "import asyncio\nasync def cb(x): return x + 1\nassert asyncio.run(f(cb)) == 3", "cb(2)", "cb(3)"),
    "dataclass": ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 2", "from dataclasses import fields, asdict, astuple, replace, is_dataclass\np = P(1)\nassert is_dataclass(P) and is_dataclass(p) and [(f.name, f.type) for f in fields(P)] == [('x', int), ('y', int)]\nassert asdict(p) == {'x': 1, 'y': 2} and astuple(replace(p, x=5)) == (5, 2)", "= 2", "= 3"),
    "signature": ("def f(a: int, b=2, *c, d: int = 4) -> str: return 'x'", "import inspect\ns = inspect.signature(f)\nassert list(s.parameters) == ['a', 'b', 'c', 'd'] and s.parameters['b'].default == 2\nassert s.return_annotation is str and f.__annotations__['a'] is int", "b=2", "b=3"),
    "attributes": ("class S:\n    def __init__(self): self.items, self.d = [], {}\n    def total(self): return sum(self.items) + len(self.d)", "s = S()\ns.items.append(4)\ns.d['a'] = 1\nassert s.total() == 5 and s.items == [4]", "+ len", "- len"),
    "copies": ("import copy\nclass P:\n    def __init__(self): self.a = [1]", "import copy\np = P()\nq = copy.deepcopy(p)\nq.a.append(2)\nassert p.a == [1] and q.a == [1, 2]", "[1]", "[2]"),
    "environ": ("import os\ndef f(): return os.environ.get('Q', 'd')", "import os\nos.environ['Q'] = '1'\nassert f() == '1'\ndel os.environ['Q']\nassert f() == 'd'", "'Q'", "'Z'"),
    "environ_patched": ("import os\ndef f(): return os.getenv('Q', 'd')", MOCK + "import os\nwith patch.dict(os.environ, {'Q': '1'}):\n    assert f() == '1'\nassert f() == 'd'", "'d'", "'1'"),
    "environ_of_a_test": ("import os\ndef f(): return os.environ.get('Q', 'd')", "def test(monkeypatch):\n    monkeypatch.setenv('Q', '1')\n    assert f() == '1'\n    monkeypatch.delenv('Q')\n    assert f() == 'd'", "'d'", "'1'"),
    "arguments": ("import sys\ndef f(): return sys.argv[1:]", MOCK + "import sys\nwith patch.object(sys, 'argv', ['x', 'a']):\n    assert f() == ['a']\nsys.argv = ['x', 'b']\nassert f() == ['b']", "[1:]", "[:1]"),
    "stream": ("def f(fp): return [line.strip() for line in fp]", "import io\nassert f(io.StringIO('a\\nb\\n')) == ['a', 'b']", ".strip()", ""),
    "stream_table": ("import csv\ndef f(fp):\n    with fp: return list(csv.reader(fp))", "import io\nassert f(io.StringIO('a,b\\n')) == [['a', 'b']]", "(fp))", "(fp))[:0]"),
    "stream_written": ("def f(fp): print('x', file=fp)", "import io\ns = io.StringIO()\nf(s)\nassert s.getvalue() == 'x\\n'", "'x'", "'y'"),
    "stream_mock": ("def f(p):\n    with open(p) as h: return [line.strip() for line in h]", MOCK + "with patch('builtins.open', mock_open(read_data='a\\nb\\n')):\n    assert f('x') == ['a', 'b']", ".strip()", ""),
    "global": ("X = 0\ndef inc():\n    global X\n    X += 1", "assert X == 0\ninc()\nassert X == 1\nimport solution\ninc()\nassert solution.X == 2", "+= 1", "+= 2"),
    "global_list": ("L = []\ndef add(x): L.append(x)", "add(1)\nassert L == [1]\nL.clear()\nadd(2)\nassert L == [2]", "append(x)", "append(3)"),
    "global_shadowed": ("X = 3\ndef f(): return X", "def test(X):\n    assert X == 5\ntest(5)\nassert f() == 3", "return X", "return 5"),
    "vars": ("class V:\n    def __init__(self, x): self.x = x\n    def get(self): return self.x", "v = V(7)\nassert vars(v) == v.__dict__ == {'x': 7}\nv.__dict__['x'] = 8\nassert v.get() == 8 and 'get' in dir(v)", "return self.x", "return 7"),
    "slots": ("class P:\n    __slots__ = ('x',)\n    def __init__(self, x): self.x = x", "p = P(1)\nassert p.x == 1 and not hasattr(p, '__dict__')", "    __slots__ = ('x',)\n", ""),
    "wraps": ("import functools\ndef deco(f):\n    @functools.wraps(f)\n    def g(x): return f(x) + 1\n    return g", "@deco\ndef h(x):\n    'doc'\n    return x\nassert h(1) == 2 and h.__name__ == 'h' and h.__doc__ == 'doc'", "    @functools.wraps(f)\n", ""),
    "container_kinds": ("class L(list): pass\nclass D(dict): pass\nclass S(set): pass", "from collections.abc import Sequence\nassert isinstance(L([1]), list) and isinstance(D(a=1), (str, dict)) and isinstance(S(), set) and issubclass(L, Sequence)\nassert not isinstance(L(), dict | set) and not issubclass(D, list) and L([1, 2]).copy() == [1, 2]", "class L(list)", "class L(tuple)"),
    "container_kinds_of_unittest": ("class L(list): pass", "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertIsInstance(L([1]), list)\n        self.assertNotIsInstance(L([1]), dict)\n        self.assertEqual(len(L([1])), 1)", "(list)", "(dict)"),
    "items": ("class G:\n    def __init__(self, n): self.rows = [[0] * n for _ in range(n)]\n    def __getitem__(self, i): return self.rows[i]\n    def total(self): return sum(map(sum, self.rows))", "g = G(2)\ng[0][1] = 5\ng[1].append(2)\nassert g.total() == 7 and g[0] == [0, 5] and g[1] == [0, 0, 2]", "return self.rows[i]", "return list(self.rows[i])"),
    "items_that_are_made": ("class A(dict):\n    def __missing__(self, key):\n        self[key] = []\n        return self[key]", "d = A()\nd['a'].append(1)\nd['a'].append(2)\nassert d == {'a': [1, 2]}", "return self[key]", "return []"),
    "signature_of_a_test": ("import inspect\ndef curry(f):\n    n = len(inspect.signature(f).parameters)\n    def go(*a): return f(*a) if len(a) >= n else lambda *b: go(*a, *b)\n    return go", "assert curry(lambda a, b, c: a + b + c)(1)(2)(3) == 6", ">= n", "> n"),
    "types_of_a_test": ("import functools, inspect\ndef checked(f):\n    @functools.wraps(f)\n    def g(*a, **k):\n        for name, value in inspect.signature(f).bind(*a, **k).arguments.items():\n            if not isinstance(value, f.__annotations__.get(name, object)): raise TypeError(name)\n        return f(*a, **k)\n    return g", "@checked\ndef add(a: int, b: int = 1) -> int: return a + b\nassert add(1) == 2 and add(1, b=3) == 4\ntry:\n    add('1')\n    assert False\nexcept TypeError as e:\n    assert str(e) == 'a'", "raise TypeError(name)", "pass"),
    "default": ("from collections import defaultdict\ndef f(): return defaultdict(list, a=[1])", "c = f()\nassert c['new'] == [] and c['a'] == [1]", "(list,", "(dict,"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
def test_it_works_all_the_same(judge, name):
    code, tests, part, wrong = WORKS[name]
    verdict = judge.judge(code, tests)
    assert verdict.score == 1, verdict
    assert part in code
    verdict = judge.judge(code.replace(part, wrong), tests)
    assert verdict.score == 0, verdict


@pytest.mark.parametrize(
    "tests",
    [
        "import inspect\nassert inspect.isgeneratorfunction(f)",
        "from inspect import getsource\nassert 'for' not in getsource(f)",
        "import types\nassert isinstance(f(1), types.GeneratorType)",
        "assert f.__code__.co_argcount == 1",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        with self.assertLogs('x'): f(1)",
        "import pytest\ndef test():\n    with pytest.warns(UserWarning): f(1)",
        "from pytest import warns\ndef test():\n    with warns(UserWarning): f(1)",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        with self.assertWarns(UserWarning): f(1)",
        "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    f(1)\nassert len(w) == 1",
        "def test(tmp_path):\n    assert f(tmp_path) == 1",
        "def test(request):\n    assert f(request.node.name) == 1",
        "import pytest\n@pytest.mark.xfail(strict=True)\ndef test(): assert f(1) == 2",
        "import tempfile\nwith tempfile.NamedTemporaryFile('w') as g:\n    assert f(g.name) == 1",
        "with open('/tmp/x', 'w') as g: g.write('1')\nassert f('/tmp/x') == 1",
        "import os\nos.makedirs('/tmp/x/y')\nassert f('/tmp/x') == 1",
        "import pytest\n@pytest.mark.skipif('sys.x')\ndef test(): assert f(1) == 2",
        "import pytest\n@pytest.fixture\ndef n(): return 1\n@pytest.mark.parametrize('n', [1], indirect=True)\ndef test(n): assert f(n) == 1",
    ],
)
def test_what_does_not_leave_the_codes_process_refuses_the_row(judge, tests):
    with pytest.raises(UsageError, match="the tests"):
        judge.judge("def f(x): return 1", tests)


@pytest.mark.parametrize(
    "tests",
    [
        "def test(f):\n    assert f(1) == 1\ntest(f)",
        "import pytest\n@pytest.fixture\ndef one(): return 1\ndef test(one):\n    assert f(one) == 1",
        "import pytest\n@pytest.mark.parametrize('a, b', [(1, 1)])\ndef test(a, b):\n    assert f(a) == b",
        "from unittest.mock import patch\n@patch('time.time')\ndef test(clock):\n    assert f(1) == 1",
        "def test(n=1):\n    assert f(n) == 1",
        "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    assert f(1) == 1",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(f(1), 1)",
    ],
)
def test_what_the_tests_bring_themselves_is_no_fixture(judge, tests):
    assert judge.judge("def f(x): return 1", tests).score == 1


FORMS = {
    "this": "import unittest\nclass T(unittest.TestCase):\n    def test(this): this.assertEqual(f(2), 2)",
    "bound": "class TestF:\n    def test(me): assert f(2) == 2",
    "static": "class TestF:\n    @staticmethod\n    def test(): assert f(2) == 2\n    @classmethod\n    def test_b(kind): assert f(3) == 3",
    "params": "import pytest\n@pytest.fixture(params=[1, 2])\ndef n(request): return request.param\ndef test(n): assert f(n) == n",
    "params_of_another": "import pytest\n@pytest.fixture(params=[1, 2])\ndef n(request): return request.param\n@pytest.fixture\ndef m(n): return n + 1\nclass TestF:\n    def test(self, m): assert f(m) == m",
    "finalizer": "import pytest\nL = []\n@pytest.fixture\ndef n(request):\n    request.addfinalizer(lambda: L.append(1))\n    return 2\ndef test(n): assert f(n) == 2\ndef test_z(): assert f(len(L)) == 1",
    "xfail": "import pytest\n@pytest.mark.xfail(reason='x')\ndef test(): assert f(1) == 9\ndef test_b(): assert f(2) == 2",
    "param_marks": "import pytest\n@pytest.mark.parametrize('a, b', [(2, 2), pytest.param(1, 9, marks=pytest.mark.skip)])\ndef test(a, b): assert f(a) == b",
    "class_rows": "import pytest\n@pytest.mark.parametrize('a', [2, 3])\nclass TestF:\n    def test(self, a): assert f(a) == a",
    "named": "import pytest\n@pytest.fixture(name='two')\ndef _two(): return 2\ndef test(two): assert f(two) == 2",
    "module_scope": "import pytest\n@pytest.fixture(scope='module')\ndef n(): return []\ndef test(n):\n    n.append(2)\n    assert f(2) == 2\ndef test_b(n): assert f(len(n)) == 1",
    "mocks": "from unittest.mock import ANY, MagicMock, Mock, call, patch, sentinel\nservice = MagicMock()\nother = Mock()\ndef test(): assert f(2) == 2",
    "match": "import pytest\ndef test():\n    with pytest.raises(TypeError) as e: f()\n    assert e.match('argument')\n    assert f(2) == 2",
    "captured": "def test(capsys):\n    assert f(2) == 2\n    out, err = capsys.readouterr()\n    assert out == err == ''",
    "limit": "import sys\nsys.setrecursionlimit(9000)\nassert f(2) == 2",
    "module": "def setup_module():\n    global N\n    N = [3]\ndef test():\n    assert f(N[0]) == 3\n    N.append(1)\ndef test_b(): assert f(len(N)) == 2",
    "function": "def setup_function(function):\n    global N\n    N = [2]\ndef test():\n    assert f(N[0]) == 2\n    N.append(1)\ndef test_b(): assert f(len(N)) == 1",
    "run": "import unittest\nclass T(unittest.TestCase):\n    def runTest(self): self.assertEqual(f(2), 2)",
    "beside": "from .solution import f\nassert f(2) == 2",
    "package": "from . import solution\nassert solution.f(2) == 2",
    "main": "from main import f\nassert f(2) == 2",
    "main_module": "import main\nassert main.f(2) == 2",
    "skipif": "import pytest\n@pytest.mark.skipif(True, reason='x')\ndef test(): assert f(1) == 2\ndef test_b(): assert f(2) == 2",
    "no_skipif": "import pytest\n@pytest.mark.skipif(False, reason='x')\ndef test(): assert f(2) == 2",
    "uses": "import pytest\nL = []\n@pytest.fixture\ndef n(): L.append(2)\n@pytest.mark.usefixtures('n')\ndef test(): assert f(len(L)) == 1",
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_tests_runs_as_its_runner_would(judge, name):
    assert judge.judge("def f(x): return x", FORMS[name]).score == 1
    assert judge.judge("def f(x): return x + 1", FORMS[name]).score == 0


def test_a_patched_name_tells_the_code_nothing_of_what_is_expected(judge):
    tests = MOCK + "with patch('builtins.print') as p:\n    f()\np.assert_called_once_with('right')"
    for trick in (
        "print.assert_called_once_with = lambda *a: None",
        "print.call_args_list.append(1)",
        "print.reset_mock()",
    ):
        code = f"def f():\n    try:\n        {trick}\n    except Exception: pass\n    print('wrong')"
        assert judge.judge(code, tests).score == 0


SHARED = {
    "set": ("import os\ndef f(v): os.environ['MODE'] = v", "import os\nf('a')\nassert os.environ['MODE'] == 'a'"),
    "deleted": (
        "import os\ndef f(v): os.environ['MODE'] = v\ndef g(): del os.environ['MODE']",
        "import os\nf('a')\nassert 'MODE' in os.environ\ng()\nassert 'MODE' not in os.environ",
    ),
    "back": (
        "import os\ndef f(v): os.environ['MODE'] = v\ndef g(): return os.environ.get('MODE')",
        "import os\nf('a')\nassert g() == 'a'\ndel os.environ['MODE']\nassert g() is None\nos.environ['MODE'] = 'b'\nassert g() == 'b'",
    ),
    "errors": (
        "import sys\ndef f(n): print(n, file=sys.stderr)",
        "def test(capsys):\n    f(1)\n    assert capsys.readouterr().err == '1\\n'",
    ),
    "list": ("L = []\ndef f(n): L.append(n)", "from solution import L, f\nf(1)\nf(2)\nassert L == [1, 2]"),
    "deep": (
        "def f(n): return 0 if n == 0 else 1 + f(n - 1)",
        "import sys\nsys.setrecursionlimit(9000)\nassert f(5000) == 5000",
    ),
    "module": (
        "def f(): return 1\ndef __getattr__(name):\n    if name == 'answer': return 42\n    raise AttributeError(name)",
        "import solution\nassert solution.answer == 42\nassert not hasattr(solution, 'other')",
    ),
}


@pytest.mark.parametrize("name", SHARED)
def test_code_and_tests_share_one_world(judge, name):
    code, tests = SHARED[name]
    assert judge.judge(code, tests).score == 1
    assert judge.judge("def f(*a): return None\ndef g(): return None\nL = []\nanswer = 1", tests).score == 0
