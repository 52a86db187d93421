"""The conversation of two children: each can use objects of the other, within what the other permits.

Guest code. Frames on the socket between them: `q` a request `[operation, target, arguments, keywords]`, `r` its result
`[value, arguments changed in place, index of the argument the value is or -1]`, `e` an exception. One side waits while
the other works, and serves requests meanwhile, so calls nest. Plain data is copied; what a call changes in its
arguments is copied back into the caller's own objects.
"""

import builtins
import collections
import types
from typing import NamedTuple

from ...crossing.live import LiveEncoder, LiveReader
from ...crossing.values import base_value, settled
from ...crossing.wire import WireError
from . import proxies

THEIRS = 1 << 63
MAX_OBJECTS = 200_000
NAMED_BUILTINS = frozenset(
    """int float str bool list tuple dict set frozenset bytes bytearray complex range object abs all any bin chr divmod
    enumerate filter hex len map max min oct ord pow repr reversed round sorted sum zip hash isinstance iter next
    callable format print""".split()
)  # what either side may name and get its own: pure, and unable to reach anything


class Gone(BaseException):
    """The other child ended; no test may catch this as an ordinary exception."""


class Peer:
    """One end of the conversation.

    `permit` is called with (operation, object, arguments) for each request of the other side and raises
    `PermissionError` for what it may not do.
    """

    def __init__(self, link, permit, lookup=None):
        self.link = link
        self.permit = permit
        self.lookup = lookup
        self.mine = {}
        self.numbers = {}
        self.theirs = {}
        self.used = False
        self.version = 0  # counts what may have changed the objects of the other side
        self.entries = set()

    # Objects as numbers, for the encoder and the reader.

    def number(self, value):
        """Returns the number `value` crosses as."""
        remote = proxies.number_of(value)
        if remote is not None:
            return remote | THEIRS
        known = self.numbers.get(id(value))
        if known is None:
            known = len(self.mine) + 1
            if known > MAX_OBJECTS:
                raise WireError("too many objects")
            self.mine[known] = value  # kept, so that its address stays its own
            self.numbers[id(value)] = known
        return known

    def found(self, number):
        """Returns the object a received number stands for: one of ours, or a stand-in for one of theirs."""
        if number & THEIRS:
            try:
                return self.mine[number & ~THEIRS]
            except KeyError:
                raise WireError("a number that was never given out") from None
        known = self.theirs.get(number)
        if known is None:
            if len(self.theirs) > MAX_OBJECTS:
                raise WireError("too many objects")
            known = self.theirs[number] = self._stand_in(number)
        return known

    def _stand_in(self, number):
        is_class, kind, value = self._request_raw("describe", number)
        if not is_class:
            if not isinstance(kind, proxies.RemoteMeta):
                raise WireError("an object without a class")
            return proxies.remote_instance(kind, number, value)
        name, bases, operators, plain, error = kind
        if number in self.theirs:  # described meanwhile, by way of a base that mentions it
            return self.theirs[number]
        return proxies.remote_class(self, number, str(name), bases, operators, plain, error)

    def _request_raw(self, operation, *arguments):
        """Makes a request about numbers rather than objects."""
        return self._converse([operation, None, list(arguments), {}])[0]

    # Asking.

    def request(self, operation, target, *arguments):
        """Does `operation` to an object of the other side and returns the result."""
        self.used = True
        self.version += operation in proxies.STATEFUL
        return self._converse([operation, target, list(arguments), {}])[0]

    def call(self, target, arguments, keywords):
        """Calls an object of the other side; what it changes in the arguments is changed here too."""
        self.used = True
        self.version += 1
        try:
            value, changes, same = self._converse(["call", target, list(arguments), keywords])
        except StopIteration as error:
            if id(target) in self.entries or isinstance(
                target, type
            ):  # it would end the test's own loop, as if all was well
                raise RuntimeError("the code raised StopIteration") from error
            raise
        for index, changed in changes:
            _update(arguments[index], changed)
        return arguments[same] if 0 <= same < len(arguments) else value

    def _converse(self, message):
        self._send(b"q", message)
        while True:
            try:
                kind, body = self.link.receive()
            except (EOFError, OSError) as error:
                raise Gone("the other side is gone") from error
            if kind == b"q":
                self._serve(body)
                continue
            answer = _PeerReader(body, self).decode()
            if kind == b"r":
                return answer
            raise _raised(answer)

    def _send(self, kind, message):
        try:
            self.link.send(kind, _PeerEncoder(objects=self).encode(message))
        except OSError as error:
            raise Gone("the other side is gone") from error

    # Answering.

    def serve_forever(self):
        """Answers requests until the other side is gone."""
        while True:
            try:
                kind, body = self.link.receive()
            except (EOFError, OSError):
                return
            if kind == b"q":
                self._serve(body)

    def _serve(self, body):
        try:
            operation, target, arguments, keywords = _PeerReader(body, self).decode()
            answer = self._answer(operation, target, arguments, keywords)
            encoded = _PeerEncoder(objects=self).encode(answer)
        except Gone:
            raise
        except BaseException as error:
            self._send(b"e", self._description(error))
            return
        self.link.send(b"r", encoded)

    def _answer(self, operation, target, arguments, keywords):
        if operation == "describe":
            return [self._describe(self.mine[arguments[0]]), [], -1]
        if operation == "global" and self.lookup is not None:
            return [self.lookup(arguments[0]), [], -1]
        self.permit(operation, target, arguments)
        if operation != "call":
            return [(OPERATIONS.get(operation) or _special(operation))(target, *arguments), [], -1]
        before = [_snapshot(self, argument) for argument in arguments]
        value = target(*arguments, **keywords)
        changes = []
        for index, (argument, old) in enumerate(zip(arguments, before, strict=True)):
            if old is not None and _snapshot(self, argument) != old:
                changes.append([index, argument])
        same = next((i for i, a in enumerate(arguments) if a is value and before[i] is not None), -1)
        return [None if same >= 0 else value, changes, same]

    def _describe(self, value):
        """Returns (whether it is a class, its class or the description of the class it is, its plain value)."""
        if not isinstance(value, type):
            plain = base_value(value)
            return False, Itself(type(value)), None if plain is NotImplemented else plain
        bases = [Itself(base) for base in value.__bases__ if base.__module__ != "builtins"]
        operators = [name for name in proxies.FORWARDED if _defines(value, name)]
        plain = next((base.__name__ for base in value.__mro__ if base in PLAIN_TYPES), "")
        error = builtin_error(value) if issubclass(value, BaseException) else ""
        return True, [value.__name__, bases, operators, plain, error], None

    def _description(self, error):
        """Returns an exception as (its class if it is none of Python's, Python's name, arguments, attributes)."""
        kind = type(error)
        arguments = [value for value in error.args[:20] if _is_plain(value)]
        attributes = {name: value for name, value in list(vars(error).items())[:20] if _is_plain(value)}
        return [None if kind.__module__ == "builtins" else Itself(kind), builtin_error(kind), arguments, attributes]


