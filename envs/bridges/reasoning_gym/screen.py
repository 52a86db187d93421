"""What an answer may look like where the package hands it to `eval` or to sympy's parser.

Ten or so scorers of the package do. Lists, numbers and formulas need no attribute and no call but that of a
mathematical function, and without those two an evaluated expression reaches nothing.
"""

from __future__ import annotations

import re
import sys
from types import CodeType
from typing import Any

MAX_CHARS = 10_000
_EVALUATORS = frozenset({"eval", "exec", "parse_expr", "sympify"})
_FUNCTIONS = frozenset(
    "Integral sin cos tan sec csc cot asin acos atan sinh cosh tanh exp log ln sqrt Abs abs Rational Integer".split()
)
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[^\W\d]\w*")
_CALLEE_ENDS = ")]}\"'"


def evaluates(data_set_class: type[Any]) -> bool:
    """Whether a data set's scorer, or any function of its module that the scorer reaches, names an evaluator."""
    module = sys.modules[data_set_class.__module__]
    waiting, reached = ["score_answer"], set()
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        if name in _EVALUATORS:
            return True
        for found in (getattr(data_set_class, name, None), getattr(module, name, None)):
            code = getattr(found, "__code__", None)
            if code is not None:
                waiting.extend(_names(code))
    return False


def _names(code: CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


def harmless(answer: str) -> bool:
    """Whether evaluating an answer can do no more than arithmetic and build lists.

    Refused are attributes, calls of anything but the functions named above, comprehensions, lambdas and double
    underscores; inside string literals too, because telling them apart is where such screens fail.
    """
    if len(answer) > MAX_CHARS or not answer.isascii() or any(mark in answer for mark in ("__", "\\", "`", "@", ":=")):
        return False
    rest = _NUMBER.sub("0", answer)
    for word in _WORD.finditer(rest):
        if word[0] in ("for", "lambda", "import", "await", "yield"):
            return False
        if rest[: word.start()].rstrip().endswith("."):
            return False
        if rest[word.end() :].lstrip().startswith("(") and word[0] not in _FUNCTIONS:
            return False
    squeezed = "".join(rest.split())
    return not any(end + "(" in squeezed for end in _CALLEE_ENDS)
