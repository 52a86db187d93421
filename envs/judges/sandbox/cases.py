"""Tests in the forms people write them, checked and brought into the three the judge runs."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from envs.core.errors import UsageError
from envs.judges.sandbox.compare import expectation
from envs.judges.sandbox.crossing.live import LiveEncoder
from envs.judges.sandbox.crossing.wire import MAX_FRAME, WireError
from envs.judges.sandbox.naming import Names, names_of
from envs.judges.sandbox.offered import check_offered
from envs.judges.sandbox.output import Output


@dataclass(frozen=True, slots=True)
class Call:
    """One call and what must come of it.

    Attributes:
        entry: The function, `Class.method`, or an empty text for the only function there is.
        args: Its arguments, by position and by name.
        kwargs: See `args`.
        expected: The encoded result, or None where an exception is expected.
        raises: The name of the expected exception.
        after: The encoded list of arguments after the call, or None where they do not matter.
        others: Encoded results that are as good as the expected one.
    """

    entry: str
    args: list[Any]
    kwargs: dict[str, Any]
    expected: bytes | None
    raises: str
    after: bytes | None
    others: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class CallSuite:
    """Calls made one after another in one process; `request` is the encoded list of them."""

    calls: tuple[Call, ...]
    request: bytes

    @property
    def total(self) -> int:
        """The number of tests."""
        return len(self.calls)


@dataclass(frozen=True, slots=True)
class ProgramSuite:
    """Whole programs: pairs of standard input and the expected standard output, and the rule to compare it by."""

    pairs: tuple[tuple[bytes, str], ...]
    output: Output = Output()

    @property
    def total(self) -> int:
        """The number of tests."""
        return len(self.pairs)


@dataclass(frozen=True, slots=True)
class AssertSuite:
    """Free-form tests.

    Attributes:
        text: The tests.
        context: Trusted source whose definitions the tests may use and the candidate cannot replace.
        entry: The candidate's function under test, or an empty text where the tests tell.
        names: The names they use.
    """

    text: str
    context: str
    entry: str
    names: Names

    @property
    def total(self) -> int:
        """The number of checks, as far as it is known before running them."""
        return max(1, sum(isinstance(node, ast.Assert) for node in ast.parse(self.text).body))


Suite = CallSuite | ProgramSuite | AssertSuite


def suite(tests: Any, entry_point: str | None = None, context: str = "") -> Suite:
    """Returns `tests` in the form the judge runs.

    Args:
        tests: Assert text; a list of assert lines; a list of `{"args": [...], "expected": ...}` (also `kwargs`,
            `or` with a list of other results that will do, `raises`, `after`, `entry_point`); a list of
            `[args, expected]` pairs; a list of `{"stdin": ..., "stdout": ...}`;
            `{"calls": pairs, "entry_point": name}`; or `{"programs": pairs of stdin and stdout, "output": rule,
            "checker": source}`, the latter two as in `envs.judges.sandbox.output.Output`.
        entry_point: The function under test.
        context: For assert text: trusted source the tests may use, such as helper functions of the prompt.

    Raises:
        UsageError: There are no tests, or they are in none of these forms.
    """
    entry_point = _function_name(entry_point)
    if isinstance(tests, Mapping) and "calls" in tests:
        return suite(tests["calls"], entry_point or tests.get("entry_point"), context)
    if isinstance(tests, Mapping) and "programs" in tests:
        programs = suite(tests["programs"])
        if not isinstance(programs, ProgramSuite):
            raise UsageError('"programs" must be a list of {"stdin": ..., "stdout": ...}')
        return ProgramSuite(programs.pairs, Output(tests.get("output") or "tokens", tests.get("checker") or ""))
    if isinstance(tests, CallSuite | ProgramSuite | AssertSuite):
        return tests
    if isinstance(tests, str):
        return _asserts(tests, entry_point or "", context)
    if not isinstance(tests, Sequence) or isinstance(tests, bytes):
        raise UsageError(f"tests must be text or a list, not {type(tests).__name__}")
    if not tests:
        raise UsageError("there are no tests; give assert text, calls, or stdin/stdout pairs")
    if all(isinstance(test, str) for test in tests):
        return _asserts("\n".join(tests), entry_point or "", context)
    if all(isinstance(test, Mapping) and "stdout" in test for test in tests):
        return ProgramSuite(tuple(_program(test, index) for index, test in enumerate(tests)))
    calls = tuple(_call(test, index, entry_point or "") for index, test in enumerate(tests))
    request = [[call.entry, call.args, call.kwargs, call.after is not None] for call in calls]
    return CallSuite(calls, LiveEncoder().encode(request))


def asked_of(tests: Suite) -> tuple[str, ...]:
    """Returns the names of the code that tests ask for, as far as they tell."""
    if isinstance(tests, AssertSuite):
        return tests.names.asked
    return (
        tuple(dict.fromkeys(call.entry for call in tests.calls if call.entry)) if isinstance(tests, CallSuite) else ()
    )


def _function_name(entry_point: str | None) -> str | None:
    """Returns a name as Python spells it; `Class().method` means what `Class.method` does."""
    if entry_point is None:
        return None
    if not isinstance(entry_point, str):
        raise UsageError(f"entry_point: {entry_point!r} is not the name of a function")
    name = unicodedata.normalize("NFKC", entry_point.strip().replace("()", ""))
    if not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(f"entry_point: {entry_point!r} is not the name of a function")
    return name


def _program(test: Mapping[str, Any], index: int) -> tuple[bytes, str]:
    stdin, stdout = test.get("stdin", ""), test["stdout"]
    if not isinstance(stdin, str) or not isinstance(stdout, str):
        raise UsageError(f"test {index + 1}: stdin and stdout must be text")
    try:
        return stdin.encode("utf-8", "surrogateescape"), stdout
    except UnicodeEncodeError as error:
        raise UsageError(f"test {index + 1}: stdin is no text that can be written: {error}") from error


def _call(test: Any, index: int, entry_point: str) -> Call:
    if isinstance(test, Sequence) and not isinstance(test, str | bytes) and len(test) == 2:
        test = {"args": test[0], "expected": test[1]}
    where = f"test {index + 1}"
    if not isinstance(test, Mapping) or not {"expected", "raises", "after"} & test.keys():
        raise UsageError(f'{where}: needs "args" with "expected" or "raises", or "stdin" with "stdout"')
    args, kwargs = test.get("args", []), test.get("kwargs", {})
    if not isinstance(args, list | tuple) or not isinstance(kwargs, Mapping):
        raise UsageError(f"{where}: args must be a list of arguments and kwargs a dict")
    raises, expected = test.get("raises", ""), test.get("expected")
    if isinstance(expected, type) and issubclass(expected, BaseException):
        raises = expected
    if isinstance(raises, type):
        raises = raises.__name__
    if not isinstance(raises, str) or not all(isinstance(key, str) for key in kwargs):
        raise UsageError(f"{where}: raises must be the name of an exception and kwargs have names")
    try:
        LiveEncoder(MAX_FRAME // 2).encode([list(args), dict(kwargs)])
        encoded = expectation(expected) if "expected" in test and not raises else None
        after = expectation(list(test["after"])) if "after" in test else None
        others = tuple(expectation(other) for other in test.get("or", ()))
    except WireError as error:
        raise UsageError(f"{where}: {error}; args and expected must be plain data") from error
    name = _function_name(test.get("entry_point") or None) or entry_point
    return Call(name, list(args), dict(kwargs), encoded, raises, after, others)


def _asserts(text: str, entry: str, context: str) -> AssertSuite:
    try:
        tree = ast.parse(text)
        names = names_of(text, tree)
        ast.parse(context)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"the tests are not Python: {error}") from error
    checks = (ast.Assert, ast.Raise, ast.Call)
    if not any(isinstance(node, checks) for node in ast.walk(tree)):
        raise UsageError("there are no tests: the text holds no assert")
    check_offered(tree)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    waiting = any(isinstance(node, ast.FunctionDef) and node.name == "check" for node in tree.body)
    if waiting and "check" not in called and not entry:
        raise UsageError("the tests define check(candidate) and never call it; name the entry_point")
    return AssertSuite(text, context, entry, names)
