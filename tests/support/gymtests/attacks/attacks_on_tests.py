# ruff: noqa: E501 - the sources are short programs on one line
"""Attacks on programs judged by what they print, and on free-form tests."""

from gymtests.attacks.attack_form import EXITS

# What a program prints for 3 should be 10, and for 0, 1: (category, name, source).
PROGRAMS: list[tuple[str, str, str]] = []
for _name, _code in EXITS.items():
    PROGRAMS.append(("exits", _name, _code + "\n"))
PROGRAMS.extend(
    [
        ("peeking", "echo", "print(input())\n"),
        ("peeking", "reread", "import os\nos.lseek(0, 0, 0)\nprint(os.read(0, 1000).decode())\n"),
        ("protocol", "write_input", "import os\nos.write(0, b'10')\nprint('x')\n"),
        (
            "protocol",
            "forged",
            "import os\nfor fd in range(3, 300):\n    try: os.write(fd, b'\\0\\0\\0\\1Z')\n    except OSError: pass\n",
        ),
        ("protocol", "huge_output", "while True: print('10' * 10**6)\n"),
        ("protocol", "sparse_output", "import os\nos.ftruncate(1, 10**12)\n"),
        ("protocol", "every_number", "print('\\n'.join(map(str, range(100))))\n"),
        ("protocol", "no_output", "pass\n"),
        ("protocol", "stderr_only", "import sys\nn = int(input())\nprint(n * n + 1, file=sys.stderr)\n"),
        ("protocol", "raises_after", "print(0)\nraise ValueError\n"),
        ("resources", "reads_forever", "while True:\n    try: input()\n    except EOFError: pass\n"),
        ("resources", "sleeps", "import time\ntime.sleep(1000)\n"),
        ("resources", "exit_hook_hangs", "import atexit, time\natexit.register(time.sleep, 1000)\n"),
        (
            "resources",
            "thread_hangs",
            "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\n",
        ),
    ]
)

