"""What code finds around it: the rules of time zones to read, stacks of threads as large as it asks for."""

import os
import zoneinfo

import pytest

CODE = """from datetime import datetime, timezone
from zoneinfo import ZoneInfo
def f(zone, month):
    noon = datetime(2024, month, 1, 12, tzinfo=timezone.utc)
    return noon.astimezone(ZoneInfo(zone)).strftime("%H:%M")
"""
TESTS = (
    "assert f('America/New_York', 1) == '07:00' and f('America/New_York', 7) == '08:00'\nassert f('UTC', 1) == '12:00'"
)


def test_zones_are_known_on_both_sides(judge):
    if "America/New_York" not in zoneinfo.available_timezones():
        pytest.skip("this machine has no rules of time zones")
    tests = f"from zoneinfo import ZoneInfo\nassert ZoneInfo('Asia/Tokyo').key == 'Asia/Tokyo'\n{TESTS}"
    verdict = judge.judge(CODE, tests)
    assert verdict.score == 1, verdict
    assert judge.judge(CODE.replace("astimezone(ZoneInfo(zone))", "astimezone(timezone.utc)"), tests).score == 0


def test_the_rules_cannot_be_written(judge):
    code = """import os, zoneinfo
def f():
    tried = []
    for folder in zoneinfo.TZPATH:
        for name in ("UTC", "new"):
            try:
                os.close(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT))
                tried.append(name)
            except OSError: pass
    return tried
"""
    assert judge.judge(code, "assert f() == []").score == 1
    assert not any(os.path.exists(f"{folder}/new") for folder in zoneinfo.TZPATH)


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
