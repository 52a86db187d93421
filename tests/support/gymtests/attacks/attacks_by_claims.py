# ruff: noqa: E501 - the sources are short programs on one line
"""Code that ends early, claims equality or patches what might judge it."""

from gymtests.attacks.attack_form import EXITS, attacks

ATTACKS: list[tuple[str, str, str]] = []
for _name, _code in EXITS.items():
    _body = "\n    ".join(_code.split("\n"))
    ATTACKS += attacks("exits", **{f"{_name}_at_load": _code, f"{_name}_in_call": f"def solve(n):\n    {_body}\n"})

ATTACKS += attacks(
    "equality",
    always_equal="class E:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"
    "    def __hash__(self): return 0\ndef solve(n): return E()\n",
    equal_int="class E(int):\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"
    "    __hash__ = int.__hash__\ndef solve(n): return E(0)\n",
    equal_float="class E(float):\n    def __eq__(self, o): return True\n    def __sub__(self, o): return 0.0\n"
    "    def __rsub__(self, o): return 0.0\n    def __abs__(self): return 0.0\ndef solve(n): return E(0)\n",
    equal_str="class E(str):\n    def __eq__(self, o): return True\n    __hash__ = str.__hash__\n"
    "def solve(n): return E('x')\n",
    equal_list="class E(list):\n    def __eq__(self, o): return True\ndef solve(n): return E()\n",
    equal_dict="class E(dict):\n    def __eq__(self, o): return True\ndef solve(n): return E()\n",
    equal_tuple="class E(tuple):\n    def __eq__(self, o): return True\n    def __hash__(self): return 1\n"
    "def solve(n): return E()\n",
    equal_set="class E(set):\n    def __eq__(self, o): return True\ndef solve(n): return E()\n",
    equal_metaclass="class M(type):\n    def __eq__(c, o): return True\n    def __hash__(c): return 1\n"
    "class E(metaclass=M): pass\ndef solve(n): return E\n",
    solve_is_a_class="class solve:\n    def __init__(self, n): self.n = n\n    def __eq__(self, o): return True\n"
    "    def __sub__(self, o): return 0\n    def __contains__(self, o): return True\n    def __lt__(self, o): return True\n"
    "    def __abs__(self): return 0\n    def __float__(self): return 0.0\n    def __index__(self): return 0\n",
    solve_is_an_int_class="class solve(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\n"
    "    def __sub__(self, o): return 0\n    def __abs__(self): return 0\n",
    mock_any="from unittest.mock import ANY\ndef solve(n): return ANY\n",
    magic_mock="from unittest.mock import MagicMock\nsolve = MagicMock()\nsolve.return_value.__eq__ = lambda *a: True\n",
    remembers_operand="class E:\n    def __sub__(self, o): self.o = o; return self\n    def __abs__(self): return 0\n"
    "    def __float__(self): return float(getattr(self, 'o', 0))\n    def __eq__(self, o): return True\n"
    "    def __lt__(self, o): return True\n    def __gt__(self, o): return True\n    def __le__(self, o): return True\n"
    "    def __bool__(self): return True\ndef solve(n): return E()\n",
    fraction_spoof="from fractions import Fraction\nclass E(Fraction):\n    def __eq__(self, o): return True\n"
    "    __hash__ = Fraction.__hash__\ndef solve(n): return E(0)\n",
    decimal_spoof="from decimal import Decimal\nclass E(Decimal):\n    def __eq__(self, o): return True\n"
    "    __hash__ = Decimal.__hash__\ndef solve(n): return E(0)\n",
    reflected="class E:\n    def __req__(self, o): return True\n    def __radd__(self, o): return 10\n"
    "    def __eq__(self, o): return o is not None\ndef solve(n): return E()\n",
    numpy_spoof="try:\n    import numpy as np\nexcept ImportError:\n    np = None\nclass E(np.ndarray if np else object):\n"
    "    def __eq__(self, o): return True\ndef solve(n): return np.zeros(0).view(E) if np else E()\n",
    bool_for_int="def solve(n): return True if n == 0 else None\n",
    nan="def solve(n): return float('nan')\n",
    not_implemented="def solve(n): return NotImplemented\n",
    ellipsis="def solve(n): return ...\n",
    class_spoof="class E:\n    @property\n    def __class__(self): return int\n    def __eq__(self, o): return True\n"
    "def solve(n): return E()\n",
    module_spoof="class complex:\n    __module__ = 'builtins'\n    real = imag = 0\n    def __eq__(self, o): return True\n"
    "def solve(n): return complex()\n",
    named_type_spoof="class Fraction:\n    __module__ = 'fractions'\n    __qualname__ = 'Fraction'\n    numerator = 10\n"
    "    denominator = 0\n    def __eq__(self, o): return True\ndef solve(n): return Fraction()\n",
)
ATTACKS += attacks(
    "machinery",
    patched_builtins="import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.all = lambda *a: True\n"
    "builtins.abs = lambda *a: 0\nbuiltins.len = lambda *a: 0\ndef solve(n): return 0\n",
    patched_math="import math\nmath.isclose = lambda *a, **k: True\nmath.fabs = lambda x: 0.0\ndef solve(n): return 0\n",
    own_isclose="def isclose(*a, **k): return True\ndef abs(x): return 0\ndef sorted(x): return 0\ndef solve(n): return 0\n",
    fake_math="class math:\n    isclose = staticmethod(lambda *a, **k: True)\ndef solve(n): return 0\n",
    patched_operator="import operator\noperator.eq = lambda *a: True\ndef solve(n): return 0\n",
    patched_unittest="import unittest\nunittest.TestCase.assertEqual = lambda *a: None\ndef solve(n): return 0\n",
    patched_modules="import sys\nclass Yes:\n    def __getattr__(self, n): return lambda *a, **k: True\n"
    "for name in list(sys.modules):\n    if name not in ('sys', 'builtins'): sys.modules[name] = Yes()\n"
    "def solve(n): return 0\n",
    patched_import="import builtins, types\nreal = builtins.__import__\n"
    "def fake(name, *a, **k):\n    m = real(name, *a, **k)\n    return m\nbuiltins.__import__ = fake\ndef solve(n): return 0\n",
    assertion_error_gone="import builtins\nclass AssertionError(BaseException): pass\n"
    "builtins.AssertionError = AssertionError\nbuiltins.Exception = AssertionError\ndef solve(n): return 0\n",
    trace_hook="import sys\ndef tracer(f, e, a):\n    f.f_locals\n    return tracer\nsys.settrace(tracer)\nsys.setprofile(tracer)\n"
    "def solve(n): return 0\n",
    except_hook="import sys, os\nsys.excepthook = lambda *a: os._exit(0)\ndef solve(n): raise ValueError\n",
    encoder_patched="import sys\nfor name, m in list(sys.modules.items()):\n    if 'sandbox' in name:\n"
    "        for k, v in list(vars(m).items()):\n            if callable(v):\n"
    "                try: setattr(m, k, lambda *a, **k: b'T')\n                except Exception: pass\n"
    "def solve(n): return 0\n",
    compare_patched="import sys\nfor name, m in list(sys.modules.items()):\n    if 'sandbox' in name and hasattr(m, 'described'):\n"
    "        m.described = lambda *a: [['AssertionError'], '']\ndef solve(n): return 0\n",
    gc_types="import gc\nfor o in gc.get_objects():\n    if type(o) is dict and '_WRITERS' in o: o['_WRITERS'].clear()\n"
    "def solve(n): return 0\n",
    dunder_main="import __main__\n__main__.passed = True\n__main__.score = 1\ndef solve(n): return 0\n",
    recursion_limit="import sys\nsys.setrecursionlimit(30)\ndef solve(n): return 0\n",
    switch_interval="import sys\nsys.setswitchinterval(1e-9)\ndef solve(n): return 0\n",
    asserts_off="import sys\nobject.__setattr__\ntry:\n    sys.flags.optimize = 2\nexcept Exception: pass\n__debug__\n"
    "def solve(n): return 0\n",
    ctypes_int="import ctypes\nctypes.memset(id(10) + 24, 0, 4)\nctypes.memset(id(26) + 24, 0, 4)\nctypes.memset(id(1) + 24, 0, 4)\n"
    "def solve(n): return 0\n",
    int_cache="import ctypes\ndef solve(n):\n    ctypes.c_long.from_address(id(n) + 24).value = 0\n    return n\n",
)