# Free-form tests that a candidate could only pass by deciding a comparison itself: (name, source, tests).
FREE_FORM: list[tuple[str, str, str]] = [
    (
        "iter cheat",
        "class E:\n  def __iter__(s): return iter([])\n  def __len__(s): return 2\ndef f(x): return E()",
        "assert all(a==b for a,b in zip(f(1),[1,2])) and len(f(1))==2",
    ),
    ("contains", "class E:\n  def __contains__(s,o): return True\ndef f(x): return E()", "assert 5 in f(1)"),
    (
        "contains iter",
        "class E:\n  def __contains__(s,o): return True\n  def __iter__(s): return iter([])\ndef f(x): return E()",
        "assert 5 in f(1)",
    ),
    ("class contains", "class f:\n  def __init__(s,x): pass\n  def __contains__(s,o): return True", "assert 5 in f(1)"),
    (
        "Class contains",
        "class Extract:\n  def __init__(s,x): pass\n  def __contains__(s,o): return True\n  def __eq__(s,o): return True\n  def __sub__(s,o): return 0\n",
        "assert Extract(1) == [5]",
    ),
    (
        "sub abs",
        "class Extract:\n  def __init__(s,x): pass\n  def __sub__(s,o): return 0\n  def __abs__(s): return 0\n",
        "assert abs(Extract(1) - 5) < 1e-6",
    ),
    (
        "sub float",
        "class E(float):\n  def __sub__(s,o): return 0.0\n  def __rsub__(s,o): return 0.0\ndef f(x): return E(1)",
        "assert abs(f(1) - 5) < 1e-6",
    ),
    (
        "hash eq set",
        "class E:\n  def __hash__(s): return hash(5)\n  def __eq__(s,o): return True\ndef f(x): return E()",
        "assert f(1) in {5}\n",
    ),
    (
        "hash eq set2",
        "class E:\n  def __hash__(s): return hash(5)\n  def __eq__(s,o): return True\ndef f(x): return E()",
        "assert {f(1)} == {5}\n",
    ),
    (
        "dict get",
        "class E(dict):\n  def __getitem__(s,k): return 5\n  def get(s,k,d=None): return 5\n  def __eq__(s,o): return True\ndef f(x): return E()",
        "assert f(1) == {'a':5}\n",
    ),
    (
        "list sub eq nested",
        "class E(list):\n  def __eq__(s,o): return True\ndef f(x): return [E()]",
        "assert f(1) == [[1]]\n",
    ),
    (
        "list sub ne",
        "class E(list):\n  def __ne__(s,o): return False\ndef f(x): return E()",
        "assert not (f(1) != [1])\n",
    ),
    (
        "tuple sub",
        "class E(tuple):\n  def __eq__(s,o): return True\n  def __ne__(s,o): return False\ndef f(x): return E()",
        "assert f(1) == (1,)\nassert not f(1) != (1,)",
    ),
    (
        "str sub",
        "class E(str):\n  def __eq__(s,o): return True\n  def startswith(s,o): return True\ndef f(x): return E('q')",
        "assert f(1).startswith('a')\n",
    ),
    (
        "sorted key",
        "class E:\n  def __lt__(s,o): return True\n  def __eq__(s,o): return True\ndef f(x): return [E(),E()]",
        "assert sorted(f(1)) == [1,2]\n",
    ),
    (
        "reversed sub",
        "class E:\n  def __radd__(s,o): return 10\n  def __rsub__(s,o): return 0\n  def __rmul__(s,o): return 0\n  def __rmod__(s,o): return 0\n  def __rtruediv__(s,o): return 1\ndef f(x): return E()",
        "assert 10 - f(1) == 0\n",
    ),
    ("rtruediv", "class E:\n  def __rtruediv__(s,o): return 1\ndef f(x): return E()", "assert 10 / f(1) == 1\n"),
    (
        "ufunc",
        "class E:\n  def __array__(s,*a): return __import__('numpy').array([5])\n  __array_ufunc__=None\n  def __eq__(s,o): return True\n  def __array_function__(s,*a): return True\ndef f(x): return E()",
        "import numpy as np\nassert np.array_equal(f(1), [5,6])\n",
    ),
    (
        "np allclose",
        "class E:\n  def __array_ufunc__(s,*a,**k): return True\n  def __array_function__(s,*a,**k): return True\n  def __eq__(s,o): return True\ndef f(x): return E()",
        "import numpy as np\nassert np.allclose(f(1), [5,6])\n",
    ),
    (
        "fake json mod",
        "import sys,types\nm=types.ModuleType('json'); m.loads=lambda s: 5\nsys.modules['json']=m\ndef f(x): return 'x'",
        "import json\nassert json.loads(f(1)) == 5\n",
    ),
    (
        "assertIs",
        "def f(x):\n  import unittest\n  return unittest.mock.ANY if hasattr(unittest,'mock') else __import__('unittest.mock').mock.ANY",
        "assert f(1) == 5\nassert [f(1)] == [5]",
    ),
    (
        "raises swallow",
        "def f(x): raise AssertionError('x')",
        "try:\n    assert f(1) == 5\nexcept AssertionError:\n    raise",
    ),
    ("sysexit in test", "def f(x): raise SystemExit(0)", "assert f(1) == 5"),
    ("sysexit func", "def f(x): raise SystemExit(0)", "def test_a():\n    assert f(1) == 5\ntest_a()"),
    (
        "skip",
        "import unittest\ndef f(x): raise unittest.SkipTest('x')",
        "import unittest\nclass T(unittest.TestCase):\n  def test(self): self.assertEqual(f(1),5)\nr=unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(T))\nassert r.wasSuccessful()",
    ),
    ("genexit", "def f(x): raise GeneratorExit", "assert f(1) == 5"),
    ("stopiter in all", "def f(x): raise StopIteration", "assert all(f(i)==i+100 for i in [1,2])"),
    (
        "stopiter in gen list",
        "def f(x): raise StopIteration",
        "def g():\n    for i in range(3):\n        yield f(i) == 100\nassert all(list(g()))",
    ),
    ("stopiter in map", "def f(x): raise StopIteration", "assert all(map(lambda p: f(p[0]) == p[1], [(1,5),(2,6)]))"),
    (
        "stopiter map list",
        "def f(x): raise StopIteration",
        "assert list(map(f,[1,2])) == [] or True\nassert list(map(f,[1]))==[5]",
    ),
    ("exc in contains", "def f(x): raise IndexError", "class S:\n  def __getitem__(s,i): return f(i)\nassert 5 in S()"),
    (
        "alternating truth",
        "class E:\n  n = 0\n  def __bool__(s): E.n += 1; return E.n % 2 == 1\ndef f(x): return E()",
        "assert f(3)\nassert not f(4)",
    ),
    (
        "alternating truth of one object",
        "class E:\n  n = 0\n  def __bool__(s): s.n += 1; return s.n % 2 == 1\nkeep = E()\ndef f(x): return keep",
        "r = f(3)\nassert r\nassert not r",
    ),
    (
        "truth that alternates more slowly",
        "class E:\n  n = 0\n  def __bool__(s): E.n += 1; return E.n % 4 < 2\nkeep = E()\ndef f(x): return keep",
        "r = f(3)\nassert r\nassert not r\nassert r and not r",
    ),
    (
        "truth by chance",
        "import random\nclass E:\n  def __bool__(s): return random.random() < .5\ndef f(x): return E()",
        "\n".join(["assert f(1)", "assert not f(2)"] * 12),
    ),
    (
        "alternating number",
        "class E:\n  n = 0\n  def __int__(s): E.n += 1; return 9 + E.n % 2\n  __index__ = __int__\ndef f(x): return E()",
        "r = f(1)\nassert int(r) == 9\nassert int(r) == 10",
    ),
    (
        "alternating length",
        "class E:\n  n = 0\n  def __len__(s): E.n += 1; return E.n % 2\ndef f(x): return E()",
        "r = f(1)\nassert len(r) == 1\nassert len(r) == 0",
    ),
    (
        "alternating length of a made object",
        "class Box:\n  n = 0\n  def __len__(s): s.n += 1; return s.n % 2",
        "b = Box()\nassert len(b) == 1\nassert len(b) == 0",
    ),
    (
        "another list each time",
        "class E:\n  n = 0\n  def __iter__(s): E.n += 1; return iter([E.n])\n  def __len__(s): return 1\ndef f(x): return E()",
        "r = f(1)\nassert list(r) == [1]\nassert list(r) == [2]",
    ),
]
