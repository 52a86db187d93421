# ruff: noqa: E501 - the sources are short programs on one line
"""Honest functions in many styles, judged by calls: (name, source, tests, entry point)."""

from gymtests.controls.honest_form import Control

CONTROLS: list[Control] = []


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
    CONTROLS.append(Control(f"style_{_name}", _source, _SQUARES, "solve"))

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
    CONTROLS.append(
        Control(f"module_{_module}", f"import {_module}\ndef solve(): return {_expression}\n", [[[], _value]], "solve")
    )

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
    CONTROLS.append(
        Control(f"value_{_name}", f"def solve(): return {_source}\n", [{"args": [], "expected": _value}], "solve")
    )

CONTROLS.append(
    Control("kwargs", "def f(a, *, b=1): return a - b\n", [{"args": [5], "kwargs": {"b": 2}, "expected": 3}], "f")
)
CONTROLS.append(
    Control(
        "raises",
        "def f(x):\n    if x < 0: raise ValueError('negative')\n    return x\n",
        [{"args": [-1], "raises": "ValueError"}, [[2], 2]],
        "f",
    )
)
CONTROLS.append(
    Control("raises_class", "def f(x): return 1 / x\n", [{"args": [0], "expected": ZeroDivisionError}], "f")
)
CONTROLS.append(
    Control("raises_parent", "class E(KeyError): pass\ndef f(): raise E\n", [{"args": [], "raises": "KeyError"}], "f")
)
CONTROLS.append(
    Control("in_place", "def f(x): x.sort()\n", [{"args": [[3, 1]], "expected": None, "after": [[1, 3]]}], "f")
)
CONTROLS.append(
    Control("method", "class Solution:\n    def add(self, a, b): return a + b\n", [[[1, 2], 3]], "Solution.add")
)
CONTROLS.append(
    Control(
        "several",
        "def a(x): return x\ndef b(x): return -x\n",
        [{"entry_point": "a", "args": [1], "expected": 1}, {"entry_point": "b", "args": [1], "expected": -1}],
    )
)
CONTROLS.append(Control("only_function", "import math\ndef whatever(x): return x + 1\n", [[[1], 2]]))
CONTROLS.append(
    Control(
        "arguments",
        "def f(a, b, c, d, e): return [a, b, c, d, e]\n",
        [{"args": [{1, 2}, (1, [2]), {"k": None}, b"x", 1.5], "expected": [{1, 2}, (1, [2]), {"k": None}, b"x", 1.5]}],
        "f",
    )
)
