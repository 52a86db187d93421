"""Counts the assertions that are executed: a text of tests in which none is says nothing about the code.

Guest code. The text is rewritten so that it tells: an assert that held, an `if` that guards a `raise`, a handler that
caught what the code was expected to raise. The hooks have names that no program can spell.
"""

import ast
import functools
import operator
import sys

from ....crossing.empty import minding
from . import weighing
from .hidden import Hidden, caught_by

PASSED, DECIDED, CAUGHT = "an assertion held", "a raise was guarded", "an exception was caught"
READ = "a global was read"
WEIGHED = "an assertion is going to be made"
NARROW = "a name of the code's is caught"
MINDED = "an operator between two values"
OPERATORS = {ast.Sub: "sub", ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
RAISES = ("raises", "assertRaises", "assertRaisesRegex")


class Ledger:
    """What has been asserted so far.

    Attributes:
        firm: Assertions that held and were decided on the tests' side, by data that came from the candidate's.
        idle: Assertions that held whatever the code computes, as one about a class or about the tests' own constants.
        hearsay: Assertions that held by what the candidate's objects said of themselves.
        relations: What those objects were asked, each with where the answers are in the record.
        own_words: Assertions that a function of the candidate decided.
        lines: The lines of the tests that hold what hearsay decided.
        hidden: Failed assertions that the candidate was handed.
    """

    def __init__(self, settle, told=frozenset()):
        """Starts one.

        Args:
            settle: Returns what was hearsay since it was last called; given True, with how objects describe themselves.
            told: What kinds of answers there were, as `Peer.told`.
        """
        self.settle = settle
        self.told = told
        self.given = ""
        self.firm = self.hearsay = self.own_words = self.idle = 0
        self.relations = {}
        self.lines = set()
        self.depth = 0
        self.hidden = Hidden()

    @property
    def made(self):
        """How many assertions have held."""
        return self.firm + self.hearsay + self.idle

    def hooks(self, read=None):
        """Returns the names the rewritten text uses; `read` gives a global of the candidate's."""
        noted = {
            PASSED: self.passed,
            DECIDED: self.decided,
            CAUGHT: self.caught,
            WEIGHED: self.weighed,
            NARROW: caught_by,
            MINDED: lambda name, left, right: minding(getattr(operator, name), left, right),
        }
        return {**noted, READ: read}

    def passed(self, decided_by="", line=0):
        """Notes an assertion that held.

        Args:
            decided_by: `code` where its truth was the candidate's own function's to say, `raised` where an exception is
                wanted, else its weight, as `weighing` has it.
            line: Where it is in the tests; 0 where nobody knows.
        """
        if self.hidden.pending:
            self.hidden.held(line)
        decided_by, self.given = decided_by or self.given, ""
        heard = self.settle(decided_by == weighing.DESCRIBED, decided_by == weighing.LIGHT)
        if not heard and decided_by != "code":
            if self._is_firm(decided_by):
                self.firm += 1
            else:
                self.idle += 1
            return
        self.hearsay += 1
        self.lines.add(line)
        self.own_words += decided_by == "code"
        for relation, place in heard:
            self.relations.setdefault(relation, set()).add(place)

    def _is_firm(self, decided_by):
        if decided_by in (weighing.NONE, "raised"):
            return decided_by in self.told or "value" in self.told
        return decided_by != weighing.LIGHT and "value" in self.told

    def weighed(self, value, weight):
        """Notes the weight of the call of an assertion method whose first argument is `value`."""
        self.given = weight
        return value

    def decided(self, truth):
        """Notes that a condition was decided behind which the tests would have raised."""
        self.passed()
        return truth

    def caught(self):
        """Notes a handler that was entered because the candidate raised."""
        if getattr(sys.exception(), "_remote_raised", False):
            self.passed("raised")

    def counted(self, function):
        """Returns an assertion method or function that is noted where it returns; within another it is part of it."""

        @functools.wraps(function)
        def method(*args, **kwargs):
            self.depth += 1
            try:
                value = function(*args, **kwargs)
            finally:
                self.depth -= 1
            if not self.depth and not hasattr(value, "__exit__"):  # a context manager has asserted nothing yet
                self.passed()
            return value

        return method

    def complaint(self):
        """Returns why all this is no pass although nothing failed, or an empty text."""
        if self.firm:
            return ""
        if not self.hearsay and not self.idle:
            return "no assertion was executed: the tests say nothing about the code"
        if self.own_words:
            return only_hearsay("a function of the code")
        return ""

    def questions(self):
        """Returns where in the record the answers are that only the candidate gave."""
        return sorted(set().union(*self.relations.values()))


def only_hearsay(what):
    """Returns the complaint that nobody but the candidate would decide."""
    return f"only what the code says of itself ({what}) would decide this"


class Rewriting(ast.NodeTransformer):
    """Adds the hooks of `Ledger` to a text.

    Args:
        own: The candidate's names in it.
        entry: The one under test.
        tree: The text's, where it is all of the tests.
        live: The names that are read anew at each use.
        hidden: Takes the assertions of the text.
        arrays: Whether operators may meet arrays.
    """

    def __init__(self, own=(), entry="", tree=None, live=(), hidden=None, arrays=False):
        self.own = own
        self.entry = entry
        self.live = live
        self.arrays = arrays
        self.hidden = Hidden() if hidden is None else hidden
        self.doubtful = None if tree is None else weighing.doubtful(tree, own)

    def visit_Name(self, node):
        """Reads a global of the candidate's."""
        if node.id not in self.live:
            return node
        return _located([_call(READ, ast.Constant(node.id))], node)[0]

    def visit_BinOp(self, node):
        """Minds what stands beside an array."""
        return self._minded(node, node.op, node.left, node.right)

    def visit_Compare(self, node):
        """Minds what is compared with an array."""
        return self._minded(node, node.ops[0] if len(node.ops) == 1 else None, node.left, node.comparators[0])

    def _minded(self, node, operation, left, right):
        name = OPERATORS.get(type(operation)) if self.arrays else None
        if name is None or isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
            return self.generic_visit(node)
        sides = self.visit(left), self.visit(right)
        return _located([_call(MINDED, ast.Constant(name), *sides)], node)[0]

    def visit_MatchValue(self, node):
        """Leaves a pattern as it is, in which nothing can be called."""
        return node

    def visit_Assert(self, node):
        """Adds a note behind an assert."""
        if isinstance(node.test, ast.Constant):
            return self.generic_visit(node)
        self.hidden.add(node)
        decided_by = "code" if self._own_word(node.test) else weighing.weight(node.test, self.doubtful)
        self.generic_visit(node)
        arguments = ast.Constant(decided_by), ast.Constant(node.lineno)
        return [node, *_located([ast.Expr(_call(PASSED, *arguments))], node)]

    def visit_Call(self, node):
        """Adds its weight to the call of an assertion method."""
        weight = weighing.weight_of_call(node, self.doubtful)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if method.startswith("assert"):
            self.hidden.add(node)
        if method == "fail":
            self.hidden.fails(node)
        if method in RAISES and node.args:
            node.args[0] = self._narrow(node.args[0])
        self.generic_visit(node)
        if weight:
            node.args[0] = _located([_call(WEIGHED, node.args[0], ast.Constant(weight))], node.args[0])[0]
        return node

    def visit_If(self, node):
        """Notes the condition of a guarded raise."""
        self.hidden.guard(node, [part for part in (*node.body[-1:], *node.orelse[-1:]) if _fails(part)])
        self.generic_visit(node)
        if any(_raises(part[-1:]) for part in (node.body, node.orelse)):
            node.test = _call(DECIDED, node.test)
            ast.fix_missing_locations(ast.copy_location(node.test, node))
        return node

    def visit_Try(self, node):
        """Notes a caught exception where the body was not to be finished."""
        unfinished = _raises(node.body[-1:]) or _raises(node.orelse)
        for handler in node.handlers:
            handler.type = handler.type and self._narrow(handler.type)
        self.generic_visit(node)
        for handler in node.handlers:
            if unfinished and handler.type is not None:
                handler.body[:0] = _located([ast.Expr(_call(CAUGHT))], handler)
        return node

    def _narrow(self, kind):
        """Returns what is caught, looked at first where it is called by a name of the candidate's."""
        if isinstance(kind, ast.Tuple):
            kind.elts = [self._narrow(part) for part in kind.elts]
            return kind
        root = kind
        while isinstance(root, ast.Attribute):
            root = root.value
        own = isinstance(root, ast.Name) and root.id in (*self.own, "solution", "main")
        return _located([_call(NARROW, kind, ast.Constant(ast.unparse(kind)))], kind)[0] if own else kind

    def _own_word(self, test):
        """Returns whether an assert asks a function of the candidate about what another of them returned."""
        test = _asked(test)
        if not isinstance(test, ast.Call):
            return False
        asked = test.func
        while isinstance(asked, ast.Attribute):  # `Check.equal(f(1), 2)` is the word of `Check`
            asked = asked.value
        if not (isinstance(asked, ast.Name) and asked.id in self.own):
            return False
        given = [*test.args, *(keyword.value for keyword in test.keywords)]
        names = [
            n.func.id for a in given for n in ast.walk(a) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        ]
        return asked.id != self.entry and any(name in self.own for name in names)


def _asked(test):
    """Returns what an assert wants to be true: without `== True`, `is True` and the like."""
    while isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
        right = test.comparators[0]
        if not (isinstance(right, ast.Constant) and isinstance(right.value, bool)):
            break
        test = test.left
    return test


def _raises(statements):
    for statement in statements:
        if isinstance(statement, ast.Raise):
            return True
        if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Constant) and not statement.test.value:
            return True
        called = (
            statement.value.func if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else 0
        )
        if isinstance(called, ast.Attribute) and called.attr == "fail":
            return True
    return False


def _fails(statement):
    """Returns whether a statement raises an `AssertionError`, or calls what does nothing else."""
    if isinstance(statement, ast.Raise):
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "AssertionError"
    called = statement.value.func if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else None
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "fail"


def _call(name, *arguments):
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _located(nodes, like):
    return [ast.fix_missing_locations(ast.copy_location(node, like)) for node in nodes]
