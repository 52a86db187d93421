"""The one error base of the package, and the exit codes the command line turns errors into."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Iterator


class GymError(Exception):
    """Base of every error this package raises on purpose.

    The message is one line that says what is wrong and what to type next; the command line prints it without a
    traceback and leaves with `exit_code`.
    """

    exit_code = 1


class UsageError(GymError, ValueError):
    """The request itself is wrong: a name, a value, a path. Nothing has been written."""

    exit_code = 2


class RunError(GymError, RuntimeError):
    """The request was fine and the work failed: a full disk, a lost worker, a model that cannot be loaded."""


@contextlib.contextmanager
def told_alone() -> Iterator[None]:
    """Lets a `UsageError` through without what led to it: to who called a function wrongly that says nothing.

    A decorator too, for the functions that are called from Python.
    """
    try:
        yield
    except UsageError as error:
        raise error from None


class GymWarning(UserWarning):
    """Something a person should know of and nothing stops for, such as rows of a file that were left out.

    The command line shows these, and no other library's warnings.
    """


_FAR = 0.3
_FEW = 12
"""Names that may be listed in an error; of more, the closest."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns a sentence fragment that names the closest known spelling, or what there is, of many the nearest."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    if len(names) > _FEW:
        nearest = difflib.get_close_matches(name, names, n=3, cutoff=_FAR)
        return f"the nearest names are {', '.join(nearest)}" if nearest else f"none of {len(names)} names is like it"
    return "known: " + ", ".join(names) if names else "none are known"
