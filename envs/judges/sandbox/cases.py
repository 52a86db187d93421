"""Tests in the forms people write them, checked and brought into the three the judge runs."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from envs.core.errors import UsageError
from envs.judges.sandbox.compare import expectation
from envs.judges.sandbox.crossing.live import LiveEncoder
from envs.judges.sandbox.crossing.wire import MAX_FRAME, WireError

# Modules whose names a test may take over from the candidate's own import lines, imported afresh where the tests run.
PURE_MODULES = frozenset(
    """bisect cmath collections copy datetime decimal fractions functools heapq itertools json math numpy operator
    random re statistics string typing""".split()
)
MAX_IMPORTS = 100
_IMPORT = re.compile(r"^(?:import|from)[ \t][^\n;#\\]{1,300}", re.MULTILINE)


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
    """

    entry: str
    args: list[Any]
    kwargs: dict[str, Any]
    expected: bytes | None
    raises: str
    after: bytes | None


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
    """Whole programs: pairs of standard input and the expected standard output."""

    pairs: tuple[tuple[bytes, str], ...]

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
        names: Names the tests use and do not define, in order.
        defined_builtins: Among those, names of built-ins the candidate is asked for only if it defines them.
    """

    text: str
    context: str
    entry: str
    names: tuple[str, ...]
    defined_builtins: tuple[str, ...]

    @property
    def total(self) -> int:
        """The number of checks, as far as it is known before running them."""
        return max(1, sum(isinstance(node, ast.Assert) for node in ast.parse(self.text).body))


Suite = CallSuite | ProgramSuite | AssertSuite


def suite(tests: Any, entry_point: str | None = None, context: str = "") -> Suite:
    """Returns `tests` in the form the judge runs.

    Args:
        tests: Assert text; a list of assert lines; a list of `{"args": [...], "expected": ...}` (also `kwargs`,
            `raises`, `after`, `entry_point`); a list of `[args, expected]` pairs; a list of `{"stdin": ...,
            "stdout": ...}`; or `{"calls": pairs, "entry_point": name}`.
        entry_point: The function under test.
        context: For assert text: trusted source the tests may use, such as helper functions of the prompt.

    Raises:
        UsageError: There are no tests, or they are in none of these forms.
    """
    if entry_point is not None and not all(part.isidentifier() for part in entry_point.split(".")):
        raise UsageError(f"entry_point: {entry_point!r} is not the name of a function")
    if isinstance(tests, Mapping) and "calls" in tests:
        return suite(tests["calls"], entry_point or tests.get("entry_point"), context)
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


def _program(test: Mapping[str, Any], index: int) -> tuple[bytes, str]:
    stdin, stdout = test.get("stdin", ""), test["stdout"]
    if not isinstance(stdin, str) or not isinstance(stdout, str):
        raise UsageError(f"test {index + 1}: stdin and stdout must be text")
    return stdin.encode("utf-8", "surrogateescape"), stdout


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
    try:
        LiveEncoder(MAX_FRAME // 2).encode([list(args), dict(kwargs)])
        encoded = expectation(expected) if "expected" in test and not raises else None
        after = expectation(list(test["after"])) if "after" in test else None
    except WireError as error:
        raise UsageError(f"{where}: {error}; args and expected must be plain data") from error
    name = test.get("entry_point") or entry_point
    return Call(name, list(args), dict(kwargs), encoded, raises, after)


def _asserts(text: str, entry: str, context: str) -> AssertSuite:
    try:
        tree, table = ast.parse(text), symtable.symtable(text, "<tests>", "exec")
        ast.parse(context)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"the tests are not Python: {error}") from error
    checks = (ast.Assert, ast.Raise, ast.Call)
    if not any(isinstance(node, checks) for node in ast.walk(tree)):
        raise UsageError("there are no tests: the text holds no assert")
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    waiting = any(isinstance(node, ast.FunctionDef) and node.name == "check" for node in tree.body)
    if waiting and "check" not in called and not entry:
        raise UsageError("the tests define check(candidate) and never call it; name the entry_point")
    if isinstance(entry, str) and "." in entry:
        entry = entry.partition(".")[0]
    own = _definitions(context) - {entry}
    free = [name for name in _free_names(table) if name not in own]
    known = [name for name in free if not hasattr(builtins, name) or name == entry]
    if entry and entry not in known:
        known.append(entry)
    shadowed = () if known else tuple(name for name in free if hasattr(builtins, name))
    return AssertSuite(text, context, entry, tuple(known), shadowed)


def _free_names(table: symtable.SymbolTable) -> list[str]:
    """Returns the global names a text uses without binding them at its top level."""
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    found: dict[str, None] = {}

    def visit(scope: symtable.SymbolTable) -> None:
        for symbol in scope.get_symbols():
            if symbol.is_referenced() and (scope is table or symbol.is_global()) and symbol.get_name() not in bound:
                found[symbol.get_name()] = None
        for child in scope.get_children():
            visit(child)

    visit(table)
    return list(found)


def _definitions(source: str) -> set[str]:
    """Returns the names trusted source binds at its top level."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign):
            names.update(n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name))
    return names


def borrowed(tests: AssertSuite, code: str) -> tuple[list[str], list[str]]:
    """Returns (names to take from the candidate, import lines to repeat where the tests run).

    A name the candidate imports from one of `PURE_MODULES` is imported again rather than taken from the candidate, so
    that no candidate can bring its own `isclose`. The candidate's text is only looked at line by line.
    """
    imports: dict[str, str] = {}
    for line in _IMPORT.findall(code)[:MAX_IMPORTS]:
        try:
            node = ast.parse(line.strip()).body[0]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for alias in getattr(node, "names", []):
            module = getattr(node, "module", None) or alias.name
            bound = alias.asname or alias.name.partition(".")[0]
            if module.partition(".")[0] in PURE_MODULES and alias.name != "*":
                imports[bound] = ast.unparse(_alone(node, alias))
    wanted = [name for name in tests.names if name != tests.entry and name in imports and not _defines(code, name)]
    names = [name for name in tests.names if name not in wanted]
    names += [name for name in tests.defined_builtins if _defines(code, name)]
    return names, [imports[name] for name in wanted]


def _alone(node: Any, alias: ast.alias) -> ast.stmt:
    if isinstance(node, ast.ImportFrom):
        return ast.ImportFrom(node.module, [alias], node.level)
    return ast.Import([alias])


def _defines(code: str, name: str) -> bool:
    return re.search(rf"^(?:async[ \t]+def|def|class)[ \t]+{re.escape(name)}\b", code, re.MULTILINE) is not None
