"""How much the truth of an assertion says, as far as its text tells: nothing where no data of the candidate's decides.

Guest code. Identity, class, callability, names, and the tests' own constants are the same for right code and wrong.
"""

import ast
import builtins

ABOUT = frozenset("isinstance issubclass callable hasattr id type str repr hash format object dir vars".split())
TOLD = frozenset(("repr", "str", "hash", "format"))
SPECIAL = frozenset("__name__ __qualname__ __doc__ __module__ __class__".split())
METHODS = frozenset(
    "assertIsInstance assertNotIsInstance assertIsNotNone assertIs assertIsNot assertHasAttr assertNotHasAttr".split()
)
EQUAL = frozenset(("assertEqual", "assertIs", "assertEquals"))
# What an assertion may be, beside the empty text of one that counts if it was told anything.
LIGHT, DESCRIBED, NONE = "light", "described", "none"


def doubtful(tree, own):
    """Returns the names in a text that may hold something of the candidate's; all others are the tests' own.

    Args:
        tree: The text's.
        own: Names that mean something of the candidate's.
    """
    library, found, stored, groups = set(), set(own), set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            (found if module == "solution" or "solution" in names else library).update(names)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            stored.add(node.id)
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Assert):
            parts = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]
            groups.append({name for part in parts for name in _names(part)})
    fixed = (library | set(dir(builtins))) - found
    found |= set().union(*groups, _names(tree)) - stored - fixed
    while reached := [group for group in groups if group & found and not group - fixed <= found]:
        found.update(*(group - fixed for group in reached))
    return found


def _names(part):
    return {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}


def weight(test, names):
    """Returns what the text of an `assert` says of its weight, given the names that `doubtful` found; None for all."""
    names = _names(test) if names is None else names
    if _light(test, names):
        return LIGHT
    if any(isinstance(node, ast.Compare) and _is_told(node) for node in ast.walk(test)):
        return DESCRIBED
    return NONE if any(isinstance(node, ast.Constant) and node.value is None for node in ast.walk(test)) else ""


def weight_of_call(call, names):
    """Returns the same of a call of an assertion method, or an empty text for any other call."""
    names = _names(call) if names is None else names
    method = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if not method.startswith("assert") or not call.args or isinstance(call.args[0], ast.Starred):
        return ""
    if method.startswith("assert_") and names & _names(call.func):
        return ""  # of a mock
    if method == "assertIsNone":
        return NONE
    if method in METHODS or (len(call.args) == 1 and _light(call.args[0], names)):
        return LIGHT
    if not names & _names(ast.Tuple([*call.args, *(keyword.value for keyword in call.keywords)], ast.Load())):
        return LIGHT
    return weight(ast.Compare(call.args[0], [ast.Eq()], call.args[1:2]), names) if len(call.args) > 1 else ""


def _light(test, names):
    """Returns whether a condition is decided by nothing the candidate's code computes."""
    if not names & _names(test) or isinstance(test, ast.JoinedStr):
        return True
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _light(test.operand, names)
    if isinstance(test, ast.BoolOp):
        return (all if isinstance(test.op, ast.And) else any)([_light(part, names) for part in test.values])
    if isinstance(test, ast.Compare):
        return _is_light_comparison(test)
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name):
        inner = test.args[0] if len(test.args) == 1 else None
        if test.func.id in ("all", "any") and isinstance(inner, ast.GeneratorExp | ast.ListComp):
            return _light(inner.elt, names | _names(inner))
        return test.func.id in ABOUT or (test.func.id == "bool" and inner is not None and _light(inner, names))
    return _is_special(test)


def _is_light_comparison(test):
    """Returns whether a comparison is about identity or class, or of a thing with itself."""
    sides = [test.left, *test.comparators]
    if any(_is_special(side) for side in sides) or len({ast.dump(side) for side in sides}) == 1:
        return not _is_told(test)
    if len(test.ops) == 1 and isinstance(test.ops[0], ast.Is | ast.IsNot):
        constants = [side.value for side in sides if isinstance(side, ast.Constant)]
        return not constants or (constants == [None] and isinstance(test.ops[0], ast.IsNot))
    return False


def _is_special(node):
    """Returns whether an expression is what something is called or of which class or identity it is."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("type", "id")
    return isinstance(node, ast.Attribute) and node.attr in SPECIAL


def _is_told(test):
    """Returns whether a comparison is of two texts or hashes by which objects describe themselves."""
    return all(_is_description(side) for side in (test.left, *test.comparators))


def _is_description(node):
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "").strip("_")
        return name in TOLD
    return isinstance(node, ast.JoinedStr)


def expected_names(tree, own):
    """Returns the candidate's constants that the tests expect as answers, as texts such as `Color.RED`.

    What is compared with such a name is compared with the candidate's own word: all that tells two answers apart is
    that the names mean different things.
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.Is):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in EQUAL:
            sides = node.args[:2]
        else:
            continue
        if not any(isinstance(side, ast.Constant) for side in sides):
            found.update(ast.unparse(side) for side in sides if _is_constant(side, own))
    return sorted(found)


def _is_constant(node, own):
    """Returns whether an expression is a constant's name, which is written in capitals, of the candidate's."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    while isinstance(node, ast.Attribute):
        node = node.value
    return name.isupper() and isinstance(node, ast.Name) and node.id in own
