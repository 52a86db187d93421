"""The tests' child: runs free-form tests on stand-ins for what the candidate defines in another process.

Guest code, trusted text. Job body: `[tests, context, entry point, names, classes, built-ins]`, where `context` is
trusted source whose definitions win over the candidate's, and the rest are names that the tests use: those they do not
certainly bind, those they use as classes, and built-ins that may be what is tested. Answer: `V` with `[passed, total,
first failure, kind of failure, assertions decided by hearsay, what a second hearing needs or None, texts of those
assertions]`.
"""

import ast
import builtins
import functools
import sys
import types

from ....crossing.values import PlainEncoder
from ....crossing.wire import Link
from ..loading import described
from ..objects import derived
from ..objects.peer import Gone, Peer
from ..objects.permits import permit
from . import weighing
from .counting import Ledger, Rewriting
from .forms import SOLUTION, around, found, parsed, prepare
from .naming import Namer
from .pytest_form import Skipped

MODULE = "__main__"
NAMED = 5
CAPTURING = ("capsys", "stdout", "StringIO", "print")  # without any of these, nobody reads what the candidate prints
SERVER = sys.modules.get(MODULE)  # kept: to let go of it would touch, and so copy, what is shared with the server


def run(link, body, descriptors):
    """Runs the job's tests and reports how many of their checks passed."""
    from ....crossing.live import LiveReader

    tests, context, entry, names, classes, shadowed = LiveReader(body).decode()
    peer = Peer(Link(descriptors[0]), permit, strict=True)
    try:
        outcome = _Run(peer, tests).all(context, entry, names, classes, shadowed)
    except Gone:
        outcome = [0, 1, "the candidate's process ended", "gone", 0, None, []]
    link.send(b"V", PlainEncoder().encode(outcome))


class _Run:
    """One run of a text of tests, statement by statement."""

    def __init__(self, peer, tests):
        self.peer = peer
        self.tests = tests
        self.ledger = Ledger(peer.settle, peer.told)
        self.module = types.ModuleType(MODULE)
        sys.modules[MODULE] = sys.modules["tests"] = self.module
        self.names = self.module.__dict__
        # What the candidate defines is found where the built-ins are: whatever the tests and their context bind, in
        # whatever form, is found before it. No built-in is ever replaced there.
        self.outer = vars(builtins)
        self.names["__builtins__"] = builtins
        self.names.update(self.ledger.hooks() | derived.ASKED_OF_KINDS)
        self.passed = self.total = 0
        self.failure = self.kind = ""

    def all(self, context, entry, names, classes, shadowed):
        """Runs everything and returns the report."""
        prepare(self.tests + context, self.ledger, self.peer)
        if context and not self._check(lambda: self._trusted(context), False, False, "the context of the tests"):
            return [0, 1, self.failure, "undefined", 0, None, []]
        first, _, method = entry.partition(".")
        if first:
            self.names.pop(first, None)
        tree = parsed(self.tests)
        namer = Namer(self.peer, self.names, self.outer, set(classes), tree)
        sys.modules[SOLUTION] = sys.modules["main"] = namer.module()
        complaint = namer.bind(first, names, shadowed)
        if complaint:
            return [0, 1, complaint, "undefined", 0, None, []]
        if namer.has_values():
            self.peer.told.add("value")
        self.peer.makes = any(map(_names_a_class, ast.walk(tree)))
        self.peer.prints = any(word in self.tests for word in CAPTURING)
        arrays = "numpy" in self.tests + context
        rewriting = Rewriting(namer.taken, first, tree, namer.live(), self.ledger.hidden, arrays)
        self.peer.failed = self.ledger.hidden
        self.names.update(self.ledger.hooks(namer.read))
        for node in tree.body:
            if not self._statement(node, rewriting):
                break
        else:
            self._functions(tree, first, method)
        complaint = "" if self.peer.used or namer.has_values() else "the tests never used the code"
        written = parsed(self.tests) if arrays else tree  # as it was before its operators were rewritten
        complaint = complaint or namer.collapsed(weighing.expected_names(written, {*namer.taken, SOLUTION, "main"}))
        if not self.failure and (complaint or self.ledger.complaint()):
            self.failure, self.kind = complaint or self.ledger.complaint(), "failed"
            self.passed, self.total = min(self.passed, max(self.total, 1) - 1), max(self.total, 1)
        if not self.total and not self.failure:  # every check is inside a loop or a branch
            self.passed = self.total = 1
        report = [self.passed, max(self.total, 1), self.failure, self.kind, self.ledger.hearsay]
        return [*report, self._evidence() if not self.failure else None, self._hearsay()]

    def _trusted(self, context):
        exec(compile(Rewriting(arrays="numpy" in context).visit(ast.parse(context)), "<context>", "exec"), self.names)

    def _hearsay(self):
        """Returns the first lines of the tests that only the candidate's objects decide."""
        lines = self.tests.splitlines()
        known = sorted(line for line in self.ledger.lines if 0 < line <= len(lines))
        return [lines[line - 1].strip()[:100] for line in known[:NAMED]]

    def _evidence(self):
        """Returns [whether hearsay decides everything, where the answers are, all that was said]; None without any."""
        ledger, record = self.ledger, self.peer.record
        if not ledger.hearsay or (ledger.firm and not (ledger.questions() and record.whole)):
            return None
        whole = record.whole
        return [not ledger.firm, ledger.questions() if whole else [], record.entries if whole else []]

    def _statement(self, node, rewriting):
        """Runs one statement; whether the ones after it still make sense."""
        asserts = isinstance(node, ast.Assert)
        counted = asserts or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        written = rewriting.visit(node)
        code = compile(ast.Module(written if isinstance(written, list) else [written], []), "<tests>", "exec")
        return self._check(lambda: exec(code, self.names), counted, asserts)

    def _check(self, action, counted, goes_on, title=""):
        """Performs one check; counts it, remembers the first failure, and says whether to go on."""
        self.total += counted
        try:
            action()
            if self.ledger.hidden.taken():
                raise AssertionError("an assertion failed, and the code that called it hid that")
        except (Gone, Skipped) as error:
            if isinstance(error, Gone):
                raise
            self.total -= counted
            return True
        except BaseException as error:
            self.ledger.hidden.taken()
            names, message = described(error)
            if not self.failure:
                self.kind = "failed" if "AssertionError" in names else names[0]
                where = title or f"check {max(self.total, 1)}"
                self.failure = f"{where}: {names[0]}{': ' if message else ''}{message[:200]}"
            self.total += not counted
            return goes_on
        self.passed += counted
        return True

    def _functions(self, tree, entry, method):
        """Runs what the text defines but does not run: `check(candidate)`, and what a test runner would find."""
        calls = [n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        checks = "check" in self.names and isinstance(self.names["check"], types.FunctionType)
        if checks and "check" not in calls and entry:
            self._check(lambda: self.names["check"](self._candidate(entry, method)), True, True)
        wrapped = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.decorator_list]
        around(self.names, {node.name for node in wrapped if node.name.startswith("test")}, self.ledger)
        for title, action in found(self.names, set(calls)):
            self._check(action, True, True, title)

    def _candidate(self, entry, method):
        found = self.names[entry] if entry in self.names else self.outer[entry]
        for part in method.split(".") if method else ():
            found = functools.reduce(getattr, [part], found() if isinstance(found, type) else found)
        return found


def _names_a_class(node):
    """Returns whether a statement gives a name with a capital to what a call returns, as to a class that it makes."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return False
    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return any(name[:1].isupper() and not name.isupper() for name in names)
