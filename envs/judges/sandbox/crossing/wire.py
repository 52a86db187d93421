"""Plain data as bytes, and frames on a stream: the only language judged code speaks to the outside.

Used on both sides: the judge imports it by its own name, the fork server under a private one. Values are tagged and
length-prefixed; nothing here can name a class or run code, and every length is checked against what has
arrived. Equal plain data has equal bytes up to the order of dict entries.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable, Iterator
from typing import Any

MAX_FRAME = 16 * 2**20
MAX_DEPTH = 200
MAX_ITEMS = 1_000_000

_SIZE = struct.Struct(">I")
_FLOAT = struct.Struct(">d")
_HANDLE = struct.Struct(">Q")
_NAN = _FLOAT.pack(math.nan)
_END = object()


class WireError(ValueError):
    """The bytes are not a value, or the value is not plain data within the limits."""


class Opaque:
    """Stands for a value that is no plain data, so that it can be compared with nothing.

    Attributes:
        name: The name its own side gave to the type; hearsay.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Encoder:
    """Turns values into bytes. Subclasses say what becomes of values that are no plain data."""

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self.out = bytearray()
        self.limit = limit

    def encode(self, value: Any) -> bytes:
        """Returns the bytes of `value`.

        Raises:
            WireError: It is too large, too deep, or (unless a subclass knows better) no plain data.
        """
        self.out = bytearray()
        self.put(value, 0)
        return bytes(self.out)

    def put(self, value: Any, depth: int) -> None:
        """Appends one value, nested `depth` deep."""
        if depth > MAX_DEPTH:
            raise WireError(f"nested deeper than {MAX_DEPTH}")
        writer = _WRITERS.get(type(value))
        if writer is not None:
            writer(self, value, depth)
        else:
            self.other(value, depth)
        if len(self.out) > self.limit:
            raise WireError(f"larger than {self.limit} bytes")

    def other(self, value: Any, depth: int) -> None:
        """Appends a value whose exact type is not one of the plain ones."""
        raise WireError(f"{type(value).__name__} is no plain data")

    def sized(self, tag: bytes, raw: bytes) -> None:
        """Appends a tag, a length and bytes."""
        if len(raw) > self.limit:
            raise WireError(f"larger than {self.limit} bytes")
        self.out += tag + _SIZE.pack(len(raw)) + raw

    def sequence(self, tag: bytes, items: list[Any], depth: int) -> None:
        """Appends a tag, a count and the items."""
        self.out += tag + _SIZE.pack(len(items))
        for item in items:
            self.put(item, depth + 1)

    def mapping(self, tag: bytes, pairs: list[tuple[Any, Any]], depth: int) -> None:
        """Appends a tag, a count, and keys and values in turn."""
        self.out += tag + _SIZE.pack(len(pairs))
        for key, value in pairs:
            self.put(key, depth + 1)
            self.put(value, depth + 1)

    def unordered(self, tag: bytes, items: list[Any], depth: int) -> None:
        """Appends a tag, a count and the items in the order of their bytes."""
        encoded = []
        mark = len(self.out)
        for item in items:
            self.put(item, depth + 1)
            encoded.append(bytes(self.out[mark:]))
            del self.out[mark:]
        self.out += tag + _SIZE.pack(len(encoded)) + b"".join(sorted(encoded))

    def named(self, name: str, payload: Any, depth: int) -> None:
        """Appends a value of a named type, described by plain data."""
        raw = name.encode()
        self.out += b"x" + bytes([len(raw)]) + raw
        self.put(payload, depth + 1)

    def opaque(self, name: str) -> None:
        """Appends a stand-in for a value that cannot be described."""
        self.sized(b"u", name[:200].encode("utf-8", "replace"))

    def handle(self, number: int) -> None:
        """Appends a reference to an object that stays on this side."""
        self.out += b"o" + _HANDLE.pack(number)


