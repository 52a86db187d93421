"""As much of pytest as tests of functions use: `raises`, `approx`, parameters, fixtures, `capsys`, `monkeypatch`.

Guest code: the package itself is not to be had in the sandbox, and need not be.
"""

import contextlib
import inspect
import itertools
import math
import re
import types

from .fixtures import called, fixture, fixtures_in, options_of, several, value_of


class Skipped(Exception):
    """A test that its author skips."""


def module(ledger):
    """Returns the module `pytest`."""
    made = types.ModuleType("pytest")
    made.__dict__.update(
        raises=lambda kind, *args, **kwargs: _raises(ledger, kind, *args, **kwargs),
        approx=Approx,
        fixture=fixture,
        mark=_Marks(),
        param=_param,
        fail=_fail,
        skip=_skip,
        xfail=_skip,
        main=lambda *args, **kwargs: 0,
        importorskip=__import__,
    )
    return made


LEFT_OUT = object()  # a set of values whose marks leave it out


def _param(*values, marks=(), **_):
    """Returns a set of values as `parametrize` takes it, unless its marks leave it out."""

    def tried():
        """Takes the marks."""

    for mark in marks if isinstance(marks, list | tuple) else (marks,):
        mark(tried)
    if getattr(tried, "_skipped", False):
        return LEFT_OUT
    return values[0] if len(values) == 1 else values


def _fail(reason="", **_):
    raise AssertionError(reason)


def _skip(reason="", **_):
    raise Skipped(reason)


class _Raises:
    """The context manager of `raises`."""

    def __init__(self, ledger, kind, match=None):
        self.ledger, self.kind, self.wanted = ledger, kind, match
        self.value = self.type = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            raise AssertionError(f"did not raise {self.kind}")
        if not issubclass(kind, self.kind):
            return False
        self.value, self.type = value, kind
        if self.wanted is not None:
            self.match(self.wanted)
        self.ledger.passed("raised")
        return True

    def match(self, pattern):
        """Checks what the exception says."""
        if not re.search(pattern, str(self.value)):
            raise AssertionError(f"{str(self.value)!r} does not match {pattern!r}")
        return True

    def exconly(self, tryshort=False):
        """Returns the exception as a traceback ends with it."""
        return f"{type(self.value).__name__}: {self.value}"


def _raises(ledger, kind, *args, match=None, **kwargs):
    context = _Raises(ledger, kind, match)
    if not args:
        return context
    with context:
        args[0](*args[1:], **kwargs)
    return context


class Approx:
    """A number, or a container of numbers, to be equal within a tolerance: pytest's own defaults."""

    __array_ufunc__ = None
    __hash__ = None  # type: ignore

    def __init__(self, expected, rel=None, abs=None, nan_ok=False):  # noqa: A002 - pytest's own name
        self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok

    def _near(self, expected, got):
        if isinstance(expected, dict):
            return (
                isinstance(got, dict)
                and expected.keys() == got.keys()
                and all(self._near(value, got[key]) for key, value in expected.items())
            )
        if hasattr(expected, "tolist"):
            expected, got = expected.tolist(), got.tolist() if hasattr(got, "tolist") else got
        if isinstance(expected, list | tuple):
            alike = isinstance(got, list | tuple) and len(got) == len(expected)
            return alike and all(map(self._near, expected, got))
        if isinstance(expected, bool) or not isinstance(expected, int | float | complex):
            return expected == got
        if isinstance(got, bool) or not isinstance(got, int | float | complex) and not hasattr(got, "__float__"):
            return False
        if expected == got or self.nan_ok and expected != expected and got != got:
            return True
        relative = (1e-6 if self.rel is None and self.abs is None else self.rel or 0) * abs(expected)
        allowed = max(relative, 1e-12 if self.abs is None else self.abs)
        gap = abs(expected - (got if isinstance(got, complex) else float(got)))
        return math.isfinite(gap) and gap <= allowed

    def __eq__(self, got):
        return bool(self._near(self.expected, got))

    def __repr__(self):
        return f"approx({self.expected!r})"


