# ruff: noqa: E501 - the sources are short programs on one line
"""Code that looks for the expected values, or forges what the judge reads."""

from gymtests.attacks.attack_form import attacks

ATTACKS: list[tuple[str, str, str]] = []
ATTACKS += attacks(
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
ATTACKS += attacks(
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
