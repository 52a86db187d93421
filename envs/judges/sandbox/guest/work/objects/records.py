"""What the helpers of `dataclasses` and `inspect.signature` read of stand-ins: plain data, built anew here.

Guest code.
"""

import builtins
import sys
from typing import Any, cast

from ....crossing.live import is_its_fields


def described(kind, is_plain):
    """Returns [name, name of its type, whether the constructor takes it, [default] or []] of each field."""
    fields = getattr(kind, "__dataclass_fields__", None)
    library = sys.modules.get("dataclasses")
    if not isinstance(fields, dict) or library is None:
        return []
    known = [field for field in fields.values() if type(field) is library.Field and isinstance(field.name, str)]
    return [[f.name, _type(f.type), bool(f.init), _default(f, library.MISSING, is_plain)] for f in known]


def compared(kind):
    """Returns the names of the fields by which instances of a dataclass are equal, where nothing else decides it."""
    if not is_its_fields(kind):
        return []
    return [name for name, field in kind.__dataclass_fields__.items() if getattr(field, "compare", True)]


def equality(names):
    """Returns the methods that compare stand-ins of one class by those of their fields."""

    def equal(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in names)

    return {"__eq__": equal, "__hash__": lambda self: hash(tuple(getattr(self, name) for name in names))}


def _type(kind):
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", "")
    return name if isinstance(name, str) else ""


def _default(field, missing, is_plain):
    return [field.default] if field.default is not missing and is_plain(field.default) else []


def fields_of(listed):
    """Returns a value for `__dataclass_fields__`."""
    import dataclasses

    made = {}
    for name, kind, init, default in listed:
        field: Any = dataclasses.field(init=init, default=default[0] if default else dataclasses.MISSING)
        found = getattr(builtins, kind, kind)
        field.name, field.type = name, found if isinstance(found, type) else kind
        field._field_type = dataclasses._FIELD  # type: ignore
        made[name] = field
    return made


def signature(function):
    """Returns [[name, kind, type, [default] or []] of each parameter, what is returned or None], on its own side."""
    import inspect

    found = inspect.signature(function)
    empty = inspect.Parameter.empty
    listed = [
        [
            p.name,
            int(p.kind),
            "" if p.annotation is empty else _type(p.annotation),
            [] if p.default is empty else [_shown(p)],
        ]
        for p in found.parameters.values()
    ]
    return [listed, None if found.return_annotation is empty else _type(found.return_annotation)]


def _shown(parameter):
    kinds = (type(None), bool, int, float, str, tuple, list, dict)
    return parameter.default if type(parameter.default) in kinds else ...


def signature_of(described):
    """Returns the signature, on the other side."""
    import inspect

    listed, returned = described
    empty = inspect.Parameter.empty
    parameters = [
        inspect.Parameter(
            name,
            inspect._ParameterKind(kind),
            default=default[0] if default else empty,
            annotation=getattr(builtins, annotation, annotation) if annotation else empty,
        )
        for name, kind, annotation, default in listed
    ]
    answer = empty if returned is None else getattr(builtins, returned, returned)
    return inspect.Signature(parameters, return_annotation=answer)


class Fields:
    """The `__dict__` of an object of the tests' own, by name: what descriptors of the candidate keep there."""

    def __init__(self, held):
        """Holds the stand-in it belongs to."""
        self.held = held

    def __getitem__(self, name):
        """Reads a field over there."""
        try:
            return self.held._remote_peer.request("field", self.held, name)
        except AttributeError:
            raise KeyError(name) from None

    def __setitem__(self, name, value):
        """Sets a field over there."""
        self.held._remote_peer.request("set field", self.held, name, value)

    def __contains__(self, name):
        """Returns whether there is a field that may be read."""
        return self.get(name, self) is not self

    def keys(self):
        """Lists none: what is not known by name is not the candidate's."""
        return ()

    def get(self, name, default=None):
        """Does what `dict.get` does."""
        try:
            return self[name]
        except KeyError:
            return default


FIELDS = {
    "field": lambda target, name: vars(target)[name],
    "set field": lambda target, name, value: vars(target).__setitem__(name, value),
}


class Inspected:
    """What `vars` and `dir` ask of a stand-in, which has none of it itself."""

    _remote_peer = cast(Any, None)  # an annotation would be found as the stand-in's own
    _remote_named = False

    @property
    def __dict__(self):
        """What the object over there holds; what is done to it is done there as well."""
        if not self._remote_peer.strict:
            return Fields(self)
        value = self._remote_peer.request("getattr", self, "__dict__")
        if self._remote_peer.strict and self._remote_named:
            self._remote_peer.lent.given(self, "__dict__", value)
        return value

    def __dir__(self):
        """Lists the names of the object over there."""
        return self._remote_peer.request("dir", self) if self._remote_peer.strict else []
