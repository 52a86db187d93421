# ruff: noqa: E501 - the sources are short programs on one line
"""Honest programs in many styles, which must all pass: (name, source, tests, entry point)."""

CONTROLS: list[tuple[str, str, object, str | None]] = []


def _control(name: str, source: str, tests: object, entry: str | None = None) -> None:
    CONTROLS.append((name, source, tests, entry))


# Call tests: how a function may be written.
_SQUARES = [[[3], 10], [[0], 1], [[-4], 17]]
for _name, _source in {
    "plain": "def solve(n):\n    return n * n + 1\n",
    "lambda": "solve = lambda n: n * n + 1\n",
    "type_hints": "from typing import List, Optional\ndef solve(n: int) -> Optional[int]:\n    x: List[int] = [n]\n    return x[0] ** 2 + 1\n",
    "future_annotations": "from __future__ import annotations\ndef solve(n: Undefined) -> Nothing:\n    return n * n + 1\n",
    "decorated": "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def g(*a, **k): return f(*a, **k)\n    return g\n@twice\ndef solve(n): return n * n + 1\n",
    "cached": "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef solve(n): return n * n + 1\n",
    "partial": "from functools import partial\ndef p(k, n): return n ** k + 1\nsolve = partial(p, 2)\n",
    "closure": "def make(k):\n    def solve(n): return n ** k + 1\n    return solve\nsolve = make(2)\n",
    "callable_object": "class S:\n    def __call__(self, n): return n * n + 1\nsolve = S()\n",
    "recursive": "def solve(n):\n    def go(k): return 0 if k == 0 else go(k - 1) + 2 * k - 1\n    return go(abs(n)) + 1\n",
    "nested_class": "class Helper:\n    @staticmethod\n    def sq(n): return n * n\n    @classmethod\n    def up(cls, n): return cls.sq(n) + 1\ndef solve(n): return Helper.up(n)\n",
    "global_state": "count = 0\ndef solve(n):\n    global count\n    count += 1\n    return n * n + 1\n",
    "default_argument": "def solve(n, power=2, *args, **kwargs): return n ** power + 1\n",
    "prints": "print('loading')\ndef solve(n):\n    print('solving', n)\n    import sys; print('x' * 10000, file=sys.stderr)\n    return n * n + 1\n",
    "main_block": "def solve(n): return n * n + 1\nif __name__ == '__main__':\n    print(solve(int(input())))\n",
    "tests_itself": "def solve(n): return n * n + 1\nassert solve(3) == 10\n",
    "docstring": "def solve(n):\n    '''Returns n squared plus one.\n\n    >>> solve(3)\n    10\n    '''\n    return n * n + 1\n",
    "walrus": "def solve(n): return (m := n * n) + 1\n",
    "match": "def solve(n):\n    match n:\n        case 0: return 1\n        case int(x) if x: return x * x + 1\n",
    "try_finally": "def solve(n):\n    try:\n        return n * n + 1\n    finally:\n        pass\n",
    "swallows_errors": "def solve(n):\n    try:\n        return n.missing\n    except AttributeError:\n        return n * n + 1\n",
    "eval_user": "def solve(n): return eval('n * n + 1')\n",
    "exec_user": "ns = {}\nexec('def solve(n): return n * n + 1', ns)\nsolve = ns['solve']\n",
    "async_def": "import asyncio\nasync def solve(n):\n    await asyncio.sleep(0)\n    return n * n + 1\n",
    "asyncio_inside": "import asyncio\nasync def sq(n): return n * n\ndef solve(n): return asyncio.run(sq(n)) + 1\n",
    "threads": "import threading\ndef solve(n):\n    out = []\n    t = threading.Thread(target=lambda: out.append(n * n + 1))\n    t.start(); t.join()\n    return out[0]\n",
    "thread_pool": "from concurrent.futures import ThreadPoolExecutor\ndef solve(n):\n    with ThreadPoolExecutor(4) as p: return sum(p.map(lambda x: x, [n * n, 1]))\n",
    "recursion_limit": "import sys\nsys.setrecursionlimit(10**6)\ndef solve(n): return n * n + 1\n",
    "deep_recursion": "import sys\nsys.setrecursionlimit(10**6)\ndef down(k): return 0 if k == 0 else down(k - 1)\ndef solve(n):\n    down(50000)\n    return n * n + 1\n",
    "deep_thread_recursion": "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(64 * 2**20)\ndef down(k): return 0 if k == 0 else down(k - 1)\ndef solve(n):\n    out = []\n    t = threading.Thread(target=lambda: out.append(down(20000) + n * n + 1))\n    t.start(); t.join()\n    return out[0]\n",
    "unicode_names": "def quadrat_plus_eins(größe): return größe * größe + 1\nsolve = quadrat_plus_eins\n",
    "crlf": "def solve(n):\r\n    return n * n + 1\r\n",
    "tabs": "def solve(n):\n\treturn n * n + 1\n",
    "no_final_newline": "def solve(n): return n * n + 1",
    "shadows_builtins": "list = [1]\nstr = 'x'\nlen = 3\ndict = None\ndef solve(n): return n * n + 1\n",
    "time_used": "import time\nstart = time.time()\ndef solve(n):\n    time.sleep(0.001)\n    return n * n + 1 if time.perf_counter() > 0 else 0\n",
    "warnings": "import warnings\nwarnings.warn('old')\nx = '\\d'\ndef solve(n): return n * n + 1\n",
    "logging": "import logging\nlogging.basicConfig(level=logging.DEBUG)\ndef solve(n):\n    logging.info('n=%s', n)\n    return n * n + 1\n",
    "weakref_gc": "import gc, weakref\ngc.collect()\ndef solve(n): return n * n + 1\n",
    "signal_handler": "import signal\nsignal.signal(signal.SIGALRM, lambda *a: None)\nsignal.alarm(1)\ndef solve(n): return n * n + 1\n",
    "environ_default": "import os\nDEBUG = os.environ.get('DEBUG', '')\nHOME = os.getcwd()\ndef solve(n): return n * n + 1\n",
    "index_int": "import operator\nclass I:\n    def __init__(self, v): self.v = v\n    def __index__(self): return self.v\ndef solve(n): return operator.index(I(n * n + 1))\n",
    "enum_int": "from enum import IntEnum\nclass K(IntEnum):\n    ONE = 1\ndef solve(n): return n * n + K.ONE\n",
    "numpy_scalar": "try:\n    import numpy as np\nexcept ImportError:\n    np = None\ndef solve(n): return np.int64(n) ** 2 + 1 if np else n * n + 1\n",
    "memory_used": "table = list(range(2 * 10**6))\ndef solve(n): return n * n + 1\n",
    "cpu_used": "x = sum(i * i for i in range(10**6))\ndef solve(n): return n * n + 1\n",
    "ctypes_loaded": "import ctypes\ndef solve(n): return ctypes.c_int(n * n + 1).value\n",
    "slots_property": "class P:\n    __slots__ = ('n',)\n    def __init__(self, n): self.n = n\n    @property\n    def value(self): return self.n ** 2 + 1\ndef solve(n): return P(n).value\n",
    "contextmanager": "from contextlib import contextmanager\n@contextmanager\ndef one(n):\n    yield n * n + 1\ndef solve(n):\n    with one(n) as x: return x\n",
    "metaclass": "class M(type):\n    def __new__(m, name, bases, ns): return super().__new__(m, name, bases, ns)\nclass A(metaclass=M):\n    def go(self, n): return n * n + 1\ndef solve(n): return A().go(n)\n",
    "dataclass_order": "from dataclasses import dataclass, field\n@dataclass(order=True)\nclass P:\n    n: int\n    xs: list = field(default_factory=list)\ndef solve(n): return P(n).n ** 2 + 1\n",
    "namedtuple": "from collections import namedtuple\nP = namedtuple('P', 'n m')\ndef solve(n): return P(n, n).n * P(n, n).m + 1\n",
    "abstract": "from abc import ABC, abstractmethod\nclass B(ABC):\n    @abstractmethod\n    def go(self, n): ...\nclass C(B):\n    def go(self, n): return n * n + 1\ndef solve(n): return C().go(n)\n",
    "generic": "from typing import Generic, TypeVar, Protocol\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def __init__(self, v: T): self.v = v\ndef solve(n): return Box[int](n).v ** 2 + 1\n",
    "exception_flow": "class Done(Exception):\n    pass\ndef solve(n):\n    try:\n        raise Done(n)\n    except Done as d:\n        return d.args[0] ** 2 + 1\n",
    "generator_used": "def gen(n):\n    x = yield n\n    yield x + 1\ndef solve(n):\n    g = gen(n)\n    return g.send(None) * n * 0 + g.send(n * n)\n",
    "comprehensions": "def solve(n): return sum({i: [j for j in range(1)][0] + 1 for i in range(n * n)}.values()) + 1\n",
    "star_args": "def f(*a, k=1, **kw): return a[0] * a[1] + k\ndef solve(n): return f(*[n, n], **{'k': 1})\n",
}.items():
    _control(f"style_{_name}", _source, _SQUARES, "solve")

