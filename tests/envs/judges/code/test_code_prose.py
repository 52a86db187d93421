# ruff: noqa: E501 - the completions are short texts on one line
"""Prose around code without fences, blocks beside the program, and stubs beside a definition."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from envs.judges.code.extract import code_of

F = "def square(n):\n    return n*n\n"
PROGRAM = "n=int(input())\nprint(n*n)\n"
TAILS = (
    "Explanation: we multiply.", "Explanation: multiply", "Time complexity: O(1)", "Time: O(1)\nSpace: O(1)", "Done",
    "Note: this is O(1).", "Note: untested", "Done.", "Enjoy!", "This works.", "It's simple", "Result is n*n",
    "### Explanation\nWe multiply.", "(This works for negatives too.)", "Example usage: print(square(2))", "Complexity:\nO(1)",
    "---\nExplanation follows", "Input:\n7\nOutput:\n49", "Example: square(2) returns 4", "Hope this helps!", "Thanks, all.",
)  # fmt: skip
HEADS = (
    "Here's the solution:\n", "Solution:\n", "Answer:\n", "Code:", "Python code:\n", "Solution\n", "python\n", "Sure thing\n",
    "Approach: multiply\n", "Note: n may be negative", "I'll write it now.\n", "(1) define\n", "1. Read n.\n", "We use f(n) = n*n here.",
)  # fmt: skip


def run(code, given="7"):
    """Returns what a program prints, or fails to."""
    printed: list = []
    exec(compile(code, "<code>", "exec"), {"input": lambda: given, "print": printed.append, "__name__": "__main__"})
    return printed


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("head", ["", *HEADS[:3]])
def test_prose_behind_code_without_fences_is_none_of_it(tail, head):
    names: dict = {}
    exec(code_of(f"{head}\n{F}\n{tail}", "square"), names)
    assert names["square"](7) == 49
    assert run(code_of(f"{head}\n{PROGRAM}\n{tail}")) == [49]


@pytest.mark.parametrize("head", HEADS)
def test_prose_before_code_without_fences_is_none_of_it(head):
    names: dict = {}
    exec(code_of(f"{head}\n{F}", "square"), names)
    assert names["square"](7) == 49
    assert run(code_of(f"{head}\n{PROGRAM}")) == [49]


# Lines at the margin that are Python, and look a little like prose.
CODE = (
    "import math", "from math import gcd as g", "x: int = 5", "Point = tuple", "Names: list = []", "A, B = 1, 2", "del x", "pass",
    "print('This works.')", "if x: pass", "for i in range(2): pass", "while False: pass", "assert True, 'It is so'", "x = y = 3",
    "try: pass\nexcept ValueError: pass", "lambda: 0", "(a, b) = 1, 2", "[c] = [3]", "x = (\n1,\n)", "'''\nThis is text.\n'''",
    "with open(0) as f: pass", "@property\ndef f(self): return 1", "x = 'A: b'  # Note: this", "type(x)", "not x", "TOTAL += 1",
    "match x:\n    case _: pass", "global x", "raise SystemExit(0)", "x if x else 1", "Some.attribute = 5", "D = {\n'a': 1,\n}",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(CODE), min_size=1, max_size=6),
    st.sampled_from(("import os", "def f():\n    return 1", "x = 1")),
)
@example(list(CODE), "import os")
def test_code_at_the_margin_is_no_prose(lines, first):
    text = "\n".join([first, *lines, "end = 1"]) + "\n"
    assert code_of(text) == text


def fenced(*blocks):
    return "\nand\n".join(f"```python\n{block}```\n" for block in blocks)


BASE = "import sys\ndef solve():\n    n=int(sys.stdin.readline())\n    print(n*n)\n"
BESIDE = (
    "import io\nsys.stdin = io.StringIO('3')\nsolve()\n", "import io\ndef test():\n    sys.stdin=io.StringIO('3')\n    solve()\ntest()\n",
    "sys.stdin = open('input.txt')\nsolve()\n", "from unittest.mock import patch\nwith patch('builtins.input', return_value='3'):\n    solve()\n",
    "def brute(n):\n    return n**2\nfor n in range(10):\n    assert brute(n) == n*n\n", "n=int(input())\n", "import random\nprint(random.random())\n",
)  # fmt: skip


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("ends", ["solve()\n", "if __name__ == '__main__':\n    solve()\n"])
def test_what_stands_behind_a_whole_program_is_not_run(beside, ends):
    assert code_of(fenced(BASE + ends, beside)) == BASE + ends
    assert run(code_of(fenced(PROGRAM, beside))) == [49]


def test_of_two_whole_programs_the_last_counts():
    assert run(code_of(fenced(PROGRAM, PROGRAM.replace("n*n", "n+n")))) == [14]
    assert run(code_of(fenced(PROGRAM, "def solve(n):\n    return n*n\n"))) == [49]


STUBS = (
    "def square(n: int) -> int:\n    ...\n", "def square(n):\n    pass\n", "def square(n): ...\n",
    'def square(n):\n    """Return n squared."""\n    # ... same as above\n', "def square(n):\n    raise NotImplementedError\n",
    "def square(\n    n: int,\n) -> int:\n    '''The\n    square'''\n    pass\n", "async def square(n): raise NotImplementedError('x')\n",
)  # fmt: skip


@pytest.mark.parametrize("stub", STUBS)
def test_a_stub_never_replaces_a_definition_with_a_body(stub):
    for blocks in ((F, stub), (stub, F), (F, stub, stub)):
        for entry in ("square", ""):
            names: dict = {}
            exec(code_of(fenced(*blocks), entry), names)
            assert names["square"](7) == 49
    method = "class Solution:\n    def square(self, n):\n        return n*n\n"
    names = {}
    exec(code_of(fenced(method, "class Solution:\n    def square(self, n):\n        pass\n"), "Solution.square"), names)
    assert names["Solution"]().square(7) == 49
    assert code_of(fenced(stub), "square") == stub  # alone, it is the answer


def test_a_definition_with_a_body_is_replaced_by_another():
    for again in ("def square(n):\n    return 0\n", "def square(n): pass; return 0\n", "square = lambda n: 0\n"):
        names: dict = {}
        exec(code_of(fenced(F, again), "square"), names)
        assert names["square"](7) == 0
