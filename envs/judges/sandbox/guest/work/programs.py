"""Programs judged by what they print for what they read.

Guest code. Job body: `[source, names of libraries given?]`. Standard input and output are files the judge made.
Answers: `Z` the program ended, `L` it raised (an error description).
"""

import io
import os
import sys

from ...crossing.live import LiveReader
from ...crossing.values import PlainEncoder
from .loading import described, load, text


def run(link, body, standard):
    """Runs the job's source as `__main__` and says how it ended."""
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin, sys.stdout = _stream(0, "r", "<stdin>"), _stream(1, "w", "<stdout>")
    sys.__stdin__, sys.__stdout__ = sys.stdin, sys.stdout
    sys.set_int_max_str_digits(0)  # contest programs print numbers of any length
    source, given = LiveReader(body).decode()
    ours, failure = sys.stdout, None
    try:
        load(text(source), "__main__", given)
    except SystemExit:
        pass
    except BaseException as error:
        failure = described(error)
    _wind_down(ours)
    if failure is None:
        link.send(b"Z")
    else:
        link.send(b"L", PlainEncoder().encode(failure))


def _stream(number, mode, name):
    """Returns a standard stream with the name and the mode that an interpreter gives it."""
    raw = open(number, f"{mode}b", closefd=False)
    raw.raw.name = name  # type: ignore
    stream = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape")
    stream.mode = mode  # type: ignore
    return stream


def _wind_down(ours):
    """Does what an interpreter does at its end: waits for threads, runs exit functions, flushes."""
    try:
        if "threading" in sys.modules:
            sys.modules["threading"]._shutdown()
        if "atexit" in sys.modules:
            sys.modules["atexit"]._run_exitfuncs()
        sys.stdout.flush()
        ours.flush()
    except BaseException:
        pass  # what did not reach the file in time is not part of the answer
