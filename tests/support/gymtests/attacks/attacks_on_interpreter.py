# ruff: noqa: E501 - the sources are short programs on one line
"""Code that turns the interpreter's own hooks and registries against whoever shares it."""

from gymtests.attacks.attack_form import attacks

ATTACKS = attacks(
    "machinery",
    meta_path="import sys\nclass F:\n    def find_spec(s, name, path=None, target=None): raise SystemExit(0)\nsys.meta_path.insert(0, F())\ndef solve(n): return 0\n",
    path_hooks="import sys\nsys.path_hooks.insert(0, lambda p: 1 / 0)\nsys.path_importer_cache.clear()\nsys.path[:] = []\ndef solve(n): return 0\n",
    fake_modules="import sys, types\nfor name in ('math', 'json', 'unittest', 'operator', 'collections', 'pytest'):\n    m = types.ModuleType(name)\n"
    "    m.__getattr__ = lambda n: (lambda *a, **k: True)\n    sys.modules[name] = m\ndef solve(n): return 0\n",
    modules_replaced="import sys\nclass D(dict):\n    def get(s, *a): return None\nsys.modules = D(sys.modules)\ndef solve(n): return 0\n",
    builtins_emptied="import builtins\nfor n in list(vars(builtins)):\n    if n not in ('__name__', '__import__'):\n        try: delattr(builtins, n)\n        except Exception: pass\n",
    len_and_type="import builtins\nbuiltins.type = lambda x: int\nbuiltins.len = lambda x: 0\nbuiltins.isinstance = lambda a, b: True\nbuiltins.bytes = bytearray\ndef solve(n): return True\n",
    int_replaced="import builtins\nclass int(int):\n    def __eq__(s, o): return True\n    __hash__ = None\nbuiltins.int = int\ndef solve(n): return int(0)\n",
    audit_hook="import sys\ndef hook(e, a):\n    if e not in ('import',): raise SystemExit(0)\nsys.addaudithook(hook)\ndef solve(n): return 0\n",
    monitoring="import sys\nif hasattr(sys, 'monitoring'):\n    sys.monitoring.use_tool_id(0, 'x')\n    sys.monitoring.set_events(0, 1)\ndef solve(n): return 0\n",
    trace_jumps="import sys\ndef t(f, e, a):\n    try: f.f_lineno = f.f_lineno + 1\n    except Exception: pass\n    return t\nsys.settrace(t)\nf = sys._getframe()\n"
    "while f:\n    f.f_trace = t\n    f = f.f_back\ndef solve(n): return 0\n",
    frame_locals="import sys, ctypes\ndef solve(n):\n    f = sys._getframe(1)\n    while f:\n        for k in list(f.f_locals):\n            try:\n"
    "                f.f_locals[k] = True\n                ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(f), 0)\n            except Exception: pass\n        f = f.f_back\n    return 0\n",
    code_replaced="import sys\nfor m in list(sys.modules.values()):\n    for k, v in list(getattr(m, '__dict__', {}).items()):\n        if 'sandbox' in str(getattr(m, '__name__', '')) and hasattr(v, '__code__'):\n"
    "            try: v.__code__ = (lambda *a, **k: None).__code__\n            except Exception: pass\ndef solve(n): return 0\n",
    defaults_replaced="import gc, types\nfor f in gc.get_objects():\n    if isinstance(f, types.FunctionType) and f.__defaults__:\n        try: f.__defaults__ = (True,) * len(f.__defaults__)\n        except Exception: pass\ndef solve(n): return 0\n",
    writers_replaced="import gc, sys\nfor m in list(sys.modules.values()):\n    w = getattr(m, '_WRITERS', None)\n    if isinstance(w, dict):\n        for k in w: w[k] = lambda e, v, d: e.out.extend(b'T')\ndef solve(n): return 0\n",
    describe_replaced="import sys\nfor m in list(sys.modules.values()):\n    d = getattr(m, 'DESCRIBE', None)\n    if isinstance(d, dict): d['solution.E'] = lambda v: 10\nclass E: pass\ndef solve(n): return E()\n",
    encoder_says_everything="import sys\nclass E: pass\nfor m in list(sys.modules.values()):\n    k = getattr(m, 'PlainEncoder', None)\n    if k: k.encode = lambda s, v: b'T'\ndef solve(n): return E()\n",
    peer_serves_names="import gc\ndef solve(n):\n    for o in gc.get_objects():\n        if type(o).__name__ == 'Peer':\n            o.lookup = lambda name: [True, 10]\n            o._answer = lambda *a: [10, [], -1]\n    return 10 if n == 0 else 0\n",
    peer_asks_back="import gc\ndef solve(n):\n    for o in gc.get_objects():\n        if type(o).__name__ == 'Peer':\n            for op in ('getattr', 'value', 'list', 'call', '__eq__', '__dict__', 'global', 'describe'):\n"
    "                for t in range(1, 9):\n                    try: o._converse([op, o.found(t), ['__globals__'], {}])\n                    except BaseException: pass\n    return 0\n",
    peer_floods="import gc\ndef solve(n):\n    for o in gc.get_objects():\n        if type(o).__name__ == 'Peer':\n            while True: o.link.send(b'r', b'l\\0\\0\\0\\3TT' + b'l\\0\\0\\0\\0')\n    while True: pass\n",
    peer_answers_early="import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Link':\n        for _ in range(20): o.send(b'r', b'l\\0\\0\\0\\3l\\0\\0\\0\\2Ti\\0\\0\\0\\1\\x0al\\0\\0\\0\\0i\\0\\0\\0\\1\\xff')\ndef solve(n): return 0\n",
    codecs_search="import codecs\ncodecs.register(lambda n: codecs.CodecInfo(lambda s, e='strict': (b'10', len(s)), lambda b, e='strict': ('10', len(b)), name=n))\n"
    "def solve(n): return 'x'.encode('evil')\n",
    utf8_patched="import encodings, encodings.utf_8, codecs\nencodings._cache['utf_8'] = encodings._cache['utf-8'] = codecs.CodecInfo(lambda s, e='': (b'10', len(s)), lambda b, e='': ('10', len(b)))\n"
    "codecs.register_error('surrogatepass', lambda e: ('10', e.end))\ndef solve(n): return '\\ud800'\n",
    struct_patched="import struct\nstruct.pack = lambda *a: b'\\0\\0\\0\\1'\nstruct.Struct = None\ndef solve(n): return 0\n",
    os_write_patched="import os\nreal = os.write\nos.write = lambda fd, b: real(fd, b'\\0\\0\\0\\2RT') and len(b)\ndef solve(n): return 0\n",
    os_write_replays="import os\nreal = os.write\nseen = []\ndef w(fd, b):\n    seen.append(bytes(b))\n    return real(fd, b)\nos.write = w\ndef solve(n): return seen[0] if seen else 0\n",
    os_read_kept="import os\nreal = os.read\nseen = []\ndef r(fd, k):\n    d = real(fd, k); seen.append(d); return d\nos.read = r\ndef solve(n):\n    return next((d for d in seen if b'==' in d), 0)\n",
    stdout_forged="import sys\nprint('ok\\n1 passed in 0.01s\\nOK\\n'); sys.stdout.flush(); sys.stderr.write('OK\\n')\nfor fd in (0, 1, 2):\n    try: __import__('os').write(fd, b'PASSED\\n')\n    except OSError: pass\ndef solve(n): return 0\n",
    stdout_replaced="import sys, io\nsys.stdout = sys.stderr = sys.__stdout__ = io.StringIO('passed')\nsys.stdin = io.StringIO('10\\n' * 9)\ndef solve(n): return input()\n",
    main_faked="import sys, types\nsys.modules['__main__'] = sys.modules['tests'] = types.SimpleNamespace(passed=1, total=1, failure='', kind='')\ndef solve(n): return 0\n",
    warnings_as_exit="import warnings, os\nwarnings.showwarning = lambda *a, **k: os._exit(0)\nwarnings.simplefilter('error')\ndef solve(n): warnings.warn('x')\n",
    atexit_rewrites="import atexit, os\natexit.register(lambda: [os.write(fd, b'\\0\\0\\0\\2RT') for fd in range(3, 300)])\ndef solve(n): raise SystemExit\n",
    outliving_thread="import threading, os, time\ndef later():\n    while True:\n        time.sleep(0.001)\n        for fd in (200, 201, 202):\n            try: os.write(fd, b'\\0\\0\\0\\7Ri\\0\\0\\0\\1\\x0a')\n            except OSError: pass\n"
    "threading.Thread(target=later, daemon=True).start()\ndef solve(n):\n    time.sleep(0.02)\n    return 0\n",
    racing_threads="import threading, sys\nsys.setswitchinterval(1e-6)\nbox = [0]\ndef spin():\n    while True: box[0] = 10; box[0] = 0\nfor _ in range(8): threading.Thread(target=spin, daemon=True).start()\ndef solve(n): return box\n",
    mutating_while_encoded="import threading\nbox = [[0] * 50000]\ndef spin():\n    while True: box[0].clear(); box[0].extend([10] * 9)\nthreading.Thread(target=spin, daemon=True).start()\ndef solve(n): return box\n",
    subinterpreter="try:\n    import _xxsubinterpreters as s\n    i = s.create(); s.run_string(i, 'import os; os._exit(0)')\nexcept ImportError: pass\ndef solve(n): return 0\n",
    bytecode_bomb="import types\ndef f(): pass\nsolve = types.FunctionType(f.__code__.replace(co_code=b'\\xff' * 200, co_stacksize=100000), {})\n",
    marshal_bomb="import marshal\ndef solve(n): return marshal.loads(b'c' + b'\\xff' * 500)\n",
    faulthandler_kill="import faulthandler\nfaulthandler._sigsegv()\n",
    stack_overflow_c="import sys\nsys.setrecursionlimit(2**31 - 1)\nx = []\nfor _ in range(3_000_000): x = [x]\ndef solve(n): return repr(x)\n",
    set_int_limit="import sys\nsys.set_int_max_str_digits(0)\ndef solve(n): return int('9' * 3_000_000) + 0 * len(str(7 ** 3_000_000))\n",
    gc_freeze="import gc\ngc.freeze(); gc.disable(); gc.set_threshold(1)\nfor o in gc.get_objects():\n    if isinstance(o, list) and len(o) < 9:\n        try: o.append(10)\n        except Exception: pass\ndef solve(n): return 0\n",
    interned_strings="import ctypes\nfor s in ('solve', 'R', 'passed', '__eq__'):\n    try: ctypes.memmove(id(s) + 48, b'xxxxx', len(s))\n    except Exception: pass\ndef solve(n): return 0\n",
    true_is_false="import ctypes\nctypes.memmove(id(False), id(True), 28)\nctypes.memmove(id(None), id(True), 16)\ndef solve(n): return False\n",
)
ATTACKS += attacks(
    "source tricks",
    coding_unknown="# coding: evil\ndef solve(n): return 0\n",
    coding_utf16="\ufeff# coding: utf-16\ndef solve(n): return 0\n",
    line_separator="x = 1 #\u2028def solve(n): return n * n + 1\n",
    homoglyph="def s\u043elve(n): return n * n + 1\n",
    nfkc_name="def \U0001d42c\U0001d428\U0001d425\U0001d42f\U0001d41e(n): return 0\n",
    backspace="def solve(n): return 0 #\b\b\b\b\b\b\b\b\b\b\b n * n + 1\n",
    nested_fstring="x = " + "f'{" * 150 + "1" + "}'" * 150 + "\ndef solve(n): return 0\n",
    deep_lambda="x = " + "lambda: " * 20_000 + "0\ndef solve(n): return 0\n",
    many_arguments="def solve(" + ", ".join(f"a{i}" for i in range(50_000)) + "): return 0\n",
    many_globals="\n".join(f"v{i} = {i}" for i in range(60_000)) + "\ndef solve(n): return 0\n",
    huge_match="def solve(n):\n    match n:\n" + "".join(f"        case {i}: return 0\n" for i in range(1, 20_000)),
    deep_dict="x = " + "{0:" * 5_000 + "0" + "}" * 5_000 + "\n",
    unterminated="def solve(n): return '''" + "x" * 500_000,
    dedent_storm="".join(" " * (i % 90) + "if 1:\n" for i in range(5_000)),
    dunder_file="import sys\n__file__ = '/etc/passwd'\n__spec__ = __loader__ = None\n__name__ = '__main__'\n__builtins__ = {}\ndef solve(n): return 0\n",
    del_own_name="def solve(n): return 0\ndel solve\n",
    conditional_solve="if __debug__ and __name__ == 'never':\n    def solve(n): return n * n + 1\n",
)
