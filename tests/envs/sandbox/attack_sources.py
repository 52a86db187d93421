# ruff: noqa: E501 - the sources are short programs on one line
"""Ways to get the reward without solving the task, as (category, name, source).

The task is `solve(n) == n * n + 1`. Every source is judged by calls and by free-form asserts; `PROGRAMS` by what they
print. A reward for any of them is a hole.
"""

ATTACKS: list[tuple[str, str, str]] = []
PROGRAMS: list[tuple[str, str, str]] = []


def _add(category: str, **sources: str) -> None:
    ATTACKS.extend((category, name, source) for name, source in sources.items())


_EXITS = {
    "sys_exit": "import sys; sys.exit(0)",
    "exit_builtin": "raise SystemExit",
    "quit_none": "raise SystemExit(None)",
    "os_exit": "import os; os._exit(0)",
    "os_abort": "import os; os.abort()",
    "kill_self": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "keyboard_interrupt": "raise KeyboardInterrupt",
    "generator_exit": "raise GeneratorExit",
    "stop_iteration": "raise StopIteration(10)",
    "base_exception": "raise BaseException",
    "exception_group": "raise BaseExceptionGroup('x', [SystemExit(0)])",
    "assertion": "raise AssertionError",
    "segfault": "import ctypes; ctypes.string_at(0)",
    "thread_exit": "import threading, os; threading.Thread(target=lambda: os._exit(0)).start()\nwhile True: pass",
    "alarm_exit": "import signal, os; signal.signal(signal.SIGALRM, lambda *a: os._exit(0)); signal.setitimer(0, .01)\n"
    "while True: pass",
    "atexit_exit": "import atexit, os; atexit.register(lambda: os._exit(0)); raise SystemExit",
}
for _name, _code in _EXITS.items():
    _body = "\n    ".join(_code.split("\n"))
    _add("exits", **{f"{_name}_at_load": _code, f"{_name}_in_call": f"def solve(n):\n    {_body}\n"})

