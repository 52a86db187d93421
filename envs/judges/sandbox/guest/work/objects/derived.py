"""Stand-ins for classes that derive from Python's plain types: what the class makes of an operation, it is asked.

Guest code. Such a stand-in holds the plain value, which has crossed, or asks for it. What a class has from the plain
type is worked out here, on that value; what it defines itself is asked of its own side, under the rules for any class:

- of two such objects its word on `==` and `<` is hearsay; against a value of the tests, the plain value is compared;
- arithmetic with a value of the tests is done here as well: an answer that agrees may be a number. Any other is an
  object that can never again become one, or a text, and hearsay.
"""

import abc
import collections.abc
import types
from typing import NamedTuple

from .operators import ARITHMETIC, COMPARISONS, CONTAINERS, CONVERSIONS, FORWARDED, VALUED

SKIPPED = frozenset(
    """__new__ __init__ __class__ __doc__ __init_subclass__ __subclasshook__ __getattribute__ __setattr__ __delattr__
    __dir__ __reduce__ __reduce_ex__ __getnewargs__ __getstate__ __sizeof__ __class_getitem__ __length_hint__""".split()
)
LIBRARY = ("enum", "typing")
HERE = (*COMPARISONS, *ARITHMETIC, *CONVERSIONS, "__hash__", "__contains__", "__iter__", "__getitem__")
AGAINST = "an answer to a value of the tests"
TEXTS = (str, bytes, tuple)
IN_PLACE = frozenset(name for name in ARITHMETIC if name.startswith("__i") and name not in ("__invert__",))


def abstract(kind):
    """Returns whether a class is one of the library's abstract classes of containers."""
    return kind.__module__ == "collections.abc" and getattr(collections.abc, kind.__name__, None) is kind


def registered(kind, names):
    """Makes a stand-in an instance of those abstract classes that what it stands for derives from; returns it."""
    for name in names:
        base = getattr(collections.abc, name, None) if isinstance(name, str) else None
        if isinstance(base, abc.ABCMeta):
            base.register(kind)
    return kind


def redefined(kind, base):
    """Returns the names of the plain type `base` that `kind` defines anew, on its own side."""
    return [name for name in dir(base) if name not in SKIPPED and _found(kind, name) is not _found(base, name)]


def _found(kind, name):
    holder = next((base for base in kind.__mro__ if name in vars(base) and base.__module__ not in LIBRARY), None)
    return None if holder is None else vars(holder)[name]


def methods(plain, own, offered, general, shadow):
    """Returns the methods of a stand-in for a class that derives from a plain type.

    Args:
        plain: The type's name.
        own: What the class defines anew.
        offered: The special methods it has.
        general: Returns the method of any other class's stand-in for a special method.
        shadow: Returns an object that holds no plain value for one that does.
    """
    base = CONTAINERS.get(plain) or VALUED[plain]
    own = [name for name in dir(base) if name in own and name not in SKIPPED]
    if plain in CONTAINERS:
        return _of_container(base, own, offered, general)
    made = {}
    for name in HERE:
        if hasattr(base, name):
            made[name] = getattr(base, name)
    for name in {*own, *(set(offered) - set(dir(base)))} & {*own, *FORWARDED}:
        if name in ARITHMETIC:
            made[name] = _arithmetic(name, base, general(name), shadow)
        elif name in COMPARISONS:
            made[name] = _comparison(name, base, general(name))
        elif name in FORWARDED or name == "__contains__":
            made[name] = general(name)
        elif not name.startswith("__"):
            made[name] = _attribute(name)
    if "__eq__" in own and "__ne__" not in own:
        made["__ne__"] = _comparison("__ne__", base, general("__ne__"))
    if "__hash__" in own and "__hash__" not in offered:
        made["__hash__"] = None
    return made


def _attribute(name):
    return property(lambda self: self._remote_peer.request("getattr", self, name))


def _comparison(name, base, ask):
    def compare(self, other):
        return ask(self, other) if hasattr(type(other), "_remote_named") else getattr(base, name)(self, other)

    return compare


def _arithmetic(name, base, ask, shadow):
    def combine(self, other, *rest):
        peer = self._remote_peer
        if hasattr(type(other), "_remote_named") or not peer.strict:
            return ask(self, other, *rest)
        answer = peer.request(name, self, other, *rest)
        here = getattr(base, name)(self, other, *rest) if hasattr(base, name) else NotImplemented
        if type(here) in VALUED.values() and _plain(answer) == here:
            return answer
        if hasattr(type(answer), "_remote_named"):
            answer = shadow(answer)
            answer._remote_set("tainted", True)
        elif type(answer) in TEXTS:
            peer.heard(AGAINST)
        else:
            return NotImplemented
        peer.shown = True
        return answer

    return combine


