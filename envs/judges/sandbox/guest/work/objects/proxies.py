"""Stand-ins for objects of the other child: classes, instances, functions, iterators, exceptions.

Guest code. A stand-in forwards what is done to it. Where it stands in for a candidate's object in the process that runs
the tests, it must not let that object decide what it could only win by being told the answer. So there are two kinds:

- an object of a class that the tests name (`named`) forwards methods, attributes and operators, under the rules below;
- any other forwards what shows it no operand: attributes, calls, iteration, `with`. It has no arithmetic, no order, no
  equality but identity, no length, no number, and none of the questions a plain value would be asked.

And of a named one:

- `==`, `<` and the like go to the other side only where both operands live there, and are hearsay; against a value of
  the tests the answer is Python's default, or is worked out here from the plain data inside (a tuple or dict subclass);
- arithmetic with a value of the tests must give another object of that side, which then is `tainted`: it has seen a
  value of the tests, can no longer be turned into a number or a truth value, and what it says is hearsay;
- a conversion (a truth value, a length, a number) is asked several times at once and remembered: an object whose
  answers differ has none, so that none can be true and then false as a pair of tests would have it;
- what a class's own `__contains__` says is hearsay; of a class without one `in` is worked out by iterating here;
- a library's own protocols, such as numpy's, are not offered.
"""

import functools
import os
from typing import Any, cast

from . import awaiting, derived, faults, records
from .operators import (
    ARITHMETIC,
    COMPARISONS,
    CONTAINERS,
    CONVERSIONS,
    FORWARDED,
    ITERATION,
    QUESTIONS,
    READABLE,
    UNNAMED,
    VALUED,
)


def _refuse_protocols(name):
    special = name.startswith("__") and name.endswith("__") and name not in READABLE
    if special or name.startswith("_remote_"):
        raise AttributeError(name)


class RemoteMeta(type):
    """The type of classes that stand in for classes of the other side."""

    _remote_peer: Any = None
    _remote_number = 0
    _remote_named = False

    def __new__(cls, name, bases, namespace, **options):
        """Makes a stand-in, or where a class statement derives from one, the class itself over there."""
        if "_remote_number" in namespace:
            return super().__new__(cls, name, bases, namespace)
        peer = next(base._remote_peer for base in bases if isinstance(base, RemoteMeta))
        own = {key: value for key, value in namespace.items() if key not in ("__classcell__", "__module__")}
        made = peer.request("subclass", None, name, list(bases), own)
        if "__classcell__" in namespace:
            namespace["__classcell__"].cell_contents = made
        return made

    def __call__(cls, *args, **kwargs):
        """Makes an instance over there."""
        return cls._remote_peer.call(cls, args, kwargs)

    def __getattr__(cls, name):
        """Reads a class attribute over there."""
        _refuse_protocols(name)
        return cls._remote_peer.request("getattr", cls, name)

    def __setattr__(cls, name, value):
        """Sets a class attribute over there."""
        cls._remote_peer.request("setattr", cls, name, value)

    def __delattr__(cls, name):
        """Deletes a class attribute over there."""
        cls._remote_peer.request("delattr", cls, name)

    def __getitem__(cls, key):
        """Looks a member of an enumeration up; a generic class with its types filled in is the class itself."""
        return cls._remote_peer.request("member", cls, key) if isinstance(key, int | str) else cls

    def __iter__(cls):
        """Iterates over a class, such as an enumeration."""
        return iter(cls._remote_peer.request("list", cls))

    def __len__(cls):
        """Counts the members of an enumeration."""
        return len(cls._remote_peer.request("list", cls))

    def __bool__(cls):
        """A class is true, whatever its length."""
        return True

    def __contains__(cls, item):
        """Looks for a member of an enumeration, here."""
        return any(item is member for member in cls)


class Remote(records.Inspected):
    """Base of instances that stand in for objects of the other side."""

    _remote_peer = cast(Any, None)  # an annotation would be found as the stand-in's own
    _remote_number = 0
    _remote_named = False
    _remote_state = None  # {"tainted": ..., a question: its answer}, per instance

    def _remote_set(self, key, value):
        state = dict(object.__getattribute__(self, "_remote_state") or {})
        state[key] = value
        object.__setattr__(self, "_remote_state", state)

    def _remote_is(self, key):
        return bool((object.__getattribute__(self, "_remote_state") or {}).get(key))

    def __getattr__(self, name):
        """Reads an attribute over there."""
        peer = self._remote_peer
        if name == "__signature__":
            return records.signature_of(peer.request("signature", self))
        _refuse_protocols(name)
        if name in ITERATION and hasattr(type(self), "__next__"):
            return functools.partial(peer.request, name, self)
        value = peer.request("getattr", self, name)
        if peer.strict and self._remote_named:
            peer.lent.given(self, name, value)
        if peer.strict and isinstance(value, Remote):
            if self._remote_is("tainted"):
                value._remote_set("tainted", True)
            elif name in QUESTIONS and not self._remote_named and callable(value):
                raise TypeError(f".{name}() is asked of a {type(self).__name__}, which is no plain value")
        return value

    def __setattr__(self, name, value):
        """Sets an attribute over there."""
        self._remote_peer.request("setattr", self, name, value)

    def __delattr__(self, name):
        """Deletes an attribute over there."""
        self._remote_peer.request("delattr", self, name)

    def __copy__(self):
        """Copies the object over there."""
        return self._remote_peer.request("copy", self)

    def __deepcopy__(self, memo):
        """Copies the object and all it holds over there."""
        return self._remote_peer.request("deepcopy", self)


