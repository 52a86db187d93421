"""What tests set in the modules that both children have, on the candidate's side.

Guest code.
"""

import functools
import importlib
import os
import sys

_before = {}


def _found(where):
    module, _, path = where.partition(":")
    return functools.reduce(getattr, path.split(".") if path else [], importlib.import_module(module))


def _patch(_, where, name, value):
    target = _found(where)
    _before.setdefault((where, name), []).append(vars(target).get(name, _before))
    setattr(target, name, value)


def _take_back(_, where, name):
    target, before = _found(where), _before[where, name].pop()
    if before is _before:
        delattr(target, name)
    else:
        setattr(target, name, before)


def _environ(_, key, value):
    os.environ.pop(key, None)
    if value is not None:
        os.environ[key] = value


def _arguments(_, given):
    sys.argv[:] = given


OPERATIONS = {
    "limit": lambda _, name, limit: getattr(sys, name)(limit),
    "arguments": _arguments,
    "environ": _environ,
    "patch": _patch,
    "take back": _take_back,
    "seed": lambda _, name, *value: importlib.import_module(name).seed(*value),
}
