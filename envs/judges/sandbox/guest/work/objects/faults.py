"""Exceptions that cross between two children: as what they are among Python's own, never as what they call themselves.

Guest code. An exception crosses as `[class if it is one of the other side's, names of the built-in and library classes
it is, arguments, attributes, text if its class writes its own, its number there or 0, the exception it was raised
from]`. The class it becomes is built here, of real built-in classes; what would end a loop or a test run quietly
becomes a `RuntimeError`. What has not crossed with it (methods, properties) is asked of it by its number, and one that
a test makes is made over there.
"""

import builtins
import importlib
import sys

LIBRARIES = frozenset(
    """json.decoder decimal re struct zlib binascii statistics dataclasses queue csv asyncio.exceptions
    string configparser fractions _struct sre_constants re._constants""".split()
)
_QUIET = (StopIteration, StopAsyncIteration, GeneratorExit)
STATE = 20
CAUSES = 5
MARKS = frozenset(("_remote_raised", "_remote_self", "_remote_text"))


def quiet():
    """Returns the exceptions that would end a loop, a generator or a task of the tests without a word."""
    tasks = sys.modules.get("asyncio.exceptions")
    return _QUIET if tasks is None else (*_QUIET, tasks.CancelledError)


def swallowed(kind, error):
    """Returns whether an exception is a failed assertion of the tests, which no code of the candidate may hide."""
    failed = isinstance(kind, type) and issubclass(kind, AssertionError)
    return failed and not getattr(error, "_remote_raised", False)


def known_names(kind):
    """Returns the names of the exceptions of Python and its library that `kind` derives from, nearest first."""
    names = []
    for base in type.mro(kind):
        module, name = base.__module__, base.__qualname__
        if module == "builtins" and builtins.__dict__.get(name) is base:
            names.append(name)
        elif module in LIBRARIES and getattr(sys.modules.get(module), name, None) is base:
            names.append(f"{module}:{name}")
    return [name for name in names if name != "object"]


def is_own(kind):
    """Returns whether a class is none of those that `known_names` names."""
    own = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}:{kind.__qualname__}"
    return kind is not object and own not in known_names(kind)[:1]


def named_class(name):
    """Returns the exception of Python or its library with a name that has crossed, or None."""
    module, _, name = name.rpartition(":")
    if module and module not in LIBRARIES:
        return None
    try:
        kind = getattr(importlib.import_module(module) if module else builtins, name, None)
    except ImportError:
        return None
    return kind if isinstance(kind, type) and issubclass(kind, BaseException) else None


class ErrorMeta(type):
    """The type of exception classes of the other side: what they define for the class is read there."""

    def __getattr__(cls, name):
        """Reads a class attribute over there."""
        number = next((base for base in cls.__mro__ if "_remote_number" in vars(base)), None)
        if name.startswith("_") or number is None:
            raise AttributeError(name)
        return cls._remote_peer.request("getattr", number, name)


def _made(self, *args, **kwargs):
    """Makes an exception of the other side's class there, and takes what it holds."""
    kind = next(base for base in type(self).__mro__ if "_remote_number" in vars(base))
    peer = kind._remote_peer
    peer.used = True
    made = peer._converse(["call", kind, list(args), kwargs])[0]
    if not isinstance(made, BaseException):
        raise TypeError(f"{kind.__name__}() is no exception")
    peer.told.update(("value",) if made.args != args or vars(made).keys() - MARKS else ())
    self.args = made.args
    self.__dict__.update({key: value for key, value in vars(made).items() if key != "_remote_raised"})


def _attribute(self, name):
    """Reads over there what has not crossed with an exception."""
    if name.startswith("_") or "_remote_self" not in self.__dict__:
        raise AttributeError(name)
    return self._remote_peer.request("getattr", self, name)


def number_of_error(value):
    """Returns the number of the other side's exception that `value` is here, or None."""
    return value.__dict__.get("_remote_self")