def number_of(value):
    """Returns the number of the object `value` stands in for, or None where it stands in for none."""
    kind = type(value)
    if isinstance(value, type):
        return type.__getattribute__(value, "__dict__").get("_remote_number")
    if issubclass(kind, Remote):
        return object.__getattribute__(value, "_remote_number")
    return None


def remote_class(peer, number, name, bases, operators, plain, named, fields=()):
    """Returns a local class that stands in for class `number` of the other side, one that is no exception.

    Args:
        peer: The connection to it.
        number: Its number over there.
        name: Its name.
        bases: Local stand-ins of its own bases.
        operators: The special methods it has, of which those in `FORWARDED` are taken.
        plain: [name of the plain type it derives from, or an empty text; what of that type it defines anew], or None.
        named: Whether its instances may be asked what only a class that the tests name may be asked.
        fields: Those of a dataclass, as `records.described` gives them.
    """
    namespace = {
        "_remote_peer": peer, "_remote_number": number, "_remote_named": named, "__module__": "solution",
        "__hash__": object.__hash__,
    }  # fmt: skip
    offered = FORWARDED if named else UNNAMED
    for operator in offered.intersection(operators):
        namespace[operator] = _operator(operator)
    if named and "__getitem__" in namespace and "__iter__" not in namespace:
        namespace["__iter__"] = lambda self: self._remote_peer.request("iterator", self)
    if not named and "__iter__" in namespace and "__next__" not in namespace:
        namespace["__iter__"] = _replayed
    if not named or not peer.strict:
        namespace["__doc__"] = property(lambda self: self._remote_peer.request("getattr", self, "__doc__"))
    if not named and {"__bool__", "__len__"}.intersection(operators):
        namespace["__bool__"] = _no_truth
    plain, again = plain or ("", [])
    if named and plain in (*VALUED, *CONTAINERS):
        namespace |= derived.methods(plain, again, offered.intersection(operators), _operator, _shadow)
        if plain in CONTAINERS:
            namespace["_remote_container"] = CONTAINERS[plain]
        if plain in CONTAINERS and "__eq__" not in again:
            namespace["__eq__"], namespace["__hash__"] = _equal_by_value(CONTAINERS[plain]), None
    namespace |= awaiting.methods(operators) | derived.binding(name, operators, peer)
    if fields:
        namespace["__dataclass_fields__"] = records.fields_of(fields)
    parents = tuple(b for b in bases if isinstance(b, RemoteMeta)) if named else ()
    parents = parents or (Remote,)
    if named and plain in VALUED and not any(issubclass(b, VALUED[plain]) for b in parents):
        parents = (*parents, VALUED[plain])
    try:
        return RemoteMeta(name, parents, namespace)
    except TypeError:  # an order of bases that only holds with the parts left out here
        return RemoteMeta(name, (Remote,), namespace)


def equal_by_fields(kind, names):
    """Makes stand-ins of a class that no test names equal by fields, which have crossed when they are compared."""
    for name, method in records.equality([name for name in names if isinstance(name, str)]).items():
        type.__setattr__(kind, name, method)


def remote_instance(kind, number, value):
    """Returns a local instance of the stand-in class `kind`, for object `number`, holding the plain `value`."""
    for base in VALUED.values():
        if issubclass(kind, base) and type(value) is base:
            made = base.__new__(kind, value)
            break
    else:
        made = object.__new__(kind) if not issubclass(kind, tuple(VALUED.values())) else None
    if made is None:
        raise TypeError("an object that does not hold what its class says")
    object.__setattr__(made, "_remote_number", number)
    return made


def _shadow(value):
    """Returns the stand-in of an object without the plain value that it holds."""
    kind = type(value)
    names = [name for name in dir(kind) if name in FORWARDED and getattr(kind, name) is not getattr(object, name, None)]
    bare = remote_class(kind._remote_peer, kind._remote_number, kind.__name__, [], names, None, True)
    return remote_instance(bare, number_of(value), None)


