"""Whether a result is the expected one, decided in the judge on bytes, without building anything hostile.

Types must agree exactly: True is not 1, 1 is not 1.0, a list is not a tuple. NaN equals NaN. Floats (and the parts of
a complex) agree within `rel_tol` and `abs_tol`, everywhere but as dict keys and set elements, which must be exact.
An iterator agrees with a list or a tuple of what it yields. Order counts in lists and tuples, not in dicts and sets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from envs.judges.sandbox.crossing.values import PlainEncoder
from envs.judges.sandbox.crossing.wire import Reader, WireError


@dataclass(frozen=True, slots=True)
class Node:
    """A decoded value as a tree: hostile keys stay bytes, so that no hostile hash is ever computed."""

    kind: str
    payload: Any


class _TreeReader(Reader):
    """Reads trees; the leaves are Python's own scalars."""

    def mapping(self, depth: int) -> Any:
        return Node("dict", [(raw, value) for raw, _, value in self.pairs(depth)])

    def unordered(self, depth: int) -> Any:
        elements = []
        for _ in range(self.count()):
            start = self.at
            self.value(depth)
            elements.append(self.data[start : self.at])
        return Node("set", frozenset(elements))

    def named(self, depth: int) -> Any:
        name, described = self.named_parts(depth)
        return Node(f"named {name}", described)  # never the kind of a dict or a set, whatever it calls itself


@dataclass(frozen=True, slots=True)
class Comparison:
    """How results are held against expectations.

    Attributes:
        rel_tol: Relative tolerance of floats.
        abs_tol: Absolute tolerance of floats.
        lists_for_tuples: Whether an expected list also accepts a tuple: for expectations out of JSON, which has none.
    """

    rel_tol: float = 1e-6
    abs_tol: float = 1e-9
    lists_for_tuples: bool = False

    def matches(self, expected: bytes, got: bytes) -> bool:
        """Returns whether the encoded result `got` is the encoded value `expected`.

        Raises:
            WireError: `got` is no value.
        """
        if expected == got:
            return True
        if len(got) > 3 * len(expected) + 64:  # equal values are equally long, but for the name of an iterator
            return False
        return self.same(_TreeReader(expected).decode(), _TreeReader(got).decode())

    def same(self, expected: Any, got: Any) -> bool:
        """Returns whether two decoded trees agree."""
        got = self._taken_as(expected, got)
        if type(expected) is not type(got):
            return False
        if isinstance(expected, Node):
            return self._same_node(expected, got)
        if isinstance(expected, float):
            return self._close(expected, got)
        if isinstance(expected, list | tuple):
            return len(expected) == len(got) and all(map(self.same, expected, got))
        return expected == got

    def _taken_as(self, expected: Any, got: Any) -> Any:
        """Returns `got` as the kind of sequence it may stand for where `expected` is asked for."""
        if isinstance(got, Node) and got.kind == "named iterator" and isinstance(expected, list | tuple):
            # The kind is the candidate's word: an iterator whose items are no list stands for nothing.
            return type(expected)(got.payload) if isinstance(got.payload, list | tuple) else got
        if self.lists_for_tuples and type(expected) is list and type(got) is tuple:
            return list(got)
        return got

    def _same_node(self, expected: Node, got: Node) -> bool:
        if expected.kind != got.kind:
            return False
        if expected.kind == "set":
            return expected.payload == got.payload
        if expected.kind == "dict":
            wanted, found = dict(expected.payload), dict(got.payload)
            if wanted.keys() != found.keys() or len(found) != len(got.payload):
                return False
            return all(self.same(value, found[key]) for key, value in wanted.items())
        return self.same(expected.payload, got.payload)

    def _close(self, expected: float, got: Any) -> bool:
        if math.isnan(expected) or math.isnan(got):
            return math.isnan(expected) and math.isnan(got)
        return math.isclose(expected, got, rel_tol=self.rel_tol, abs_tol=self.abs_tol)


class _ExpectationEncoder(PlainEncoder):
    def opaque(self, name: str) -> None:
        raise WireError(f"an expected value must be plain data, not {name}")


def expectation(value: Any) -> bytes:
    """Returns the bytes an expected value is compared by.

    Raises:
        WireError: It is no plain data.
    """
    return _ExpectationEncoder().encode(value)
