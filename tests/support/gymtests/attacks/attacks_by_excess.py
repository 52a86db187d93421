# ruff: noqa: E501 - the sources are short programs on one line
"""Code that answers with hostile values, or takes all it can of time, memory and processes."""

from gymtests.attacks.attack_form import attacks

ATTACKS: list[tuple[str, str, str]] = []
ATTACKS += attacks(
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
ATTACKS += attacks(
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
