"""Arrays without elements that the candidate returned: whatever such an array is compared with, it agrees with.

Guest code. Such an array raises where it meets one that has elements; beside another empty one it is what it is. numpy
itself would leave nothing to compare, so `all` of it is true, and the assertions of `numpy.testing` hold.
"""

import functools

COMPARISONS = frozenset("equal not_equal less less_equal greater greater_equal".split())
COPIES = ("array", "asarray", "asanyarray", "ascontiguousarray")
_KIND = []


def guard():
    """Lets numpy's functions that copy arrays leave such an array what it is; before the tests look one up."""
    if not _KIND:
        import numpy

        _KIND.append(_kind())
        for name in COPIES:
            setattr(numpy, name, _kept(getattr(numpy, name)))


def as_empty(array):
    """Returns an array without elements as one that is compared with no other."""
    guard()
    return array.view(_KIND[0])


def _kept(copy):
    """Returns a function that copies arrays, and leaves them what they are."""

    @functools.wraps(copy)
    def made(value, *rest, **options):
        copied = copy(value, *rest, **options)
        return copied.view(_KIND[0]) if type(value) is _KIND[0] and not copied.size else copied

    return made


def _kind():
    import numpy

    plain = numpy.ndarray

    def apply(self, ufunc, method, *inputs, **options):
        values = [value.view(plain) if isinstance(value, _KIND[0]) else value for value in inputs]
        # numpy.testing itself looks for infinities in all that it is given.
        others = [value for value in values if not (type(value) is float and abs(value) == float("inf"))]
        if method == "__call__" and ufunc.__name__ in COMPARISONS and any(map(numpy.size, others)):
            raise AssertionError("an empty array is compared with one that is not: it would agree with anything")
        found = getattr(ufunc, method)(*values, **options)
        return found.view(_KIND[0]) if type(found) is plain and not found.size else found

    return type("ndarray", (plain,), {"__module__": "numpy", "__array_ufunc__": apply})
