"""What the names in a text of tests mean: decided when it runs, never by what the candidate's text looks like.

Guest code. What the tests and their context bind wins. The candidate is asked for the rest, and answers for each name
with the object and where it says it is from: its own (an empty text), a library's under the very same name, or an
alias. The library's own is taken from the library here; an alias of something else is taken only for the one function
under test.
"""

import ast
import builtins
import functools
import importlib
import types
from typing import Any

from ..objects.changes import MUTABLE
from ..objects.codec import PLAIN
from ..objects.proxies import number_of
from ..prelude import MODULES, TESTS, checked, value_of
from .meant import ENDLESS, refuted, tested
from .together import alone, imported

SOLUTION = "solution"


class Namer:
    """Binds names for one run.

    Attributes:
        taken: Names that mean something of the candidate's.
        chosen: Whether the tests use an object of a library because the candidate has bound it to their name.
    """

    def __init__(self, peer, names, outer, classes, tree):
        """Holds the tests' globals and tree, the names found behind them, and the names that are used as classes."""
        self.tree = tree
        self.peer = peer
        self.names = names
        self.outer = outer
        self.classes = classes
        self.taken = set()
        self.chosen = False
        self.known = {}
        self.read_at = {}

    def bind(self, entry, names, shadowed):
        """Binds everything the tests need; returns a complaint where the function under test is missing."""
        free = [name for name in names if name not in self.names and name != entry]
        free = [name for name in free if not hasattr(builtins, name)]
        wanted = ([entry] if entry else []) + free
        if not wanted:
            wanted, free = list(shadowed), []
        called = self._built_in()  # before anything is bound: it is bound where the built-ins are
        if attributes := sorted(_asked_for(self.tree)):
            self.peer._request_raw("attributes", attributes)
        self._ask([*wanted, *called])
        if entry and not self.known[entry][0]:
            return f"{entry!r} is never defined"
        own = [name for name in free if self._is_own(name)]
        libraries = self._libraries(own, entry)
        for name in sorted({"pytest", "unittest", *MODULES}.intersection(own)):
            if self._is_module(name):
                self.outer[name] = importlib.import_module(name)
                free.remove(name)
        is_tested = entry or imported(self.tree, True) or len(own) > 1 or own and own[0] not in libraries
        if entry:
            self._take(entry)
        for name in free:
            if name in libraries and is_tested:
                self._library(name, *libraries[name], checked=True)
            elif name in TESTS and not self.known[name][0]:
                self._library(name, *TESTS[name], checked=False)
            elif self._is_own(name) or (self._is_alias(name) and not is_tested and len(free) == 1):
                self._take(name)
            elif self.known[name][0] and not self._is_alias(name):
                self._given(name)
            elif name in TESTS:
                self._library(name, *TESTS[name], checked=False)
        meant = {name: getattr(builtins, name) for name in called if self._is_own(name)}
        for name in refuted(self.tree, meant):
            self._take(name)
        if shadowed and not self.taken:
            first = next((name for name in shadowed if name in self.known and self._is_own(name)), None)
            if first is not None:
                self._take(first)
        return ""

    def _libraries(self, own, entry):
        """Returns {name: where a library has it} for those of the candidate's names that the tests check others by."""
        homes = {name: home for name in own if (home := checked(name))}
        if not homes:
            return {}
        by_itself = alone(self.tree, {*own, entry})
        real = {name: value for name, home in homes.items() if (value := _real_or_none(*home)) is not None}
        asked = tested(self.tree, {*own, *((entry,) if entry else ()), *imported(self.tree, True)}, real)
        return {
            name: home for name, home in homes.items() if name not in asked and (name in TESTS or name not in by_itself)
        }

    def _built_in(self):
        """Returns the built-ins that the tests call and do not bind."""
        called = {
            node.func.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        return sorted(name for name in called if hasattr(builtins, name) and name not in self.names)

    def _is_alias(self, name):
        found, _, origin = self.known[name]
        return found and origin == "alias"

    def _given(self, name):
        """Binds what the candidate has bound to a library's object of the same name: the real one, and its choice."""
        value = value_of(*_home(name, self.known[name][2]))
        place = self.names if hasattr(builtins, name) else self.outer
        place[name] = value
        self.chosen = self.chosen or not isinstance(value, types.ModuleType)

    def _is_module(self, name):
        """Returns whether the tests use a name as that of a library's module, though they forgot to import it."""
        nodes = list(ast.walk(self.tree))
        parts = [n.attr for n in nodes if isinstance(n, ast.Attribute) and getattr(n.value, "id", "") == name]
        if not parts or len(parts) != sum(getattr(n, "id", "") == name for n in nodes):
            return False
        try:
            return all(hasattr(importlib.import_module(name), part) for part in parts)
        except ImportError:
            return False

    def _is_own(self, name):
        found, _, origin = self.known[name]
        return found and not origin

    def _ask(self, names):
        """Asks the candidate for names; classes the tests name first, so that they are known as such."""
        asked = [name for name in names if name not in self.known]
        if not asked:
            return
        classes = [name for name in asked if name in self.classes or name[:1].isupper()]
        if classes:
            self.peer.named = True
            try:
                self.peer._request_raw("name classes", classes)
            finally:
                self.peer.named = False
        for name, answer in zip(asked, self.peer._request_raw("globals", asked), strict=True):
            self.known[name] = tuple(answer)
            if answer[0] and answer[1] is not None and not _is_object(answer[1]):
                self.peer.told.add("value")

    def _take(self, name):
        if self.known[name][2] not in ("", "alias"):
            self._given(name)
            return
        place = self.names if hasattr(builtins, name) else self.outer
        place[name] = self.known[name][1]
        self.taken.add(name)

    def _library(self, name, module, attribute, checked):
        """Binds the real thing; where the candidate defines a function of that name as well, it has to agree."""
        if module.partition(".")[0] not in (*MODULES, "numpy", "dataclasses", "pytest"):
            return
        try:
            real = _real(module, attribute)
        except (ImportError, AttributeError):
            return
        theirs = self.known[name][1]
        iterator = isinstance(real, type) and hasattr(real, "__next__") and name not in TESTS
        both = checked and callable(real) and callable(theirs) and (iterator or not isinstance(real, type))
        if iterator and both and name not in ENDLESS:
            real, theirs = _listed(real), _listed(theirs)
        self.outer[name] = _agreeing(real, theirs, name) if both else real

    def has_values(self):
        """Returns whether the tests use plain data of the candidate's, for which nobody need be asked again."""
        values = (self.known[name][1] for name in self.taken)
        return self.chosen or any(not _is_object(value) for value in values)

    def collapsed(self, names):
        """Returns a complaint where two of these constants of the candidate's, which the tests expect, are one."""
        known = {}
        for name in names:
            first, *rest = name.split(".")
            if first in (SOLUTION, "main"):
                first, *rest = rest
            try:
                value = functools.reduce(getattr, rest, self.known[first][1])
            except (LookupError, AttributeError):
                continue
            number = number_of(value)
            what = (type(value), repr(value)) if number is None else ("object", number)
            if what in known:
                return f"the code's {known[what]} and {name} are one: an answer that is the one is the other"
            known[what] = name
        return ""

    def live(self):
        """Returns the candidate's plain data that the tests use and nowhere bind: it is read anew at each use."""
        bound = {
            node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name) and type(node.ctx) is not ast.Load
        }
        bound |= {node.arg for node in ast.walk(self.tree) if isinstance(node, ast.arg)}
        shared = sorted(imported(self.tree, True) - bound - {"solution", "main"})
        self._ask([name for name in shared if not hasattr(builtins, name)])
        kept = {name for name in shared if name in self.known and type(self.known[name][1]) in MUTABLE}
        return {name for name in self.taken - bound if self._is_plain(name)} | kept

    def _is_plain(self, name):
        found, value, origin = self.known[name]
        return found and not origin and number_of(value) is None and not callable(value)

    def read(self, name, attribute=False):
        """Returns plain data of the candidate's as it is now: a copy, and what the tests do to it is done to it."""
        version, value = self.read_at.get(name, (None, None))
        if version != self.peer.version:
            found, value, origin = self.peer._request_raw("globals", [name], *((True,) if attribute else ()))[0]
            if not found or origin:
                raise NameError(f"name {name!r} is not defined")
            self.read_at[name] = (self.peer.version, value)
            self.peer.lent.given(None, name, value)
        return value

    def module(self):
        """Returns the module `solution`, whose names are the candidate's."""
        made = Solution("solution")
        made.__dict__["_namer"] = self

        def read(name):
            if name == "__all__":
                return []  # all that the tests use is found already, behind what they bind themselves
            if name.startswith("__"):
                raise AttributeError(name)
            self._ask([name])
            if not self.known[name][0]:
                self.known[name] = tuple(self.peer._request_raw("globals", [name], True)[0])
            found, value, origin = self.known[name]
            if not found:
                raise AttributeError(f"the code defines no {name!r}")
            if origin and origin != "alias":
                value = value_of(*_home(name, origin))
                self.chosen = self.chosen or not isinstance(value, types.ModuleType)
                return value
            self.taken.add(name)
            return self.read(name, True) if self._is_plain(name) else value

        made.__dict__["__getattr__"] = read
        return made


