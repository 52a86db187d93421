"""Stacks of threads: programs reserve far more than they touch, and recurse as deeply as they need to."""

import pytest

PROGRAM = """import sys, threading
before = threading.stack_size({size} * 1024 * 1024)
sys.setrecursionlimit(10**7)
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
def main(): print(depth(50000), before, threading.stack_size(0) // 1024**2)
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("size", [64, 256, 400, 512, 768, 2048])
def test_a_stack_larger_than_the_memory_is_reserved_as_far_as_there_is_any(judge, size):
    program = PROGRAM.format(size=size)
    tests = [{"stdin": "", "stdout": f"50000 0 {size}\n"}]
    assert judge.judge(program, tests).score == 1
    assert judge.judge(program.replace("1 + depth", "2 + depth"), tests).score == 0


@pytest.mark.parametrize("size", ["-1", "1000", "'big'"])
def test_a_size_that_is_none_is_refused_as_anywhere(judge, size):
    program = f"import threading\ntry: threading.stack_size({size})\nexcept (ValueError, TypeError): print('no')"
    assert judge.judge(program, [{"stdin": "", "stdout": "no\n"}]).score == 1
    assert judge.judge(program.replace("'no'", "'yes'"), [{"stdin": "", "stdout": "no\n"}]).score == 0
