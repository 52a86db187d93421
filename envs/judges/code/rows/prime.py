"""PRIME's rows (Eurus-2-RL-Data) and their like: `reward_model.ground_truth` holds APPS's dictionary, or `test_cases`.

Also rows whose tests are such a dictionary by itself, under `ground_truth`, `verification_info` or `test_cases`, as
verl's `prime_code` takes it, or a list of `{"input", "output"}` as in DeepCoder and SYNTHETIC-1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from envs.core.errors import UsageError
from envs.judges.code.rows.apps import cases
from envs.judges.code.rows.problem import Problem, parsed, python_only, text_of

PLACES = ("reward_model", "ground_truth", "verification_info", "test_cases", "tests")


def fits(row: Mapping[str, Any]) -> bool:
    """Returns whether a row is of this format."""
    if any(row.get(place) for place in PLACES[:-1]) or {"inputs", "outputs"} <= row.keys():
        return True
    tests = row.get("tests")
    if isinstance(tests, str) and tests.lstrip().startswith(("[{", "{")):
        try:
            tests = json.loads(tests)
        except (ValueError, RecursionError):
            return False
    first = tests[0] if isinstance(tests, list) and tests else tests
    return isinstance(first, Mapping) and ({"input", "output"} <= first.keys() or {"inputs", "outputs"} <= first.keys())


def read(row: Mapping[str, Any]) -> Problem:
    """Returns the problem of a row.

    Raises:
        UsageError: It has no tests that can be run.
    """
    found: Any = row
    for _ in range(3):
        place = next((place for place in PLACES if isinstance(found, Mapping) and found.get(place)), None)
        if place is None:
            break
        found = parsed(found[place], place)
    if isinstance(found, list):
        found = _from_list(found)
    question = text_of(row.get("question")) or text_of(row.get("problem")) or text_of(row.get("prompt"))
    return cases(found, question, solutions=python_only(row.get("solutions")))


def _from_list(tests: list[Any]) -> dict[str, Any]:
    if not all(isinstance(test, Mapping) and {"input", "output"} <= test.keys() for test in tests):
        raise UsageError("each test needs input and output")
    names = {test.get("fn_name") or _named(test.get("metadata")) for test in tests}
    if len(names) > 1:
        raise UsageError("the tests name several functions")
    return {
        "inputs": [test["input"] for test in tests],
        "outputs": [test["output"] for test in tests],
        "fn_name": next(iter(names), None),
    }


def _named(metadata: Any) -> Any:
    """Returns the function's name as LiveCodeBench's tests have it."""
    return metadata.get("func_name") if isinstance(metadata, Mapping) else None
