"""Names of the standard library that tests and programs use without importing them.

Guest code. Two tables: what a test may mean by a name it does not bind, which is always the real thing; and what the
harnesses of contest data sets import in front of every answer.
"""

import importlib
import sys

# Modules whose names may be given to a test that does not import them.
MODULES = frozenset(
    """abc array asyncio base64 bisect calendar cmath collections contextlib copy datetime decimal enum fractions
    functools hashlib heapq io itertools json math numbers operator os random re statistics string struct sys textwrap
    time types typing unicodedata unittest uuid""".split()
)
_NAMES = {
    "math": "isclose isnan isinf isfinite fabs inf nan pi",
    "copy": "deepcopy",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "datetime": "timedelta",
    "io": "StringIO BytesIO",
    "contextlib": "redirect_stdout suppress",
    "functools": "cmp_to_key partial reduce",
    "itertools": "islice chain",
    "typing": """Any Callable Deque DefaultDict Dict FrozenSet Generator Iterable Iterator List Literal Mapping
    NamedTuple Optional Sequence Set Tuple Type TypeVar Union""",
    "dataclasses": "dataclass field",
    "enum": "Enum",
    "unittest.mock": "Mock MagicMock patch",
}
TESTS = {name: (module, name) for module, names in _NAMES.items() for name in names.split()}
TESTS |= {name: (name, "") for name in MODULES} | {"np": ("numpy", ""), "numpy": ("numpy", "")}

# Where the names are from by which people check results; of two modules with the same name the first counts.
_CHECKING = """math statistics cmath itertools functools operator json string collections heapq bisect time
unicodedata""".split()
_NUMPY = frozenset("allclose array_equal array_equiv testing".split())  # it names half of all there is
_PYTEST = frozenset("approx raises warns fail skip".split())
_RELATIONS = frozenset("eq ne lt le gt ge is_ is_not contains truth not_ countOf indexOf".split())
# Operators by a name: where the sign would do, a test that calls one of them without importing it asks the candidate.
PRODUCING = frozenset(
    """add sub mul truediv floordiv mod pow matmul neg pos inv invert and_ or_ xor lshift rshift concat index""".split()
)


def judging(name):
    """Returns whether a name is one by which answers are compared, whoever defines it."""
    return name in TESTS or name in _RELATIONS or name in _NUMPY or name in _PYTEST or name.startswith("assert")


def checked(name):
    """Returns the module and the attribute of a library's function that tests check results with, or None.

    Classes with a capital are left out: a candidate's `Template` is far more often its own than an imitation.
    """
    if name in TESTS:
        return TESTS[name]
    if name.startswith("_") or name[:1].isupper():
        return None
    module = next((module for module in _CHECKING if name in _public(module)), "")
    if not module and name.startswith("assert_"):
        module = "numpy.testing"
    elif not module and name.startswith("assert"):
        module = "unittest.TestCase"
    elif not module:
        module = "numpy" if name in _NUMPY else "pytest" if name in _PYTEST else ""
    return (module, name) if module else None


# After LiveCodeBench's and LeetCodeDataset's preludes, where each module is imported and then all of its names; of two
# modules with the same name the later counts.
_STARRED = """string re datetime collections heapq bisect copy math random statistics itertools functools operator io
json typing""".split()
_ALIASES = {
    "np": ("numpy", ""),
    "cmp_to_key": ("functools", "cmp_to_key"),
    **{name: ("sys", name) for name in ("setrecursionlimit", "stdin", "stdout", "maxsize")},
}
_KEPT = frozenset("pow open copy".split())  # built-ins, and names that a star import would take from another module


def contest(wanted):
    """Returns {name: value} for those of `wanted` names that the preludes of contest data sets define."""
    found = {}
    for name in wanted:
        if name in MODULES:
            found[name] = importlib.import_module(name)
        elif name in _ALIASES:
            module, attribute = _ALIASES[name]
            try:
                found[name] = value_of(module, attribute)
            except (ImportError, AttributeError):
                continue
    rest = set(wanted) - found.keys() - _KEPT
    for module in reversed(_STARRED) if rest else ():
        names = rest & _public(module)
        found |= {name: getattr(sys.modules[module], name) for name in names}
        rest -= names
    return found


def _public(name):
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", None)
    return set(listed) if listed is not None else {key for key in vars(module) if not key.startswith("_")}


def value_of(module, attribute):
    """Returns a module, or what it holds under a name.

    Raises:
        ImportError: There is no such module.
        AttributeError: It holds no such thing.
    """
    found = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found