# Standard modules, each used for real.
for _module, _expression, _value in (
    ("math", "math.isqrt(17) + math.gcd(12, 18) + math.comb(5, 2)", 20),
    ("re", "re.findall(r'\\d+', 'a1b22')", ["1", "22"]),
    ("collections", "collections.Counter('abca').most_common(1)", [("a", 2)]),
    ("itertools", "list(itertools.permutations([1, 2]))", [(1, 2), (2, 1)]),
    ("functools", "functools.reduce(lambda a, b: a * b, [1, 2, 3])", 6),
    ("heapq", "heapq.nsmallest(2, [3, 1, 2])", [1, 2]),
    ("bisect", "bisect.bisect([1, 2, 3], 2)", 2),
    ("string", "string.ascii_lowercase[:3]", "abc"),
    ("random", "random.Random(1).randint(1, 1)", 1),
    ("datetime", "(datetime.date(2024, 3, 1) - datetime.timedelta(days=1)).isoformat()", "2024-02-29"),
    ("json", "json.loads(json.dumps({'a': [1, None]}))", {"a": [1, None]}),
    ("decimal", "str(decimal.Decimal('0.1') + decimal.Decimal('0.2'))", "0.3"),
    ("fractions", "str(fractions.Fraction(1, 3) + 1)", "4/3"),
    ("statistics", "statistics.median([3, 1, 2])", 2),
    ("operator", "operator.itemgetter(1)([1, 2])", 2),
    ("copy", "copy.deepcopy([[1]])", [[1]]),
    ("time", "time.strftime('%Y', time.gmtime(0))", "1970"),
    ("hashlib", "hashlib.md5(b'x').hexdigest()[:4] + hashlib.sha256(b'x').hexdigest()[:2]", "9dd42d"),
    ("textwrap", "textwrap.dedent('  x')", "x"),
    ("struct", "struct.pack('>H', 258)", b"\x01\x02"),
    ("base64", "base64.b64encode(b'hi').decode()", "aGk="),
    ("zlib", "zlib.decompress(zlib.compress(b'x'))", b"x"),
    ("calendar", "calendar.isleap(2024)", True),
    ("cmath", "cmath.sqrt(-1)", 1j),
    ("array", "list(array.array('i', [1, 2]))", [1, 2]),
    ("ast", "ast.literal_eval('[1, 2]')", [1, 2]),
    ("uuid", "str(uuid.UUID(int=1))[-1]", "1"),
    ("secrets", "len(secrets.token_hex(4))", 8),
    ("csv", "list(csv.reader(['a,b']))", [["a", "b"]]),
    ("io", "io.StringIO('x').read()", "x"),
    ("pprint", "pprint.pformat([1])", "[1]"),
    ("unicodedata", "unicodedata.normalize('NFC', 'e\\u0301')", "\u00e9"),
    ("difflib", "difflib.get_close_matches('appel', ['apple'])", ["apple"]),
    ("inspect", "inspect.isfunction(lambda: 0)", True),
    ("queue", "queue.Queue().qsize()", 0),
    ("pathlib", "str(pathlib.PurePath('a') / 'b')", "a/b"),
    ("urllib.parse", "urllib.parse.quote('a b')", "a%20b"),
    ("sqlite3", "sqlite3.connect(':memory:').execute('select 1').fetchone()", (1,)),
    ("lzma", "lzma.decompress(lzma.compress(b'x'))", b"x"),
    ("xml.etree.ElementTree", "xml.etree.ElementTree.fromstring('<a b=\"1\"/>').get('b')", "1"),
    ("ipaddress", "str(ipaddress.ip_address('10.0.0.1'))", "10.0.0.1"),
    ("html", "html.escape('<')", "&lt;"),
    ("pickle", "pickle.loads(pickle.dumps([1]))", [1]),
    ("subprocess", "subprocess.PIPE", -1),
    ("multiprocessing", "multiprocessing.current_process().name", "MainProcess"),
    ("socket", "socket.AF_INET.value", 2),
    ("tempfile", "tempfile.template", "tmp"),
):
    _control(f"module_{_module}", f"import {_module}\ndef solve(): return {_expression}\n", [[[], _value]], "solve")

