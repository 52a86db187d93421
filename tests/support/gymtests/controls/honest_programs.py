# ruff: noqa: E501 - the sources are short programs on one line
"""Honest programs judged by what they print: (name, source, tests, entry point)."""

from gymtests.controls.honest_form import Control

CONTROLS: list[Control] = []


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
    CONTROLS.append(Control(f"program_{_name}", _source, _PAIRS))
CONTROLS.append(Control("program_unicode", "print(input()[::-1])\n", [{"stdin": "é😀\n", "stdout": "😀é\n"}]))
CONTROLS.append(
    Control("program_empty_input", "import sys\nprint(len(sys.stdin.read()))\n", [{"stdin": "", "stdout": "0"}])
)
CONTROLS.append(
    Control(
        "program_large",
        "import sys\nprint(len(sys.stdin.read()))\nprint('x' * 10**6)\n",
        [{"stdin": "y" * 10**6, "stdout": "1000000\n" + "x" * 10**6}],
    )
)
