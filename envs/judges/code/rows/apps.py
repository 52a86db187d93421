"""APPS (arXiv 2105.09938) and TACO (arXiv 2312.14852): `input_output` with `inputs`, `outputs` and maybe `fn_name`.

Read as `eval/testing_util.py` of hendrycks/apps reads it: without `fn_name` programs that read and print, a list being
the lines of a text; with it a function or a method of `Solution`, each output as it is or wrapped in a list of one,
and dicts keyed by number where JSON could only write text. PRIME's and LiveCodeBench's writers have arguments as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.core.errors import UsageError
from envs.judges.code.rows.problem import Problem, calls, numbered, parsed, programs, python_only, text_of


def fits(row: Mapping[str, Any]) -> bool:
    """Returns whether a row is of this format."""
    return bool(row.get("input_output")) and not row.get("test")


def read(row: Mapping[str, Any]) -> Problem:
    """Returns the problem of a row.

    Raises:
        UsageError: It has no tests that can be run.
    """
    found = parsed(row["input_output"], "input_output")
    question, starter = text_of(row.get("question")), text_of(row.get("starter_code"))
    return cases(found, question, starter, python_only(row.get("solutions")))


def cases(found: Any, question: str = "", starter: str = "", solutions: tuple[str, ...] = ()) -> Problem:
    """Returns the problem that `inputs`, `outputs` and `fn_name` pose.

    Raises:
        UsageError: They are not there, or cannot be run.
    """
    if not isinstance(found, Mapping) or not {"inputs", "outputs"} <= found.keys():
        raise UsageError("input_output needs inputs and outputs")
    name = found.get("fn_name")
    if not name:
        pairs = programs(found["inputs"], found["outputs"])
        return Problem(pairs, prelude=True, question=question, starter=starter, solutions=solutions)
    tests = calls(*_arguments(found["inputs"], found["outputs"]))
    if all(isinstance(test["expected"], list) and len(test["expected"]) == 1 for test in tests):
        tests = [{**test, "expected": test["expected"][0], "or": [test["expected"]]} for test in tests]
    return Problem(tests, str(name), prelude=True, question=question, starter=starter, solutions=solutions)


def _arguments(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """Returns the arguments of calls and what they return, which may be written as text: JSON, one argument a line."""
    texts = [*inputs, *outputs] if isinstance(inputs, list) and isinstance(outputs, list) else []
    if not texts or not all(isinstance(text, str) for text in texts):
        return numbered(inputs), numbered(outputs)
    lines = [[parsed(line, "an input") for line in text.split("\n") if line.strip()] for text in inputs]
    return lines, [parsed(text, "an output") for text in outputs]
