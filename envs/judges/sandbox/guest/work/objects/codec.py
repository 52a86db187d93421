"""How values are written for the other child and read from it: by value, by a name both sides know, or by number.

Guest code. Names of functions and classes of the library are given by the tests' side alone: what the candidate calls
by such a name never enters the tests' process.
"""

import builtins
import sys
import types
from typing import NamedTuple

from ....crossing.empty import as_empty
from ....crossing.live import LiveEncoder, LiveReader
from ....crossing.wire import WireError
from .faults import description, number_of_error, raised
from .proxies import number_of

NAMED_BUILTINS = frozenset(
    """int float str bool list tuple dict set frozenset bytes bytearray complex range object abs all any bin chr divmod
    enumerate filter hex len map max min oct ord pow repr reversed round sorted sum zip hash isinstance iter next
    callable format print""".split()
)  # what either side may name and get its own: pure, and unable to reach anything
# Modules whose functions and classes the tests may hand over by name.
LIBRARY = frozenset(
    "_operator _functools _collections _bisect _heapq math cmath operator fractions decimal numpy".split()
)


class Itself(NamedTuple):
    """Marks a class that must cross by number, even where it has a name both sides know."""

    kind: type


class PeerEncoder(LiveEncoder):
    """Writes what crosses; what must stay is given a number by the peer."""

    def __init__(self, peer):
        super().__init__(objects=peer)
        self.peer = peer

    def other(self, value, depth):
        """See `LiveEncoder.other`."""
        if type(value) is Itself:
            self.handle(self.peer.number(value.kind))
        elif number_of(value) is not None:  # the other side's own, even where it holds a plain value here
            self.handle(self.peer.number(value))
        elif isinstance(value, BaseException) and (number := number_of_error(value)) is not None:
            self.handle(number | 1 << 63)
        elif isinstance(value, BaseException):
            self.named("error", description(value, crosses, Itself, self.peer.number_there), depth)
        elif (name := builtin_name(value)) is not None:
            self.named("builtin", name, depth)
        elif self.peer.strict and (name := _library_name(value)) is not None:
            self.named("library", name, depth)
        elif self.peer.kept and any(base is kind for base in type(value).__mro__ for kind in self.peer.kept):
            self.handle(self.peer.number(value))
        elif self.peer.wanted and has_wanted(value, self.peer.wanted):
            self.handle(self.peer.number(value))
        else:
            super().other(value, depth)


class PeerReader(LiveReader):
    """Reads what has crossed."""

    def named(self, depth):
        """See `LiveReader.named`."""
        at = self.at
        name, described = self.named_parts(depth)
        if name == "builtin":
            found = getattr(builtins, described, None) if isinstance(described, str) else None
            if found is None or builtin_name(found) != described:
                raise WireError("not a built-in that may be named")
            return found
        if name == "error":
            return _error(described)
        if name == "library" and self.objects is not None and not self.objects.strict:
            return _library(described)
        self.at = at
        value = super().named(depth)
        judged = name == "ndarray" and self.objects is not None and self.objects.strict
        return as_empty(value) if judged and not value.size else value


def has_wanted(value, wanted):
    """Returns whether a value of a class that derives from a plain type has what the tests ask for, as a plain one not.

    What it has is what its own classes define, down to the library's, and what it holds besides its plain value.
    """
    if not isinstance(value, PLAIN):
        return False
    own = [base for base in type(value).__mro__ if base.__module__.partition(".")[0] not in PLAIN_MODULES]
    if not own:
        return False
    names = set().union(*map(vars, own), getattr(value, "__dict__", ()))
    if "__getattr__" in names and isinstance(value, dict):
        names.update(key for key in dict.keys(value) if type(key) is str)
    return not wanted.isdisjoint(names.difference(getattr(type(value), "_fields", ())))


PLAIN = (int, float, str, bytes, tuple, list, dict, set)
PLAIN_MODULES = ("builtins", "collections", "typing", "abc", "numpy")


def crosses(value):
    """Returns whether a value is plain data."""
    try:
        LiveEncoder().encode(value)
    except Exception:
        return False
    return True


def _error(described):
    try:
        return raised(described, False)
    except (TypeError, ValueError, AttributeError) as error:
        raise WireError(f"no exception: {error}") from error


def builtin_name(value):
    """Returns the name of a built-in that crosses by name, or None."""
    name = getattr(value, "__name__", None) if isinstance(value, type | types.BuiltinFunctionType) else None
    if not isinstance(name, str) or getattr(builtins, name, None) is not value:
        return None
    known = name in NAMED_BUILTINS or (isinstance(value, type) and issubclass(value, BaseException))
    return name if known else None


def _library_name(value):
    """Returns `module:name` of a library's function or class, or None."""
    kind = type(value)
    if kind.__name__ == "ufunc" and kind.__module__ == "numpy":
        name = f"numpy:{value.__name__}"
    elif isinstance(value, types.BuiltinFunctionType) and isinstance(value.__module__, str):
        name = f"{value.__module__}:{value.__name__}"
    else:
        return None
    module = name.partition(":")[0]
    return name if module in LIBRARY and _library(name) is value else None


def _library(name):
    module, _, name = name.partition(":")
    if module not in LIBRARY:
        raise WireError("not a library that may be named")
    try:
        __import__(module)
        return getattr(sys.modules[module], name)
    except (ImportError, AttributeError, KeyError) as error:
        raise WireError("not in that library") from error
