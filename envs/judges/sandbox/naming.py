"""Which names a text of tests uses, and as what: all that is decided about them before the tests run."""

from __future__ import annotations

import ast
import builtins
import collections
import datetime
import functools
import pathlib
import re
import symtable
import types
import uuid
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Names:
    """The names in a text of tests.

    Attributes:
        free: Those it uses and does not certainly bind at its top level, built-ins left out.
        classes: Those it uses as classes: written with a capital, derived from, caught, asked for by `isinstance`.
        shadowed: Built-ins it calls that may be what is tested, in the order of their calls: no other name of the text
            is called within their arguments.
        asked: Names of the code: imported from `solution`, read of it, or called where nothing else defines them.
    """

    free: tuple[str, ...]
    classes: tuple[str, ...]
    shadowed: tuple[str, ...]
    asked: tuple[str, ...] = ()


def names_of(text: str, tree: ast.Module) -> Names:
    """Reads the names of a text of tests, whose syntax tree is `tree`."""
    used = _free_names(symtable.symtable(text, "<tests>", "exec"))
    free = tuple(name for name in used if not hasattr(builtins, name))
    shadowed = [name for name in _bare_calls(tree) if name in used and hasattr(builtins, name)]
    asked = dict.fromkeys([*_of_solution(tree), *free])
    return Names(free, tuple(sorted(_classes(tree, free))), tuple(dict.fromkeys(shadowed)), tuple(asked))


def _of_solution(tree: ast.Module) -> list[str]:
    """Returns the names that a text imports from the code's module, or reads of it."""
    modules, names = {"solution"}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name in ("solution", "main")}
        elif isinstance(node, ast.ImportFrom) and (
            node.module in ("solution", "main") or node.level and not node.module
        ):
            names += [alias.name for alias in node.names if alias.name != "*"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            names.append(node.attr)
    return names


def _free_names(table: symtable.SymbolTable) -> list[str]:
    """Returns the global names a text uses without binding them at its top level."""
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    found: dict[str, None] = {}

    def visit(scope: symtable.SymbolTable) -> None:
        for symbol in scope.get_symbols():
            if symbol.is_referenced() and (scope is table or symbol.is_global()) and symbol.get_name() not in bound:
                found[symbol.get_name()] = None
        for child in scope.get_children():
            visit(child)

    visit(table)
    return list(found)


def _classes(tree: ast.Module, free: tuple[str, ...]) -> set[str]:
    """Returns the names used where only a class, or an object with attributes of its own, makes sense."""
    found = {name for name in free if name[:1].isupper()} | _constructors(tree, free)
    imported = (alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names)
    found.update(name for name in imported if name[:1].isupper())

    def add(node: ast.expr | None) -> None:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        found.update(part.id for part in parts if isinstance(part, ast.Name))

    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                add(base)
        elif isinstance(node, ast.ExceptHandler):
            add(node.type)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if called in ("isinstance", "issubclass", "assertIsInstance") and len(node.args) > 1:
                add(node.args[1])
            elif called in ("raises", "assertRaises", "assertRaisesRegex") and node.args:
                add(node.args[0])
    return found


# What values have that cross as plain data: who asks for nothing else may have been given one.
_PLAIN = frozenset(
    name
    for kind in (
        *(int, float, complex, str, bytes, bytearray, list, dict, set, frozenset, tuple, range, slice, memoryview),
        *(Decimal, Fraction, collections.deque, collections.Counter, collections.OrderedDict, uuid.UUID),
        *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta, pathlib.PosixPath, re.Pattern, re.Match),
        *(types.GeneratorType, types.FunctionType, types.CoroutineType, functools.partial),
    )
    for name in dir(kind)
) | frozenset(
    """all any argmax argmin argsort astype base clip cumsum diagonal dot dtype fill flat flatten itemsize item max mean
    min nbytes ndim nonzero prod ravel repeat reshape resize round shape size squeeze std strides sum swapaxes take
    tobytes tolist trace transpose var T cache_info cache_clear""".split()
)


def _constructors(tree: ast.Module, free: tuple[str, ...]) -> set[str]:
    """Returns the names in lower case whose calls give objects: the tests use what no plain value has."""
    made: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            name = _called_name(node.value)
            for target in targets if name else ():
                made.setdefault(ast.unparse(target), set()).add(name)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None and (name := _called_name(node)):
            made.setdefault(ast.unparse(node.optional_vars), set()).add(name)
        elif isinstance(node, ast.FunctionDef) and node.decorator_list:  # a fixture goes by its function's name
            given = [part.value for part in ast.walk(node) if isinstance(part, ast.Return | ast.Yield)]
            made.setdefault(node.name, set()).update(filter(None, map(_called_name, given)))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr not in _PLAIN:
            direct = _called_name(node.value)
            found |= {direct} if direct else made.get(ast.unparse(node.value), set())
    return found & set(free)


def _called_name(node: ast.AST | None) -> str:
    """Returns the name that an expression, or what is entered by `with`, calls, or an empty text."""
    node = node.context_expr if isinstance(node, ast.withitem) else node
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _bare_calls(tree: ast.Module) -> list[str]:
    """Returns the names called with arguments in which no name is called, in the order of the text."""
    bare = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if not any(isinstance(n, ast.Call) and isinstance(n.func, ast.Name) for a in given for n in ast.walk(a)):
                bare.append((node.lineno, node.col_offset, node.func.id))
    return [name for _, _, name in sorted(bare)]
