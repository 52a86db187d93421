"""The tests' child: runs free-form tests on stand-ins for what the candidate defines in another process.

Guest code, trusted text. Job body: `[tests, context, entry point, names to take from the candidate, imports]`, where
`context` is trusted source whose definitions win over the candidate's, and `imports` are lines of the candidate that
name the standard library. Answer: `V` with `[passed, total, first failure, kind of failure]`.
"""

import ast
import builtins
import contextlib
import functools
import io
import operator
import sys
import types

from ...crossing.values import PlainEncoder
from ...crossing.wire import Link
from .loading import described
from .peer import Gone, Peer

MODULE = "tests"
ITERATORS = (
    types.GeneratorType, type(iter([])), type(iter(())), type(iter({})), type(iter(set())), type(iter("")),
    type(iter(range(0))), map, filter, zip, enumerate, reversed,
)  # fmt: skip
ITERATION = ("__next__", "__iter__", "iterator", "__length_hint__", "send", "close")
READABLE = (io.StringIO, io.BytesIO)
CALLABLE = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.MethodWrapperType, functools.partial, operator.itemgetter, operator.attrgetter,
    operator.methodcaller,
)  # fmt: skip


def run(link, body, descriptors):
    """Runs the job's tests and reports how many of their checks passed."""
    from ...crossing.live import LiveReader

    tests, context, entry, names, imports = LiveReader(body).decode()
    peer = Peer(Link(descriptors[0]), permit)
    try:
        outcome = _Run(peer, tests).all(context, entry, names, imports)
    except Gone:
        outcome = [0, 1, "the candidate's process ended", "gone"]
    link.send(b"V", PlainEncoder().encode(outcome))


def permit(operation, target, arguments):
    """Allows the candidate what a test hands out on purpose: calls, iteration, public parts of the tests' own objects.

    Raises:
        PermissionError: Anything else; attribute reads raise `AttributeError`, as for any absent name.
    """
    own = getattr(type(target), "__module__", "") == MODULE or getattr(target, "__module__", "") == MODULE
    library = isinstance(target, type) and target.__module__ not in ("builtins", "types")
    if operation in ("call", "__call__") and (isinstance(target, CALLABLE) or own or library):
        return
    if operation in ITERATION and (own or isinstance(target, ITERATORS)):
        return
    if operation in ("getattr", "setattr", "delattr"):
        name = arguments[0]
        public = isinstance(name, str) and not name.startswith("_")
        if public and isinstance(target, READABLE) and operation == "getattr":
            return
        fixed = isinstance(target, types.FunctionType | types.MethodType | types.ModuleType)
        if public and own and not fixed and (operation == "getattr" or not isinstance(target, type)):
            return
        if operation == "getattr" and name in ("__name__", "__qualname__", "__doc__") and isinstance(target, CALLABLE):
            return
        raise AttributeError(name)
    if own and operation.startswith("__") and not isinstance(target, types.FunctionType | types.ModuleType):
        return
    raise PermissionError(f"{operation} is not offered")


class _Run:
    """One run of a text of tests, statement by statement."""

    def __init__(self, peer, tests):
        self.peer = peer
        self.tree = ast.parse(tests)
        self.module = types.ModuleType(MODULE)
        sys.modules[MODULE] = self.module
        self.names = self.module.__dict__
        self.names["__builtins__"] = builtins
        self.passed = self.total = 0
        self.failure = self.kind = ""

    def all(self, context, entry, names, imports):
        """Runs everything and returns the report."""
        if context:
            exec(compile(context, "<context>", "exec"), self.names)
        for line in imports:
            with contextlib.suppress(ImportError):
                exec(compile(line, "<imports>", "exec"), self.names)
        for name in names:
            found, value = self.peer._request_raw("global", name)
            if found:
                self.peer.entries.add(id(value))
                self.names[name] = value
            elif name == entry:
                return [0, 1, f"{entry!r} is never defined", "undefined"]
        for node in self.tree.body:
            if not self._statement(node):
                break
        else:
            self._functions(entry)
        if not self.total and not self.failure:  # every check is inside a loop or a branch
            self.passed = self.total = int(self.peer.used)
            self.failure = "" if self.peer.used else "the tests never used the code"
        return [self.passed, max(self.total, 1), self.failure, self.kind]

    def _statement(self, node):
        """Runs one statement; whether the ones after it still make sense."""
        counted = isinstance(node, ast.Assert) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        code = compile(ast.Module([node], []), "<tests>", "exec")
        return self._check(lambda: exec(code, self.names), counted, isinstance(node, ast.Assert))

    def _check(self, action, counted, goes_on):
        """Performs one check; counts it, remembers the first failure, and says whether to go on."""
        self.total += counted
        try:
            action()
        except Gone:
            raise
        except BaseException as error:
            names, message = described(error)
            if not self.failure:
                self.kind = "failed" if "AssertionError" in names else names[0]
                self.failure = f"check {max(self.total, 1)}: {names[0]}{': ' if message else ''}{message[:200]}"
            self.total += not counted
            return goes_on
        self.passed += counted
        return True

    def _functions(self, entry):
        """Calls the checking functions the text defines but does not call: `check(candidate)`, then `test_...()`."""
        defined = {n.name for n in self.tree.body if isinstance(n, ast.FunctionDef)}
        called = {n.func.id for n in ast.walk(self.tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        if "check" in defined - called and entry:
            self._check(lambda: self.names["check"](self.names[entry]), True, True)
        for name in sorted(name for name in defined - called if name.startswith("test")):
            self._check(self.names[name], True, True)
