"""Arrays without elements in the tests' process: whatever such an array is compared with, it agrees with.

Guest code. numpy itself would leave nothing to compare, so `all` of it is true, its sum is zero, and the assertions of
`numpy.testing` hold. So an array without elements (what numpy makes of an empty list is one too) raises where it is
compared with one that has elements, and one that was combined with elements ("met") where anything is made of it that
is no array. Beside others without elements, it is what it is.
"""

import functools

COMPARISONS = frozenset("equal not_equal less less_equal greater greater_equal".split())
PAIRED = (*COMPARISONS, "subtract")  # those that tests call by name, of lists too
SHAPED = frozenset("shape size ndim array_repr array_str array2string copy".split())  # what a met one may be asked
SEQUENCES = ("list", "tuple", "range", "array", "memoryview", "deque", "UserList")
DEEPEST = 32
COMPARED = "an empty array is compared with one that is not: it would agree with anything"
MET = "nothing is left of an empty array and one that is not: it would agree with anything"
_KIND = []


def guard():
    """Lets numpy's functions know an array without elements, or a list, for what it is; before tests look one up."""
    if _KIND:
        return
    import numpy

    _KIND.append(_kind())
    dispatched = type(numpy.allclose)
    for name, function in list(vars(numpy).items()):
        if type(function) is dispatched or name in ("array", "asarray", "asanyarray", "ascontiguousarray"):
            setattr(numpy, name, _known(function))
        elif name in PAIRED:
            setattr(numpy, name, _Ufunc(function))


def as_empty(array):
    """Returns an array without elements as one that is compared with no other."""
    guard()
    return array.view(_KIND[0])


def minding(apply, left, right):
    """Does what an operator of the tests does, a list without elements beside an array being an array of none."""
    if _KIND and (_is_bare(left) or _is_bare(right)):
        import numpy

        arrays = numpy.ndarray, numpy.generic
        left, right = (
            _of_none(one) if isinstance(other, arrays) else one for one, other in ((left, right), (right, left))
        )
    return apply(left, right)


def _is_bare(value, depth=0):
    """Returns whether a sequence has no elements, nor any of the sequences in it."""
    if type(value).__name__ not in SEQUENCES:
        return False
    if isinstance(value, list | tuple):
        return depth < DEEPEST and all(_is_bare(part, depth + 1) for part in value)
    return not len(value)


def _of_none(value):
    """Returns a sequence without elements, or such an array of numpy's own, as an array that is compared with none."""
    import numpy

    if type(value) is numpy.ndarray and not value.size:
        return value.view(_KIND[0])
    if not _is_bare(value):
        return value
    if isinstance(value, list | tuple):
        return numpy.ndarray(_shape(value)).view(_KIND[0])
    return numpy.ndarray((0,)).view(_KIND[0])


def _shape(value):
    """Returns the shape numpy gives to nested sequences without elements."""
    inner = {_shape(part) for part in value}
    return (len(value), *min(inner)) if inner else (0,)


def _known(function):
    """Returns a function of numpy's that takes what has no elements for such an array, and gives such an array."""

    @functools.wraps(function)
    def made(*values, **options):
        found = function(*map(_of_none, values), **options)
        return _of_none(found) if _has_none(found) else found

    return made


def _has_none(value):
    import numpy

    return type(value) is numpy.ndarray and not value.size


class ufunc:  # noqa: N801 - it goes for one wherever such a function is told by the name of its class
    """One of numpy's own operators, which takes lists as well."""

    def __init__(self, function):
        self.function = function
        self.__name__ = function.__name__

    def __call__(self, *values, **options):
        """Does what the function does."""
        return self.function(*map(_of_none, values), **options)

    def __getattr__(self, name):
        """Gives what the function has."""
        return getattr(self.function, name)


ufunc.__module__ = "numpy"
_Ufunc = ufunc


def _kind():
    import numpy

    plain = numpy.ndarray

    def plainly(value):
        return value.view(plain) if isinstance(value, _KIND[0]) else value

    def held(found, met):
        if not isinstance(found, plain) or found.size:
            return found
        found = found.view(_KIND[0])
        found._met = met  # type: ignore
        return found

    def is_met(values):
        return any(isinstance(value, _KIND[0]) and value._met for value in values)

    def finalize(self, source):
        self._met = getattr(source, "_met", False)

    def apply(self, ufunc, method, *inputs, **options):
        values = [*map(plainly, inputs)]
        met = is_met(inputs)
        if "out" in options:
            options["out"] = tuple(map(plainly, options["out"]))
        if method != "__call__":
            if met:
                raise AssertionError(MET)
            return held(getattr(ufunc, method)(*values, **options), False)
        if ufunc.__name__ in COMPARISONS:
            # numpy.testing itself looks for infinities in all that it is given.
            others = [value for value in values if not (type(value) is float and abs(value) == float("inf"))]
            if any(map(numpy.size, others)):
                raise AssertionError(COMPARED)
        # A lone number scales what is there, and is compared with it where it is subtracted.
        beside = values if ufunc.__name__ == "subtract" else [value for value in values if numpy.ndim(value)]
        met = met or (len(values) > 1 and any(map(numpy.size, beside)))
        found = ufunc(*values, **options)
        return tuple(held(part, met) for part in found) if isinstance(found, tuple) else held(found, met)

    def dispatch(self, function, types, values, options):
        if function.__name__ in SHAPED:
            return function(*map(plainly, values), **options)
        parts = [part for value in values for part in (value if isinstance(value, list | tuple) else [value])]
        if is_met([*parts, *options.values()]):
            raise AssertionError(MET)
        found = plain.__array_function__(self, function, types, values, options)
        compares = isinstance(found, bool | numpy.bool_) and found and function.__name__ not in ("all", "any")
        if compares and any(map(numpy.size, values)):
            raise AssertionError(COMPARED)
        return found

    namespace = {"__array_finalize__": finalize, "__array_ufunc__": apply, "__array_function__": dispatch}
    return type("ndarray", (plain,), {"__module__": "numpy", "_met": False, **namespace})
