"""What tests may ask of code in another process, and what refuses them: no completion is to be failed for it."""

from __future__ import annotations

import ast

from envs.core.errors import UsageError

FIXTURES = frozenset(("capsys", "capfd", "monkeypatch", "request"))
REQUEST = frozenset(("param", "addfinalizer"))
INSPECTED = frozenset(
    """signature Parameter Signature iscoroutine isawaitable isclass isasyncgen getdoc cleandoc getmro getmembers
    getattr_static isabstract ismodule stack currentframe""".split()
)
INSIDE = frozenset("__code__ __defaults__ __kwdefaults__ __closure__ __globals__ gi_frame cr_frame".split())
KINDS = frozenset("FunctionType GeneratorType LambdaType CoroutineType AsyncGeneratorType CodeType".split())
TEMPORARY = "NamedTemporaryFile TemporaryDirectory TemporaryFile SpooledTemporaryFile mkdtemp mkstemp".split()
FILES = frozenset(
    (*TEMPORARY, *(f"tempfile.{name}" for name in TEMPORARY), "os.mkdir", "os.makedirs", "shutil.rmtree", "shutil.copy")
)
LOGS = frozenset(("assertLogs", "assertNoLogs"))
WARNS = frozenset(("warns", "deprecated_call"))  # of pytest


def check_offered(tree: ast.Module) -> None:
    """Checks that a text of tests needs nothing that only the code's own process could give.

    Raises:
        UsageError: It does; the message says what.
    """
    given, called, bound = _fixtures(tree), _called(tree), _bound(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            _check_attribute(node)
        elif isinstance(node, ast.Call):
            _check_pytest(node)
            _check_files(node)
        elif isinstance(node, ast.ImportFrom) and node.module in ("inspect", "types", "pytest"):
            for alias in node.names:
                _check_member(node.module, alias.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            if node.name not in called:
                _check_fixtures(node, given, node in bound)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(map(_is_fixture, node.decorator_list)):
            _check_fixtures(node, given, node in bound)


def _bound(tree: ast.Module) -> set[ast.AST]:
    """Returns the functions whose first parameter is what they are called on, whatever it is called."""
    return {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for part in node.body
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
        and not any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in part.decorator_list)
    }


def _check_fixtures(node: ast.FunctionDef | ast.AsyncFunctionDef, given: set[str], bound: bool) -> None:
    absent = sorted(_wanted(node, bound) - given)
    if absent:
        raise UsageError(f"the tests use the fixture {absent[0]!r}, which the sandbox has not")


def _is_fixture(mark: ast.expr) -> bool:
    text = ast.unparse(mark.func if isinstance(mark, ast.Call) else mark)
    return text in ("pytest.fixture", "fixture")


def _check_pytest(node: ast.Call) -> None:
    """Checks what a call of pytest asks for that no runner here does."""
    last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if last == "catch_warnings" and any(keyword.arg == "record" for keyword in node.keywords):
        raise UsageError("the tests use catch_warnings(record=...): what the code warns of does not leave its process")
    if last not in ("parametrize", "skipif", "xfail"):
        return
    called = ast.unparse(node.func)
    named = {keyword.arg for keyword in node.keywords}
    if called.endswith("mark.parametrize") and "indirect" in named:
        raise UsageError("the tests use mark.parametrize(indirect=...), which the sandbox has not")
    strict = (keyword.value for keyword in node.keywords if keyword.arg == "strict")
    if called.endswith("mark.xfail") and any(getattr(value, "value", True) for value in strict):
        raise UsageError("the tests use mark.xfail(strict=True), which the sandbox has not")
    if called.endswith("mark.skipif") and node.args and isinstance(node.args[0], ast.Constant):
        if isinstance(node.args[0].value, str):
            raise UsageError("the tests use mark.skipif with a condition in a text, which the sandbox has not")


def _check_files(node: ast.Call) -> None:
    """Checks that a call of the tests makes no file: each process has its own, and the tests' can keep none."""
    called = ast.unparse(node.func)
    modes = [*node.args[1:2], *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
    writes = any(isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wax+") for mode in modes)
    if called in ("open", "io.open", "codecs.open") and writes or called in FILES:
        raise UsageError(f"the tests make files ({called}), which the sandbox has not")


def _check_attribute(node: ast.Attribute) -> None:
    if node.attr in INSIDE:
        raise UsageError(f"the tests look at .{node.attr}, which does not leave the code's process")
    if node.attr in LOGS:
        raise UsageError(f"the tests use {node.attr}: what the code logs does not leave its process")
    if node.attr in ("assertWarns", "assertWarnsRegex"):
        raise UsageError(f"the tests use {node.attr}: what the code warns of does not leave its process")
    if isinstance(node.value, ast.Name) and node.value.id == "request" and node.attr not in REQUEST:
        raise UsageError(f"the tests use request.{node.attr}, which the sandbox has not")
    if isinstance(node.value, ast.Name):
        _check_member(node.value.id, node.attr)


def _check_member(module: str, name: str) -> None:
    if module == "pytest" and name in WARNS:
        raise UsageError(f"the tests use pytest.{name}: what the code warns of does not leave its process")
    if (module == "inspect" and name not in INSPECTED) or (module == "types" and name in KINDS):
        raise UsageError(f"the tests use {module}.{name}, which tells nothing of the stand-ins they get")


def _called(tree: ast.Module) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        func.id if isinstance(func, ast.Name) else func.attr
        for func in calls
        if isinstance(func, ast.Name | ast.Attribute)
    }


def _fixtures(tree: ast.Module) -> set[str]:
    """Returns the names of fixtures there are, those of the text included, and of parameters with values."""
    found: set[str] = {*FIXTURES}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
            found.add(node.name)
            for mark in node.decorator_list:
                found.update(_names(mark))
                if _is_fixture(mark) and isinstance(mark, ast.Call):
                    told = (keyword.value for keyword in mark.keywords if keyword.arg == "name")
                    found.update(str(value.value) for value in told if isinstance(value, ast.Constant))
    return found


def _names(mark: ast.expr) -> set[str]:
    """Returns the names in the first argument of `mark.parametrize`; of `patch`, any."""
    if not isinstance(mark, ast.Call) or not mark.args:
        return set()
    try:
        named = ast.literal_eval(mark.args[0])
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return set()
    names = named.split(",") if isinstance(named, str) else named if isinstance(named, list | tuple) else []
    return {name.strip() for name in names if isinstance(name, str)}


def _wanted(node: ast.FunctionDef | ast.AsyncFunctionDef, bound: bool) -> set[str]:
    """Returns the fixtures a test needs; one with a decorator that gives arguments itself, such as `patch`, none."""
    plain = all(_is_mark(mark) or _is_fixture(mark) or _binds(mark) for mark in node.decorator_list)
    positional = [*node.args.posonlyargs, *node.args.args]
    parameters = positional[bound : len(positional) - len(node.args.defaults)]
    return {parameter.arg for parameter in parameters} if plain else set()


def _binds(mark: ast.expr) -> bool:
    return isinstance(mark, ast.Name) and mark.id in ("staticmethod", "classmethod")


def _is_mark(mark: ast.expr) -> bool:
    text = ast.unparse(mark.func if isinstance(mark, ast.Call) else mark)
    return text.startswith(("pytest.mark.", "mark."))
