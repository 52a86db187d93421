"""The candidate's child when tests are free-form: loads the source and lets the tests' child use what it defines.

Guest code. Job body: `[source, whether names of the usual libraries are given]`. Answers on the judge's socket: `L` it
could not be loaded (an error description).
"""

import builtins
import io
import os
import sys
import types

from ...crossing.live import LiveReader
from ...crossing.values import PlainEncoder
from ...crossing.wire import Link
from .loading import described, load, missing, text
from .objects.changes import update
from .objects.peer import Peer
from .prelude import MODULES

MAX_PRINTED = 1_000_000


def run(link, body, descriptors):
    """Loads the job's source and serves its objects over the second socket until that ends."""
    source, given = LiveReader(body).decode()
    names = {}
    peer = Peer(
        Link(descriptors[0]),
        lambda *request: None,
        lambda operation, *wanted: _looked_up(peer, names, operation, *wanted),
    )
    _redirect(peer, names)
    try:
        module = load(text(source), given=given)
    except BaseException as error:
        link.send(b"L", PlainEncoder().encode(described(error)))
        return
    names.update(module=module)
    peer.serve_forever()
    os._exit(0)


def _asked(peer, names, prompt):
    """Returns a line of the tests' standard input; a module that is being loaded has none to read."""
    if names:
        return peer.request("input", None, prompt)
    if prompt is None:
        return ""
    raise EOFError("EOF when reading a line")


def _redirect(peer, names):
    """Lets what is printed and set in the environment travel with the answers, and what is read come from the tests."""
    output, errors, environ = _captured(), _captured(), {}
    sys.stdout = sys.__stdout__ = output
    sys.stderr = sys.__stderr__ = errors

    def printed():
        told = [_taken(output), _taken(errors), dict(environ)]
        environ.clear()
        return told if any(told) else ""

    peer.printed = printed
    put, unset = os.putenv, os.unsetenv
    os.putenv = lambda key, value: (put(key, value), environ.update({os.fsdecode(key): os.fsdecode(value)}))[0]
    os.unsetenv = lambda key: (unset(key), environ.update({os.fsdecode(key): None}))[0]
    builtins.input = lambda prompt="": _asked(peer, names, str(prompt))
    sys.stdin = _Asking(lambda: _asked(peer, names, None))


def _captured():
    raw = io.BytesIO()
    return io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", write_through=True)


def _taken(stream):
    raw = stream.buffer
    if not raw.tell():
        return ""
    found = raw.getvalue()[:MAX_PRINTED].decode("utf-8", "replace")
    raw.seek(0)
    raw.truncate()
    return found


class _Asking(io.TextIOBase):
    """Standard input, which is the tests'."""

    def __init__(self, ask):
        super().__init__()
        self.ask = ask

    def readline(self, size=-1):
        """Returns the next line of the tests' standard input."""
        return self.ask()

    def read(self, size=-1):
        """Returns all that is left of it."""
        return "".join(iter(self.readline, ""))


def _looked_up(peer, names, operation, wanted, *value):
    module = names["module"]
    if operation == "set global":
        module.__dict__[wanted] = value[0]
        return None
    if operation == "refresh global":
        return update(module.__dict__.get(wanted), value[0])
    if operation == "delete global":
        return module.__dict__.pop(wanted, None) and None
    if operation == "attributes":
        peer.wanted = frozenset(name for name in wanted if isinstance(name, str))
        return None
    if operation == "name classes":
        kinds = [module.__dict__.get(name) for name in wanted]
        kinds = [kind for kind in kinds if isinstance(kind, type) and kind.__module__ == module.__name__]
        peer.kept = tuple({*peer.kept, *kinds})
        return kinds
    return [_global(module, name, bool(value)) for name in wanted]


def _global(module, name, attribute=False):
    """Returns [whether the name is there, the object, where it is from]; see `asserts.naming`.

    With `attribute`, a module that has its own `__getattr__` is asked, as for `solution.name`.
    """
    if name not in module.__dict__:
        value = missing(module, name)
        if value is None and attribute and type(module.__dict__.get("__getattr__")) is types.FunctionType:
            try:
                return [True, module.__dict__["__getattr__"](name), ""]
            except AttributeError:
                return [False, None, ""]
        return [value is not None, value, ""]
    value = module.__dict__[name]
    if isinstance(value, types.ModuleType):
        return [True, None, f"{value.__name__}:" if value.__name__ == name and name in MODULES else "alias"]
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        home = getattr(value, "__module__", None)
        if home == module.__name__:
            return [True, value, ""]
        for home in MODULES:
            library = sys.modules.get(home)
            if library is not None and library.__dict__.get(name) is value:
                return [True, None, f"{home}:{name}"]
        return [True, value, "alias"]
    return [True, value, ""]
