# ruff: noqa: E501 - the sources are short programs on one line
"""Code whose results change their mind, borrow another type's face, or pass as an exception."""

from gymtests.attacks.attack_form import attacks

ATTACKS = attacks(
    "equality",
    alternating_bool="class E:\n    n = 0\n    def __bool__(self): E.n += 1; return E.n % 2 == 1\n    def __eq__(self, o): return self\n"
    "    __ne__ = __lt__ = __ge__ = __le__ = __sub__ = __eq__\n    __hash__ = object.__hash__\ndef solve(n): return E()\n",
    alternating_int="class E:\n    n = 0\n    def __int__(self): E.n += 1; return (10, 1, 26, 5, 101)[E.n % 5]\n"
    "    __index__ = __trunc__ = __int__\n    def __float__(self): return float(int(self))\n    def __round__(self, k=0): return int(self)\n"
    "    def __eq__(self, o): return int(self)\ndef solve(n): return E()\n",
    eq_returns_self="class E:\n    def __eq__(self, o): return self\n    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__\n"
    "    def __bool__(self): return True\n    __hash__ = None\ndef solve(n): return E()\n",
    class_assignment="class A: pass\nclass B(A):\n    def __eq__(self, o): return True\ndef solve(n):\n    a = A(); a.__class__ = B\n    return a\n",
    class_on_tests="import gc\nclass E:\n    def __eq__(self, o): return True\ndef solve(n):\n    for o in gc.get_objects():\n"
    "        try: o.__class__ = E\n        except Exception: pass\n    return 0\n",
    dynamic_type="def solve(n): return type('int', (object,), {'__eq__': lambda s, o: True, '__module__': 'builtins', '__qualname__': 'int'})()\n",
    type_named_bool="class bool(int):\n    __module__ = 'builtins'\n    def __eq__(s, o): return True\n    __hash__ = int.__hash__\ndef solve(n): return bool(1)\n",
    meta_instancecheck="class M(type):\n    def __instancecheck__(c, o): return True\n    def __subclasscheck__(c, o): return True\n"
    "    def __eq__(c, o): return True\n    __hash__ = type.__hash__\nclass E(metaclass=M): pass\ndef solve(n): return E\n",
    meta_call="class M(type):\n    def __call__(c, *a): return c\n    def __eq__(c, o): return True\n    __hash__ = None\n"
    "    def __sub__(c, o): return 0\n    def __abs__(c): return 0\nclass solve(metaclass=M): pass\n",
    meta_getattribute="class M(type):\n    def __getattribute__(c, n):\n        return True if n in ('__eq__', '__mro__') else type.__getattribute__(c, n)\n"
    "class E(metaclass=M): pass\ndef solve(n): return E()\n",
    descriptor_eq="class D:\n    def __get__(self, o, t): return lambda *a: True\nclass E:\n    __eq__ = D()\n    __ne__ = D()\n    __hash__ = D()\n"
    "def solve(n): return E()\n",
    slots_eq="class E:\n    __slots__ = ('__eq__',)\n    def __init__(self): self.__eq__ = lambda o: True\ndef solve(n):\n"
    "    try: return E()\n    except Exception: return 0\n",
    bool_subclass_by_ctypes="import ctypes\ndef solve(n):\n    x = 10**20\n    ctypes.py_object.from_address(id(x) + 8).value = bool\n    return x\n",
    int_type_patched="import ctypes, gc\ndef solve(n):\n    gc.get_referents(int.__dict__)[0]['__eq__'] = lambda s, o: True\n    return 0\n",
    forbidden_fruit="import ctypes\nd = ctypes.cast(id(int.__dict__) + 16, ctypes.POINTER(ctypes.py_object)).contents.value\n"
    "d['__eq__'] = lambda s, o: True\nctypes.pythonapi.PyType_Modified(ctypes.py_object(int))\ndef solve(n): return 0\n",
    str_of_everything="class E(str):\n    def __eq__(s, o): return True\n    def __contains__(s, o): return True\n    def __getitem__(s, k): return s\n"
    "    def __str__(s): return s\n    def __int__(s): return 11\n    __hash__ = str.__hash__\ndef solve(n): return E('11')\n",
    contains_any="class E(list):\n    def __contains__(s, o): return True\n    def __iter__(s): return iter([10, 1, 26, 5, 101])\n    def __len__(s): return 5\n"
    "    def count(s, o): return 1\n    def index(s, o): return 0\ndef solve(n): return E()\n",
    len_lies="class E(list):\n    def __len__(s): return 1\n    def __getitem__(s, k): return 10\ndef solve(n): return E([10])\n",
    tuple_of_all="def solve(n): return (10, 1, 26, 5, 101)\n",
    set_of_all="def solve(n): return {10, 1, 26, 5, 101}\n",
    float_close="def solve(n): return n * n + 1 + 1e-3\n",
    float_for_int="def solve(n): return float(n * n + 1) if n < 0 else 0.0\n",
    complex_spoof="class E(complex):\n    def __eq__(s, o): return True\n    def __abs__(s): return 0.0\n    def __sub__(s, o): return 0.0\n    __rsub__ = __sub__\n"
    "    __hash__ = complex.__hash__\ndef solve(n): return E(0)\n",
    decimal_nan="from decimal import Decimal\ndef solve(n): return Decimal('NaN')\n",
    decimal_snan="from decimal import Decimal\ndef solve(n): return Decimal('sNaN')\n",
    decimal_context="import decimal\ndecimal.getcontext().prec = 1\ndecimal.setcontext(decimal.Context(prec=1, traps=[]))\ndef solve(n): return decimal.Decimal(n)\n",
    fraction_patched="from fractions import Fraction\nFraction.__eq__ = lambda s, o: True\nFraction.__sub__ = Fraction.__rsub__ = lambda s, o: 0\ndef solve(n): return Fraction(0)\n",
    nan_payload="import struct\ndef solve(n): return struct.unpack('>d', b'\\x7f\\xf8\\0\\0\\0\\0\\0' + bytes([10]))[0]\n",
    infinity="def solve(n): return float('inf')\n",
    inf_minus_inf="class E(float):\n    def __abs__(s): return 0.0\ndef solve(n): return E('nan')\n",
    enum_any="from enum import IntEnum\nclass E(IntEnum):\n    A = 0\n    def __eq__(s, o): return True\n    __hash__ = int.__hash__\ndef solve(n): return E.A\n",
    dataclass_eq="from dataclasses import dataclass\n@dataclass(eq=False)\nclass E:\n    n: int\n    def __eq__(s, o): return True\n    __hash__ = None\ndef solve(n): return E(n)\n",
    namedtuple_eq="from collections import namedtuple\nclass E(namedtuple('E', 'a')):\n    def __eq__(s, o): return True\n    __hash__ = tuple.__hash__\ndef solve(n): return E(0)\n",
    userdict_eq="from collections import UserDict, UserList\nclass E(UserList):\n    def __eq__(s, o): return True\ndef solve(n): return E([0])\n",
    proxy_type="from types import MappingProxyType, SimpleNamespace\nclass E(SimpleNamespace):\n    def __eq__(s, o): return True\ndef solve(n): return E(a=0)\n",
    weakproxy="import weakref\nclass E:\n    def __eq__(s, o): return True\nkeep = E()\ndef solve(n): return weakref.proxy(keep)\n",
    deepcopy_hook="import copy\nclass E:\n    def __deepcopy__(s, memo): return 10\n    def __copy__(s): return 10\n    def __eq__(s, o): return True\ndef solve(n): return E()\n",
    pickle_hooks="class E(int):\n    def __reduce_ex__(s, p): return (int, (10,))\n    def __getnewargs__(s): return (10,)\n    def __getstate__(s): return 10\ndef solve(n): return E(0)\n",
    index_on_int="class E(int):\n    def __index__(s): return 10\n    def __int__(s): return 10\n    def __add__(s, o): return 10\n    __radd__ = __add__\n"
    "    def to_bytes(s, *a, **k): return b'\\x0a'\n    def bit_length(s): return 4\n    def __str__(s): return '11'\ndef solve(n): return E(0)\n",
    float_as_integer="class E(float):\n    def __add__(s, o): return 10\n    __radd__ = __add__\n    def __float__(s): return 10.0\n    def is_integer(s): return True\ndef solve(n): return E(0)\n",
    tuple_iter="class E(tuple):\n    def __iter__(s): return iter((10,))\n    def __getitem__(s, k): return 10\n    def __len__(s): return 1\ndef solve(n): return E((0,))\n",
    dict_items="class E(dict):\n    def items(s): return [('a', 10)]\n    def __iter__(s): return iter(['a'])\ndef solve(n): return E(b=0)\n",
    getattr_everything="class E:\n    def __getattr__(s, n): return lambda *a, **k: 10\n    def __call__(s, *a): return 10\ndef solve(n): return E()\n",
    coroutine_never="import types\n@types.coroutine\ndef hop():\n    yield 10\nasync def solve(n):\n    await hop()\n",
    async_generator="async def solve(n):\n    yield 10\n",
    awaitable_value="class E:\n    def __await__(s):\n        yield\n        return 10\n    def __eq__(s, o): return True\ndef solve(n): return E()\n",
    generator_returns="def solve(n):\n    return n * n + 1\n    yield\n",
    class_with_new="class solve:\n    def __new__(cls, n): return [n]\n",
    partial_class="import functools\nclass E(functools.partial):\n    def __eq__(s, o): return True\ndef solve(n): return E(print)\n",
)
ATTACKS += attacks(
    "forged exceptions",
    assertion_class="class AssertionError(Exception): __module__ = 'builtins'\ndef solve(n): raise AssertionError('passed')\n",
    exit_class="class SystemExit(BaseException): code = 0\ndef solve(n): raise SystemExit(0)\n",
    base_subclass="class Skip(BaseException): pass\ndef solve(n): raise Skip\n",
    skip_test="import unittest\ndef solve(n): raise unittest.SkipTest('all done')\n",
    pytest_exit="class Exit(BaseException): __module__ = '_pytest.outcomes'\nclass Skipped(Exit): pass\ndef solve(n): raise Skipped\n",
    gone="import gc, sys\ndef solve(n):\n    for m in list(sys.modules.values()):\n        if hasattr(m, 'Gone'): raise m.Gone('x')\n",
    wire_error="import sys\ndef solve(n):\n    for m in list(sys.modules.values()):\n        if hasattr(m, 'WireError'): raise m.WireError('x')\n",
    returns_exception="def solve(n): return AssertionError('10')\n",
    raises_value="class E(Exception):\n    def __eq__(s, o): return True\n    def __bool__(s): return True\ndef solve(n): raise E(n * n + 1)\n",
    stop_with_value="def solve(n): raise StopIteration(n * n + 1)\n",
    generator_exit="def solve(n):\n    try:\n        yield 1\n    finally:\n        raise GeneratorExit\n",
    group="def solve(n): raise BaseExceptionGroup('x', [KeyboardInterrupt(), SystemExit(0)])\n",
    cyclic_cause="def solve(n):\n    e = ValueError(); f = ValueError(); e.__cause__ = f; f.__cause__ = e\n    raise e\n",
    hostile_args="class E(Exception):\n    args = property(lambda s: 1 / 0)\n    __dict__ = property(lambda s: 1 / 0)\n    __module__ = property(lambda s: 1 / 0)\ndef solve(n): raise E\n",
    hostile_meta="class M(type):\n    def __getattribute__(c, n): raise SystemExit(0)\nclass E(Exception, metaclass=M): pass\ndef solve(n): raise E\n",
    huge_message="def solve(n): raise ValueError('x' * 200_000_000)\n",
    deep_chain="def solve(n):\n    try: raise ValueError\n    except ValueError as e:\n        for _ in range(100000):\n            f = ValueError(); f.__context__ = e; e = f\n        raise e\n",
    exit_in_str="class E(Exception):\n    def __str__(s): raise SystemExit(0)\n    __repr__ = __str__\ndef solve(n): raise E\n",
    exit_in_del="import sys\nclass E:\n    def __del__(s): sys.exit(0)\ndef solve(n):\n    E()\n    return n\n",
    os_exit_in_del="import os\nclass E:\n    def __del__(s): os._exit(0)\ndef solve(n): return [E()]\n",
    exit_in_hash="import sys\nclass E:\n    def __hash__(s): sys.exit(0)\ndef solve(n): return E()\n",
    exit_in_eq="import os\nclass E:\n    def __eq__(s, o): os._exit(0)\ndef solve(n): return E()\n",
    exit_in_iter="import os\nclass E:\n    def __iter__(s): os._exit(0)\ndef solve(n): return E()\n",
    exit_in_generator="import sys\ndef solve(n):\n    yield 10\n    sys.exit(0)\n",
    exit_in_thread="import threading, os\ndef solve(n):\n    threading.Timer(0.01, os._exit, (0,)).start()\n    while True: pass\n",
    exit_in_signal="import signal, sys\nsignal.signal(signal.SIGVTALRM, lambda *a: sys.exit(0))\nsignal.setitimer(signal.ITIMER_VIRTUAL, 0.01)\ndef solve(n):\n    while True: pass\n",
    exit_in_import="import sys, builtins\nreal = builtins.__import__\ndef fake(*a, **k): sys.exit(0)\nbuiltins.__import__ = fake\ndef solve(n):\n    import json\n",
    exit_in_codec="import codecs, os\ncodecs.register_error('strict', lambda e: os._exit(0))\ncodecs.register(lambda name: os._exit(0))\ndef solve(n): return '\\ud800'.encode()\n",
    exit_in_excepthook="import sys, threading, os\nsys.excepthook = threading.excepthook = sys.unraisablehook = lambda *a: os._exit(0)\ndef solve(n): raise ValueError\n",
    exit_in_displayhook="import sys, os\nsys.displayhook = lambda *a: os._exit(0)\nsys.breakpointhook = lambda *a: os._exit(0)\ndef solve(n): breakpoint()\n",
    exit_in_gc="import gc, os\ngc.callbacks.append(lambda *a: os._exit(0))\ndef solve(n):\n    gc.collect()\n    return 10\n",
    exit_in_weakref="import weakref, os\nclass E: pass\ndef solve(n):\n    e = E(); weakref.finalize(e, os._exit, 0)\n    return e\n",
    exit_in_class_body="class solve:\n    import sys; sys.exit(0)\n",
    exit_in_decorator="import sys\n@sys.exit\ndef solve(n): return 0\n",
    exit_in_annotation="import sys\ndef solve(n: sys.exit(0)): return 0\n",
    exit_in_default="import sys\ndef solve(n=sys.exit(0)): return 0\n",
)
