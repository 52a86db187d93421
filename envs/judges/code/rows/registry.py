"""Which adapter reads a row."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from envs.judges.code.rows import apps, code_contests, kodcode, leetcode, livecodebench, plus, prime
from envs.judges.code.rows.problem import Problem

ADAPTERS: dict[str, ModuleType] = {
    "livecodebench": livecodebench,
    "code-contests": code_contests,
    "leetcode": leetcode,
    "kodcode": kodcode,
    "plus": plus,
    "apps": apps,
    "prime": prime,
}
"""By name, in the order in which they are tried."""


def problem_of(row: Mapping[str, Any]) -> Problem | None:
    """Returns the problem of a row in one of the formats, or None where it is in none of them.

    Raises:
        UsageError: It is in one of them, and has no tests that can be run.
    """
    for adapter in ADAPTERS.values():
        if adapter.fits(row):
            return adapter.read(row)
    return None
