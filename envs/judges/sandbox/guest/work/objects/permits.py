"""What the candidate may do with objects of the tests.

Guest code.
"""

import functools
import io
import operator
import types

from . import operators

MODULES = ("tests", "__main__")
ITERATED = ("builtins", "itertools", "collections", "_collections", "array")  # whose iterators may be iterated
ITERATION = ("__next__", "__iter__", "iterator", "__length_hint__", "send", "close")
READABLE = (io.StringIO, io.BytesIO)
STREAMED = ("__next__", "__iter__", "iterator", "__enter__", "__exit__")
FUNCTIONS = (types.FunctionType, types.MethodType)
DESCRIBING = ("__name__", "__qualname__", "__doc__", "__annotations__")
CALLABLE = (
    *FUNCTIONS, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.MethodWrapperType, functools.partial, operator.itemgetter, operator.attrgetter,
    operator.methodcaller,
)  # fmt: skip
# Classes of the library whose objects tests hand over to be used: by module and name, so that none is imported.
USED = frozenset((
    "random.Random", "types.SimpleNamespace", "collections.defaultdict", "datetime.timezone", "logging.Logger",
))  # fmt: skip
MOCKS = "unittest.mock"
MOCKED = operators.FORWARDED


def _is_a(target, names):
    return any(f"{base.__module__}.{base.__qualname__}" in names for base in type(target).__mro__)


def _is_iterator(target):
    """Returns whether an object is an iterator of Python's own or of its library, which shows what it yields alone."""
    return type(target).__module__ in ITERATED and hasattr(type(target), "__next__")


def _is_mock(target):
    return any(base.__module__ == MOCKS for base in type(target).__mro__)


def permit(operation, target, arguments):
    """Allows the candidate what a test hands out on purpose: calls, iteration, public parts of the tests' own objects.

    Raises:
        PermissionError: Anything else; attribute reads raise `AttributeError`, as for any absent name.
    """
    if operation == "input" or (operation == "await" and isinstance(target, types.CoroutineType)):
        return
    if operation == "signature" and isinstance(target, FUNCTIONS):
        return
    own = getattr(type(target), "__module__", "") in MODULES or getattr(target, "__module__", "") in MODULES
    library = isinstance(target, type) and target.__module__ not in ("builtins", "types")
    if operation in ("call", "__call__") and (isinstance(target, CALLABLE) or own or library or _is_mock(target)):
        return
    if _is_mock(target) and operation in MOCKED:
        return
    if operation in ITERATION and (own or _is_iterator(target)):
        return
    if operation in STREAMED and isinstance(target, READABLE):
        return
    if operation in ("field", "set field") and _has_vars(target):
        operation = "getattr" if operation == "field" else "setattr"
    if operation in ("getattr", "setattr", "delattr"):
        _attribute(operation, target, arguments[0], own)
        return
    if own and operation.startswith("__") and not isinstance(target, types.FunctionType | types.ModuleType):
        return
    raise PermissionError(f"{operation} is not offered")


def _is_data(target, name):
    """Returns whether an attribute of a test's object is data: what it does is the test's, and not to be replaced."""
    if isinstance(target, type):
        return False
    for holder in (vars(target) if hasattr(target, "__dict__") else {}, *map(vars, type(target).__mro__)):
        if name in holder:
            found = holder[name]
            return not (callable(found) or isinstance(found, classmethod | staticmethod))
    return True


def _is_child(target, name):
    """Returns whether an attribute of a mock is one of the tests' making, and nothing by which a mock is configured."""
    own = any(name in vars(base) for base in type(target).__mro__ if base.__module__ == MOCKS)
    return not own and not name.startswith(("assert", "call", "mock", "method_calls"))


_SET = {}
"""{the id of an object of the tests' own: (it, the names with an underscore that the candidate has set of it)}."""


def _is_noted(operation, target, name):
    """Returns whether a name with an underscore is the candidate's own note on an object, as descriptors keep them.

    That is one nobody else has given a value, of an object whose classes are all the tests': no library looks for it.
    """
    kinds = type(target).__mro__[:-1]
    if name.startswith("__") or isinstance(target, type) or any(kind.__module__ not in MODULES for kind in kinds):
        return False
    _, names = _SET.get(id(target), (None, set()))
    if operation == "setattr" and not any(name in vars(holder) for holder in (target, *kinds) if _has_vars(holder)):
        _SET[id(target)] = target, {*names, name}
        return True
    return name in names


def _has_vars(holder):
    return hasattr(holder, "__dict__")


def _attribute(operation, target, name, own):
    public = isinstance(name, str) and not name.startswith("_")
    if public and operation == "getattr" and (isinstance(target, READABLE) or _is_a(target, USED)):
        return
    if public and _is_a(target, ("types.SimpleNamespace",)) and (operation == "getattr" or _is_data(target, name)):
        return
    if public and operation == "getattr" and _is_mock(target) and _is_child(target, name):
        return
    fixed = isinstance(target, types.FunctionType | types.MethodType | types.ModuleType)
    if public and own and not fixed and (operation == "getattr" or _is_data(target, name)):
        return
    if operation == "getattr" and name in DESCRIBING and isinstance(target, CALLABLE):
        return
    if operation == "getattr" and name in ("__name__", "__qualname__") and own and isinstance(target, type):
        return
    if own and not fixed and isinstance(name, str) and _is_noted(operation, target, name):
        return
    raise AttributeError(name)
