"""Call tests: the candidate is given arguments and gives back results; it never sees what was expected.

Guest code. Job body: `[source, [[entry point, args, kwargs, report arguments?], ...], names of libraries given?]`.
Answers, one frame each: `L` the candidate could not be loaded (an error description), `R` a result, `M` a result and
the arguments after the call, `E` an exception (an error description), `U` no such function, `V` a result that is no
plain data (why).
"""

import sys

from ...crossing.live import LiveReader
from ...crossing.values import PlainEncoder, settled
from ...crossing.wire import WireError
from .loading import described, load, resolve

RECURSION = 4000  # for encoding results, whatever limit the candidate has set


def run(link, body, _):
    """Does one job of call tests."""
    source, calls, given = LiveReader(body).decode()
    try:
        module = load(source, given=given)
    except BaseException as error:
        link.send(b"L", report(described(error)))
        return
    for entry, args, kwargs, mutated in calls:
        link.send(*_answer(module, entry, args, kwargs, mutated))


def _answer(module, entry, args, kwargs, mutated):
    """Makes one call and returns the frame that tells of it."""
    try:
        function = resolve(module, entry)
    except LookupError as error:
        return b"U", report(str(error))
    except BaseException as error:
        return b"E", report(described(error))
    try:
        result = settled(function(*args, **kwargs))
        if sys.getrecursionlimit() < RECURSION:
            sys.setrecursionlimit(RECURSION)
        if mutated:
            return b"M", PlainEncoder().encode([result, list(args)])
        return b"R", PlainEncoder().encode(result)
    except WireError as error:
        return b"V", report(str(error))
    except BaseException as error:
        return b"E", report(described(error))


def report(value):
    """Returns an error description as bytes."""
    return PlainEncoder().encode(value)
