"""Which of the candidate's names the tests bring together: one that is only asked by itself checks no other.

Guest code. Read off the text of the tests alone. Names meet where one expression uses both, also by way of variables:
in `r = f(2)` and `assert allclose(r, 4)` the two functions meet in `r`.
"""

import ast
import builtins


def alone(tree, names):
    """Returns those of `names` that meet no other of them anywhere in the tests."""
    names = names | imported(tree, True)
    groups = []
    for used in _expressions(tree):
        met = [group for group in groups if group & used]
        groups = [group for group in groups if not group & used] + [used.union(*met)]
    return {name for name in names if not any(name in group and len(group & names) > 1 for group in groups)}


def _expressions(tree):
    """Yields the names in every expression that stands by itself: of an `assert a and b` each of the two."""
    others = imported(tree, False)
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        parts = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]
        if isinstance(node, ast.Assert):
            test = node.test
            parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
            yield from (_names(part) - others for part in parts)
        else:
            yield set().union(*map(_names, parts)) - others


def imported(tree, own):
    """Returns the names that are imported from the candidate's module (`own`), or from any other."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                module = alias.name if isinstance(node, ast.Import) else node.module
                if (module in ("solution", "main")) == own:
                    found.add((alias.asname or alias.name).partition(".")[0])
    return found


def _names(part):
    """Returns the names in an expression; a test case is none that could carry a result where it only asserts."""
    methods = {
        id(node.value)
        for node in ast.walk(part)
        if isinstance(node, ast.Attribute) and node.attr.startswith(("assert", "subTest"))
    }
    found = {node.id for node in ast.walk(part) if isinstance(node, ast.Name) and id(node) not in methods}
    return {name for name in found if not hasattr(builtins, name)}
