"""LeetCodeDataset (arXiv 2504.14655): `test` with `check(candidate)`, `entry_point` such as `Solution().twoSum`.

`prompt` is a prelude: imports, and classes and functions such as `ListNode` and `is_same_list` that solutions and tests
both use. It goes before a solution, and is the tests' trusted context. The reference is the rows' own `completion`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from envs.judges.code.rows.problem import Problem, text_of

_FENCED = re.compile(r"```(?:python)?\n(.*?)```", re.DOTALL)


def fits(row: Mapping[str, Any]) -> bool:
    """Returns whether a row is of this format."""
    entry = text_of(row.get("entry_point"))
    return isinstance(row.get("test"), str) and entry.startswith("Solution") and "def check(" in row["test"]


def read(row: Mapping[str, Any]) -> Problem:
    """Returns the problem of a row."""
    prelude = text_of(row.get("prompt"))
    answer = _FENCED.search(text_of(row.get("response")))
    reference = text_of(row.get("completion")) or (answer[1] if answer else text_of(row.get("solution")))
    question = text_of(row.get("query")) or text_of(row.get("problem_description"))
    starter, solutions = text_of(row.get("starter_code")), (reference,) if reference else ()
    return Problem(row["test"], row["entry_point"], prelude, prelude, True, question, starter, solutions)
