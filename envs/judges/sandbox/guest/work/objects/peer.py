"""The conversation of two children: each can use objects of the other, within what the other permits.

Guest code. Frames on the socket between them: `q` a request `[operation, target, arguments, keywords]`, `r` its result
`[value, arguments changed in place, index of the argument the value is or -1, what was printed]`, `e` an exception and
what was printed: an empty text or `[output, errors, variables of the environment that were set]`. One side waits while
the other works, and serves requests meanwhile, so calls nest. Plain data is copied; what a call changes in its
arguments is copied back into the caller's own objects. Of several threads on one side one asks at a time.
"""

import _thread
import builtins
import importlib
import sys

from ....crossing.values import base_value
from ....crossing.wire import WireError
from ..hearing.record import Record
from . import awaiting, changes, derived, faults, operators, patched, proxies, records
from .changes import Lent, snapshot, update
from .codec import Itself, PeerEncoder, PeerReader, crosses

THEIRS = 1 << 63
MAX_OBJECTS = 200_000
COMBINED = "an object that was combined with a value of the tests"
SHOWN = "an answer after an operand was shown"
REUSED = "one object for several calls of its class"
GLOBALS = ("globals", "attributes", "name classes", "set global", "delete global", "refresh global")
DECIDING = frozenset((*operators.COMPARISONS, "__contains__"))  # these are heard as what they are


class Gone(BaseException):
    """The other child ended; no test may catch this as an ordinary exception."""


