"""Values that cross between two children: plain data by value, named types rebuilt, everything else by handle.

An object that is no plain data stays where it is; what crosses is its number in a table, and its own side gets the
object itself back when the number returns.
"""

import importlib

from .values import DESCRIBE, type_name
from .wire import MAX_FRAME, Encoder, Reader, WireError


def _deque(described):
    from collections import deque

    return deque(described[0], described[1])


def _dated(name):
    def rebuild(described):
        import datetime

        return getattr(datetime, name).fromisoformat(described)

    return rebuild


def _imported(module, name):
    def rebuild(described):
        kind = getattr(importlib.import_module(module), name)
        return kind(*described) if isinstance(described, list) else kind(described)

    return rebuild


def _defaultdict(described):
    from collections import defaultdict

    return defaultdict(None, described)


def _array(described):
    import numpy

    kind, shape, raw = described
    if not isinstance(kind, str) or kind[1:2] not in tuple("biufcSU?"):
        raise WireError("an array of objects")
    return numpy.frombuffer(raw, numpy.dtype(kind)).reshape(shape).copy()


# Named types that are rebuilt on the other side, from the plain data that describes them.
REBUILD = {
    "complex": lambda d: complex(*d),
    "bytearray": bytearray,
    "range": lambda d: range(*d),
    "ellipsis": lambda d: ...,
    "NotImplementedType": lambda d: NotImplemented,
    "frozenset": frozenset,
    "Fraction": _imported("fractions", "Fraction"),
    "Decimal": _imported("decimal", "Decimal"),
    "date": _dated("date"),
    "time": _dated("time"),
    "datetime": _dated("datetime"),
    "timedelta": _imported("datetime", "timedelta"),
    "deque": _deque,
    "UUID": _imported("uuid", "UUID"),
    "Counter": _imported("collections", "Counter"),
    "OrderedDict": _imported("collections", "OrderedDict"),
    "defaultdict": _defaultdict,
    "dict_keys": lambda d: dict.fromkeys(d).keys(),
    "ndarray": _array,
}
DESCRIBE_LIVE = DESCRIBE | {
    "builtins.dict_keys": list,
    "collections.Counter": dict,
    "collections.OrderedDict": dict,
    "collections.defaultdict": dict,
    "numpy.ndarray": lambda v: [v.dtype.str, list(v.shape), v.tobytes()],
}


class LiveReader(Reader):
    """Rebuilds named types; `objects` resolves handles."""

    def __init__(self, data, objects=None):
        super().__init__(data)
        self.objects = objects

    def named(self, depth):
        """See `Reader.named`."""
        name, described = self.named_parts(depth)
        rebuild = REBUILD.get(name)
        if rebuild is None:
            raise WireError(f"unknown type {name!r}")
        try:
            return rebuild(described)
        except WireError:
            raise
        except Exception as error:
            raise WireError(f"{name}: {error}") from error

    def reference(self, number):
        """See `Reader.reference`."""
        if self.objects is None:
            raise WireError("a handle where plain data is expected")
        return self.objects.found(number)


class LiveEncoder(Encoder):
    """Describes named types; `objects` keeps what has to stay and gives its number."""

    def __init__(self, limit=MAX_FRAME, objects=None):
        super().__init__(limit)
        self.objects = objects

    def other(self, value, depth):
        """See `Encoder.other`."""
        if type(value) is frozenset:
            self.out += b"x\x09frozenset"
            self.unordered(b"S", list(value), depth + 1)
            return
        name = type_name(type(value))
        describe = DESCRIBE_LIVE.get(name)
        if describe is not None:
            self.named(name.rpartition(".")[2], describe(value), depth)
        elif name.startswith("numpy.") and hasattr(value, "item"):
            self.put(value.item(), depth + 1)
        elif self.objects is None:
            raise WireError(f"{name} is no plain data")
        else:
            self.handle(self.objects.number(value))
