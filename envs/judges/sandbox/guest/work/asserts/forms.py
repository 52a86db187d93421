"""The forms of tests that a text defines and a runner would run: `unittest` classes, test functions, test classes.

Guest code. `unittest` is the real one, with its assertion methods counted; `pytest` is a stand-in of our own.
"""

import ast
import inspect
import sys
import types

from ....crossing import empty
from ..objects.derived import ASKED_OF_KINDS
from ..objects.proxies import Remote
from . import patching, pytest_form
from .naming import SOLUTION


def prepare(text, ledger, peer):
    """Makes ready what the text is going to import."""
    patching.install(peer, text)
    if "unittest" in text:
        _prepare_unittest(ledger)
    if "mock" in text or "Mock" in text or "patch" in text:
        _prepare_mocks(ledger)
    if "pytest" in text:
        sys.modules["pytest"] = pytest_form.module(ledger)
    if "numpy" in text:
        _prepare_numpy(ledger if "testing" in text else None)


def _prepare_unittest(ledger):
    import unittest

    for name in dir(unittest.TestCase):
        if name.startswith("assert"):
            setattr(unittest.TestCase, name, ledger.counted(getattr(unittest.TestCase, name)))
    for context in (unittest.case._AssertRaisesContext, unittest.case._AssertWarnsContext):  # type: ignore
        context.__exit__ = _noted(context.__exit__, ledger)  # type: ignore
    for name, function in ASKED_OF_KINDS.items():  # for `assertIsInstance`
        setattr(unittest.case, name, function)
    unittest.main = unittest.TestProgram = lambda *args, **kwargs: None  # what it would run is run anyway
    run = unittest.TestCase.run

    def noted_run(self, result=None):
        seen = getattr(type(self), "_seen", set())
        type(self)._seen = seen | {self._testMethodName}  # type: ignore
        return run(self, result)

    unittest.TestCase.run = noted_run


def _prepare_mocks(ledger):
    from unittest.mock import NonCallableMock

    for name in dir(NonCallableMock):
        if name.startswith("assert_"):
            setattr(NonCallableMock, name, ledger.counted(getattr(NonCallableMock, name)))


def _noted(leave, ledger):
    def method(self, *error):
        swallowed = leave(self, *error)
        if swallowed or error[0] is None:  # left without the exception, the assertion has raised already
            ledger.passed("raised")
        return swallowed

    return method


def _prepare_numpy(ledger):
    try:
        empty.guard()
        from numpy import testing
    except ImportError:
        return
    if ledger is None:
        return
    for name in dir(testing):
        if name.startswith("assert_") and callable(getattr(testing, name)):
            setattr(testing, name, ledger.counted(getattr(testing, name)))


class _Imports(ast.NodeTransformer):
    """Takes what tests import from the candidate's file, beside theirs or by the name `main`, from `solution`."""

    def visit_ImportFrom(self, node):
        """Rewrites one import."""
        if node.level and node.module is None:
            return ast.copy_location(ast.Import(node.names), node)
        if (node.level and node.module == SOLUTION) or node.module == "main":
            return ast.copy_location(ast.ImportFrom(SOLUTION, node.names, 0), node)
        return node


def parsed(text):
    """Returns the syntax tree of a text of tests, in which the candidate's module has one name."""
    return _Imports().visit(ast.parse(text))


def around(names, tests, ledger):
    """Puts a function of the tests' own in place of each test that a decorator of the candidate's has taken.

    Args:
        names: The globals of the text, after it has run.
        tests: Names of tests that are decorated.
        ledger: Knows whether an assertion held.
    """
    kinds = [value for value in names.values() if type(value) is type and value.__module__ == names["__name__"]]
    for place in (names, *map(vars, kinds)):
        for name in tests & place.keys():
            if isinstance(place[name], Remote):
                taken = _asserting(place[name], name, place is names, ledger)
                if place is names:
                    names[name] = taken
                else:
                    setattr(next(kind for kind in kinds if vars(kind) is place or name in vars(kind)), name, taken)


def _asserting(decorated, name, alone, ledger):
    """Returns a test that runs what a decorator gave, and fails where that runs no assertion."""

    def run(*instance):
        made = ledger.made
        decorated(*instance)
        if ledger.made == made:
            raise AssertionError(f"the code that is put around {name} ran no assertion of it")

    test = (lambda: run()) if alone else (lambda self: run(self))
    test.__name__, test.__module__ = name, "__main__"
    return test


def found(names, called):
    """Yields (what it is called, what runs it) for everything in `names` that a runner would run.

    Args:
        names: The globals of the text, after it has run.
        called: Names of functions that the text calls itself.
    """
    for name, value in list(names.items()):
        if issubclass(type(value), type) and value.__dict__.get("__module__") == names["__name__"]:
            if _is_case(value):
                yield from _cases(value)
            elif name.startswith("Test"):
                yield from _methods(value)
        elif type(value) is types.FunctionType and name.startswith("test") and name not in called:
            if value.__module__ == names["__name__"]:
                yield from pytest_form.runs(name, value, names)


def _is_case(value):
    unittest = sys.modules.get("unittest")
    return unittest is not None and issubclass(value, unittest.TestCase)


def _cases(kind):
    """Yields the tests of a `TestCase` that the text has not run itself; class fixtures go with the first and last."""
    import unittest

    wanted = unittest.defaultTestLoader.getTestCaseNames(kind) or ["runTest"] * hasattr(kind, "runTest")
    wanted = [name for name in wanted if name not in getattr(kind, "_seen", ())]
    if not wanted:
        return
    result = unittest.TestResult()
    suite = unittest.TestSuite(kind(name) for name in wanted)
    ran = []

    def run():
        if not ran:
            ran.append(True)
            suite.run(result)
            wrong = [*result.errors, *result.failures]
            told = {case.id().rpartition(".")[2]: text for case, text in wrong if isinstance(case, kind)}
            if len(told) < len(wrong):  # a fixture of the class or the module
                told = dict.fromkeys(wanted, wrong[0][1])
            ran.append(told | {case.id().rpartition(".")[2]: "unexpected" for case in result.unexpectedSuccesses})
        return ran[1]

    def check(name):
        text = run().get(name)
        if text is not None:
            raise AssertionError(text.strip().rpartition("\n")[2])

    for name in wanted:
        yield f"{kind.__name__}.{name}", lambda name=name: check(name)


def _methods(kind):
    """Yields the test methods of a class in pytest's form."""
    for name, value in inspect.getmembers(kind, inspect.isroutine):
        if name.startswith("test"):
            yield from pytest_form.runs(f"{kind.__name__}.{name}", value, vars(sys.modules[kind.__module__]), kind)
