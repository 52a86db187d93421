"""Time zones: the machine's rules can be read inside the sandbox, and nothing else of where they are."""

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