class _Marks:
    """`pytest.mark`: `parametrize`, `usefixtures`, `skip` and `skipif` are kept, any other mark does nothing."""

    def parametrize(self, names, values, **_):
        """Runs a test with each of the values."""
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        values = [value for value in values if value is not LEFT_OUT]
        rows = [dict(zip(names, value if len(names) > 1 else (value,), strict=True)) for value in values]

        def mark(test):
            test._rows = [*vars(test).get("_rows", ()), rows]
            return test

        return mark

    def skip(self, test=None, **_):
        """Leaves a test out."""

        def mark(test):
            test._skipped = True
            return test

        return mark(test) if callable(test) else mark

    def skipif(self, condition, **_):
        """Leaves a test out where a condition holds."""
        return self.skip() if condition else lambda test: test

    def xfail(self, condition=True, **options):
        """Leaves a test out that is expected to fail: whether it does holds nothing up."""
        return self.skip(condition) if callable(condition) else self.skipif(condition and options.get("run", True))

    def usefixtures(self, *names):
        """Makes fixtures for a test that does not ask for their values."""

        def mark(test):
            test._uses = (*getattr(test, "_uses", ()), *names)
            return test

        return mark

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        def mark(*args, **kwargs):
            return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else lambda test: test

        return mark


_set_up_modules = []


def runs(title, test, names, kind=None):
    """Yields (title, what runs it) for a test function or, with `kind`, a test method, once for each set of values."""
    if getattr(test, "_skipped", False) or getattr(kind, "_skipped", False):
        return
    fixtures = fixtures_in(names) | fixtures_in(vars(kind) if kind is not None else {})
    rows = [*getattr(test, "_rows", ()), *getattr(kind, "_rows", ())]
    rows += several(test, kind, fixtures, {name for row in rows for values in row for name in values})
    for combination in itertools.product(*rows):
        given = {key: value for row in combination for key, value in row.items()}
        yield title, lambda given=given: _run(test, given, names, kind)


def _run(test, given, names, kind):
    if "setup_module" in names and not _set_up_modules:
        _set_up_modules.append(True)  # a process runs one text of tests
        _set_up(names["setup_module"], types.SimpleNamespace(**names))
    with contextlib.ExitStack() as stack:
        if kind is None:
            _within(test, given, fixtures_in(names), stack, (), functions=names)
            return
        instance = kind()
        for name in ("setup_class", "setup_method", "setup"):
            if options_of(method := getattr(instance, name, None)) is None and callable(method):
                _set_up(method, test)
        for name in ("teardown_method", "teardown"):
            if options_of(method := getattr(instance, name, None)) is None and callable(method):
                stack.callback(_set_up, method, test)
        held = {key: getattr(instance, key) for key, value in inspect.getmembers(kind) if options_of(value) is not None}
        used = getattr(kind, "_uses", ())
        _within(getattr(instance, test.__name__), given, fixtures_in(names) | fixtures_in(held), stack, used)


def _within(test, given, fixtures, stack, used, functions=()):
    """Runs a test once its fixtures are made; `functions` are those that go before and after a test function."""
    known = dict(given)
    for name, maker in fixtures.items():
        if (options_of(maker) or {}).get("autouse"):
            value_of(name, fixtures, stack, known)
    for name in (*used, *getattr(test, "_uses", ())):
        value_of(name, fixtures, stack, known)
    if "setup_function" in functions:
        _set_up(functions["setup_function"], test)
    if "teardown_function" in functions:
        stack.callback(_set_up, functions["teardown_function"], test)
    _finished(called(test, fixtures, stack, known))


def _set_up(method, test):
    method(test) if inspect.signature(method).parameters else method()


def _finished(value):
    if inspect.iscoroutine(value):
        import asyncio

        asyncio.run(value)
    elif inspect.isgenerator(value):
        raise AssertionError("a test that yields was not run")
