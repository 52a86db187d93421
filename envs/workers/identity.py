"""What a function does, as a hash: the same in every process, whatever file, cell or line it was written in.

Pickles of one function differ from process to process (file names of notebook cells, the order of sets, random names
of classes), so what is hashed is walked through instead: code, constants, defaults, closures, and the globals that the
code names. What is imported by name is hashed by that name.
"""

from __future__ import annotations

import functools
import hashlib
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))
_UNTOLD = {"__module__", "__dict__", "__weakref__", "__firstlineno__", "__static_attributes__", "__qualname__"}


def identity_of(value: Any, by_value: Callable[[str], bool]) -> str:
    """Returns the SHA-256 of what a value does.

    Args:
        value: A function, a class, an object, or plain data.
        by_value: Says of a module's name whether what is defined there travels whole; what is in another travels by
            its name.
    """
    total = hashlib.sha256()
    for piece in _Walk(by_value).told(value):
        total.update(f"{len(piece)}:".encode())
        total.update(piece)
    return total.hexdigest()


def is_importable(value: Any) -> bool:
    """Whether a function or a class is found again under its own name."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or "<locals>" in name or module == "__main__":
        return False
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value


def named_globals(function: types.FunctionType) -> dict[str, Any]:
    """Returns the globals that a function's code names, those of functions and classes inside it too, by name."""
    names = dict.fromkeys(name for code in _codes(function.__code__) for name in code.co_names)
    return {name: function.__globals__[name] for name in names if name in function.__globals__}


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def closure_of(function: types.FunctionType) -> dict[str, Any]:
    """Returns what a function closes over, by name; a variable that has no value yet is left out."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


class _Walk:
    """One walk through a value; what was met before is named by its place."""

    def __init__(self, by_value: Callable[[str], bool]):
        self._by_value = by_value
        self._met: dict[int, int] = {}
        self._kept: list[Any] = []  # an id is an object's only as long as it lives

    def told(self, value: Any) -> Iterator[bytes]:
        """Yields what a value is."""
        if isinstance(value, _PLAIN):
            yield f"{type(value).__name__} {value!r}".encode("utf-8", "surrogatepass")
            return
        if id(value) in self._met:
            yield f"met {self._met[id(value)]}".encode()
            return
        self._met[id(value)] = len(self._met)
        self._kept.append(value)
        yield type(value).__name__.encode()
        yield from self._parts(value)

    def _parts(self, value: Any) -> Iterator[bytes]:
        if isinstance(value, types.CodeType):
            yield from self._code(value)
        elif isinstance(value, types.ModuleType):
            yield value.__name__.encode()
        elif isinstance(value, types.FunctionType | type):
            yield from self._defined(value)
        elif isinstance(value, types.MethodType):
            yield from self._all((value.__self__, value.__func__))
        elif isinstance(value, types.BuiltinFunctionType):
            yield f"{value.__module__}.{value.__qualname__}".encode()
        elif isinstance(value, classmethod | staticmethod):
            yield from self.told(value.__func__)
        elif isinstance(value, property):
            yield from self._all((value.fget, value.fset, value.fdel))
        elif isinstance(value, functools.partial):
            yield from self._all((value.func, value.args, value.keywords))
        elif isinstance(value, re.Pattern):
            yield from self._all((value.pattern, value.flags))
        elif isinstance(value, list | tuple):
            yield from self._all(value)
        elif isinstance(value, set | frozenset):
            yield from sorted(identity_of(one, self._by_value).encode() for one in value)
        elif isinstance(value, dict):
            yield from self._all(part for item in value.items() for part in item)
        else:
            yield from self._reduced(value)

    def _all(self, values: Iterable[Any]) -> Iterator[bytes]:
        for value in values:
            yield from self.told(value)
        yield b"."

    def _code(self, code: types.CodeType) -> Iterator[bytes]:
        counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
        names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        yield from self._all((code.co_code, code.co_exceptiontable, code.co_consts, *counts, *names))

    def _defined(self, value: Any) -> Iterator[bytes]:
        if is_importable(value) and not self._by_value(value.__module__):
            yield f"{value.__module__}.{value.__qualname__}".encode()
        elif isinstance(value, type):
            told = {name: part for name, part in vars(value).items() if name not in _UNTOLD and not _is_slot(part)}
            yield from self._all((value.__name__, value.__bases__, told))
        else:
            known = (named_globals(value), closure_of(value))
            yield from self._all((value.__code__, value.__defaults__, value.__kwdefaults__, *known))

    def _reduced(self, value: Any) -> Iterator[bytes]:
        try:
            made = value.__reduce_ex__(4)
        except Exception:  # what cannot be pickled is refused where it is shipped
            return
        if isinstance(made, str):
            yield made.encode()
            return
        for part in made:
            yield from self.told(list(part) if isinstance(part, Iterator) else part)


def _is_slot(part: Any) -> bool:
    return isinstance(part, types.GetSetDescriptorType | types.MemberDescriptorType)
