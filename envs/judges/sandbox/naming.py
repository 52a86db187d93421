"""Which names a text of tests uses, and as what: all that is decided about them before the tests run."""

from __future__ import annotations

import ast
import builtins
import symtable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The names in a text of tests.

    Attributes:
        free: Those it uses and does not certainly bind at its top level, built-ins left out.
        classes: Those it uses as classes: written with a capital, derived from, caught, asked for by `isinstance`.
        shadowed: Built-ins it calls that may be what is tested, in the order of their calls: no other name of the text
            is called within their arguments.
    """

    free: tuple[str, ...]
    classes: tuple[str, ...]
    shadowed: tuple[str, ...]


def names_of(text: str, tree: ast.Module) -> Names:
    """Reads the names of a text of tests, whose syntax tree is `tree`."""
    used = _free_names(symtable.symtable(text, "<tests>", "exec"))
    free = tuple(name for name in used if not hasattr(builtins, name))
    shadowed = [name for name in _bare_calls(tree) if name in used and hasattr(builtins, name)]
    return Names(free, tuple(sorted(_classes(tree, free))), tuple(dict.fromkeys(shadowed)))


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
    found = {name for name in free if name[:1].isupper()}
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


def _bare_calls(tree: ast.Module) -> list[str]:
    """Returns the names called with arguments in which no name is called, in the order of the text."""
    bare = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if not any(isinstance(n, ast.Call) and isinstance(n.func, ast.Name) for a in given for n in ast.walk(a)):
                bare.append((node.lineno, node.col_offset, node.func.id))
    return [name for _, _, name in sorted(bare)]
