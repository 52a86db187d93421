"""The fixtures of pytest: those of the tests, by name, scope and parameters, and those that pytest has itself.

Guest code.
"""

import collections
import contextlib
import inspect
import io
import os
import types

from .patching import forward

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


_lasting: dict = {}  # fixtures of a module's or a session's scope
BUILT_IN = {"capsys": _Capture, "capfd": _Capture, "monkeypatch": _Patches}


def fixture(function=None, **options):
    """Marks a function as a fixture."""
    if function is None:
        return lambda function: fixture(function, **options)
    function = getattr(function, "__func__", function)  # of a static method
    function._fixture = options
    return function


def options_of(value):
    """Returns how a function was marked as a fixture, or None: a mock or a stand-in would answer to any name."""
    function = value.__func__ if type(value) is types.MethodType else value
    return vars(function).get("_fixture") if type(function) is types.FunctionType else None


def fixtures_in(names):
    """Returns {name a test asks by: function} of the fixtures among names."""
    return {
        options.get("name") or key: value for key, value in names.items() if (options := options_of(value)) is not None
    }


def value_of(name, fixtures, stack, known, asking=""):
    """Returns the value of a fixture, made once for each test, or once for all where its scope is wider.

    Args:
        name: The fixture's.
        fixtures: Those of the tests, by name.
        stack: What undoes them.
        known: Values made already, and under `name param` those of fixtures that have several.
        asking: The fixture that asks.
    """
    if name == "request":
        return types.SimpleNamespace(param=known.get(f"{asking} param"), addfinalizer=stack.callback)
    if name in known:
        return known[name]
    maker = fixtures.get(name)
    if maker is None and name not in BUILT_IN:
        raise LookupError(f"no fixture {name!r}")
    if maker is None:
        known[name] = BUILT_IN[name](stack)
        return known[name]
    lasts = (options_of(maker) or {}).get("scope") in ("module", "package", "session") and f"{name} param" not in known
    if lasts and name in _lasting:
        return _lasting[name][0]
    made = called(maker, fixtures, stack, known, name)
    running = made if inspect.isgenerator(made) else None
    if running is not None:
        made = next(running)
    if lasts:
        _lasting[name] = made, running
    elif running is not None:
        stack.callback(next, running, None)
    known[name] = made
    return made


def called(function, fixtures, stack, known, name=""):
    """Calls a test, or the fixture `name`, with the fixtures it asks for."""
    wanted = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    # What `patch` makes itself it also hands over, before anything else.
    patched = [p for p in getattr(function, "patchings", ()) if repr(p.new) == "sentinel.DEFAULT"]
    wanted = wanted[len(patched) :]
    return function(**{asked: value_of(asked, fixtures, stack, known, name) for asked in wanted})


def several(test, kind, fixtures, told):
    """Returns, for each fixture with `params` that a test needs, the values it is to have, one after the other.

    Args:
        test: The test.
        kind: Its class, or None.
        fixtures: Those there are, by name.
        told: Names that the test is given otherwise.
    """
    needed, waiting = set(), [name for name, maker in fixtures.items() if (options_of(maker) or {}).get("autouse")]
    waiting += [*_parameters(test), *getattr(kind, "_uses", ()), *getattr(test, "_uses", ())]
    while waiting:
        name = waiting.pop()
        if name in fixtures and name not in needed and name not in told:
            needed.add(name)
            waiting += _parameters(fixtures[name])
    rows = {name: (options_of(fixtures[name]) or {}).get("params") for name in sorted(needed)}
    return [[{f"{name} param": value} for value in values] for name, values in rows.items() if values is not None]


def _parameters(function):
    return list(inspect.signature(function).parameters)