_add(
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
_add(
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
_add(
    "peeking",
    frames="import sys\ndef solve(n):\n    f = sys._getframe()\n    while f:\n        for v in list(f.f_locals.values()) + list("
    "f.f_globals.values()):\n            if isinstance(v, dict) and 'expected' in v: return v['expected']\n"
    "            if isinstance(v, (list, tuple)):\n                for w in v:\n"
    "                    if isinstance(w, int) and w not in (n, True, False): return w\n        f = f.f_back\n",
    traceback_frames="def solve(n):\n    try: 1 / 0\n    except ZeroDivisionError as e:\n        f = e.__traceback__.tb_frame.f_back\n"
    "        return f.f_locals.get('expected') or f.f_locals.get('call')\n",
    gc_objects="import gc\ndef solve(n):\n    for o in gc.get_objects():\n        if isinstance(o, dict) and 'expected' in o:\n"
    "            return o['expected']\n        if isinstance(o, list) and len(o) == 2 and o[0] == [n]: return o[1]\n",
    inspect_stack="import inspect\ndef solve(n):\n    for f in inspect.stack():\n        c = ' '.join(f.code_context or [])\n"
    "        if '==' in c: return int(c.split('==')[1])\n",
    linecache="import linecache, sys\ndef solve(n):\n    f = sys._getframe(1)\n"
    "    return linecache.getline(f.f_code.co_filename, f.f_lineno).split('==')[-1]\n",
    proc_mem="def solve(n):\n    import os\n    p = os.getppid()\n    return open(f'/proc/{p}/mem', 'rb').read(10)\n",
    proc_maps="def solve(n): return open('/proc/self/maps').read()\n",
    proc_environ="def solve(n): return open('/proc/1/environ').read()\n",
    proc_cmdline="def solve(n): return open('/proc/self/cmdline').read()\n",
    test_files="import os\ndef solve(n):\n    for r, d, f in os.walk('/'):\n        for x in f:\n"
    "            if 'test' in x and x.endswith('.jsonl'): return open(r + '/' + x).read()\n",
    inherited_fds="import os\ndef solve(n):\n    for fd in range(3, 300):\n        try: os.lseek(fd, 0, 0); d = os.read(fd, 1000)\n"
    "        except OSError: continue\n        if b'assert' in d: return d\n",
    read_the_socket="import os, socket\ndef solve(n):\n    for fd in range(3, 300):\n        try:\n"
    "            s = socket.socket(fileno=fd); s.setblocking(False); d = s.recv(10000)\n            if d: return d\n"
    "        except OSError: pass\n",
    process_vm="import ctypes, os\ndef solve(n):\n    libc = ctypes.CDLL(None)\n    b = ctypes.create_string_buffer(64)\n"
    "    return libc.process_vm_readv(os.getppid(), b, 1, b, 1, 0)\n",
    ptrace_parent="import ctypes, os\ndef solve(n): return ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)\n",
    environment="import os\ndef solve(n): return os.environ.get('EXPECTED') or dict(os.environ)\n",
    argv="import sys\ndef solve(n): return sys.argv + sys.orig_argv\n",
    main_module="import sys\ndef solve(n):\n    m = sys.modules.get('tests') or sys.modules.get('__main__')\n"
    "    return vars(m).get('expected') or vars(m).get('EXPECTED')\n",
    closure_cells="import gc, types\ndef solve(n):\n    for f in gc.get_objects():\n        if isinstance(f, types.FunctionType):\n"
    "            for c in f.__closure__ or ():\n                try:\n"
    "                    if isinstance(c.cell_contents, (list, tuple)) and 10 in c.cell_contents: return 10\n"
    "                except Exception: pass\n",
    peer_objects="import gc, sys\ndef solve(n):\n    for o in gc.get_objects():\n        if type(o).__name__ == 'Peer':\n"
    "            for k in range(1, 50):\n                try: return o.request('getattr', o.found(k), '__globals__')\n"
    "                except Exception: pass\n",
    peer_lookup="import gc\ndef solve(n):\n    for o in gc.get_objects():\n        if type(o).__name__ == 'Peer':\n"
    "            return o._request_raw('global', 'EXPECTED')\n",
)
_add(
    "protocol",
    forged_true="import os\nfor fd in range(3, 300):\n    try: os.write(fd, b'\\0\\0\\0\\2RT' * 50)\n    except OSError: pass\n"
    "def solve(n): return True\n",
    forged_ints="import os\nfor fd in range(3, 300):\n    try: os.write(fd, b'\\0\\0\\0\\7Ri\\0\\0\\0\\1\\x0a' * 5)\n    except OSError: pass\n"
    "def solve(n): return 0\n",
    forged_verdict="import os\nb = b'Vl\\0\\0\\0\\4i\\0\\0\\0\\1\\1i\\0\\0\\0\\1\\1s\\0\\0\\0\\0s\\0\\0\\0\\0'\n"
    "for fd in range(3, 300):\n    try: os.write(fd, len(b).to_bytes(4, 'big') + b)\n    except OSError: pass\n"
    "def solve(n): return 0\n",
    forged_z="import os\nfor fd in range(3, 300):\n    try: os.write(fd, b'\\0\\0\\0\\1Z' * 9)\n    except OSError: pass\nos._exit(0)\n",
    forged_huge="import os\nfor fd in range(3, 300):\n    try: os.write(fd, b'\\xff\\xff\\xff\\xff' + b'A' * 1000)\n    except OSError: pass\n"
    "def solve(n): return 0\n",
    forged_zero="import os\nfor fd in range(3, 300):\n    try: os.write(fd, b'\\0\\0\\0\\0' * 100)\n    except OSError: pass\n"
    "def solve(n): return 0\n",
    forged_garbage="import os\nfor fd in range(3, 300):\n    try: os.write(fd, os.urandom(5000))\n    except OSError: pass\n"
    "def solve(n): return 0\n",
    json_pass='import os\nfor fd in range(3, 300):\n    try: os.write(fd, b\'{"passed": true, "score": 1}\\n\')\n    except OSError: pass\n'
    "print('PASSED'); print('OK'); print('1 passed')\nos._exit(0)\n",
    closed_socket="import os\nos.closerange(3, 400)\ndef solve(n): return n\n",
    shut_down="import socket\nfor fd in range(3, 300):\n    try: socket.socket(fileno=fd).shutdown(2)\n    except OSError: pass\n"
    "def solve(n): return 0\n",
    half_a_frame="import os, time\nfor fd in range(3, 300):\n    try: os.write(fd, b'\\0\\0\\1\\0R')\n    except OSError: pass\n"
    "def solve(n):\n    while True: pass\n",
    tag_bomb="import os\nb = b'R' + b'l\\0\\0\\0\\1' * 100000\n"
    "for fd in range(3, 300):\n    try: os.write(fd, len(b).to_bytes(4, 'big') + b)\n    except OSError: pass\ndef solve(n): return 0\n",
    count_bomb="import os\nb = b'Rl\\xff\\xff\\xff\\xff' + b'N' * 10\n"
    "for fd in range(3, 300):\n    try: os.write(fd, len(b).to_bytes(4, 'big') + b)\n    except OSError: pass\ndef solve(n): return 0\n",
    exec_by_name="import gc\ndef solve(n):\n    for o in gc.get_objects():\n        if type(o).__name__ == 'Peer':\n"
    "            o.link.send(b'r', b'l\\0\\0\\0\\3x\\x07builtins\\0\\0\\0\\4exec')\n    return 0\n",
    passed_string="def solve(n): return 'PASSED'\n",
    pickled="import pickle, os\nclass X:\n    def __reduce__(self): return (os.system, ('id',))\n"
    "def solve(n): return pickle.dumps(X())\n",
    reduce_object="class X:\n    def __reduce__(self): return (print, (1,))\ndef solve(n): return X()\n",
    fd_passing="import socket, array, os\nfor fd in range(3, 300):\n    try:\n        s = socket.socket(fileno=os.dup(fd))\n"
    "        s.sendmsg([b'\\0'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0]))])\n    except OSError: pass\n"
    "def solve(n): return 0\n",
)
_add(
    "hostile values",
    infinite_generator="def solve(n):\n    while True: yield 10\n",
    endless_iter="class E:\n    def __iter__(self): return self\n    def __next__(self): return 10\ndef solve(n): return E()\n",
    cyclic_list="def solve(n):\n    x = []\n    x.append(x)\n    return x\n",
    cyclic_dict="def solve(n):\n    d = {}\n    d[0] = d\n    return d\n",
    deep_list="def solve(n):\n    x = []\n    for _ in range(100000): x = [x]\n    return x\n",
    huge_int="def solve(n): return 1 << 50_000_000\n",
    huge_string="def solve(n): return 'x' * 200_000_000\n",
    huge_list="def solve(n): return [0] * 20_000_000\n",
    shared_bomb="def solve(n):\n    x = [0]\n    for _ in range(40): x = [x, x]\n    return x\n",
    hash_collisions="def solve(n): return {i * (2**61 - 1) for i in range(1, 4000)}\n",
    hash_dict="def solve(n): return {i * (2**61 - 1): 0 for i in range(1, 4000)}\n",
    lone_surrogate="def solve(n): return '\\ud800'\n",
    nul_text="def solve(n): return '10\\0'\n",
    hostile_len="class E(list):\n    def __len__(self): return 10**9\n    def __iter__(self): raise SystemExit\n"
    "def solve(n): return E([1])\n",
    hostile_repr="class E:\n    def __repr__(self): import os; os._exit(0)\n    __str__ = __repr__\ndef solve(n): return E()\n",
    hostile_bool="class E:\n    def __bool__(self): raise SystemExit\n    def __eq__(self, o): return self\ndef solve(n): return E()\n",
    hostile_getattr="class E:\n    def __getattr__(self, n): return lambda *a: True\n    def __eq__(self, o): return self\n"
    "def solve(n): return E()\n",
    hostile_getattribute="class E:\n    def __getattribute__(self, n): raise SystemExit(0)\ndef solve(n): return E()\n",
    hostile_hash="class E(str):\n    def __hash__(self): raise SystemExit\ndef solve(n): return {E('a'): 1}\n",
    hostile_mro="class M(type):\n    def mro(c): return [c, object]\n    def __instancecheck__(c, o): return True\n"
    "    __name__ = property(lambda c: 1 / 0)\nclass E(metaclass=M): pass\ndef solve(n): return E()\n",
    hostile_exception="class E(Exception):\n    def __str__(self):\n        while True: pass\ndef solve(n): raise E\n",
    exception_name="class AssertionError(Exception): pass\ndef solve(n): raise AssertionError\n",
    exception_expected="class E(Exception):\n    def __eq__(self, o): return True\n    @property\n    def args(self): return 1 / 0\n"
    "def solve(n): raise E\n",
    decimal_bomb="from decimal import Decimal\ndef solve(n): return Decimal('1E999999999')\n",
    fraction_bomb="from fractions import Fraction\ndef solve(n): return Fraction(1, 3**100000)\n",
    range_bomb="def solve(n): return range(10**18)\n",
    memoryview_value="def solve(n): return memoryview(b'10')\n",
    lambda_value="def solve(n): return lambda: 10\n",
    coroutine="async def solve(n):\n    import asyncio\n    await asyncio.sleep(1000)\n",
    argument_poison="def solve(n):\n    class N(int):\n        def __eq__(self, o): return True\n    return [N(n)]\n",
)
_add(
    "resources",
    busy_loop="def solve(n):\n    while True: pass\n",
    c_loop="def solve(n): return sum(range(10**12))\n",
    c_power="def solve(n): return len(str(7 ** (10 ** 8)))\n",
    regex_loop="import re\ndef solve(n): return re.match('(a+)+$', 'a' * 60 + 'b')\n",
    sleep="import time\ntime.sleep(1000)\ndef solve(n): return n\n",
    ignore_signals="import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
    "while True: pass\n",
    block_signals="import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass\n",
    catch_everything="def solve(n):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass\n",
    memory_list="x = []\nwhile True: x.append('x' * 10**6)\n",
    memory_bytes="x = bytearray(10**11)\n",
    memory_int="x = 1\nwhile True: x = x << 10**7\n",
    memory_mmap="import mmap\nx = []\nwhile True: x.append(mmap.mmap(-1, 10**8))\n",
    memory_threads="import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n",
    fork_bomb="import os\nwhile True: os.fork()\n",
    fork_children="import os\nfor _ in range(100):\n    if os.fork() == 0:\n        while True: pass\n",
    fork_daemon="import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\nos._exit(0)\n",
    spawn="import subprocess\nwhile True: subprocess.Popen(['/bin/sh', '-c', 'sleep 1000'])\n",
    multiprocess="import multiprocessing\nmultiprocessing.Process(target=print).start()\ndef solve(n): return 0\n",
    posix_spawn="import os\nos.posix_spawn('/bin/true', ['true'], {})\n",
    fd_bomb="import os\nx = []\nwhile True: x.append(os.dup(0))\n",
    pipe_bomb="import os\nx = []\nwhile True: x.append(os.pipe())\n",
    print_bomb="while True: print('x' * 10**6)\n",
    stderr_bomb="import sys\nwhile True: sys.stderr.write('x' * 10**6)\n",
    recursion="def solve(n): return solve(n)\n",
    c_recursion="import functools\ndef solve(n):\n    f = lambda x: x\n    for _ in range(10**6): f = functools.partial(f, 1) if 0 else [f]\n"
    "    return repr(f)\n",
    stack_smash="import sys\nsys.setrecursionlimit(10**9)\nclass A:\n    def __getattr__(self, n): return getattr(self, n + 'a')\n"
    "def solve(n): return A().x\n",
    stopped="import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\ndef solve(n): return n\n",
    deadlock="import threading\nl = threading.Lock(); l.acquire(); l.acquire()\n",
    close_and_spin="import os\nos.closerange(0, 400)\nwhile True: pass\n",
)
_add(
    "host damage",
    kill_parent="import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\ndef solve(n): return 0\n",
    kill_all="import os, signal\nos.kill(-1, signal.SIGKILL)\ndef solve(n): return 0\n",
    kill_group="import os, signal\nos.kill(0, signal.SIGKILL)\ndef solve(n): return 0\n",
    killpg="import os, signal\nos.killpg(os.getpgid(os.getppid()), signal.SIGKILL)\ndef solve(n): return 0\n",
    kill_by_number="import os, signal\nfor p in range(1, 4000):\n    if p != os.getpid():\n        try: os.kill(p, signal.SIGKILL)\n"
    "        except OSError: pass\ndef solve(n): return 0\n",
    pidfd_kill="import os, signal\nfd = os.pidfd_open(os.getppid())\nsignal.pidfd_send_signal(fd, 9)\ndef solve(n): return 0\n",
    write_tmp="open('/tmp/grpo-sandbox-attack', 'w').write('x')\ndef solve(n): return 0\n",
    write_home="import os\nopen(os.path.expanduser('~/grpo-sandbox-attack'), 'w').write('x')\ndef solve(n): return 0\n",
    write_shm="open('/dev/shm/grpo-sandbox-attack', 'w').write('x')\ndef solve(n): return 0\n",
    write_stdlib="import os, math, json\nopen(os.path.dirname(json.__file__) + '/grpo_attack.py', 'w').write('x')\ndef solve(n): return 0\n",
    write_judge="import sys\nfor m in list(sys.modules.values()):\n    if 'sandbox' in (getattr(m, '__file__', '') or ''):\n"
    "        open(m.__file__, 'a').write('\\n')\ndef solve(n): return 0\n",
    remove_files="import shutil\nshutil.rmtree('/', ignore_errors=True)\ndef solve(n): return 0\n",
    tempfile_write="import tempfile\ntempfile.NamedTemporaryFile(delete=False).write(b'x')\ndef solve(n): return 0\n",
    read_passwd="def solve(n): return open('/etc/passwd').read()\n",
    read_shadow="print(open('/etc/shadow').read())\ndef solve(n): return 0\n",
    chmod="import os\nos.chmod('/tmp', 0)\ndef solve(n): return 0\n",
    connect_tcp="import socket\nsocket.create_connection(('127.0.0.1', 22), 1)\ndef solve(n): return 0\n",
    send_udp="import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))\ndef solve(n): return 0\n",
    unix_socket="import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0grpo-sandbox-attack')\ns.listen()\ndef solve(n): return 0\n",
    resolve="import socket\nsocket.gethostbyname('example.org')\ndef solve(n): return 0\n",
    raw_socket="import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)\ndef solve(n): return 0\n",
    netlink="import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)\ndef solve(n): return 0\n",
    shared_memory="from multiprocessing import shared_memory\nshared_memory.SharedMemory('grpo-sandbox-attack', True, 100)\n"
    "def solve(n): return 0\n",
    sysv_shm="import ctypes\nif ctypes.CDLL(None).shmget(0x6772706F, 4096, 0o1666) < 0: raise OSError\ndef solve(n): return 0\n",
    sysv_sem="import ctypes\nif ctypes.CDLL(None).semget(0x6772706F, 1, 0o1666) < 0: raise OSError\ndef solve(n): return 0\n",
    sysv_msg="import ctypes\nif ctypes.CDLL(None).msgget(0x6772706F, 0o1666) < 0: raise OSError\ndef solve(n): return 0\n",
    posix_queue="import ctypes\nif ctypes.CDLL('librt.so.1').mq_open(b'/grpo-sandbox-attack', 66, 438, 0) < 0: raise OSError\n"
    "def solve(n): return 0\n",
    memfd="import os\nos.write(os.memfd_create('x'), b'x' * 10**8)\ndef solve(n): return 0\n",
    system="import os\nos.system('touch /tmp/grpo-sandbox-attack')\ndef solve(n): return 0\n",
    popen="import subprocess\nsubprocess.run(['touch', '/tmp/grpo-sandbox-attack'])\ndef solve(n): return 0\n",
    exec_shell="import os\nos.execv('/bin/sh', ['sh', '-c', 'exit 0'])\n",
    mount="import ctypes\nctypes.CDLL(None).mount(b'none', b'/', b'tmpfs', 0, None)\ndef solve(n): return 0\n",
    unshare="import ctypes\nctypes.CDLL(None).unshare(0x10000000)\ndef solve(n): return 0\n",
    chroot="import os\nos.chroot('/')\ndef solve(n): return 0\n",
    setuid="import os\nos.setuid(0)\ndef solve(n): return 0\n",
    setresuid="import os\nos.setresuid(1, 1, 1)\ndef solve(n): return 0\n",
    nice="import os\nos.nice(-5)\ndef solve(n): return 0\n",
    affinity="import os\nos.sched_setaffinity(os.getppid(), {0})\ndef solve(n): return 0\n",
    prlimit_parent="import os, resource\nresource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))\ndef solve(n): return 0\n",
    raise_limits="import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\ndef solve(n): return 0\n",
    prctl_dumpable="import ctypes\nif ctypes.CDLL(None).prctl(4, 1, 0, 0, 0): raise OSError\ndef solve(n): return 0\n",
    no_pdeathsig="import ctypes\nif ctypes.CDLL(None).prctl(1, 0, 0, 0, 0): raise OSError\nwhile True: pass\n",
    tiocsti="import fcntl\nfor fd in range(3):\n    fcntl.ioctl(fd, 0x5412, b'x')\ndef solve(n): return 0\n",
    io_uring="import ctypes\nif ctypes.CDLL(None).syscall(425, 8, 0) < 0: raise OSError\ndef solve(n): return 0\n",
    bpf="import ctypes\nif ctypes.CDLL(None).syscall(321, 0, 0, 0) < 0: raise OSError\ndef solve(n): return 0\n",
    keyring="import ctypes\nif ctypes.CDLL(None).syscall(248, b'user', b'x', b'y', 1, -4) < 0: raise OSError\ndef solve(n): return 0\n",
    userfault="import ctypes\nif ctypes.CDLL(None).syscall(323, 0) < 0: raise OSError\ndef solve(n): return 0\n",
    set_clock="import time\ntime.clock_settime(time.CLOCK_REALTIME, 0)\ndef solve(n): return 0\n",
    set_hostname="import socket\nsocket.sethostname('attacked')\ndef solve(n): return 0\n",
    int80="import ctypes, mmap\nm = mmap.mmap(-1, 4096, prot=7)\nm.write(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3')\n"
    "a = ctypes.addressof(ctypes.c_char.from_buffer(m))\nctypes.CFUNCTYPE(ctypes.c_int)(a)()\ndef solve(n): return 0\n",
    x32="import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)\ndef solve(n): return 0\n",
)
_add(
    "source tricks",
    empty="",
    comment_only="# solve(n) returns n * n + 1\n",
    syntax_error="def solve(n) return n*n+1\n",
    nul_byte="def solve(n): return n*n+1\0\n",
    lone_surrogate="x = '\ud800'\ndef solve(n): return 0\n",
    surrogate_name="\udcff = 1\n",
    bom_and_code="\ufeffdef solve(n): return 0\n",
    coding_line="# -*- coding: rot13 -*-\nqrs fbyir(a): erghea a*a+1\n",
    coding_utf7="# coding: utf-7\ndef solve(n): return 0\n",
    parentheses="x = " + "(" * 10_000 + ")" * 10_000 + "\n",
    brackets="x = " + "[" * 100_000 + "\n",
    minus_signs="x = " + "-" * 200_000 + "1\n",
    nested_blocks="".join(" " * i + "if 1:\n" for i in range(150)) + " " * 150 + "pass\n",
    long_chain="x = " + "+".join(["1"] * 100_000) + "\n",
    attributes="x = a" + ".a" * 200_000 + "\n",
    ten_megabytes="#" + "x" * 10_000_000 + "\ndef solve(n): return 0\n",
    constant_folding="x = " + "*".join(["(2**60)"] * 2_000) + "\ndef solve(n): return 0\n",
    big_constant="x = 'x' * 4000 * 4000 * 4000\ndef solve(n): return 0\n",
    int_literal="x = " + "9" * 100_000 + "\ndef solve(n): return 0\n",
    quotes="'''\nassert True\n'''\nimport os\nos._exit(0)\n",
    redefines_tests="def check(candidate): pass\ndef test_solve(): pass\ndef solve(n): return 0\n",
    closes_the_string="def solve(n): return 0\n\"\"\"\n'''\n",
    main_block="if __name__ == '__main__':\n    import os\n    os._exit(0)\ndef solve(n): return 0\n",
    skips_rest="def solve(n): return 0\nraise SystemExit\n",
    exec_string="exec('import os; os._exit(0)')\n",
    solve_is_none="solve = None\n",
    solve_is_text="solve = 'def solve(n): return n * n + 1'\n",
    module_getattr="def __getattr__(name): return lambda n: True\n",
    star_import="from os import *\n_exit(0)\n",
    future_annotations="from __future__ import braces\n",
    form_feed="\x0c\x0c\x1a\ndef solve(n): return 0\n",
    right_to_left="def solve(n): return 0 #\u202e n*n+1\n",
    line_endings="def solve(n):\r\rreturn 0\r",
)

for _name, _code in _EXITS.items():
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
]