def error_class(peer, number, name, bases, known):
    """Returns a local class for the exception class `number` of the other side.

    Args:
        peer: The connection to it.
        number: Its number over there.
        name: Its name.
        bases: Local stand-ins of those of its bases that are not Python's own.
        known: Names of what it is among Python's own, nearest first.
    """
    own = [base for base in bases if isinstance(base, type) and issubclass(base, BaseException)]
    real = [kind for kind in map(named_class, known) if kind is not None]
    nearest = [k for k in real if not any(o is not k and issubclass(o, k) for o in (*real, *own))]
    parents = tuple(own + [kind for kind in nearest if kind not in own]) or (Exception,)
    namespace = {"_remote_number": number, "_remote_peer": peer, "__module__": "solution", "__str__": _text}
    if peer.strict:
        namespace |= {"__init__": _made, "__getattr__": _attribute}
    for tried in (parents, parents[:1], (Exception,)):  # an order or a layout of bases that Python refuses
        try:
            return ErrorMeta(name, tried, namespace)
        except TypeError:
            continue
    raise AssertionError


def _text(self):
    told = self.__dict__.get("_remote_text")
    writers = (vars(base)["__str__"] for base in type(self).__mro__ if "__str__" in vars(base))
    return told if isinstance(told, str) else next(writer for writer in writers if writer is not _text)(self)


def description(error, is_plain, itself, number=None, depth=0):
    """Returns what crosses of an exception.

    Args:
        error: The exception.
        is_plain: Says what of its state may come.
        itself: Marks its class.
        number: Gives a number to one of a class of its own, where the other side may ask it.
        depth: How many others were raised from it.
    """
    kind = type(error)
    arguments = [value for value in error.args[:STATE] if is_plain(value)]
    if isinstance(error, BaseExceptionGroup):
        arguments = [error.message, list(error.exceptions[:STATE])]
    attributes = {name: value for name, value in list(vars(error).items())[:STATE] if is_plain(value)}
    writer = next(base for base in kind.__mro__ if "__str__" in vars(base))
    text = _told(error) if is_own(writer) else None
    own, cause = is_own(kind), error.__cause__ if depth < CAUSES else None
    from_ = None if cause is None else description(cause, is_plain, itself, number, depth + 1)
    known = number(error) if own and number is not None else 0
    return [itself(kind) if own else None, known_names(kind), arguments, attributes, text, known, from_]


def _told(error):
    try:
        return str.__getitem__(str(error), slice(0, 10_000))
    except Exception:
        return None


def raised(described, strict):
    """Returns a local exception for a described one.

    Args:
        described: See `description`.
        strict: Whether what would end a loop of this side quietly becomes a `RuntimeError`.
    """
    own, known, arguments, attributes, text, number, cause = described
    kind = own if isinstance(own, type) and issubclass(own, BaseException) else None
    if kind is None:
        kind = next((found for found in map(named_class, known) if found is not None), Exception)
    if strict and issubclass(kind, quiet()):
        return RuntimeError(f"the code raised {kind.__name__}")
    native = next(base for base in kind.__mro__ if "_remote_number" not in vars(base))
    try:
        error = kind.__new__(kind, *arguments)
        native.__init__(error, *arguments)
    except Exception:  # a built-in with a constructor of its own, such as UnicodeDecodeError
        error = Exception() if issubclass(kind, BaseExceptionGroup) else kind.__new__(kind)
    error.__dict__["_remote_raised"] = True
    if cause is not None:
        error.__cause__ = raised(cause, False)
    if kind is own and isinstance(number, int) and number > 0:
        error.__dict__["_remote_self"] = number
    for key, value in attributes.items():
        if isinstance(key, str) and not key.startswith(("__", "_remote_")):
            error.__dict__[key] = value
    if isinstance(text, str):
        error.__dict__["_remote_text"] = text
    return error