class Solution(types.ModuleType):
    """The candidate's module: what tests set in it, the candidate finds there."""

    def __setattr__(self, name, value):
        """Sets a name over there; here it stays the very object."""
        if not name.startswith("__"):
            self.__dict__["_namer"].peer._request_raw("set global", name, value)
        self.__dict__[name] = value

    def __delattr__(self, name):
        """Takes a name away on both sides."""
        namer = self.__dict__["_namer"]
        namer.peer._request_raw("delete global", name)
        namer.known[name] = (False, None, "")
        self.__dict__.pop(name, None)


def _is_object(value):
    """Returns whether a name of the candidate's means a class or an object over there, and no plain data."""
    return isinstance(value, type) or number_of(value) is not None


def _home(name, origin):
    """Returns the module and the attribute that a library's object is from, which must be what its name says.

    Raises:
        ImportError: It is not.
    """
    module = origin.partition(":")[0]
    if origin == f"{name}:":
        return name, ""
    if origin != f"{module}:{name}" or module not in MODULES:
        raise ImportError(f"{name!r} is no name of {origin!r}")
    return module, name


def _real(module, attribute):
    """Returns what tests mean by a name of a library; a method of `TestCase` is one of a case of its own."""
    if module == "unittest.TestCase":
        kind: Any = value_of("unittest", "TestCase")
        return getattr(kind(), attribute)
    return value_of(module, attribute)


def _real_or_none(module, attribute):
    try:
        return _real(module, attribute)
    except (ImportError, AttributeError):
        return None


def _listed(function):
    """Returns a function of iterators that gives all of what it yields."""
    return lambda *args, **kwargs: list(function(*args, **kwargs))


def _agreeing(real, theirs, name):
    """Returns a library's function that fails where the candidate's function of the same name says something else."""

    @functools.wraps(real)
    def both(*args, **kwargs):
        if name not in TESTS and any(getattr(type(given), "_remote_named", False) for given in args):
            return theirs(*args, **kwargs)  # no library's function is about the candidate's own classes
        try:
            value = real(*args, **kwargs)
        except Exception:
            theirs(*args, **kwargs)  # what it raises is its own
            raise
        other = theirs(*args, **kwargs)
        if value != other and (value == value or other == other):
            raise AssertionError(f"{name}() of the code does not do what the library's does, which the tests may mean")
        return value

    return both


def _asked_for(tree):
    """Returns the attributes a text reads that no plain value has: who has one is more than the plain value in it."""
    read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and not node.attr.startswith("_")}
    return read.difference(*map(dir, PLAIN))