# Values of every kind, in and out.
for _name, _source, _value in (
    ("none", "None", None),
    ("float", "0.1 + 0.2", 0.3),
    ("infinity", "float('-inf')", float("-inf")),
    ("nan", "float('nan')", float("nan")),
    ("big_int", "2 ** 20000", 2**20000),
    ("negative_int", "-(2 ** 63)", -(2**63)),
    ("text", "'a\\u00e9\\U0001f600\\n\\0'", "a\u00e9\U0001f600\n\0"),
    ("surrogate", "'\\ud800'", "\ud800"),
    ("bytes", "bytes(range(256))", bytes(range(256))),
    ("complex", "complex(1, -2)", 1 - 2j),
    ("set", "{3, 1, 2}", {1, 2, 3}),
    ("frozenset", "frozenset('ab')", frozenset("ab")),
    ("mixed_set", "{1, 'a', (2, 3), None}", {1, "a", (2, 3), None}),
    ("dict_order", "{'b': 1, 'a': {2: [3.0]}}", {"a": {2: [3.0]}, "b": 1}),
    ("tuple_keys", "{(0, 1): 'x'}", {(0, 1): "x"}),
    ("nested", "[[[[[]]]]]", [[[[[]]]]]),
    ("deep", "eval('[' * 90 + ']' * 90)", eval("[" * 90 + "]" * 90)),
    ("empty", "[(), {}, set(), '', b'']", [(), {}, set(), "", b""]),
    ("long_list", "list(range(100000))", list(range(100000))),
    ("counter", "__import__('collections').Counter('aab')", {"a": 2, "b": 1}),
    ("defaultdict", "__import__('collections').defaultdict(int, a=1)", {"a": 1}),
    ("namedtuple", "__import__('collections').namedtuple('P', 'x')(1)", (1,)),
    ("generator", "(i for i in range(3))", [0, 1, 2]),
    ("map", "map(str, [1, 2])", ["1", "2"]),
    ("zip", "zip([1], [2])", [(1, 2)]),
    ("dict_keys", "{'a': 1}.keys()", ["a"]),
    ("reversed", "reversed([1, 2])", [2, 1]),
    ("fraction", "__import__('fractions').Fraction(2, 6)", __import__("fractions").Fraction(1, 3)),
    ("decimal", "__import__('decimal').Decimal('1.50')", __import__("decimal").Decimal("1.50")),
    ("date", "__import__('datetime').date(2024, 1, 2)", __import__("datetime").date(2024, 1, 2)),
    ("deque", "__import__('collections').deque([1, 2])", __import__("collections").deque([1, 2])),
    ("range", "range(3)", range(3)),
    ("int_subclass", "type('I', (int,), {})(7)", 7),
    ("str_subclass", "type('S', (str,), {})('x')", "x"),
):
    _control(f"value_{_name}", f"def solve(): return {_source}\n", [{"args": [], "expected": _value}], "solve")

