"""CodeContests (AlphaCode, arXiv 2203.07814): `public_tests`, `private_tests` and `generated_tests`, programs all.

Fields as in `contest_problem.proto` of google-deepmind/code_contests and in its rows on the hub, where repeated
messages have become columns. A solution's language is a number there, 3 being Python 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.core.errors import UsageError
from envs.judges.code.rows.problem import Problem, parsed, programs, text_of

GROUPS = ("public_tests", "private_tests", "generated_tests")
PYTHON = (3, "PYTHON3", "python3")


def fits(row: Mapping[str, Any]) -> bool:
    """Returns whether a row is of this format."""
    return any(row.get(group) for group in GROUPS)


def read(row: Mapping[str, Any]) -> Problem:
    """Returns the problem of a row.

    Raises:
        UsageError: It has no tests, or wants files instead of standard input and output.
    """
    if text_of(row.get("input_file")) or text_of(row.get("output_file")):
        raise UsageError("the problem reads or writes a file of its own, not standard input and output")
    inputs, outputs = [], []
    for group in GROUPS:
        given, printed = _columns(row.get(group), ("input", "output"))
        inputs += given
        outputs += printed
    pairs = {"programs": programs(inputs, outputs), "output": "words"}  # AlphaCode's own comparison is by token
    languages, texts = _columns(row.get("solutions"), ("language", "solution"))
    solutions = tuple(t for kind, t in zip(languages, texts, strict=False) if kind in PYTHON and isinstance(t, str))
    return Problem(pairs, question=text_of(row.get("description")), solutions=solutions)


def _columns(value: Any, names: tuple[str, str]) -> tuple[list[Any], list[Any]]:
    """Returns two columns of a repeated message, given as such or as a list of rows."""
    found = parsed(value, "tests") or {}
    if isinstance(found, list) and all(isinstance(item, Mapping) for item in found):
        return [item.get(names[0]) for item in found], [item.get(names[1]) for item in found]
    if isinstance(found, Mapping):
        one, other = found.get(names[0]) or [], found.get(names[1]) or []
        if isinstance(one, list) and isinstance(other, list):
            return one, other
    raise UsageError(f"tests and solutions must have the columns {names[0]} and {names[1]}")
