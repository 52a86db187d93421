"""Tables of special methods: which there are, and who may be asked them.

Guest code.
"""

COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
_SYMMETRIC = "add sub mul truediv floordiv mod divmod pow matmul and or xor lshift rshift".split()
ARITHMETIC = tuple(f"__{prefix}{name}__" for prefix in ("", "r", "i") for name in _SYMMETRIC)
CONVERSIONS = (
    "__bool__", "__len__", "__int__", "__float__", "__complex__", "__index__", "__round__", "__trunc__", "__floor__",
    "__ceil__", "__neg__", "__pos__", "__abs__", "__invert__",
)  # fmt: skip
PLAIN = (
    "__iter__", "__next__", "__reversed__", "__getitem__", "__setitem__", "__delitem__", "__str__", "__repr__",
    "__format__", "__hash__", "__call__", "__enter__", "__exit__", "__length_hint__", "send", "throw", "close",
)  # fmt: skip
# What may change the state of the object it is done to, and of others over there.
STATEFUL = frozenset((
    "setattr", "delattr", "await", "__setitem__", "__delitem__", "__next__", "__enter__", "__exit__", "send", "throw",
    "close", "bind", "bind set", "bind delete", "bind name", *(f"__i{name}__" for name in _SYMMETRIC),
))  # fmt: skip
FORWARDED = frozenset(COMPARISONS + ARITHMETIC + CONVERSIONS + PLAIN + ("__contains__",))
# What an object of a class that no test names may be asked: nothing that shows it a value to be compared with.
UNNAMED = frozenset((
    "__iter__", "__next__", "__call__", "__enter__", "__exit__", "__str__", "__repr__", "send", "throw", "close",
))  # fmt: skip
# By which an object says what it is like: two that agree say no more than that they agree.
DESCRIPTIONS = ("__hash__", "__str__", "__repr__", "__format__")
# The iteration protocol: the only operations that may end a loop.
ITERATION = frozenset(("__next__", "__anext__", "send", "throw"))
VALUED = {"int": int, "float": float, "str": str, "bytes": bytes, "tuple": tuple}
CONTAINERS = {"list": list, "dict": dict, "set": set}
# What a test asks of a plain value: an object that is none does not get to answer.
_ARRAYS = "all any sum min max mean std var prod argmax argmin tolist item astype reshape flatten dot equals".split()
QUESTIONS = frozenset(
    name
    for kind in (int, float, complex, str, bytes, tuple, frozenset, range)
    for name in dir(kind)
    if not name.startswith("_")
).union(_ARRAYS, "get keys values items copy".split())


# Special names that may be read; the others are how libraries ask an object to decide for them, as numpy does.
READABLE = ("__name__", "__qualname__", "__doc__", "__members__", "__annotations__", "__wrapped__", "__dict__")


def special(name):
    """Returns the function that applies one special method the way an operator does."""
    if name in ("send", "throw"):
        return lambda target, *rest: getattr(target, name)(*rest)
    if name not in FORWARDED:
        raise PermissionError(f"no operation {name!r}")
    return lambda target, *rest: _bound(target, name)(*rest)


def _bound(target, name):
    """Looks a special method up as operators do: on the class, and bound only where it binds, as no mock does."""
    found = next((vars(base)[name] for base in type(target).__mro__ if name in vars(base)), None)
    if found is None:
        raise AttributeError(f"{type(target).__name__!r} object has no {name!r}")
    bind = getattr(type(found), "__get__", None)
    return bind(found, target, type(target)) if bind else found
