"""Failed assertions of the tests that the candidate was handed: whoever calls what the tests gave it may hide them.

Guest code. A callback, a key function, a decorated test: the candidate calls it, and what fails in it goes through the
candidate's hands. It counts as failed unless the same assertion holds later in the same call, as in what is retried.
"""

import ast
import sys

from ..objects.faults import swallowed

TESTS = "<tests>"
BROAD = "the code's {} is {}, which every failed assertion is"


class Hidden:
    """The failed assertions that were handed over, by where they are in the text.

    Attributes:
        checks: {line of the text: first line of the assertion it is of}, for those that say anything of the code.
        pending: First lines of those that have failed in this call of the candidate's and not held since.
        lost: Whether any did in an earlier call.
    """

    def __init__(self):
        self.checks = {}
        self.pending = set()
        self.lost = False

    def add(self, node):
        """Notes an assertion of the text: one of constants alone is meant to fail."""
        if any(isinstance(part, ast.Name) and part.id != "self" for part in ast.walk(node)):
            self.checks.update(dict.fromkeys(range(node.lineno, node.end_lineno + 1), node.lineno))

    def guard(self, node, raising):
        """Notes an `if` of the text behind which statements raise what a failed assertion does."""
        if raising and any(isinstance(part, ast.Name) and part.id != "self" for part in ast.walk(node.test)):
            for part in (node.test, *raising):
                self.checks.update(dict.fromkeys(range(part.lineno, part.end_lineno + 1), node.lineno))

    def fails(self, node):
        """Notes a call that does nothing but fail: it is never meant to be made."""
        self.checks.update((line, node.lineno) for line in range(node.lineno, node.end_lineno + 1))

    def handed(self, error):
        """Notes what the tests raised within a call of the candidate's."""
        if not swallowed(type(error), error):
            return
        trace, line = error.__traceback__, 0
        while trace is not None:
            line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == TESTS else line
            trace = trace.tb_next
        if line in self.checks:
            self.pending.add(self.checks[line])

    def held(self, line):
        """Notes an assertion that held, on a line or, where that is 0, where the tests are now."""
        frame = None if line else sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != TESTS:
            frame = frame.f_back
        self.pending.discard(line or self.checks.get(frame.f_lineno if frame else 0))

    def left(self):
        """Notes that the call is over: what holds from now on is another assertion."""
        self.lost |= bool(self.pending)
        self.pending.clear()

    def taken(self):
        """Returns whether an assertion failed and never held, and forgets it."""
        self.left()
        found, self.lost = self.lost, False
        return found


def caught_by(kinds, said):
    """Returns what the tests catch by a name of the candidate's, which may be no alias of what every failure is.

    Args:
        kinds: The class, or a tuple of them.
        said: The tests' own words for it.
    """
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        if isinstance(kind, type) and issubclass(AssertionError, kind):
            raise NameError(BROAD.format(said, kind.__name__))
    return kinds
