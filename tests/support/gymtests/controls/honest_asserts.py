# ruff: noqa: E501 - the sources are short programs on one line
"""Honest code judged by free-form tests: (name, source, tests, entry point)."""

from gymtests.controls.honest_form import Control

CONTROLS: list[Control] = []


# Free-form tests.
for _name, _source, _tests in (
    (
        "several_functions",
        "def a(x): return x + 1\ndef b(x): return a(x) * 2\n",
        "assert a(1) == 2\nassert b(1) == 4\nassert a(b(2)) == 7",
    ),
    (
        "set_of_result",
        "def f(): return (1, 2, 2)\n",
        "assert set(f()) == {1, 2}\nassert sorted(f()) == [1, 2, 2]\nassert len(f()) == 3",
    ),
    (
        "class",
        "class Stack:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n    def pop(self): return self.items.pop()\n    def __len__(self): return len(self.items)\n",
        "s = Stack()\ns.push(1)\ns.push(2)\nassert len(s) == 2\nassert s.pop() == 2\nassert s.items == [1]\nassert isinstance(s, Stack)\nassert type(s) is Stack and type(s).__name__ == 'Stack'",
    ),
    (
        "class_operators",
        "class V:\n    def __init__(self, x, y): self.x, self.y = x, y\n    def __add__(self, o): return V(self.x + o.x, self.y + o.y)\n    def __mul__(self, k): return V(self.x * k, self.y * k)\n    __rmul__ = __mul__\n    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)\n    def __repr__(self): return f'V({self.x}, {self.y})'\n    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** .5\n    def __bool__(self): return bool(self.x or self.y)\n    def __getitem__(self, i): return (self.x, self.y)[i]\n    def __neg__(self): return V(-self.x, -self.y)\n",
        "assert V(1, 2) + V(3, 4) == V(4, 6)\nassert V(1, 2) * 3 == V(3, 6)\nassert 3 * V(1, 2) == V(3, 6)\nassert (V(1, 2) * 3).x == 3\nassert repr(V(1, 2)) == 'V(1, 2)'\nassert str(V(1, 2)) == 'V(1, 2)'\nassert abs(V(3, 4)) == 5\nassert not V(0, 0)\nassert V(1, 0)\nassert V(1, 2)[1] == 2\nassert V(1, 2) != V(2, 1)\nassert -V(1, 2) == V(-1, -2)\nassert list(V(1, 2)) == [1, 2]",
    ),
    (
        "class_iteration",
        "class R:\n    def __init__(self, n): self.n = n\n    def __iter__(self): return iter(range(self.n))\n    def __contains__(self, x): return 0 <= x < self.n\n    def __len__(self): return self.n\n",
        "r = R(3)\nassert list(r) == [0, 1, 2]\nassert 2 in r and 3 not in r\nassert sum(r) == 3\nassert [x * 2 for x in r] == [0, 2, 4]",
    ),
    (
        "class_only_contains",
        "class Trie:\n    def __init__(self): self.w = set()\n    def add(self, x): self.w.add(x)\n    def __contains__(self, x): return x in self.w\n",
        "t = Trie()\nt.add('a')\nassert 'a' in t\nassert 'b' not in t",
    ),
    (
        "class_attributes",
        "class A:\n    kind = 'a'\n    count = 0\n    def __init__(self): A.count += 1\n    @staticmethod\n    def s(x): return x\n    @classmethod\n    def c(cls): return cls()\n    @property\n    def p(self): return 5\n",
        "assert A.kind == 'a'\na = A()\nassert A.count == 1\nassert A.s(3) == 3\nassert isinstance(A.c(), A)\nassert a.p == 5\na.extra = 7\nassert a.extra == 7\ndel a.extra\nassert not hasattr(a, 'extra')\nassert hasattr(a, 'p')",
    ),
    (
        "inheritance",
        "class Shape:\n    def area(self): raise NotImplementedError\nclass Square(Shape):\n    def __init__(self, a): self.a = a\n    def area(self): return self.a ** 2\n",
        "s = Square(3)\nassert isinstance(s, Shape) and issubclass(Square, Shape)\nassert s.area() == 9\ntry:\n    Shape().area()\n    assert False\nexcept NotImplementedError:\n    pass",
    ),
    (
        "subclass_in_test",
        "class Base:\n    def hello(self): return 'hi ' + self.name()\n    def name(self): return 'base'\n",
        "assert Base().hello() == 'hi base'",
    ),
    (
        "sortable",
        "import functools\n@functools.total_ordering\nclass C:\n    def __init__(self, k): self.k = k\n    def __eq__(self, o): return self.k == o.k\n    def __lt__(self, o): return self.k < o.k\n    def __hash__(self): return hash(self.k)\n",
        "xs = [C(3), C(1), C(2)]\nassert [c.k for c in sorted(xs)] == [1, 2, 3]\nassert max(xs).k == 3\nassert C(1) <= C(2)\nassert len({C(1), C(1), C(2)}) == 2",
    ),
    (
        "dataclass",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 0\n",
        "assert P(1) == P(1, 0)\nassert P(1).y == 0\nassert repr(P(1, 2)) == 'P(x=1, y=2)'",
    ),
    (
        "enum",
        "from enum import Enum\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\ndef f(): return Color.RED\n",
        "assert f() == Color.RED\nassert f() is Color.RED\nassert Color.BLUE.value == 2\nassert Color['RED'].name == 'RED'\nassert [c.name for c in Color] == ['RED', 'BLUE']\nassert Color(2) is Color.BLUE",
    ),
    (
        "namedtuple",
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(): return P(1, 2)\n",
        "assert f() == (1, 2)\nassert f().x == 1\nx, y = f()\nassert y == 2\nassert P(1, 2) == f()\nassert isinstance(f(), tuple)",
    ),
    (
        "list_subclass",
        "class S(list):\n    def push(self, x): self.append(x)\ndef f(): return S([1])\n",
        "s = S()\ns.push(3)\nassert s == [3]\nassert len(s) == 1 and s[0] == 3\nassert f() == [1]",
    ),
    (
        "dict_subclass",
        "class D(dict):\n    def twice(self, k): return self[k] * 2\n",
        "d = D(a=1)\nassert d.twice('a') == 2\nassert d['a'] == 1\nd['b'] = 5\nassert d == {'a': 1, 'b': 5}\nassert 'b' in d\nassert sorted(d) == ['a', 'b']",
    ),
    (
        "exception_class",
        "class Insufficient(Exception):\n    def __init__(self, need):\n        super().__init__(f'need {need}')\n        self.need = need\ndef f(x):\n    if x < 0: raise Insufficient(-x)\n    return x\n",
        "assert f(1) == 1\ntry:\n    f(-3)\n    raise AssertionError('no error')\nexcept Insufficient as e:\n    assert e.need == 3\n    assert str(e) == 'need 3'",
    ),
    (
        "builtin_errors",
        "def f(x):\n    return {'a': 1}[x]\ndef g(): return int('x')\ndef h(): return b'\\xff'.decode()\n",
        "for call, kind in ((lambda: f('b'), KeyError), (g, ValueError), (h, UnicodeDecodeError)):\n    try:\n        call()\n        assert False\n    except kind:\n        pass",
    ),
    (
        "in_place",
        "def f(x): x.append(1)\ndef g(d): d['a'] = {'b': 1}\ndef h(m): m[0][0] = 9\n",
        "x = []\nf(x)\nf(x)\nassert x == [1, 1]\nd = {}\ng(d)\nassert d == {'a': {'b': 1}}\nrow = [1]\nm = [row]\nh(m)\nassert row == [9] and m[0] is row",
    ),
    ("returns_argument", "def f(x):\n    x.sort()\n    return x\n", "a = [2, 1]\nassert f(a) is a\nassert a == [1, 2]"),
    (
        "callback",
        "def f(g, xs): return [g(x) for x in xs]\ndef compose(f, g): return lambda x: f(g(x))\n",
        "assert f(lambda x: x + 1, [1, 2]) == [2, 3]\nassert f(str, [1]) == ['1']\nassert f(len, ['ab']) == [2]\nseen = []\nf(seen.append, [1, 2])\nassert seen == [1, 2]\nassert compose(lambda x: x * 2, lambda x: x + 1)(3) == 8",
    ),
    (
        "sort_key",
        "def f(xs, key=None): return sorted(xs, key=key)\n",
        "assert f([3, -4], key=abs) == [3, -4]\nassert f(['b', 'A'], key=str.lower) == ['A', 'b']\nassert f([1, 2], key=lambda x: -x) == [2, 1]\nimport operator, functools\nassert f([(1, 2), (2, 1)], key=operator.itemgetter(1)) == [(2, 1), (1, 2)]\nassert f([3, 1], key=functools.partial(pow, 2)) == [1, 3]",
    ),
    (
        "decorator",
        "import functools\ndef memo(f):\n    cache = {}\n    @functools.wraps(f)\n    def g(*a):\n        if a not in cache: cache[a] = f(*a)\n        return cache[a]\n    return g\n",
        "calls = []\n@memo\ndef sq(x):\n    calls.append(x)\n    return x * x\nassert sq(3) == 9 and sq(3) == 9\nassert calls == [3]",
    ),
    (
        "closures",
        "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    return step\n",
        "c = counter()\nassert c() == 1 and c() == 2\nassert counter()() == 1",
    ),
    (
        "generator",
        "def f(n):\n    for i in range(n): yield i\ndef endless():\n    i = 0\n    while True:\n        yield i\n        i += 1\n",
        "import itertools\nassert list(f(3)) == [0, 1, 2]\nassert next(f(1)) == 0\nassert list(itertools.islice(endless(), 3)) == [0, 1, 2]\ng = f(1)\nnext(g)\ntry:\n    next(g)\n    assert False\nexcept StopIteration:\n    pass\nassert iter(g) is g\nassert sum(f(4)) == 6",
    ),
    (
        "generator_send",
        "def f():\n    x = 0\n    while True: x += yield x\n",
        "g = f()\nassert next(g) == 0\nassert g.send(5) == 5\nassert g.send(2) == 7\ng.close()",
    ),
    (
        "takes_iterator",
        "def f(xs): return sum(xs)\n",
        "assert f(iter([1, 2])) == 3\nassert f(x for x in range(3)) == 3\nassert f(map(int, '12')) == 3\nassert f(range(4)) == 6",
    ),
    (
        "test_objects",
        "def total(node):\n    s = 0\n    while node:\n        s += node.val\n        node = node.next\n    return s\ndef reverse(node):\n    prev = None\n    while node:\n        node.next, prev, node = prev, node, node.next\n    return prev\n",
        "class Node:\n    def __init__(self, val, next=None):\n        self.val, self.next = val, next\nassert total(Node(1, Node(2))) == 3\nr = reverse(Node(1, Node(2)))\nassert r.val == 2 and r.next.val == 1 and r.next.next is None",
    ),
    (
        "file_like",
        "def f(file): return [line.strip() for line in file.read().split(',')]\n",
        "import io\nassert f(io.StringIO('a, b')) == ['a', 'b']",
    ),
    (
        "context_manager",
        "class C:\n    log = []\n    def __enter__(self):\n        self.log.append('in')\n        return self\n    def __exit__(self, *a):\n        self.log.append('out')\n        return False\n",
        "with C() as c:\n    pass\nassert c.log == ['in', 'out']",
    ),
    (
        "iterator_class",
        "class Up:\n    def __init__(self, n): self.i, self.n = 0, n\n    def __iter__(self): return self\n    def __next__(self):\n        if self.i >= self.n: raise StopIteration\n        self.i += 1\n        return self.i\n",
        "assert list(Up(3)) == [1, 2, 3]\nassert [x for x in Up(2)] == [1, 2]",
    ),
    (
        "callable_class",
        "class Adder:\n    def __init__(self, k): self.k = k\n    def __call__(self, x): return x + self.k\n",
        "assert Adder(2)(3) == 5\nassert callable(Adder(1))\nassert list(map(Adder(1), [1, 2])) == [2, 3]",
    ),
    (
        "constants",
        "LIMIT = 10\nNAMES = ['a']\nTABLE = {1: (2, 3)}\n",
        "assert LIMIT == 10\nassert NAMES == ['a']\nassert TABLE[1] == (2, 3)",
    ),
    (
        "types_of_results",
        "def f(): return [1, 'a', 2.0, None, True, (1,), {2}, {'k': 1}]\n",
        "r = f()\nassert isinstance(r, list)\nassert [type(x).__name__ for x in r] == ['int', 'str', 'float', 'NoneType', 'bool', 'tuple', 'set', 'dict']\nassert f()[4] is True and f()[3] is None",
    ),
    (
        "special_values",
        "from fractions import Fraction\nfrom decimal import Decimal\nimport datetime, collections\ndef f(): return Fraction(1, 3)\ndef g(): return Decimal('1.5')\ndef h(): return datetime.date(2024, 1, 2)\ndef i(): return collections.Counter('aab')\ndef j(): return 1 + 2j\n",
        "from fractions import Fraction\nfrom decimal import Decimal\nimport datetime\nassert f() == Fraction(1, 3) and f() * 3 == 1\nassert g() == Decimal('1.5')\nassert h() == datetime.date(2024, 1, 2) and h().year == 2024\nassert i().most_common(1) == [('a', 2)] and i()['a'] == 2\nassert j() == 1 + 2j and j().imag == 2",
    ),
    (
        "imports_of_the_candidate",
        "import math\nfrom collections import OrderedDict\nimport numpy as np\ndef f(r): return math.pi * r * r\ndef g(): return OrderedDict(a=1)\n"
        if False
        else "import math\nfrom collections import OrderedDict\ndef f(r): return math.pi * r * r\ndef g(): return OrderedDict(a=1)\n",
        "assert math.isclose(f(1), 3.14159, rel_tol=1e-4)\nassert g() == OrderedDict(a=1)",
    ),
    (
        "truthiness",
        "import re\ndef f(s): return re.match('a', s)\n",
        "assert f('abc')\nassert not f('xyz')\nassert f('abc') is not None\nassert f('abc').group() == 'a'",
    ),
    (
        "floats",
        "def f(x): return x / 3\n",
        "assert abs(f(1) - 0.3333333) < 1e-6\nassert round(f(2), 2) == 0.67\nimport math\nassert math.isclose(f(1), 1 / 3)",
    ),
    (
        "unittest_class",
        "def f(x): return x + 1\n",
        "import unittest\nclass T(unittest.TestCase):\n    def test_f(self): self.assertEqual(f(1), 2)\nresult = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(T))\nassert result.wasSuccessful()",
    ),
    (
        "test_functions",
        "def f(x): return x + 1\n",
        "def test_one():\n    assert f(1) == 2\ndef test_two():\n    assert f(2) == 3\n",
    ),
    (
        "humaneval_form",
        "def f(x): return x + 1\n",
        "METADATA = {}\ndef check(candidate):\n    assert candidate(1) == 2, 'one'\n    assert candidate(x=2) == 3\ncheck(f)\n",
    ),
    (
        "random_tests",
        "def f(xs): return sorted(xs)\n",
        "import random\nrng = random.Random(1)\nfor _ in range(50):\n    xs = [rng.randint(0, 9) for _ in range(5)]\n    assert f(xs) == sorted(xs)",
    ),
    (
        "round_trip",
        "def enc(s): return s[::-1]\ndef dec(s): return s[::-1]\n",
        "import string\nfor s in ('abc', '', string.ascii_letters):\n    assert dec(enc(s)) == s",
    ),
    (
        "keyword_arguments",
        "def f(a, b=2, *, c=3, **k): return (a, b, c, k)\n",
        "assert f(1) == (1, 2, 3, {})\nassert f(1, c=5, z=6) == (1, 2, 5, {'z': 6})",
    ),
    ("shadowed_builtin", "def sum(a, b): return a - b\n", "assert sum(5, 3) == 2"),
    (
        "async",
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x + 1\n",
        "import asyncio\nasync def main(): return await f(1)\nassert asyncio.run(main()) == 2",
    ),
    ("prints", "def f(): print('noise' * 1000); return 1\n", "assert f() == 1\nprint('done')"),
    (
        "graph",
        "class Graph:\n    def __init__(self): self.e = {}\n    def add(self, a, b): self.e.setdefault(a, []).append(b); return self\n    def bfs(self, s):\n        out, q = [], [s]\n        while q:\n            x = q.pop(0)\n            if x not in out:\n                out.append(x); q += self.e.get(x, [])\n        return out\n",
        "g = Graph().add(1, 2).add(1, 3)\nassert g.bfs(1) == [1, 2, 3]\nassert g.e == {1: [2, 3]}",
    ),
    (
        "passes_objects_back",
        "class P:\n    def __init__(self, x): self.x = x\ndef dist(a, b): return abs(a.x - b.x)\ndef best(ps): return max(ps, key=lambda p: p.x)\n",
        "a, b = P(1), P(4)\nassert dist(a, b) == 3\nassert best([a, b]) is b\nassert {1: a}[1] is a",
    ),
    (
        "truth_that_changes_for_a_reason",
        "class Bag:\n    def __init__(self): self.items = []\n    def put(self, x): self.items.append(x)\n    def take(self): return self.items.pop()\n    def __bool__(self): return bool(self.items)\n    def __int__(self): return len(self.items)\ndef new(): return Bag()\n",
        "b = Bag()\nassert not b\nb.put(1)\nassert b and int(b) == 1\nb.take()\nassert not b and int(b) == 0\nc = new()\nassert not c\nc.put(2)\nassert c",
    ),
    (
        "truth_changed_by_an_attribute_or_an_item",
        "class Flag:\n    on = False\n    def __bool__(self): return self.on\n    def __setitem__(self, k, v): self.on = v\n",
        "f = Flag()\nassert not f\nf.on = True\nassert f\nf[0] = False\nassert not f",
    ),
    (
        "length_after_iteration",
        "class Queue:\n    def __init__(self, xs): self.xs = list(xs)\n    def __len__(self): return len(self.xs)\n    def __iter__(self): return self\n    def __next__(self):\n        if not self.xs: raise StopIteration\n        return self.xs.pop(0)\n",
        "q = Queue([1, 2, 3])\nassert len(q) == 3\nassert next(q) == 1\nassert len(q) == 2\nassert list(q) == [2, 3]\nassert len(q) == 0 and not q",
    ),
    (
        "numbers_of_a_class",
        "class Money:\n    def __init__(self, cents): self.cents = cents\n    def __int__(self): return self.cents // 100\n    def __float__(self): return self.cents / 100\n    def __neg__(self): return Money(-self.cents)\n    def __abs__(self): return Money(abs(self.cents))\n    def __round__(self, k=0): return round(self.cents / 100, k)\n    def __eq__(self, o): return isinstance(o, Money) and self.cents == o.cents\n",
        "m = Money(250)\nassert int(m) == 2 and float(m) == 2.5 and round(m, 1) == 2.5\nassert -m == Money(-250) and abs(-m) == m\nassert float(-m) == -2.5\nimport math\nassert math.isclose(float(m), 2.5)",
    ),
    (
        "properties",
        "class Circle:\n    def __init__(self, r): self._r = r\n    @property\n    def r(self): return self._r\n    @r.setter\n    def r(self, v):\n        if v < 0: raise ValueError('negative')\n        self._r = v\n    @property\n    def area(self): return 3 * self._r ** 2\n    @classmethod\n    def unit(cls): return cls(1)\n    @staticmethod\n    def sides(): return 0\n",
        "c = Circle.unit()\nassert c.area == 3\nc.r = 2\nassert c.area == 12\ntry:\n    c.r = -1\n    assert False\nexcept ValueError as e:\n    assert 'negative' in str(e)\nassert Circle.sides() == 0 and c.sides() == 0",
    ),
    (
        "own_exceptions",
        "class BankError(Exception):\n    def __init__(self, code): super().__init__(f'code {code}'); self.code = code\nclass Empty(BankError): pass\ndef take(n):\n    if n > 3: raise Empty(n)\n    return n\n",
        "try:\n    take(5)\n    raise RuntimeError\nexcept Empty as e:\n    assert e.code == 5 and isinstance(e, BankError) and str(e) == 'code 5'\nassert take(2) == 2",
    ),
    (
        "linked_list",
        "class Node:\n    def __init__(self, v, n=None): self.v, self.n = v, n\nclass Linked:\n    def __init__(self, *vs):\n        self.head = None\n        for v in reversed(vs): self.head = Node(v, self.head)\n    def __iter__(self):\n        x = self.head\n        while x:\n            yield x.v\n            x = x.n\n    def __len__(self): return sum(1 for _ in self)\n    def __contains__(self, v): return any(x == v for x in self)\n    def __getitem__(self, i): return list(self)[i]\n    def __eq__(self, o): return list(self) == list(o)\n    def __repr__(self): return 'Linked(%s)' % ', '.join(map(repr, self))\n",
        "x = Linked(1, 2, 3)\nassert list(x) == [1, 2, 3] and len(x) == 3\nassert 2 in x and 5 not in x\nassert x[0] == 1 and x[-1] == 3\nassert x == Linked(1, 2, 3) and repr(x) == 'Linked(1, 2, 3)'\nassert x.head.n.v == 2 and bool(x) and not Linked()",
    ),
    (
        "cached_property_and_lru",
        "import functools\nclass A:\n    calls = 0\n    @functools.cached_property\n    def big(self):\n        A.calls += 1\n        return 42\n@functools.lru_cache(maxsize=None)\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
        "a = A()\nassert a.big == 42 and a.big == 42\nassert A.calls == 1\nassert fib(80) == 23416728348467685\nfib.cache_clear()\nassert fib(10) == 55",
    ),
    (
        "big_and_unicode_results",
        "def f(n): return ['\u00e4\u4e2d\U0001f600' * 10] * n\ndef g(n): return {str(i): [i, float(i), None] for i in range(n)}\n",
        "assert len(f(5000)) == 5000 and f(2)[1].startswith('\u00e4\u4e2d')\nassert g(3000)['2999'] == [2999, 2999.0, None]\nassert max(g(100).values())[0] == 99",
    ),
    ("many_calls", "def f(x): return x\n", "for i in range(500):\n    assert f(i) == i"),
):
    CONTROLS.append(Control(f"assert_{_name}", _source, _tests))