def _operator(name):
    """Returns the method that forwards one special method under the rules of this module."""
    if name in COMPARISONS:
        method = _comparison(name)
    elif name in ARITHMETIC:
        method = _arithmetic(name)
    elif name in CONVERSIONS:
        method = _conversion(name)
    else:
        own = {"__contains__": _contains, "__call__": _call, "__getitem__": _item}
        method = own.get(name) or _forward(name)
    return method


def _comparison(name):
    def compare(self, other):
        if not isinstance(other, Remote):
            return NotImplemented
        if not self._remote_peer.strict:
            return self._remote_peer.request(name, self, other)
        asked = "__eq__" if name == "__ne__" else name  # one relation has one answer
        answer = self._remote_peer.request(asked, self, other)
        if type(answer) is not bool:
            return NotImplemented
        self._remote_peer.heard(asked)
        return answer if asked == name else not answer

    return compare


def _arithmetic(name):
    def combine(self, other, *rest):
        peer = self._remote_peer
        seen = self._remote_is("tainted") or not isinstance(other, Remote) or other._remote_is("tainted")
        if seen and peer.strict:
            peer.shown = True
        answer = peer.request(name, self, other, *rest)
        if seen and peer.strict:
            if not isinstance(answer, Remote):
                return NotImplemented
            answer._remote_set("tainted", True)
        return answer

    return combine


def _conversion(name):
    def convert(self, *rest):
        if not self._remote_peer.strict:
            return self._remote_peer.request(name, self, *rest)
        if self._remote_is("tainted"):
            raise TypeError(f"{name} of an object that was combined with a value of the tests")
        return _remembered(self, (name, *rest), lambda: _agreed(self, name, rest))

    return convert


def _agreed(self, name, rest):
    """Returns what an object converts to, asked a number of times it cannot foresee.

    Raises:
        TypeError: The answers differ: an object that changes by itself would fit any pair of tests.
    """
    first = self._remote_peer.request(name, self, *rest)
    if isinstance(first, Remote):  # a new object each time, which will be asked in its turn
        return first
    for _ in range(1 + os.urandom(1)[0] % 4):
        other = self._remote_peer.request(name, self, *rest)
        if type(other) is not type(first) or (other != first and first == first):
            raise TypeError(f"{name} gave several answers to one question")
    return first


def _remembered(self, question, ask):
    """Returns the answer to a question about an object, the same until something is done to the other side."""
    version = self._remote_peer.version
    known = (object.__getattribute__(self, "_remote_state") or {}).get(question)
    if known is None or known[0] != version:
        known = (version, ask())
        self._remote_set(question, known)
    return known[1]


def _forward(name):
    def forward(self, *rest):
        return self._remote_peer.request(name, self, *rest)

    def leave(self, *error):
        told = forward(self, *error[:2], None)  # a traceback stays where it is
        return told and not (self._remote_peer.strict and faults.swallowed(*error[:2]))

    return leave if name == "__exit__" else forward


def _replayed(self):
    """Yields what an object yields, and the same again each time: it is asked once."""
    if not self._remote_is("items"):
        self._remote_set("items", ([], iter(self._remote_peer.request("iterator", self))))
    seen, more = object.__getattribute__(self, "_remote_state")["items"]
    at = 0
    while at < len(seen) or _fetched(seen, more):
        yield seen[at]
        at += 1


def _fetched(seen, more):
    """Appends the next item, if there is one, and says so."""
    for item in more:
        seen.append(item)
        return True
    return False


def _no_truth(self):
    if not self._remote_peer.strict:
        return self._remote_peer.request("__bool__", self)
    raise TypeError(f"the truth of a {type(self).__name__}, which is no plain value")


def _call(self, *args, **kwargs):
    return self._remote_peer.call(self, args, kwargs)


def _item(self, key):
    value = self._remote_peer.request("__getitem__", self, key)
    if self._remote_peer.strict and self._remote_named:
        self._remote_peer.lent.given(self, [key], value)
    return value


def _contains(self, item):
    peer = self._remote_peer
    if not peer.strict:
        return peer.request("__contains__", self, item)
    answer = bool(peer.request("__contains__", self, item))
    peer.shown |= not isinstance(item, Remote)
    peer.heard("__contains__")
    return answer


def iterable(kind):
    """Returns whether instances of a stand-in class can be iterated; its metaclass's own method does not count."""
    return any("__iter__" in vars(base) for base in kind.__mro__)


def _equal_by_value(base):
    def method(self, other):
        mine = self._remote_peer.request("value", self)
        if isinstance(other, Remote):
            other = other._remote_peer.request("value", other)
        return mine == other if type(mine) is base else NotImplemented

    return method