class Peer:
    """One end of the conversation.

    Attributes:
        strict: Whether this side decides by what the other says, and so is the tests'.
        named: Where `strict`: whether the class that is being asked for is one the tests name.
        makes: Where `strict`: whether the tests give class names to what calls return, and so name those classes.
        kept: On the other side: classes whose instances cross as themselves, because the tests name them.
        wanted: On the other side: attributes that the tests ask for and that no plain value has.
        shown: Whether a value of the tests was shown to an operator of the other side since `settle` was last called.
        hearsay: What the other side itself decided since then: (relation, place in `record`).
        described: How objects of the other side described themselves since then, as text or hash; as `hearsay`.
        told: What kinds of answers the tests had so far: `value` for plain data, `none`, `raised` for an exception.
        prints: Whether the tests read what the other side prints.
        record: Where `strict`: all that was asked and answered.
    """

    def __init__(self, link, permit, lookup=None, strict=False):
        """Holds one end; `permit` raises `PermissionError` for a request the other side may not make."""
        self.link = link
        self.asking = _thread.RLock()  # else one thread reads the answer to another's question
        self.permit = permit
        self.lookup = lookup
        self.strict = strict
        self.named = False
        self.makes = False
        self.kept = ()
        self.wanted = frozenset()
        self.before = None  # called before anything is asked
        self.failed = None  # takes what this side raised within a call of the other's, as `Hidden` does
        self.within = 0  # how many requests of this side are being answered
        self.environ = None  # takes the variables the other side has set
        self.printed = None  # takes what this side has printed since it last answered
        self.mine = {}
        self.numbers = {}
        self.theirs = {}
        self.used = False
        self.version = 0  # counts what may have changed the objects of the other side
        self.shown = False
        self.hearsay = set()
        self.described = set()
        self.told = set()
        self.made = {}  # what each object that a class made was made of
        self.prints = False
        self.record = Record()
        self.lent = Lent(self)

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

    def number_there(self, error):
        """Returns the number by which the tests ask an exception what did not cross with it."""
        return 0 if self.strict else self.number(error)

    def found(self, number):
        """Returns the object a received number stands for: one of ours, or a stand-in for one of theirs."""
        if number & THEIRS:
            try:
                return self.mine[number & ~THEIRS]
            except KeyError:
                raise WireError("a number that was never given out") from None
        known = self.theirs.get(number)
        if known is None or self.named and _is_unnamed(known):
            if len(self.theirs) > MAX_OBJECTS:
                raise WireError("too many objects")
            known = self.theirs[number] = self._stand_in(number)
        return known

    def _stand_in(self, number):
        named, self.named = self.named or not self.strict, False
        try:
            is_class, kind, value = self._request_raw("describe", number)
        finally:
            self.named = named and self.strict
        if not is_class:
            if not isinstance(kind, proxies.RemoteMeta):
                raise WireError("an object without a class")
            if kind._remote_named and value is not None:
                self.told.add("value")
            return proxies.remote_instance(kind, number, value if kind._remote_named else None)
        name, bases, offered, plain, known, fields, abstract, compared = kind
        held = self.theirs.get(number)
        if held is not None and not (named and _is_unnamed(held)):  # described meanwhile, by a base that mentions it
            return held
        bases = [self._as_named(base) for base in bases] if named else bases
        if known:
            return faults.error_class(self, number, str(name), bases, known)
        # What derives from a plain type is worked out on the plain value, named or not.
        named = named or plain[0] != "" or any(getattr(base, "_remote_named", False) for base in bases)
        fields = fields if named else ()
        made = proxies.remote_class(self, number, str(name), bases, offered, plain, named, fields)
        if compared and not named:
            proxies.equal_by_fields(made, compared)
        return derived.registered(made, abstract) if named and self.strict else made

    def _as_named(self, base):
        """Returns the stand-in of a class that the tests name by way of one that derives from it."""
        if not _is_unnamed(base):
            return base
        named, self.named = self.named, self.strict
        try:
            return self.found(base._remote_number)
        finally:
            self.named = named  # of several classes that are asked for at once the next is named too

    def _request_raw(self, operation, *arguments):
        """Makes a request about numbers rather than objects."""
        return self._converse([operation, None, list(arguments), {}])[0]

    # What the other side says of its own objects.

    def heard(self, relation):
        """Notes that the last answer was one by which the other side decided something itself."""
        self.hearsay.add((relation, len(self.record.entries) - 1))

    def settle(self, described=False, identity=False):
        """Returns what was hearsay since this was last called, and forgets it.

        With `described` descriptions are hearsay too; an assertion about `identity` may find one object.
        """
        heard = self.hearsay | (self.described if described else set())
        heard = {found for found in heard if found[0] != REUSED} if identity else heard
        self.hearsay, self.described, self.shown = set(), set(), False
        return heard

    def _noted(self, value, call):
        """Notes what a class made: one object for several calls is equal to itself whatever they were to make."""
        number = proxies.number_of(value)
        if self.made.setdefault(number, call) != call:
            self.heard(REUSED)

    def _learned(self, target, operation, value):
        """Notes a plain answer that was given when a value of the tests had been shown to an operator."""
        if isinstance(value, proxies.Remote) or operation in DECIDING:
            return
        if operation in operators.DESCRIPTIONS:
            self.described.add((operation, len(self.record.entries) - 1))
        if operation != "__hash__" and not (operation == "__bool__" and value is True):
            self.told.add("none" if value is None else "value")
            self.hearsay = {heard for heard in self.hearsay if heard[0] != REUSED}  # what is compared now is data
        if isinstance(target, proxies.Remote) and target._remote_is("tainted"):
            self.heard(COMBINED)
        elif self.shown:
            self.heard(SHOWN)

    # Asking.

    def request(self, operation, target, *arguments):
        """Does `operation` to an object of the other side and returns the result."""
        self.used = True
        self.version += operation in operators.STATEFUL
        try:
            value = self._converse([operation, target, list(arguments), {}])[0]
        except faults.quiet() as error:
            if self.strict and operation not in operators.ITERATION:
                raise RuntimeError(f"the code raised {type(error).__name__}") from error
            raise
        if self.strict:
            if not (operation == "getattr" and arguments[0] in operators.READABLE[:-1]):
                self._learned(target, operation, value)
        return value

    def call(self, target, arguments, keywords):
        """Calls an object of the other side; what it changes in the arguments is changed here too."""
        self.used = True
        self.version += 1
        self.named = self.strict and self.makes
        try:
            value, changes, same = self._converse(["call", target, list(arguments), keywords])[:3]
        except faults.quiet() as error:  # it would end the test's own loop, as if all was well
            if self.strict:
                raise RuntimeError(f"the code raised {type(error).__name__}") from error
            raise
        finally:
            self.named = False
        places = [*arguments, *keywords.values()]
        self.told.update(("value",) if changes else ())
        for index, changed in changes:
            update(places[index], changed)
        if 0 <= same < len(places):
            value = places[same]
        if self.strict:
            self._learned(target, "call", value)
            if isinstance(target, proxies.RemoteMeta) and isinstance(value, proxies.Remote):
                self._noted(value, self.record.entries[-1][0] if self.record.entries else b"")
            if isinstance(value, proxies.Remote) and isinstance(target, proxies.Remote):
                if target._remote_is("tainted"):
                    value._remote_set("tainted", True)
        return value

    def _converse(self, message):
        with self.asking:
            if self.before is not None:
                self.before()
            for changed in self.lent.changed() if self.lent.held else ():
                operation = "refresh" if changed[0] is not None else "refresh global"
                self._asked([operation, changed[0], changed[1:], {}])
            self.within += 1
            try:
                return self._asked(message)
            finally:
                self.within -= 1
                if self.failed is not None and not self.within:
                    self.failed.left()

    def _asked(self, message):
        request = self._send(b"q", message)
        while True:
            try:
                kind, body = self.link.receive()
            except (EOFError, OSError) as error:
                raise Gone("the other side is gone") from error
            if kind == b"q":
                self._serve(body)
                continue
            if self.strict:
                self.record.add(message[0], request, kind, body)
            answer = PeerReader(body, self).decode()
            self._print(answer[-1])
            if kind == b"r":
                return answer
            self.told.add("raised")
            raise faults.raised(answer[:-1], False)

    def _print(self, told):
        if not self.strict or told == "":
            return
        if type(told) is not list or [type(part) for part in told] != [str, str, dict]:
            raise Gone("an answer that is none")
        output, errors, environ = told
        self.told.update(("value",) if self.prints or environ else ())
        sys.stdout.write(output)
        sys.stderr.write(errors)
        if self.environ is not None and environ:
            self.environ(environ)

    def _send(self, kind, message):
        encoded = PeerEncoder(self).encode(message)
        try:
            self.link.send(kind, encoded)
        except OSError as error:
            raise Gone("the other side is gone") from error
        return encoded

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
            operation, target, arguments, keywords = PeerReader(body, self).decode()
            answer = self._answer(operation, target, arguments, keywords)
            encoded = PeerEncoder(self).encode([*answer, self._taken()])
        except Gone:
            raise
        except BaseException as error:
            if self.failed is not None:
                self.failed.handed(error)
            told = faults.description(error, crosses, Itself, self.number_there)
            self._send(b"e", [*told, self._taken()])
            return
        self.link.send(b"r", encoded)

    def _taken(self):
        return self.printed() if self.printed is not None else ""

    def _answer(self, operation, target, arguments, keywords):
        if operation == "describe":
            return [self._describe(self.mine[arguments[0]]), [], -1]
        if operation in GLOBALS and self.lookup is not None:
            return [self.lookup(operation, *arguments), [], -1]
        self.permit(operation, target, arguments)
        if self.strict and operation != "input":
            self.told.add("value")  # what a test handed over was used
        if operation != "call":
            return [(OPERATIONS.get(operation) or operators.special(operation))(target, *arguments), [], -1]
        places = [*arguments, *keywords.values()]
        before = [snapshot(self, argument) for argument in places]
        value = target(*arguments, **keywords)
        changes = []
        for index, (argument, old) in enumerate(zip(places, before, strict=True)):
            if old is not None and snapshot(self, argument) != old:
                changes.append([index, argument])
        same = next((i for i, a in enumerate(places) if a is value and before[i] is not None), -1)
        return [None if same >= 0 else value, changes, same]

    def _describe(self, value):
        """Returns (whether it is a class, its class or the description of the class it is, its plain value)."""
        if not isinstance(value, type):
            plain = base_value(value)
            return False, Itself(type(value)), None if plain is NotImplemented else plain
        own = [base for base in value.__bases__ if base.__module__ != "builtins"]
        if issubclass(value, BaseException):
            bases = [Itself(base) for base in own if issubclass(base, BaseException) and faults.is_own(base)]
            return True, [value.__name__, bases, [], "", faults.known_names(value), [], [], []], None
        asked = (*operators.FORWARDED, *awaiting.SPECIAL, *derived.DESCRIPTORS)
        offered = [name for name in asked if derived.defines(value, name)]
        plain = next((base for base in value.__mro__ if base in PLAIN_TYPES), None)
        again = derived.redefined(value, plain) if plain else []
        kind = [plain.__name__ if plain else "", again]
        abstract = [base.__name__ for base in value.__mro__ if derived.abstract(base)]
        bases = [Itself(base) for base in own if not derived.abstract(base)]
        fields = records.described(value, crosses), abstract, records.compared(value)
        return True, [value.__name__, bases, offered, kind, [], *fields], None


PLAIN_TYPES = (*operators.VALUED.values(), *operators.CONTAINERS.values())


def _is_unnamed(known):
    """Whether this stands for a class that the tests have not named so far."""
    return isinstance(known, proxies.RemoteMeta) and not known._remote_named


def _member(target, key):
    """Returns what a class has under a key; of a generic class, that class."""
    found = target[key]
    return getattr(found, "__origin__", None) or found


OPERATIONS = {
    "getattr": lambda target, name: getattr(target, name),
    "setattr": lambda target, name, value: setattr(target, name, value),
    "delattr": lambda target, name: delattr(target, name),
    "value": base_value,
    "list": list,
    "dir": dir,
    "iterator": iter,
    "subclass": derived.subclass,
    "member": _member,
    **awaiting.OPERATIONS,
    **derived.BINDING,
    **records.FIELDS,
    **changes.OPERATIONS,
    **patched.OPERATIONS,
    "signature": records.signature,
    "copy": lambda target: importlib.import_module("copy").copy(target),
    "deepcopy": lambda target: importlib.import_module("copy").deepcopy(target),
    "input": lambda _, prompt: sys.stdin.readline() if prompt is None else builtins.input(prompt),
}