_control("kwargs", "def f(a, *, b=1): return a - b\n", [{"args": [5], "kwargs": {"b": 2}, "expected": 3}], "f")
_control(
    "raises",
    "def f(x):\n    if x < 0: raise ValueError('negative')\n    return x\n",
    [{"args": [-1], "raises": "ValueError"}, [[2], 2]],
    "f",
)
_control("raises_class", "def f(x): return 1 / x\n", [{"args": [0], "expected": ZeroDivisionError}], "f")
_control("raises_parent", "class E(KeyError): pass\ndef f(): raise E\n", [{"args": [], "raises": "KeyError"}], "f")
_control("in_place", "def f(x): x.sort()\n", [{"args": [[3, 1]], "expected": None, "after": [[1, 3]]}], "f")
_control("method", "class Solution:\n    def add(self, a, b): return a + b\n", [[[1, 2], 3]], "Solution.add")
_control(
    "several",
    "def a(x): return x\ndef b(x): return -x\n",
    [{"entry_point": "a", "args": [1], "expected": 1}, {"entry_point": "b", "args": [1], "expected": -1}],
)
_control("only_function", "import math\ndef whatever(x): return x + 1\n", [[[1], 2]])
_control(
    "arguments",
    "def f(a, b, c, d, e): return [a, b, c, d, e]\n",
    [{"args": [{1, 2}, (1, [2]), {"k": None}, b"x", 1.5], "expected": [{1, 2}, (1, [2]), {"k": None}, b"x", 1.5]}],
    "f",
)

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
    ("many_calls", "def f(x): return x\n", "for i in range(500):\n    assert f(i) == i"),
):
    _control(f"assert_{_name}", _source, _tests)

