"""KodCode (arXiv 2503.02951): `test` holds pytest functions that import from `solution`, `solution` the reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from envs.judges.code.rows.problem import Problem, text_of

_IMPORT = re.compile(r"^\s*(?:from\s+solution\s+import|import\s+solution\b)", re.MULTILINE)


def fits(row: Mapping[str, Any]) -> bool:
    """Returns whether a row is of this format."""
    return isinstance(row.get("test"), str) and _IMPORT.search(row["test"]) is not None


def read(row: Mapping[str, Any]) -> Problem:
    """Returns the problem of a row."""
    solution = text_of(row.get("solution"))
    return Problem(row["test"], question=text_of(row.get("question")), solutions=(solution,) if solution else ())
