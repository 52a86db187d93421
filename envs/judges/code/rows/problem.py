"""What every format comes to: tests the judge runs, and the reference solutions that must pass them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from envs.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a data set.

    Attributes:
        tests: In a form that `CodeJudge.judge` takes; plain data.
        entry_point: The function under test, or an empty text.
        context: Trusted source that the tests use.
        before: Trusted source that goes in front of every solution, as where a data set has a prelude of its own.
        prelude: Whether solutions may use names of the usual libraries without importing them.
        question: The task in words, as far as the row has it.
        starter: Code a solution begins with, or an empty text.
        solutions: Reference solutions in Python.
        prompt: Code that a completion may continue, or an empty text.
    """

    tests: Any
    entry_point: str = ""
    context: str = ""
    before: str = ""
    prelude: bool = False
    question: str = ""
    starter: str = ""
    solutions: tuple[str, ...] = ()
    prompt: str = ""

    def gold(self) -> dict[str, Any]:
        """Returns what `CodeVerifier` judges a completion by."""
        return {
            "tests": self.tests,
            "entry_point": self.entry_point,
            "context": self.context,
            "before": self.before,
            "prelude": self.prelude,
            **({"prompt": self.prompt} if self.prompt else {}),
        }


def parsed(value: Any, what: str) -> Any:
    """Returns data that may be written as JSON text.

    Raises:
        UsageError: The text is no JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{what} is not JSON: {error}") from error


def text_of(value: Any) -> str:
    """Returns a text, and an empty one for what is none."""
    return value if isinstance(value, str) else ""


def lines_of(value: Any, what: str) -> str:
    """Returns standard input or output, which may be given as a list of lines.

    Raises:
        UsageError: It is neither.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    raise UsageError(f"{what} must be text or a list of lines")


def programs(inputs: Any, outputs: Any) -> list[dict[str, str]]:
    """Returns pairs of standard input and output.

    Raises:
        UsageError: They are no lists of equal length, or hold no tests.
    """
    return [
        {"stdin": lines_of(given, "an input"), "stdout": lines_of(printed, "an output")}
        for given, printed in _paired(inputs, outputs)
    ]


def calls(inputs: Any, outputs: Any) -> list[dict[str, Any]]:
    """Returns calls with what they return.

    Raises:
        UsageError: They are no lists of equal length, or hold no tests.
    """
    pairs = _paired(inputs, outputs)
    if not all(isinstance(given, list) for given, _ in pairs):
        raise UsageError("each input of a function must be the list of its arguments")
    return [{"args": given, "expected": result} for given, result in pairs]


def _paired(inputs: Any, outputs: Any) -> list[tuple[Any, Any]]:
    if not isinstance(inputs, Sequence) or not isinstance(outputs, Sequence) or len(inputs) != len(outputs):
        raise UsageError("inputs and outputs must be lists of the same length")
    if not inputs or isinstance(inputs, str):
        raise UsageError("there are no tests")
    return list(zip(inputs, outputs, strict=True))


def numbered(value: Any) -> Any:
    """Returns a value with the keys of its dicts as numbers where all of them are: JSON has made texts of them."""
    if isinstance(value, list):
        return [numbered(item) for item in value]
    if isinstance(value, Mapping):
        whole = bool(value) and all(key.removeprefix("-").isdecimal() for key in value)
        return {int(key) if whole else key: numbered(item) for key, item in value.items()}
    return value


def python_only(solutions: Any) -> tuple[str, ...]:
    """Returns the texts in a list of solutions, which may be written as JSON."""
    listed = parsed(solutions, "solutions") if solutions else []
    return tuple(text for text in listed if isinstance(text, str) and text.strip()) if isinstance(listed, list) else ()
