"""Lets what a test patches or seeds reach the candidate: the tests' process and its own have modules of their own.

Guest code. A module's or a library class's attribute that `unittest.mock` or `monkeypatch` sets is set over there too;
the candidate gets a stand-in of the mock. What the tests' own streams are is a matter of this side; variables of the
environment and the arguments of the program are the candidate's too.
"""

import functools
import os
import sys
import types

HERE = frozenset(("sys", "__main__", "tests", "solution", "unittest.mock"))
LIMITS = ("setrecursionlimit", "set_int_max_str_digits")
SEEDED = ("random", "numpy.random")
_peers = []
_putenv, _unsetenv = os.putenv, os.unsetenv


def install(peer, text):
    """Makes patches and seeds of this process reach the one behind `peer`, where the text has any."""
    _peers[:] = [peer]
    if "mock" in text or "patch" in text:
        from unittest import mock

        patcher = mock._patch  # type: ignore
        patcher.__enter__ = _entered(patcher.__enter__)
        patcher.__exit__ = _left(patcher.__exit__)
    if "environ" in text or "env(" in text:
        peer.environ = _received
        os.putenv = lambda key, value: _set_both(peer, key, value)
        os.unsetenv = lambda key: _set_both(peer, key, None)
    if "argv" in text:
        peer.before = _Arguments(peer).pass_on
    for name in LIMITS:
        if name in text:
            _limit_both(name, peer)
    if "seed" in text:
        for name in SEEDED:
            if name.partition(".")[0] in text:
                _seed_both(name, peer)


def forward(target, name, value):
    """Sets an attribute over there as well, where that is somewhere both sides have; returns what takes it back."""
    where = _place(target)
    if not where or not _peers:
        return lambda: None
    _peers[0].request("patch", None, where, name, value)
    return lambda: _peers[0].request("take back", None, where, name)


def _place(target):
    """Returns the module, and behind a colon the class in it, that an object is over there too, or an empty text."""
    if isinstance(target, types.ModuleType):
        return "" if target.__name__ in HERE else f"{target.__name__}:"
    if type(target) is type and sys.modules.get(target.__module__) is not None and target.__module__ not in HERE:
        return f"{target.__module__}:{target.__qualname__}"
    return ""


def _entered(enter):
    @functools.wraps(enter)
    def method(self):
        value = enter(self)
        self.taken_back = forward(self.target, self.attribute, getattr(self.target, self.attribute))
        return value

    return method


def _left(leave):
    @functools.wraps(leave)
    def method(self, *error):
        vars(self).pop("taken_back", lambda: None)()
        return leave(self, *error)

    return method


def _set_both(peer, key, value):
    """Sets or takes away what `os.environ` here has already: the process's own environment, and that over there."""
    peer.version += 1
    name = os.fsdecode(key)
    peer.environ = lambda told: _received({other: told[other] for other in told if other != name})  # else it comes back
    peer._request_raw("environ", name, None if value is None else os.fsdecode(value))
    peer.environ = _received
    (_putenv(key, value) if value is not None else _unsetenv(key))


def _received(variables):
    """Sets here what the candidate has set over there."""
    hooks = os.putenv, os.unsetenv
    os.putenv, os.unsetenv = _putenv, _unsetenv
    try:
        for key, value in variables.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value
    finally:
        os.putenv, os.unsetenv = hooks


class _Arguments:
    """The arguments of the program, which are the candidate's as they are when it is asked."""

    def __init__(self, peer):
        self.peer = peer
        self.known = list(sys.argv)

    def pass_on(self):
        """Passes them on where they have changed."""
        if sys.argv != self.known:
            self.known = list(sys.argv)
            self.peer._request_raw("arguments", self.known)


def _limit_both(name, peer):
    set_here = getattr(sys, name)

    def both(limit):
        set_here(limit)
        peer._request_raw("limit", name, limit)

    setattr(sys, name, both)


def _seed_both(name, peer):
    try:
        module = __import__(name, fromlist=["seed"])
    except ImportError:
        return
    seed = module.seed

    def both(*args, **kwargs):
        peer.request("seed", None, name, *args, *kwargs.values())
        return seed(*args, **kwargs)

    module.seed = both
