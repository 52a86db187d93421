"""Which values count as plain data, and how they travel: the encoder both sides of a call test share.

Subclasses of plain types travel as the plain data their base holds, read through the base's own methods: what a
class claims about equality never leaves the process that claims it.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

from .wire import Encoder, WireError

MAX_ITERATED = 100_000

# Named types: how to describe a value by plain data. Keyed by module and name, so that nothing need be imported.
DESCRIBE: dict[str, Callable[[Any], Any]] = {
    "builtins.complex": lambda v: [complex.real.__get__(v), complex.imag.__get__(v)],
    "builtins.bytearray": bytes,
    "builtins.range": lambda v: [v.start, v.stop, v.step],
    "builtins.slice": lambda v: [v.start, v.stop, v.step],
    "builtins.ellipsis": lambda v: None,
    "builtins.NotImplementedType": lambda v: None,
    "fractions.Fraction": lambda v: [v.numerator, v.denominator],
    "decimal.Decimal": str,
    "datetime.date": lambda v: v.isoformat(),
    "datetime.time": lambda v: v.isoformat(),
    "datetime.datetime": lambda v: v.isoformat(),
    "datetime.timedelta": lambda v: [v.days, v.seconds, v.microseconds],
    "collections.deque": lambda v: [list(v), v.maxlen],
    "uuid.UUID": str,
    **{  # Python 3.13 says that its paths are of a module inside pathlib
        f"{module}.{name}": str
        for module in ("pathlib", "pathlib._local")
        for name in ("PurePosixPath", "PosixPath", "PureWindowsPath")
    },
    "re.Pattern": lambda v: [v.pattern, v.flags],
}
# Views and iterators: what matters is what they yield, in order.
ITERATORS = (type({}.keys()), type({}.values()), type({}.items()))


def type_name(kind: type) -> str:
    """Returns the module and name of a type, as it claims them."""
    try:
        return f"{kind.__module__}.{kind.__qualname__}"
    except Exception:
        return "?.?"


def described_as(value: Any, table: dict[str, Callable[[Any], Any]]) -> str:
    """Returns the name in `table` of the nearest class that `value` is an instance of, or an empty text."""
    for kind in type.mro(type(value))[:-1]:
        name = type_name(kind)
        if name in table:
            return name
    return ""


def record_fields(value: Any) -> dict[str, Any] | None:
    """Returns the fields of a dataclass's instance, or None for any other object."""
    fields = getattr(type(value), "__dataclass_fields__", None)
    if not isinstance(fields, dict) or isinstance(value, type):
        return None
    return {name: getattr(value, name, None) for name in fields}


def base_value(value: Any) -> Any:
    """Returns the plain data a value of a subclass of a plain type holds, or `NotImplemented`."""
    if isinstance(value, bool | int):
        return int.__add__(value, 0)
    if isinstance(value, float):
        return float.__add__(value, 0.0)
    if isinstance(value, str):
        return str.__str__(value) if type(value) is str else str.__getitem__(value, slice(None))
    if isinstance(value, bytes):
        return bytes.__getitem__(value, slice(None))
    if isinstance(value, tuple):
        return tuple(tuple.__iter__(value))
    if isinstance(value, list):
        return list(list.__iter__(value))
    if isinstance(value, dict):
        return dict(dict.items(value))
    if isinstance(value, set):
        return set(set.__iter__(value))
    return NotImplemented


def numpy_value(value: Any) -> Any:
    """Returns a numpy scalar as a number and an array as nested lists, or `NotImplemented`."""
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    return NotImplemented


class PlainEncoder(Encoder):
    """Encodes the results of call tests: plain data, named types, and what iterators yield."""

    def other(self, value: Any, depth: int) -> None:
        """See `Encoder.other`; what cannot be described becomes opaque, equal to nothing."""
        if isinstance(value, frozenset):
            self.out += b"x\x09frozenset"
            self.unordered(b"S", list(frozenset.__iter__(value)), depth + 1)
            return
        plain = base_value(value)
        if plain is NotImplemented:
            plain = numpy_value(value)
        if plain is not NotImplemented:
            self.put(plain, depth + 1)
            return
        name = described_as(value, DESCRIBE)
        if name:
            self.named(name.rpartition(".")[2], DESCRIBE[name](value), depth)
        elif (fields := record_fields(value)) is not None:
            self.named("record", [type(value).__name__, fields], depth)
        elif isinstance(value, ITERATORS) or isinstance(value, Iterator):
            self.iterated(value, depth)
        else:
            self.opaque(type_name(type(value)))

    def iterated(self, value: Any, depth: int) -> None:
        """Appends what an iterator yields, up to a bound."""
        items = []
        for item in value:
            items.append(item)
            if len(items) > MAX_ITERATED:
                raise WireError(f"an iterator of more than {MAX_ITERATED} items")
        self.named("iterator", items, depth)


def settled(value: Any) -> Any:
    """Runs a coroutine to its end and returns its result; anything else is returned as it is."""
    if isinstance(value, types.CoroutineType):
        import asyncio

        return asyncio.run(value)
    return value