def _plain(value):
    """Returns the plain value in a stand-in, or the value."""
    base = next((base for base in VALUED.values() if isinstance(value, base)), None)
    return value if base is None or isinstance(value, bool) else _copied(base, value)


def _copied(base, value):
    if base in TEXTS:
        return base.__getitem__(value, slice(None)) if base is not tuple else tuple(tuple.__iter__(value))
    return base.__add__(value, base())


def _of_container(base, own, offered, general):
    made = {}
    for name in ARITHMETIC:
        if name in offered and name not in own and hasattr(base, name):
            made[name] = _inherited_in_place(name) if name in IN_PLACE else _inherited(name, base)
    if "__eq__" in own:
        ask = general("__eq__")
        made["__eq__"] = lambda self, other: (
            ask(self, other) if hasattr(type(other), "_remote_named") else _value(self) == other
        )
        made["__hash__"] = None
    return made


def _value(value):
    return value._remote_peer.request("value", value) if hasattr(type(value), "_remote_named") else value


def _inherited(name, base):
    def combine(self, other):
        return getattr(base, name)(_value(self), _value(other))

    return combine


def _inherited_in_place(name):
    def combine(self, other):
        self._remote_peer.request(name, self, other)
        return self

    return combine


def is_instance(value, kind):
    """Does what `isinstance` does, and knows a stand-in for what derives from a container of Python's own by that."""
    return isinstance(value, kind) or _derives(type(value), kind)


def is_subclass(kind, base):
    """Does what `issubclass` does, likewise."""
    return issubclass(kind, base) or _derives(kind, base)


def _derives(kind, base):
    container = getattr(kind, "_remote_container", None)
    return container is not None and issubclass(container, base)


ASKED_OF_KINDS = {"isinstance": is_instance, "issubclass": is_subclass}
"""What the tests find by these names: no stand-in can be a list, whose methods would not ask the other side."""


BUILT_IN = (types.WrapperDescriptorType, types.MethodDescriptorType, types.BuiltinFunctionType)


def defines(kind, name):
    """Returns whether a class has a special method that is not just `object`'s; what its own class has is not its."""
    found = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
    if name == "__contains__" and isinstance(found, BUILT_IN):
        return False  # a container of Python's own holds what it yields
    return found is not None and found is not vars(object).get(name)


class _Method(NamedTuple):
    """A function of the other side as a method of a class of this one."""

    function: object

    def bound(self):
        """Returns it as a function of this side, which a class binds."""
        function = self.function
        return lambda *args, **kwargs: function(*args, **kwargs)  # type: ignore


def subclass(_, name, bases, namespace):
    """Makes a class of this side that derives from some of it, with the other side's functions as methods."""
    body = {}
    for key, value in namespace.items():
        is_function = hasattr(type(value), "_remote_named") and type(value).__name__ == "function"
        body[key] = _Method(value).bound() if is_function else value
    return types.new_class(name, tuple(bases), exec_body=lambda made: made.update(body))


FUNCTIONS = ("function", "_lru_cache_wrapper")
DESCRIPTORS = {
    "__get__": lambda self, held, owner=None: self._remote_peer.request("bind", self, held, owner),
    "__set__": lambda self, held, value: self._remote_peer.request("bind set", self, held, value),
    "__delete__": lambda self, held: self._remote_peer.request("bind delete", self, held),
    "__set_name__": lambda self, owner, name: self._remote_peer.request("bind name", self, owner, name),
}
"""How a class of this side asks what it holds of the other: as Python does, it is given what it is held by."""
BINDING = {
    "bind": lambda target, held, owner: type(target).__get__(target, held, owner),
    "bind set": lambda target, held, value: type(target).__set__(target, held, value),
    "bind delete": lambda target, held: type(target).__delete__(target, held),
    "bind name": lambda target, owner, name: type(target).__set_name__(target, owner, name),
}


def binding(name, offered, peer):
    """Returns the methods by which a class binds what stands in for an object: a function here, all else over there."""
    if name in FUNCTIONS:
        return {"__get__": _method} if "__get__" in offered else {}
    return {key: DESCRIPTORS[key] for key in DESCRIPTORS if key in offered} if peer.strict else {}


def _method(self, held, owner=None):
    return self if held is None else types.MethodType(self, held)