def _put_int(encoder: Encoder, value: int, depth: int) -> None:
    encoder.sized(b"i", value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def _put_float(encoder: Encoder, value: float, depth: int) -> None:
    encoder.out += b"f" + (_NAN if value != value else _FLOAT.pack(value))


_WRITERS: dict[type, Callable[[Encoder, Any, int], None]] = {
    type(None): lambda e, v, d: e.out.extend(b"N"),
    bool: lambda e, v, d: e.out.extend(b"T" if v else b"F"),
    int: _put_int,
    float: _put_float,
    str: lambda e, v, d: e.sized(b"s", v.encode("utf-8", "surrogatepass")),
    bytes: lambda e, v, d: e.sized(b"b", v),
    list: lambda e, v, d: e.sequence(b"l", v, d),
    tuple: lambda e, v, d: e.sequence(b"t", list(v), d),
    dict: lambda e, v, d: e.mapping(b"d", list(v.items()), d),
    set: lambda e, v, d: e.unordered(b"S", list(v), d),
}


class Reader:
    """Reads one value out of hostile bytes. What containers and names turn into is up to the subclass."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.items = 0

    def decode(self) -> Any:
        """Returns the one value the bytes spell.

        Raises:
            WireError: They spell none, or something follows it.
        """
        value = self.value(0)
        if self.at != len(self.data):
            raise WireError("bytes after the value")
        return value

    def take(self, count: int) -> bytes:
        """Returns the next `count` bytes."""
        chunk = self.data[self.at : self.at + count]
        if len(chunk) != count:
            raise WireError("the value ends early")
        self.at += count
        return chunk

    def size(self) -> int:
        """Returns the next length."""
        return _SIZE.unpack(self.take(4))[0]

    def count(self) -> int:
        """Returns the next number of items, refusing more than the remaining bytes could hold."""
        count = self.size()
        self.items += count
        if count > len(self.data) - self.at or self.items > MAX_ITEMS:
            raise WireError("more items than bytes")
        return count

    def value(self, depth: int) -> Any:
        """Returns the next value, nested `depth` deep."""
        data, at = self.data, self.at
        tag = data[at : at + 1]
        if tag in _SIZED:  # read here rather than by the methods below: most of what is sent is these
            start = at + 5
            end = start + int.from_bytes(data[at + 1 : start], "big")
            if end > len(data) or start > len(data):
                raise WireError("the value ends early")
            self.at = end
            return self.sized(tag, data[start:end])
        if depth > MAX_DEPTH:
            raise WireError(f"nested deeper than {MAX_DEPTH}")
        reader = _READERS.get(tag)
        if reader is None:
            raise WireError("unknown tag" if tag else "the value ends early")
        self.at = at + 1
        return reader(self, depth + 1)

    def sized(self, tag: bytes, raw: bytes) -> Any:
        """Returns the value of a tag that is followed by a length and as many bytes."""
        if tag == b"i":
            return int.from_bytes(raw, "big", signed=True)
        if tag == b"b":
            return raw
        try:
            text = raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise WireError("text that is not UTF-8") from error
        return text if tag == b"s" else Opaque(text)

    def sequence(self, depth: int) -> list[Any]:
        """Returns the next count and as many values."""
        return [self.value(depth) for _ in range(self.count())]

    def pairs(self, depth: int) -> Iterator[tuple[bytes, Any, Any]]:
        """Yields the entries of a mapping: the bytes of the key, the key, the value."""
        for _ in range(self.count()):
            start = self.at
            key = self.value(depth)
            raw = self.data[start : self.at]
            yield raw, key, self.value(depth)

    def named_parts(self, depth: int) -> tuple[str, Any]:
        """Returns the name and the description of a value of a named type."""
        raw = self.take(self.take(1)[0])
        try:
            name = raw.decode("ascii")
        except UnicodeDecodeError as error:
            raise WireError("a type's name is not ASCII") from error
        return name, self.value(depth)

    def real(self) -> float:
        """Returns the next float."""
        return _FLOAT.unpack(self.take(8))[0]

    def mapping(self, depth: int) -> Any:
        """Returns the next dict."""
        try:
            return {key: value for _, key, value in self.pairs(depth)}
        except TypeError as error:
            raise WireError("a key that cannot be hashed") from error

    def unordered(self, depth: int) -> Any:
        """Returns the next set."""
        try:
            return set(self.sequence(depth))
        except TypeError as error:
            raise WireError("an element that cannot be hashed") from error

    def named(self, depth: int) -> Any:
        """Returns the next value of a named type."""
        raise WireError(f"unknown type {self.named_parts(depth)[0]!r}")

    def reference(self, number: int) -> Any:
        """Returns what stands for an object of the other side."""
        raise WireError("a handle where plain data is expected")


_SIZED = frozenset((b"i", b"s", b"b", b"u"))
_READERS: dict[bytes, Callable[[Any, int], Any]] = {
    b"N": lambda r, d: None,
    b"T": lambda r, d: True,
    b"F": lambda r, d: False,
    b"f": lambda r, d: r.real(),
    b"l": lambda r, d: r.sequence(d),
    b"t": lambda r, d: tuple(r.sequence(d)),
    b"d": lambda r, d: r.mapping(d),
    b"S": lambda r, d: r.unordered(d),
    b"x": lambda r, d: r.named(d),
    b"o": lambda r, d: r.reference(_HANDLE.unpack(r.take(8))[0]),
}


def frame(kind: bytes, body: bytes = b"") -> bytes:
    """Returns one frame: the length of what follows, a one-byte kind, the body."""
    return _SIZE.pack(len(body) + 1) + kind + body


class FrameBuffer:
    """Cuts a stream into frames."""

    def __init__(self, limit: int = MAX_FRAME + 64) -> None:
        self.data = bytearray()
        self.limit = limit

    def feed(self, chunk: bytes) -> None:
        """Appends what has arrived."""
        self.data += chunk

    def next(self) -> tuple[bytes, bytes] | None:
        """Returns the next complete frame as (kind, body), or None where more must arrive first.

        Raises:
            WireError: The frame is empty or longer than the limit.
        """
        if len(self.data) < 4:
            return None
        size = _SIZE.unpack_from(self.data)[0]
        if not 1 <= size <= self.limit:
            raise WireError(f"a frame of {size} bytes")
        if len(self.data) < 4 + size:
            return None
        kind, body = bytes(self.data[4:5]), bytes(self.data[5 : 4 + size])
        del self.data[: 4 + size]
        return kind, body


class Link:
    """A blocking stream of frames over a connected socket, given by its descriptor; the guest's end."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.buffer = FrameBuffer()

    def send(self, kind: bytes, body: bytes = b"") -> None:
        """Sends one frame."""
        waiting = memoryview(frame(kind, body))
        while waiting:
            waiting = waiting[os.write(self.descriptor, waiting) :]

    def receive(self) -> tuple[bytes, bytes]:
        """Returns the next frame.

        Raises:
            EOFError: The other side is gone.
        """
        while (found := self.buffer.next()) is None:
            chunk = os.read(self.descriptor, 1 << 16)
            if not chunk:
                raise EOFError("the other side is gone")
            self.buffer.feed(chunk)
        return found
