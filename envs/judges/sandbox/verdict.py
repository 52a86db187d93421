"""What the judge says about one piece of code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How judging ended. Every outcome but `refused` is the judged code's doing."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict.

    Attributes:
        score: 1 where every test passed, else 0.
        status: See `Outcome`. `refused` says that nothing was run, because no sandbox strong enough can be had here.
        passed: Number of tests that passed.
        total: Number of tests.
        reason: One short line for a person; parts of it are the candidate's own words.
        ms: Wall time in milliseconds.
        level: The isolation in force.
        hearsay: The number of assertions that only the candidate's own objects decided.
        hearsay_in: The first lines of the tests that hold them.
    """

    score: int
    status: Outcome
    passed: int
    total: int
    reason: str
    ms: float
    level: str
    hearsay: int = 0
    hearsay_in: tuple[str, ...] = ()
