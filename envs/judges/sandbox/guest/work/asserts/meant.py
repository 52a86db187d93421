"""Which names of libraries the tests cannot mean: with the library's their own text could never hold.

Guest code. Read off the text of the tests, and tried out on the library's own functions with the literals the tests
write; nothing of the candidate's is asked or called. What is not refuted here may be meant, and so is the library's.
"""

import ast
import copy
import inspect
import types

from ..prelude import PRODUCING, judging

# What may stand around a call without making it the work of another function that a candidate might be asked for.
_AROUND = frozenset("bool dict float frozenset int list set str tuple".split())
ENDLESS = frozenset("count cycle repeat sleep".split())  # tried out, these would not come to an end
# Whose classes have instances without attributes of their own: what the class has not, none of them has.
CLOSED = frozenset("builtins collections decimal _decimal fractions datetime _io io array uuid".split())
_GUARDED = (
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.If,
    ast.While,
    ast.Lambda,
)  # what stands in these may raise, or never run
_SAME = frozenset("assertEqual assertEquals assertListEqual assertTupleEqual assertDictEqual assertSetEqual".split())


def tested(tree, own, libraries):
    """Returns those of the candidate's names that are what is tested, although a library has the name as well.

    Args:
        tree: The tests.
        own: The candidate's names that the tests use.
        libraries: {name: the library's object} for those of them that a library has, built-ins included.
    """
    found = refuted(tree, libraries)
    found |= {name for name in PRODUCING & libraries.keys() if name not in _handed_over(tree)}
    others = {name for name in own if not judging(name)}
    if others <= libraries.keys():  # nothing else is there that could be under test
        found |= others
    return found


def refuted(tree, libraries):
    """Returns those names in `libraries` that cannot be the library's: see `tested`."""
    if not libraries:
        return set()
    constants = _constants(tree)
    found = {call.func.id for call in _calls(tree, libraries) if _impossible(call, libraries, constants)}
    found |= _foreign(tree, libraries)
    for claim in _claims(tree):
        name = _subject(claim, libraries, constants)
        if name and name not in ENDLESS and _is_false(claim, {**constants, name: libraries[name]}):
            found.add(name)
        found |= {part.func.id for part in _values(claim) if _is_call(part, libraries) and _iterates(part, libraries)}
    return found


def _foreign(tree, libraries):
    """Returns the names of a library's classes of whose instances the tests want what those do not have."""
    places = [(node.targets, node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    given = [ast.unparse(target) for targets, _ in places for target in targets]
    made = {
        ast.unparse(target): _name_called(value)
        for targets, value in places
        for target in targets
        if _is_call(value, libraries) and given.count(ast.unparse(target)) == 1
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = _name_called(node.value) if _is_call(node.value, libraries) else made.get(ast.unparse(node.value))
            kind = libraries.get(name)
            if isinstance(kind, type) and kind.__module__ in CLOSED and not hasattr(kind, node.attr):
                found.add(name)
    return found


def _walk(tree):
    """Yields the nodes that run whenever the text does."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, _GUARDED)]


def _is_call(node, libraries):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in libraries


def _name_called(call):
    return call.func.id


def _calls(tree, libraries):
    return [node for node in _walk(tree) if _is_call(node, libraries)]


def _handed_over(tree):
    """Returns the names that are used otherwise than by being called."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


def _constants(tree):
    """Returns {name: value} for variables that hold one number or text throughout."""
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    stored += [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if isinstance(node.value, ast.Constant) and stored.count(name) == 1:
                found[name] = node.value.value
    return found


def _impossible(call, libraries, constants):
    """Returns whether the library's could not be called like this."""
    name = call.func.id
    real = libraries[name]
    if isinstance(real, types.ModuleType):
        return True
    if not any(isinstance(part, ast.Starred) for part in call.args) and all(part.arg for part in call.keywords):
        try:
            given = {part.arg: 0 for part in call.keywords if part.arg}
            inspect.signature(real).bind(*[0] * len(call.args), **given)
        except TypeError:
            return True
        except ValueError:  # a function that does not tell how it is called
            pass
    if name in ENDLESS or _subject(call, libraries, constants) != name:
        return False
    try:
        _value(call, {**constants, name: real})
    except Exception:
        return True
    return False


def _subject(node, libraries, constants):
    """Returns the one name of `libraries` that an expression of literals is about, or an empty text."""
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    bound = {part.id for part in names if isinstance(part.ctx, ast.Store)}
    used = {part.id for part in names} - bound - constants.keys()
    subjects = used & libraries.keys()
    if len(subjects) != 1:
        return ""
    (name,) = subjects
    around = used - {name}
    allowed = frozenset() if judging(name) else _AROUND
    methods = any(isinstance(part, ast.Attribute | ast.Await | ast.Yield | ast.YieldFrom) for part in ast.walk(node))
    return name if around <= allowed - libraries.keys() and not methods else ""


def _value(node, names):
    return eval(compile(ast.Expression(copy.deepcopy(node)), "<tests>", "eval"), dict(names))


def _is_false(claim, names):
    """Returns whether a claim of the tests does not hold."""
    try:
        return not _value(claim, names)
    except Exception:
        return True


def _claims(tree):
    """Yields the expressions that the tests want to be true."""
    for node in _walk(tree):
        if isinstance(node, ast.Assert):
            test = node.test
            yield from test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) >= 2:
            if node.func.attr in _SAME:
                made = ast.Compare(node.args[0], [ast.Eq()], [node.args[1]])
                yield ast.fix_missing_locations(ast.copy_location(made, node))


def _values(claim):
    """Returns the parts of a claim that must be more than an iterator: compared, negated, called, looked into."""
    found = []
    for node in ast.walk(claim):
        if isinstance(node, ast.Compare) and all(
            isinstance(kind, ast.Eq | ast.Lt | ast.LtE | ast.Gt | ast.GtE) for kind in node.ops
        ):
            found += [node.left, *node.comparators]
        elif isinstance(node, ast.BinOp):
            found += [node.left, node.right]
        elif isinstance(node, ast.UnaryOp):
            found.append(node.operand)
        elif isinstance(node, ast.Subscript):
            found.append(node.value)
        elif isinstance(node, ast.Call):
            found.append(node.func)
    return found


def _iterates(call, libraries):
    """Returns whether a library's function gives an iterator, which is equal to nothing and has no members."""
    real = libraries[call.func.id]
    if isinstance(real, type):
        return hasattr(real, "__next__")
    return inspect.isgeneratorfunction(real)