# Programs.
_PAIRS = [{"stdin": "3\n1 2 3\n", "stdout": "6\n"}, {"stdin": "2\n10 20\n", "stdout": "30"}]
for _name, _source in {
    "input": "n = int(input())\nprint(sum(map(int, input().split())))\n",
    "stdin_read": "import sys\nd = sys.stdin.read().split()\nprint(sum(map(int, d[1:])))\n",
    "stdin_lines": "import sys\nlines = [l.strip() for l in sys.stdin]\nprint(sum(map(int, lines[1].split())))\n",
    "stdin_readline": "import sys\ninput = sys.stdin.readline\nn = int(input())\nprint(sum(map(int, input().split())))\n",
    "stdin_buffer": "import sys\nd = sys.stdin.buffer.read().split()\nsys.stdout.buffer.write(str(sum(map(int, d[1:]))).encode())\n",
    "open_zero": "d = open(0).read().split()\nprint(sum(map(int, d[1:])))\n",
    "os_read": "import os\nd = os.read(0, 10000).split()\nos.write(1, b'%d\\n' % sum(map(int, d[1:])))\n",
    "main_function": "def main():\n    input()\n    print(sum(map(int, input().split())))\nif __name__ == '__main__':\n    main()\n",
    "sys_exit": "import sys\ninput()\nprint(sum(map(int, input().split())))\nsys.exit(0)\n",
    "exit_nonzero": "import sys\ninput()\nprint(sum(map(int, input().split())))\nsys.exit(1)\n",
    "os_exit": "import os, sys\ninput()\nprint(sum(map(int, input().split())))\nsys.stdout.flush()\nos._exit(0)\n",
    "until_eof": "t = 0\nfirst = True\nwhile True:\n    try: line = input()\n    except EOFError: break\n    if not first: t += sum(map(int, line.split()))\n    first = False\nprint(t)\n",
    "atexit": "import atexit\nn = int(input())\nx = sum(map(int, input().split()))\natexit.register(lambda: print(x))\n",
    "thread": "import threading, sys\nsys.setrecursionlimit(10**6)\nthreading.stack_size(32 * 2**20)\ndef main():\n    input()\n    print(sum(map(int, input().split())))\nthreading.Thread(target=main).start()\n",
    "stringio": "import sys, io\nsys.stdin = io.StringIO(sys.stdin.read())\nout = io.StringIO()\ninput()\nprint(sum(map(int, input().split())), file=out)\nsys.stdout.write(out.getvalue())\n",
    "trailing_spaces": "input()\nprint(sum(map(int, input().split())), end='  \\n\\n')\n",
    "stderr": "import sys\ninput()\nprint('debug', file=sys.stderr)\nprint(sum(map(int, input().split())))\n",
    "fileinput": "import fileinput\nls = [l for l in fileinput.input()]\nprint(sum(map(int, ls[1].split())))\n",
}.items():
    _control(f"program_{_name}", _source, _PAIRS)
_control("program_unicode", "print(input()[::-1])\n", [{"stdin": "é😀\n", "stdout": "😀é\n"}])
_control("program_empty_input", "import sys\nprint(len(sys.stdin.read()))\n", [{"stdin": "", "stdout": "0"}])
_control(
    "program_large",
    "import sys\nprint(len(sys.stdin.read()))\nprint('x' * 10**6)\n",
    [{"stdin": "y" * 10**6, "stdout": "1000000\n" + "x" * 10**6}],
)
