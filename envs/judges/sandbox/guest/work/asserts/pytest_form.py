"""As much of pytest as tests of functions use: `raises`, `approx`, parameters, fixtures, `capsys`, `monkeypatch`.

Guest code: the package itself is not to be had in the sandbox, and need not be.
"""

import collections
import contextlib
import inspect
import io
import itertools
import math
import os
import re
import types

from .patching import forward


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
        param=lambda *values, **_: values[0] if len(values) == 1 else values,
        fail=_fail,
        skip=_skip,
        main=lambda *args, **kwargs: 0,
        importorskip=__import__,
    )
    return made


def _fail(reason="", **_):
    raise AssertionError(reason)


def _skip(reason="", **_):
    raise Skipped(reason)


class _Raises:
    """The context manager of `raises`."""

    def __init__(self, ledger, kind, match=None):
        self.ledger, self.kind, self.match = ledger, kind, match
        self.value = self.type = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            raise AssertionError(f"did not raise {self.kind}")
        if not issubclass(kind, self.kind):
            return False
        if self.match is not None and not re.search(self.match, str(value)):
            raise AssertionError(f"{str(value)!r} does not match {self.match!r}")
        self.value, self.type = value, kind
        self.ledger.passed("raised")
        return True


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


def fixture(function=None, **options):
    """Marks a function as a fixture."""
    if function is None:
        return lambda function: fixture(function, **options)
    function = getattr(function, "__func__", function)  # of a static method
    function._fixture = options
    return function


def _options(value):
    """Returns how a function was marked as a fixture, or None: a mock or a stand-in would answer to any name."""
    function = value.__func__ if type(value) is types.MethodType else value
    return vars(function).get("_fixture") if type(function) is types.FunctionType else None


def _fixtures(names):
    """Returns {name a test asks by: function} of the fixtures among names."""
    return {
        options.get("name") or key: value for key, value in names.items() if (options := _options(value)) is not None
    }


Captured = collections.namedtuple("Captured", "out err")  # noqa: PYI024 - the process has no typing yet


class _Capture:
    """`capsys`."""

    def __init__(self, stack):
        self.out, self.err = io.StringIO(), io.StringIO()
        stack.enter_context(contextlib.redirect_stdout(self.out))
        stack.enter_context(contextlib.redirect_stderr(self.err))

    def readouterr(self):
        """Returns what was printed since the last call."""
        texts = []
        for stream in (self.out, self.err):
            texts.append(stream.getvalue())
            stream.seek(0)
            stream.truncate()
        return Captured(*texts)


class _Patches:
    """`monkeypatch`: what is set is set back at the end of the test."""

    def __init__(self, stack):
        self.stack = stack

    def setattr(self, target, name, *value, raising=True):
        """Sets an attribute, of an object or by a dotted name."""
        if not value:
            path, _, attribute = target.rpartition(".")
            target, name, value = __import__(path, fromlist=["_"]), attribute, (name,)
        before = getattr(target, name, None)
        setattr(target, name, value[0])
        self.stack.callback(setattr, target, name, before)
        self.stack.callback(forward(target, name, value[0]))

    def setitem(self, mapping, key, value):
        """Sets an item."""
        self._kept(mapping)
        mapping[key] = value

    def delitem(self, mapping, key, raising=True):
        """Takes an item away."""
        self._kept(mapping)
        mapping.pop(key) if raising else mapping.pop(key, None)

    def _kept(self, mapping):
        before = dict(mapping)
        self.stack.callback(lambda: (mapping.clear(), mapping.update(before)))

    def setenv(self, name, value, **_):
        """Sets a variable of the environment."""
        self.setitem(os.environ, name, value)

    def delenv(self, name, raising=True):
        """Takes a variable of the environment away."""
        self.delitem(os.environ, name, raising)


_set_up_modules = []
_lasting: dict = {}  # fixtures of a module's or a session's scope
BUILT_IN = {"capsys": _Capture, "monkeypatch": _Patches}


def _value(name, names, stack, known):
    """Returns the value of a fixture, made once for each test."""
    if name not in known:
        maker = names.get(name)
        if maker is not None:
            lasts = (_options(maker) or {}).get("scope") in ("module", "package", "session")
            held = _lasting if lasts else known
            if name not in held:
                made = _called(maker, names, stack, held)
                if inspect.isgenerator(made):
                    running = made
                    made = next(running)
                    _lasting.setdefault((name,), running) if lasts else stack.callback(next, running, None)
                held[name] = made
            known[name] = held[name]
        elif name in BUILT_IN:
            known[name] = BUILT_IN[name](stack)
        else:
            raise LookupError(f"no fixture {name!r}")
    return known[name]


def _called(function, names, stack, known):
    wanted = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    # What `patch` makes itself it also hands over, before anything else.
    patched = [p for p in getattr(function, "patchings", ()) if repr(p.new) == "sentinel.DEFAULT"]
    wanted = wanted[len(patched) :]
    return function(**{name: _value(name, names, stack, known) for name in wanted})


def runs(title, test, names, kind=None):
    """Yields (title, what runs it) for a test function or, with `kind`, a test method, once for each set of values."""
    if getattr(test, "_skipped", False) or getattr(kind, "_skipped", False):
        return
    rows = [*getattr(test, "_rows", ()), *getattr(kind, "_rows", ())]
    for combination in itertools.product(*rows):
        given = {key: value for row in combination for key, value in row.items()}
        yield title, lambda given=given: _run(test, given, names, kind)


def _run(test, given, names, kind):
    if "setup_module" in names and not _set_up_modules:
        _set_up_modules.append(True)  # a process runs one text of tests
        _set_up(names["setup_module"], types.SimpleNamespace(**names))
    with contextlib.ExitStack() as stack:
        if kind is None:
            _within(test, given, _fixtures(names), stack, (), functions=names)
            return
        instance = kind()
        for name in ("setup_class", "setup_method", "setup"):
            if _options(method := getattr(instance, name, None)) is None and callable(method):
                _set_up(method, test)
        for name in ("teardown_method", "teardown"):
            if _options(method := getattr(instance, name, None)) is None and callable(method):
                stack.callback(_set_up, method, test)
        held = {key: getattr(instance, key) for key, value in inspect.getmembers(kind) if _options(value) is not None}
        used = getattr(kind, "_uses", ())
        _within(getattr(instance, test.__name__), given, _fixtures(names) | _fixtures(held), stack, used)


def _within(test, given, fixtures, stack, used, functions=()):
    """Runs a test once its fixtures are made; `functions` are those that go before and after a test function."""
    known = dict(given)
    for name, maker in fixtures.items():
        if (_options(maker) or {}).get("autouse"):
            _value(name, fixtures, stack, known)
    for name in (*used, *getattr(test, "_uses", ())):
        _value(name, fixtures, stack, known)
    if "setup_function" in functions:
        _set_up(functions["setup_function"], test)
    if "teardown_function" in functions:
        stack.callback(_set_up, functions["teardown_function"], test)
    _finished(_called(test, fixtures, stack, known))


def _set_up(method, test):
    method(test) if inspect.signature(method).parameters else method()


def _finished(value):
    if inspect.iscoroutine(value):
        import asyncio

        asyncio.run(value)
    elif inspect.isgenerator(value):
        raise AssertionError("a test that yields was not run")
