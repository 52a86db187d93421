# ruff: noqa: E501 - the sources are short programs on one line
"""Honest code whose tests use what plain data and a few handles must carry: (name, source, tests)."""

from gymtests.controls.honest_form import Control

_PROGRAMS = (
    (
        "exceptions_as_values",
        "class Bad(Exception):\n    def __init__(self, n): super().__init__(n); self.n = n\ndef f(x): return Bad(x) if x else ValueError('zero')\ndef g(e): raise e\n",
        "assert isinstance(f(0), ValueError) and str(f(0)) == 'zero'\nassert isinstance(f(3), Bad) and f(3).n == 3\nclass Mine(Bad): pass\ntry:\n    g(Mine(5))\n    assert False\nexcept Bad as e:\n    assert e.n == 5",
    ),
    (
        "vector_times_number",
        "class V:\n    def __init__(self, x, y): self.x, self.y = x, y\n    def __mul__(self, k): return V(self.x * k, self.y * k)\n    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)\n",
        "assert V(1, 2) * 3 == V(3, 6)",
    ),
    (
        "vector_alone",
        "class V:\n    def __init__(self, x, y): self.x, self.y = x, y\n    def __mul__(self, k): return V(self.x * k, self.y * k)\n",
        "v = V(1, 2) * 3\nassert v.x == 3 and v.y == 6",
    ),
    (
        "money_alone",
        "class Money:\n    def __init__(self, c): self.c = c\n    def __add__(self, o): return Money(self.c + (o.c if isinstance(o, Money) else o))\n    __radd__ = __add__\n    def __eq__(self, o): return self.c == o.c\n    def __str__(self): return f'${self.c / 100:.2f}'\n",
        "assert sum([Money(1), Money(2)]) == Money(3)\nassert str(Money(150) + Money(50)) == '$2.00'",
    ),
    (
        "documentation",
        "def f(x):\n    'Adds one.'\n    return x + 1\n",
        "assert f.__doc__ == 'Adds one.' and f.__name__ == 'f' and f(1) == 2",
    ),
    (
        "kwargs_nested_in_place",
        "def fill(grid, cfg): grid[0]['a'].append(1); cfg['n'] += 1\n",
        "g, c = [{'a': []}], {'n': 0}\nfill(cfg=c, grid=g)\nassert g == [{'a': [1]}] and c == {'n': 1}",
    ),
    ("tuple_holding_a_list", "def f(pair): pair[0].append(3)\n", "t = ([1], 2)\nf(t)\nassert t == ([1, 3], 2)"),
    (
        "array_in_place",
        "import numpy as np\ndef f(a): a[0] = 9\n",
        "import numpy as np\na = np.zeros(3)\nf(a)\nassert a.tolist() == [9, 0, 0]",
    ),
    (
        "two_exception_bases",
        "class E(KeyError, AttributeError): pass\nclass F(E, ValueError): pass\ndef f(): raise F('x')\n",
        "for kind in (KeyError, AttributeError, ValueError, LookupError):\n    try:\n        f()\n        assert False\n    except kind:\n        pass",
    ),
    (
        "exception_with_text",
        "class E(ValueError):\n    def __init__(self, n): self.n = n; super().__init__(n)\n    def __str__(self): return f'bad {self.n}'\ndef f(n): raise E(n)\n",
        "import pytest\ndef test():\n    with pytest.raises(ValueError, match='bad 3') as info: f(3)\n    assert str(info.value) == 'bad 3' and info.value.n == 3",
    ),
    (
        "json_error",
        "import json\ndef f(s): return json.loads(s)\n",
        "import json\ntry:\n    f('{')\n    assert False\nexcept json.JSONDecodeError:\n    pass\nassert f('[1]') == [1]",
    ),
    (
        "stop_iteration_by_next",
        "def f(): return iter([1])\n",
        "it = f()\nassert next(it) == 1\ntry:\n    next(it)\n    assert False\nexcept StopIteration:\n    pass",
    ),
    (
        "subclass_in_tests",
        "class Animal:\n    def __init__(self, name): self.name = name\n    def speak(self): return self.name + ' ' + self.sound()\n    def sound(self): raise NotImplementedError\n",
        "class Dog(Animal):\n    def sound(self): return 'woof'\nassert Dog('rex').speak() == 'rex woof'\nassert isinstance(Dog('a'), Animal)",
    ),
    (
        "abstract_class",
        "from abc import ABC, abstractmethod\nclass Shape(ABC):\n    @abstractmethod\n    def area(self): ...\nclass Sq(Shape):\n    def __init__(self, a): self.a = a\n    def area(self): return self.a ** 2\n",
        "assert Sq(3).area() == 9\ntry:\n    Shape()\n    assert False\nexcept TypeError:\n    pass",
    ),
    (
        "str_enum_as_key",
        "from enum import Enum\nclass S(str, Enum):\n    A = 'a'\n    B = 'b'\ndef f(): return {S.A: 1, S.B: 2}\n",
        "assert f() == {'a': 1, 'b': 2}\nassert f()[S.A] == 1\nassert S('a') is S.A and S.A.value == 'a'",
    ),
    (
        "enum_unnamed",
        "from enum import Enum\nclass C(Enum):\n    RED = 1\ndef f(): return C.RED\n",
        "assert f().value == 1 and f().name == 'RED'\nassert f() is f()",
    ),
    (
        "enum_members",
        "from enum import Enum, IntEnum\nclass C(Enum):\n    RED = 1\n    BLUE = 2\nclass P(IntEnum):\n    LOW = 1\n    HIGH = 5\n",
        "assert [c.name for c in C] == ['RED', 'BLUE'] and len(C) == 2\nassert C['RED'] is C.RED and C(2) == C.BLUE\nassert P.LOW < P.HIGH and P.HIGH == 5",
    ),
    (
        "pure_path",
        "from pathlib import Path\ndef f(p): return p.with_suffix('.md').name\ndef g(a, b): return Path(a) / b\n",
        "from pathlib import Path\nassert f(Path('/a/b.txt')) == 'b.md'\nassert g('a', 'b') == Path('a/b')",
    ),
    (
        "slice_argument",
        "def f(xs, s): return xs[s]\ndef g(n): return slice(n)\n",
        "assert f([1, 2, 3], slice(1, None)) == [2, 3]\nassert [1, 2, 3][g(2)] == [1, 2]",
    ),
    (
        "namespace_argument",
        "def f(o): return o.x + o.y\ndef g(o): o.z = 3\n",
        "from types import SimpleNamespace\no = SimpleNamespace(x=1, y=2)\nassert f(o) == 3\ng(o)\nassert o.z == 3",
    ),
    (
        "pattern_argument",
        "def f(p, s): return p.findall(s)\n",
        "import re\nassert f(re.compile('a+'), 'aa b a') == ['aa', 'a']",
    ),
    (
        "match_result",
        "import re\ndef f(s): return re.match(r'(\\w)(\\d)', s)\n",
        "m = f('a1')\nassert m and m.group(1) == 'a' and m.groups() == ('a', '1') and m.span() == (0, 2)\nassert f('!') is None",
    ),
    (
        "random_seeded",
        "def f(rng, xs):\n    ys = list(xs)\n    rng.shuffle(ys)\n    return ys\n",
        "import random\nassert sorted(f(random.Random(1), [3, 1, 2])) == [1, 2, 3]",
    ),
    (
        "magic_mock",
        "def f(api): return api.get('x').json()['v']\n",
        "from unittest.mock import MagicMock\napi = MagicMock()\napi.get.return_value.json.return_value = {'v': 7}\nassert f(api) == 7\napi.get.assert_called_once_with('x')",
    ),
    (
        "mock_side_effect",
        "def retry(f):\n    try: return f()\n    except ValueError: return f()\n",
        "from unittest.mock import Mock\nm = Mock(side_effect=[ValueError, 3])\nassert retry(m) == 3 and m.call_count == 2",
    ),
    (
        "ufuncs",
        "def f(op, a, b): return op(a, b)\n",
        "import numpy as np, operator, math\nassert f(np.add, 1, 2) == 3\nassert f(operator.mul, 2, 3) == 6 and f(math.pow, 2, 3) == 8 and f(max, 2, 3) == 3",
    ),
    (
        "captured_output",
        "def hello(name): print('hi', name)\n",
        "import io\nfrom contextlib import redirect_stdout\nbuf = io.StringIO()\nwith redirect_stdout(buf): hello('x')\nassert buf.getvalue() == 'hi x\\n'",
    ),
    (
        "patched_stdout",
        "import sys\ndef hello(): sys.stdout.write('hi')\n",
        "import io\nfrom unittest.mock import patch\nwith patch('sys.stdout', new_callable=io.StringIO) as out:\n    hello()\nassert out.getvalue() == 'hi'",
    ),
    (
        "patched_input",
        "def ask(): return int(input('n? ')) + int(input())\n",
        "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['3', '4']):\n    assert ask() == 7",
    ),
    (
        "patched_stdin",
        "import sys\ndef total(): return sum(int(x) for x in sys.stdin)\n",
        "import io, sys\nsys.stdin = io.StringIO('1\\n2\\n')\nassert total() == 3",
    ),
    (
        "capsys",
        "def hello(): print('hi')\n",
        "def test(capsys):\n    hello()\n    assert capsys.readouterr().out == 'hi\\n'",
    ),
    (
        "monkeypatch",
        "def ask(): return input() * 2\n",
        "import pytest\ndef test(monkeypatch):\n    monkeypatch.setattr('builtins.input', lambda *a: 'x')\n    assert ask() == 'xx'",
    ),
    (
        "fixtures",
        "class Stack:\n    def __init__(self): self.x = []\n    def push(self, v): self.x.append(v)\n    def pop(self): return self.x.pop()\n",
        "import pytest\nfrom solution import Stack\n@pytest.fixture\ndef stack():\n    s = Stack()\n    s.push(1)\n    return s\ndef test_pop(stack):\n    assert stack.pop() == 1\nclass TestStack:\n    def setup_method(self): self.s = Stack()\n    def test_error(self):\n        with pytest.raises(IndexError): self.s.pop()",
    ),
    (
        "parametrize",
        "def add(a, b): return a + b\n",
        "import pytest\n@pytest.mark.parametrize(('a', 'b', 'c'), [(1, 2, 3), pytest.param(0, 0, 0)])\ndef test(a, b, c): assert add(a, b) == c\n@pytest.mark.parametrize('x', [1, 2])\ndef test_one(x): assert add(x, 0) == x",
    ),
    (
        "pytest_approx_list",
        "def f(): return [0.1 + 0.2, 1 / 3]\n",
        "import pytest\ndef test(): assert f() == pytest.approx([0.3, 0.3333333333])",
    ),
    (
        "unittest_fixtures",
        "class C:\n    def __init__(self): self.n = 0\n    def inc(self): self.n += 1\n",
        "import unittest\nclass T(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls): cls.k = 2\n    def setUp(self): self.c = C()\n    def test_inc(self):\n        self.c.inc()\n        self.assertEqual(self.c.n, 1)\n        self.assertIsInstance(self.c, C)\n    def test_sub(self):\n        for i in range(2):\n            with self.subTest(i=i): self.assertLess(i, self.k)\n",
    ),
    (
        "unittest_raises",
        "def f(x):\n    if x < 0: raise ValueError('negative')\n    return x\n",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        with self.assertRaises(ValueError): f(-1)\n        self.assertRaises(ValueError, f, -2)\n        self.assertRaisesRegex(ValueError, 'neg', f, -3)\nif __name__ == '__main__': unittest.main()",
    ),
    (
        "unittest_async",
        "import asyncio\nasync def f(x): return x + 1\n",
        "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n    async def test(self): self.assertEqual(await f(1), 2)",
    ),
    (
        "kodcode",
        "def two_sum(xs, t):\n    for i, a in enumerate(xs):\n        for j in range(i): \n            if xs[j] + a == t: return [j, i]\n",
        "from solution import two_sum\n\ndef test_a():\n    assert two_sum([2, 7], 9) == [0, 1]\ndef test_b():\n    assert two_sum([1], 3) is None",
    ),
    ("solution_star", "def a(): return 1\ndef b(): return 2\n", "from solution import *\nassert a() + b() == 3"),
    (
        "solution_module",
        "LIMIT = 3\ndef f(): return LIMIT\n",
        "import solution\nassert solution.f() == solution.LIMIT == 3",
    ),
    (
        "main_guard",
        "def f(x): return x\n",
        "def check(f):\n    assert f(1) == 1\nif __name__ == '__main__':\n    check(f)",
    ),
    (
        "imports_in_any_form",
        "def f(x): return x\n",
        "try:\n    import numpy as np\nexcept ImportError:\n    np = None\nif True:\n    import math as m\nfor eps in (1e-9,): pass\nlimit: float = 1.0\nif (n := 3) > 2:\n    from collections import *\nassert abs(f(1.0) - limit) < eps and m.isclose(f(2.0), 2.0) and Counter([f(1)]) == Counter([1]) and n == 3",
    ),
    ("star_import_of_math", "def sqrt2(): return 2 ** .5\n", "from math import *\nassert isclose(sqrt2(), sqrt(2))"),
    (
        "prelude_in_tests",
        "def f(xs): return Counter(xs)\nfrom collections import Counter\n",
        "assert f('aab') == Counter({'a': 2, 'b': 1})\nassert math.floor(2.5) == 2",
    ),
    (
        "candidates_own_gcd",
        "def gcd(a, b):\n    while b: a, b = b, a % b\n    return a\ndef lcm(a, b): return a * b // gcd(a, b)\n",
        "assert gcd(12, 18) == 6\nassert lcm(4, 6) == 12",
    ),
    ("a_candidate_called_filter", "def filter(xs): return [x for x in xs if x]\n", "assert filter([0, 1]) == [1]"),
    (
        "a_name_of_the_library",
        "def product(xs):\n    r = 1\n    for x in xs: r *= x\n    return r\ndef total(xs): return sum(xs)\n",
        "assert product([2, 3]) == 6 and total([1, 2]) == 3",
    ),
    (
        "money",
        "class Money:\n    def __init__(self, c): self.c = c\n    def __add__(self, o): return Money(self.c + (o.c if isinstance(o, Money) else o))\n    __radd__ = __add__\n    def __eq__(self, o): return isinstance(o, Money) and self.c == o.c\n    def __lt__(self, o): return self.c < o.c\n    def __hash__(self): return hash(self.c)\n    def __repr__(self): return f'Money({self.c})'\n",
        "a, b = Money(5), Money(7)\nassert a + b == Money(12)\nassert a < b and not b < a\nassert (a + b).c == 12\nassert sum([a, b]).c == 12\nassert repr(a) == 'Money(5)'\nassert len({Money(1), Money(1)}) == 1",
    ),
    (
        "vectors",
        "class V:\n    def __init__(self, *xs): self.xs = xs\n    def __matmul__(self, o): return sum(a * b for a, b in zip(self.xs, o.xs))\n    def __sub__(self, o): return V(*(a - b for a, b in zip(self.xs, o.xs)))\n    def __abs__(self): return sum(x * x for x in self.xs) ** .5\n    def __len__(self): return len(self.xs)\n    def __iter__(self): return iter(self.xs)\n    def __getitem__(self, i): return self.xs[i]\n",
        "v, w = V(3, 4), V(0, 4)\nassert v @ w == 16 and abs(v) == 5.0 and len(v) == 2\nassert list(v - w) == [3, 0] and v[1] == 4\nassert abs(abs(v - w) - 3) < 1e-9",
    ),
    (
        "matrix_items",
        "class M:\n    def __init__(self, r): self.r = r\n    def __getitem__(self, ij): return self.r[ij[0]][ij[1]]\n    def __setitem__(self, ij, v): self.r[ij[0]][ij[1]] = v\n",
        "m = M([[1, 2], [3, 4]])\nm[0, 1] = 9\nassert m[0, 1] == 9 and m[1, 0] == 3",
    ),
    (
        "dataclasses_unnamed",
        "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    x: int\n    tags: list = field(default_factory=list)\ndef f(n): return P(n, ['a'])\ndef g(): return [P(1), P(2)]\n",
        "p = f(3)\nassert p.x == 3 and p.tags == ['a']\nassert f(3) == f(3) and f(3) != f(4)\nassert [q.x for q in g()] == [1, 2]",
    ),
    (
        "dataclasses_named",
        "from dataclasses import dataclass\n@dataclass(order=True)\nclass P:\n    x: int\n    y: int = 0\ndef f(n): return P(n)\n",
        "assert f(3) == P(3)\nassert f(3).x == 3 and P(1) < P(2)\nassert repr(P(1)) == 'P(x=1, y=0)'",
    ),
    (
        "namedtuples_unnamed",
        "from collections import namedtuple\nfrom typing import NamedTuple\nQ = namedtuple('Q', 'a b')\nclass R(NamedTuple):\n    c: int\ndef f(): return Q(1, 2)\ndef g(): return [R(5)]\n",
        "assert f() == (1, 2) and f().a == 1\na, b = f()\nassert b == 2 and g()[0].c == 5",
    ),
    (
        "tree_unnamed",
        "class Node:\n    def __init__(self, v): self.v, self.left, self.right = v, None, None\ndef build(xs):\n    root = None\n    for x in xs: root = insert(root, x)\n    return root\ndef insert(r, x):\n    if r is None: return Node(x)\n    if x < r.v: r.left = insert(r.left, x)\n    else: r.right = insert(r.right, x)\n    return r\ndef inorder(r): return inorder(r.left) + [r.v] + inorder(r.right) if r else []\n",
        "t = build([2, 1, 3])\nassert t.v == 2 and t.left.v == 1 and t.right.right is None\nassert inorder(t) == [1, 2, 3]",
    ),
    (
        "factory_with_methods",
        "class Account:\n    def __init__(self): self.balance = 0\n    def deposit(self, n): self.balance += n; return self.balance\ndef open_account(): return Account()\n",
        "a = open_account()\nassert a.deposit(5) == 5\na.deposit(2)\nassert a.balance == 7",
    ),
    (
        "custom_iterable",
        "class Evens:\n    def __init__(self, n): self.n = n\n    def __iter__(self): return (i for i in range(0, self.n, 2))\ndef evens(n): return Evens(n)\n",
        "assert list(evens(5)) == [0, 2, 4]\ne = evens(3)\nassert list(e) == list(e) == [0, 2] and 2 in e",
    ),
    (
        "endless_generator",
        "def primes():\n    n = 2\n    while True:\n        if all(n % k for k in range(2, n)): yield n\n        n += 1\n",
        "import itertools\nassert list(itertools.islice(primes(), 4)) == [2, 3, 5, 7]\nassert next(p for p in primes() if p > 10) == 11",
    ),
    (
        "zip_and_map_results",
        "def f(): return zip([1, 2], 'ab')\ndef g(): return map(str, [1])\ndef h(): return {'a': 1}.items()\n",
        "assert list(f()) == [(1, 'a'), (2, 'b')] and list(g()) == ['1'] and dict(h()) == {'a': 1}",
    ),
    (
        "context_manager_function",
        "from contextlib import contextmanager\n@contextmanager\ndef opened(log):\n    log.append('in')\n    yield 5\n    log.append('out')\n",
        "log = []\nwith opened(log) as x:\n    assert x == 5",
    ),
    (
        "decorator_class",
        "class count_calls:\n    def __init__(self, f): self.f, self.calls = f, 0\n    def __call__(self, *a): self.calls += 1; return self.f(*a)\n@count_calls\ndef add(a, b): return a + b\n",
        "assert add(1, 2) == 3 and add.calls == 1",
    ),
    (
        "caches",
        "import functools\n@functools.lru_cache\ndef f(n): return n * 2\n",
        "assert f(2) == 4 and f(2) == 4\nassert f.cache_info().hits >= 1",
    ),
    (
        "partial_results",
        "from functools import partial\ndef adder(k): return partial(lambda a, b: a + b, k)\n",
        "assert adder(2)(3) == 5",
    ),
    (
        "tests_own_node",
        "def reverse(head):\n    prev = None\n    while head: head.next, prev, head = prev, head, head.next\n    return prev\n",
        "class ListNode:\n    def __init__(self, val=0, next=None): self.val, self.next = val, next\nn = reverse(ListNode(1, ListNode(2)))\nassert (n.val, n.next.val, n.next.next) == (2, 1, None)",
    ),
    (
        "solution_class_bare_method",
        "class Solution:\n    def twoSum(self, nums, target): return [0, 1]\n",
        "assert twoSum([2, 7], 9) == [0, 1]",
    ),
    (
        "solution_instance",
        "class Solution:\n    def add(self, a, b): return a + b\n",
        "def check(candidate):\n    assert candidate(a=1, b=2) == 3\ncheck(Solution().add)",
    ),
    (
        "bytes_and_memory",
        "def f(b): return bytes(reversed(b)), bytearray(b)\n",
        "assert f(b'ab') == (b'ba', bytearray(b'ab'))",
    ),
    (
        "dates",
        "import datetime as d\ndef f(x): return x + d.timedelta(days=1)\n",
        "from datetime import date, datetime, timezone\nassert f(date(2024, 2, 28)) == date(2024, 2, 29)\nassert f(datetime(2024, 1, 1, tzinfo=timezone.utc)).day == 2",
    ),
    (
        "numpy_many",
        "import numpy as np\ndef f(a): return a @ a.T\ndef g(): return np.float32(1.5), np.arange(3) > 1\n",
        "import numpy as np\na = np.array([[1., 2.]])\nnp.testing.assert_allclose(f(a), [[5.0]])\nx, y = g()\nassert x == 1.5 and y.tolist() == [False, False, True]",
    ),
    (
        "condition_with_raise",
        "def f(x): return x\n",
        "for i in range(3):\n    if f(i) != i:\n        raise AssertionError(i)",
    ),
    (
        "properties_of_many",
        "def f(xs): return sorted(xs)\n",
        "import random\nfor _ in range(20):\n    xs = [random.randint(0, 9) for _ in range(5)]\n    ys = f(xs)\n    assert all(a <= b for a, b in zip(ys, ys[1:])) and sorted(xs) == ys",
    ),
    (
        "writes_a_file",
        "def save(xs):\n    with open('/tmp/out.txt', 'w') as f:\n        for x in xs: f.write(f'{x}\\n')\n    with open('/tmp/out.txt') as f: return [int(x) for x in f]\n",
        "assert save([1, 2]) == [1, 2]",
    ),
    (
        "leaves_by_exit",
        "import sys\ndef f(x):\n    if x: sys.exit(2)\n    exit()\n",
        "import pytest\ndef test():\n    with pytest.raises(SystemExit) as e: f(1)\n    assert e.value.code == 2",
    ),
    (
        "trie",
        "class Trie:\n    def __init__(self): self.w = set()\n    def insert(self, x): self.w.add(x)\n    def __contains__(self, x): return x in self.w\n    def starts(self, p): return any(w.startswith(p) for w in self.w)\n",
        "t = Trie()\nt.insert('ab')\nassert 'ab' in t and 'b' not in t\nassert t.starts('a') and not t.starts('b')",
    ),
    (
        "singleton",
        "class S:\n    one = None\n    def __new__(cls):\n        cls.one = cls.one or super().__new__(cls)\n        return cls.one\n",
        "assert S() is S()",
    ),
    (
        "comparable_versions",
        "import functools\n@functools.total_ordering\nclass Version:\n    def __init__(self, s): self.t = tuple(map(int, s.split('.')))\n    def __eq__(self, o): return self.t == o.t\n    def __lt__(self, o): return self.t < o.t\n",
        "assert Version('1.2') < Version('1.10') and not Version('2.0') < Version('1.9')\nassert Version('1.0') == Version('1.0') and Version('1.0') != Version('1.1')\nassert max([Version('1.1'), Version('1.3')]).t == (1, 3)",
    ),
)
CONTROLS = [Control(f"object_{name}", source, tests) for name, source, tests in _PROGRAMS]
