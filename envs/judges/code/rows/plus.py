"""HumanEval+ and MBPP+ (EvalPlus, arXiv 2305.01210) as its own releases have them: inputs, and a solution that answers.

`base_input` and `plus_input` are lists of arguments; what is expected is what `canonical_solution` returns for them,
run where the tests run. Floats agree within `atol`, or as EvalPlus has it where that is 0. The hub's rows, which carry
a `test` text, need no adapter: they are of HumanEval's and MBPP's own form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.core.errors import UsageError
from envs.judges.code.extract import open_function
from envs.judges.code.rows.problem import Problem, text_of

REFERENCE = "reference_solution"
_TESTS = """
import copy as _copy, math as _math
def _same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        if not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (a, b)):
            return False
        return a == b or (a != a and b != b) or _math.isclose(a, b, rel_tol={rel}, abs_tol={abs})
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    return a == b
def check(candidate):
    for _args in {inputs!r}:
        _want = {reference}(*_copy.deepcopy(_args))
        assert _same(_want, candidate(*_copy.deepcopy(_args))), _args
check({entry})
"""


def fits(row: Mapping[str, Any]) -> bool:
    """Returns whether a row is of this format."""
    return isinstance(row.get("plus_input"), list) and bool(row.get("entry_point"))


def read(row: Mapping[str, Any]) -> Problem:
    """Returns the problem of a row.

    Raises:
        UsageError: It lacks its solution, or its inputs are no lists of arguments.
    """
    entry, prompt = text_of(row["entry_point"]), text_of(row.get("prompt"))
    solution = text_of(row.get("canonical_solution"))
    inputs = [*(row.get("base_input") or []), *row["plus_input"]]
    if not solution or not entry.isidentifier() or not inputs or not all(isinstance(args, list) for args in inputs):
        raise UsageError("needs canonical_solution, entry_point and lists of arguments")
    whole = solution if f"def {entry}" in solution else prompt + solution
    atol = row.get("atol") or 0
    if not isinstance(atol, int | float) or atol < 0:
        raise UsageError("atol must be a number")
    text = _TESTS.format(inputs=inputs, reference=REFERENCE, entry=entry, rel=1e-7, abs=atol or 1e-6)
    # In names of its own: a reference that calls itself must not call the candidate.
    context = f"_names = {{}}\nexec({whole!r}, _names)\n{REFERENCE} = _names[{entry!r}]\n"
    continues = prompt if open_function(prompt) and f"def {entry}" in prompt else ""
    return Problem(text, entry, context, question=prompt, solutions=(whole,), prompt=continues)
