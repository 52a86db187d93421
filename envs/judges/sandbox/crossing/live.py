"""Values that cross between two children: plain data by value, named types rebuilt, everything else by handle.

An object that is no plain data stays where it is; what crosses is its number in a table, and its own side gets the
object itself back when the number returns.
"""

import importlib
import sys
import types
from keyword import iskeyword

from .values import DESCRIBE, base_value, described_as, numpy_value, record_fields, type_name
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


def _holding(name, plain):
    def rebuild(described):
        if type(described) is not plain:
            raise WireError(f"no {name}")
        return getattr(importlib.import_module("collections"), name)(described)

    return rebuild


def _namedtuple(described):
    from collections import namedtuple

    name, fields, values = described
    return namedtuple(name, fields)(*values)


class Record:
    """An instance of a class that the tests do not name, by the fields its own side declared: equal by their values."""

    __hash__ = None  # type: ignore

    def __init__(self, name, fields):
        """Holds the fields as attributes."""
        self.__dict__.update({key: value for key, value in fields.items() if not key.startswith("__")}, _name=name)

    def __eq__(self, other):
        return self.__dict__ == other.__dict__ if type(other) is Record else NotImplemented

    def __repr__(self):
        shown = ", ".join(f"{key}={value!r}" for key, value in self.__dict__.items() if key != "_name")
        return f"{self.__dict__['_name']}({shown})"


FACTORIES = {kind.__name__: kind for kind in (list, dict, set, int, float, str, tuple, bool)}


def _factory(value):
    made = value.default_factory
    return made.__name__ if any(made is kind for kind in FACTORIES.values()) else None


def _pattern(described):
    import re

    return re.compile(*described)


def _defaultdict(described):
    from collections import defaultdict

    made, items = described
    return defaultdict(FACTORIES.get(made), items)


def _array(described):
    import numpy

    kind, shape, raw = described
    if not isinstance(kind, str) or kind[1:2] not in tuple("biufcSU?"):
        raise WireError("an array of objects")
    return numpy.frombuffer(raw, numpy.dtype(kind)).reshape(shape).copy()


def _held(described):
    shape, kind, writable, raw = described
    return memoryview(bytearray(raw) if writable else raw).cast("B").cast(kind, shape)


# Named types that are rebuilt on the other side, from the plain data that describes them.
REBUILD = {
    "complex": lambda d: complex(*d),
    "bytearray": bytearray,
    "range": lambda d: range(*d),
    "slice": lambda d: slice(*d),
    "Pattern": _pattern,
    "namedtuple": _namedtuple,
    "record": lambda d: Record(*d),
    **{name: _imported("pathlib", name) for name in ("PurePosixPath", "PosixPath", "PureWindowsPath")},
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
    "dict_values": lambda d: dict(enumerate(d)).values(),
    "dict_items": lambda d: dict(d).items(),
    "mappingproxy": types.MappingProxyType,
    "memoryview": _held,
    "array": _imported("array", "array"),
    "UserList": _holding("UserList", list),
    "UserDict": _holding("UserDict", dict),
    "ChainMap": _imported("collections", "ChainMap"),
    "ndarray": _array,
}
DESCRIBE_LIVE = DESCRIBE | {
    "builtins.dict_keys": list,
    "builtins.dict_values": list,
    "builtins.dict_items": list,
    "collections.Counter": dict,
    "collections.OrderedDict": dict,
    "collections.defaultdict": lambda v: [_factory(v), dict(v)],
    "numpy.ndarray": lambda v: [v.dtype.str, list(v.shape), v.tobytes()],
}
# Those that only their own class is described by: what derives from one is an object with methods.
DESCRIBE_EXACT = {
    "builtins.mappingproxy": dict,
    "builtins.memoryview": lambda v: [list(v.shape), v.format, not v.readonly, v.tobytes()],
    "array.array": lambda v: [v.typecode, v.tolist()],
    "collections.UserList": lambda v: v.data,
    "collections.UserDict": lambda v: v.data,
    "collections.ChainMap": lambda v: v.maps,
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
        """See `Encoder.other`: plain data by its plain value, whatever class it is of."""
        if isinstance(value, frozenset):
            self.out += b"x\x09frozenset"
            self.unordered(b"S", list(frozenset.__iter__(value)), depth + 1)
            return
        name = described_as(value, DESCRIBE_LIVE)
        if name:
            self.named(name.rpartition(".")[2], DESCRIBE_LIVE[name](value), depth)
        elif (name := type_name(type(value))) in DESCRIBE_EXACT:
            self.named(name.rpartition(".")[2], DESCRIBE_EXACT[name](value), depth)
        elif isinstance(value, tuple) and (fields := tuple_fields(value)) is not None:
            self.named("namedtuple", fields, depth)
        elif (plain := base_value(value)) is not NotImplemented:
            self.put(plain, depth + 1)
        elif type(value).__module__ == "numpy" and hasattr(value, "tolist"):
            self.put(numpy_value(value), depth + 1)
        elif self.objects is not None and self.objects.strict is False and is_record(type(value)):
            fields = record_fields(value)
            self.named("record", [type(value).__name__, fields], depth)
        elif self.objects is None:
            raise WireError(f"{type_name(type(value))} is no plain data")
        else:
            self.handle(self.objects.number(value))


def is_its_fields(kind):
    """Returns whether instances of a class are equal by their fields: a dataclass that has no `__eq__` of its own."""
    equality = getattr(kind, "__eq__", None)
    return _is_generated(equality) and isinstance(getattr(kind, "__dataclass_fields__", None), dict)


def is_record(kind):
    """Returns whether instances of a class are their fields and no more: a dataclass that defines nothing else."""
    return is_its_fields(kind) and not any(
        hasattr(type(found), "__get__")
        and not isinstance(found, types.MemberDescriptorType | types.GetSetDescriptorType)
        and not _is_generated(found)
        and name not in ("__init__", "__post_init__")
        for base in kind.__mro__
        if base.__module__ not in ("builtins", "typing", "abc")
        for name, found in vars(base).items()
    )


def _is_generated(found):
    """Returns whether a function is one that `dataclass` has written, whatever it is wrapped in."""
    code = getattr(getattr(found, "__wrapped__", found), "__code__", None)
    return getattr(code, "co_filename", "") in ("<string>", getattr(sys.modules.get("dataclasses"), "__file__", ""))


def tuple_fields(value):
    """Returns (name, fields, values) of a named tuple that can be built again, or None."""
    names = getattr(type(value), "_fields", None)
    if type(names) is not tuple or len(names) != tuple.__len__(value):
        return None
    if not all(type(name) is str and name.isidentifier() and not name.startswith("_") for name in names):
        return None
    name = type(value).__name__
    return [name if name.isidentifier() and not iskeyword(name) else "Tuple", list(names), list(tuple.__iter__(value))]