class Itself(NamedTuple):
    """Marks a class that must cross by number, even where it has a name both sides know."""

    kind: type


class _PeerEncoder(LiveEncoder):
    def other(self, value, depth):
        assert self.objects is not None
        if type(value) is Itself:
            self.handle(self.objects.number(value.kind))
        elif (name := _builtin_name(value)) is not None:
            self.named("builtin", name, depth)
        else:
            super().other(value, depth)


class _PeerReader(LiveReader):
    def named(self, depth):
        at = self.at
        name, described = self.named_parts(depth)
        if name != "builtin":
            self.at = at
            return super().named(depth)
        found = getattr(builtins, described, None) if isinstance(described, str) else None
        if found is None or _builtin_name(found) != described:
            raise WireError("not a built-in that may be named")
        return found


PLAIN_TYPES = (*proxies.VALUED.values(), *proxies.CONTAINERS.values())
MUTABLE = (list, dict, set, bytearray, collections.deque)
OPERATIONS = {
    "getattr": lambda target, name: getattr(target, name),
    "setattr": lambda target, name, value: setattr(target, name, value),
    "delattr": lambda target, name: delattr(target, name),
    "value": base_value,
    "list": list,
    "iterator": iter,
    "await": settled,
}


def _special(name):
    """Returns the function that applies one special method the way an operator does."""
    if name not in proxies.FORWARDED:
        raise PermissionError(f"no operation {name!r}")
    return lambda target, *rest: getattr(type(target), name)(target, *rest)


def _defines(kind, name):
    """Returns whether a class has a special method that is not just `object`'s."""
    found = getattr(kind, name, None)
    return found is not None and found is not getattr(object, name, None)


def _builtin_name(value):
    """Returns the name of a built-in that crosses by name, or None."""
    name = getattr(value, "__name__", None) if isinstance(value, type | types.BuiltinFunctionType) else None
    if not isinstance(name, str) or getattr(builtins, name, None) is not value:
        return None
    known = name in NAMED_BUILTINS or (isinstance(value, type) and issubclass(value, BaseException))
    return name if known else None


def builtin_error(kind):
    """Returns the name of the nearest exception of Python's own that `kind` is."""
    for base in kind.__mro__:
        if base.__module__ == "builtins" and getattr(builtins, base.__name__, None) is base:
            return base.__name__
    return "Exception"


def _is_plain(value):
    try:
        LiveEncoder().encode(value)
    except Exception:
        return False
    return True


def _raised(described):
    """Returns a local exception for a described one."""
    own, name, arguments, attributes = described
    kind = own if isinstance(own, type) and issubclass(own, BaseException) else getattr(builtins, name, None)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = Exception
    try:
        error = kind(*arguments)
    except Exception:  # a built-in with a constructor of its own, such as UnicodeDecodeError
        error = kind.__new__(kind)
    for key, value in attributes.items():
        if isinstance(key, str):
            setattr(error, key, value)
    return error


def _snapshot(peer, value):
    """Returns the bytes of a value a call could change, or None for one it could not."""
    if type(value) not in MUTABLE:
        return None
    return _PeerEncoder(objects=peer).encode(value)


def _update(old, new):
    """Makes `old` equal to `new` in place, keeping the identity of what is nested where the shapes agree."""
    if type(old) is not type(new):
        return
    if isinstance(old, list):
        merged = [_merged(a, b) for a, b in zip(old, new, strict=False)] + new[len(old) :]
        old[:] = merged
    elif isinstance(old, dict):
        merged = {key: _merged(old[key], value) if key in old else value for key, value in new.items()}
        old.clear()
        old.update(merged)
    elif isinstance(old, bytearray):
        old[:] = new
    elif isinstance(old, set | collections.deque):
        old.clear()
        old.update(new) if isinstance(old, set) else old.extend(new)


def _merged(old, new):
    if type(old) is type(new) and type(old) in MUTABLE:
        _update(old, new)
        return old
    return new
