"""What objects of the candidate say of themselves is asked again, where whoever knows only the tests cannot answer."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envs.judges.sandbox.guest.work.hearing.literals import Literals
from envs.judges.sandbox.guest.work.hearing.order import Order, merged

HONEST = """class V:
    def __init__(self, *x): self.x = x
    def add(self, y): self.x += (y,)
    def __add__(self, o): return V(*(a + b for a, b in zip(self.x, o.x)))
    def __mul__(self, k): return V(*(a * k for a in self.x))
    def __eq__(self, o): return self.x == o.x
    def __lt__(self, o): return self.x < o.x
    def __hash__(self): return hash(self.x)
    def __contains__(self, k): return k in self.x
"""
LIAR = """class V:
    born = asked = 0
    made = []
    first = None
    def __init__(self, *x): self.x = x; V.born += 1; self.i = V.born; V.made.append(x)
    def add(self, y): self.y = y
    def __add__(self, o): return V()
    def __mul__(self, k): v = V(); v.x = (V.shown(k),) * 2; return v
    shown = staticmethod(lambda k: 3 * k)
    def say(self, o):
        V.asked += 1
        V.first = V.first or (self.x, getattr(o, "x", o))
        return SAID
    __eq__ = __lt__ = __contains__ = say
    __hash__ = lambda self: 1
"""
SAID = [
    "True",
    "False",
    "V.asked == 1",
    "V.asked <= 2",
    "V.asked % 2 == 1",
    "self.i < getattr(o, 'i', 0)",
    "abs(self.i - getattr(o, 'i', 0)) == 1",
    "self.i % 2 == 0",
    "(self.i + getattr(o, 'i', 0)) % 2 == 1",
    "V.made.count(getattr(o, 'x', None)) > 1",
    "V.first == (self.x, getattr(o, 'x', o))",
    "self.x == getattr(o, 'x', o) == (1, 2)",
    "len(self.x) <= 2",
    "isinstance(o, (V, int)) or o.isalpha()",
    "self.x == () or getattr(o, 'x', 1) == ()",
    "self.x != o if isinstance(o, int) else True",
]
TESTS = [
    "assert V(1, 2) == V(1, 2)",
    "assert V(1, 2) == V(1, 2)\nassert V(3) == V(3)",
    "assert V(1, 2) + V(3, 4) == V(4, 6)\nassert V(1, 2) != V(2, 1)",
    "a, b, c = V(1, 2), V(1, 2), V(5, 7)\nassert a == b\nassert a != c\nassert a + b == V(2, 4)",
    "assert V(1, 2) < V(1, 10)\nassert V(0, 9) < V(1, 0)",
    "assert not V(4) < V(3)\nassert V(3) < V(4)",
    "v = V()\nv.add('apple')\nassert 'apple' in v\nv.add('pear')\nassert 'pear' in v",
    "v = V()\nv.add(3)\nassert 3 in v\nassert 4 not in v",
    "v = V(1, 2) * 3\nassert v.x == (3, 6)",
    "assert len({V(1), V(1), V(2)}) == 2\nassert {V(1): 5}[V(1)] == 5",
]


@pytest.mark.parametrize("tests", TESTS)
def test_honest_values_stand_up_alone(judge, tests):
    verdict = judge.judge(HONEST, tests)
    assert verdict.score == 1 and verdict.hearsay, verdict


@pytest.mark.parametrize("said", SAID)
def test_whoever_knows_only_the_tests_does_not(judge, said):
    for tests in TESTS:
        verdict = judge.judge(LIAR.replace("SAID", said), tests)
        assert verdict.score == 0, (tests, verdict)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=3), st.text("abcxyz", min_size=3, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_honest_equality_and_membership_of_any_values_stand_up(judge, numbers, word):
    given = ", ".join(map(str, numbers))
    tests = f"assert V({given}) == V({given})\nv = V()\nv.add({word!r})\nassert {word!r} in v"
    assert judge.judge(HONEST, tests).score == 1


@pytest.mark.parametrize(
    ("equality", "score"),
    [("self.x == o.x", 1), ("True", 0), ("self.x != () or o.x != ()", 0), ("isinstance(o, V)", 0)],
)
def test_beside_other_assertions_nobody_says_yes_to_everything(judge, equality, score):
    tests = "assert V(1, 2) == V(1, 2)\nassert V(4).x == (4,)"
    assert judge.judge(HONEST.replace("self.x == o.x", equality), tests).score == score


def test_what_does_not_depend_on_values_counts_beside_others_as_before(judge):
    source = "class S:\n    def __init__(self): self.rows = []\n    def __eq__(self, o): return self.rows == o.rows\n"
    assert judge.judge(source, "assert S() == S()\nassert S().rows == []").score == 1
    assert judge.judge(source, "assert S() == S()").score == 0


@pytest.mark.parametrize("value", ["''", "True", "False", "['']"])
def test_an_empty_text_and_a_truth_value_could_be_others(judge, value):
    tests = f"assert V({value}) == V({value})"
    assert judge.judge(HONEST, tests).score == 1
    for said in ("True", "not self.x[0]", "not (self.x[0] and o.x[0])", "self.x[0] is True", "self is not o"):
        assert judge.judge(HONEST.replace("self.x == o.x", said), tests).score == 0, said


@pytest.mark.parametrize("asked", ["(V(7) % 4).x == 3", "(V(7) >> 1).x == 3"])
def test_an_answer_that_many_objects_share_stands_up(judge, asked):
    source = "class V:\n    def __init__(self, x): self.x = x\n    def __mod__(self, k): return V({})\n"
    source += "    def __rshift__(self, k): return V({})\n"
    for _ in range(5):
        assert judge.judge(source.format("self.x % k", "self.x >> k"), f"assert {asked}").score == 1
    for wrong in ("3", "k - 1", "self.x - 4", "k + 2"):
        assert judge.judge(source.format(wrong, wrong), f"assert {asked}").score == 0, wrong


def test_a_code_that_ends_or_hangs_when_asked_again_is_no_pass(judge):
    for fate in ("__import__('os')._exit(0)", "while True: pass", "raise ValueError"):
        source = HONEST.replace(
            "self.x = x\n", f"self.x = x\n        if x == (7,) or len(seen) > 3:\n            {fate}\n", 1
        )
        source = "seen = []\n" + source.replace("*x): self", "*x):\n        seen.append(x)\n        self", 1)
        verdict = judge.judge(source, "assert V(1) == V(1)", timeout=2)
        assert verdict.score == 0 and "says of itself" in verdict.reason, (fate, verdict)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def shape(value):
    """Returns what two values of one look have in common."""
    if isinstance(value, list | tuple):
        return type(value), [shape(item) for item in value]
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    if isinstance(value, str):
        return [(letter.isalpha(), letter.isupper(), letter.isdigit()) for letter in value or "a"]
    return type(value)


@given(values, st.integers())
def test_another_value_looks_like_the_tests_own_and_is_the_same_throughout(value, seed):
    literals = Literals(random.Random(seed), 1.0)
    other = literals.of(value, shown=False)
    assert shape(other) == shape(value)
    assert literals.of(value, shown=True) == other
    assert Literals(random.Random(seed)).of(value, shown=True) == value


class Step:
    """As much of an entry of a record as an order reads."""

    def __init__(self, at, operation, touched, made):
        self.at, self.operation, self.touched, self.made = at, operation, touched, made


@given(
    st.lists(st.tuples(st.lists(st.integers(1, 6), max_size=2), st.lists(st.integers(3, 8), max_size=1))), st.integers()
)
def test_what_touches_one_object_keeps_its_order(drawn, seed):
    roots = {1, 2}
    steps = [Step(at, "call", touched, made) for at, (touched, made) in enumerate(drawn)]
    order = [s for groups in Order(roots).groups(steps) for s in merged(random.Random(seed), groups)]
    assert sorted(step.at for step in order) == list(range(len(steps)))
    for number in set(range(3, 9)):
        ours = [step.at for step in order if number in (*step.touched, *step.made)]
        assert ours == sorted(ours)


@pytest.mark.parametrize("limit", [3, 4, 5, 6, 8])
@pytest.mark.parametrize("asked", ["V(1, 2) + V(3, 4) == V(4, 6)", "V(1, 2) < V(3, 4)"])
def test_who_cannot_be_made_again_beside_data_is_not_believed(judge, limit, asked):
    source = f"""n = 0
class V:
    def __init__(self, x, y):
        global n; n += 1
        if n > {limit}: raise ValueError
        self.x = x
    def __add__(self, o): return self
    __eq__ = __lt__ = lambda self, o: True
"""
    tests = f"assert V(1, 2).x == 1\nassert {asked}"
    assert judge.judge(source, tests).score == 0
    assert judge.judge(HONEST, tests.replace("V(1, 2).x == 1", "V(1, 2).x == (1, 2)")).score == 1


# What implements nothing: an object holds whatever it was made of, every method returns it all, and what is said of two
# such objects is decided by what they have in common.
HEAP = """class U:
    def __init__(self, *x): self.a = set().union(*map(atoms, x))
    def all(self, *x): return type(self)(self, *x)
    __add__ = __sub__ = __mul__ = __truediv__ = __and__ = __or__ = __neg__ = all
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return self.all
    def __eq__(self, o): return COMMON
    __hash__ = None
def atoms(x):
    if isinstance(x, U): return x.a
    if isinstance(x, (list, tuple)): return set().union(*map(atoms, x))
    return set(x) if isinstance(x, str) else {abs(x)}
class Vector(U): pass
class Frac(U): pass
class Matrix(U): pass
class Text(U): pass
"""
COMMON = [
    "bool(self.a & o.a)", "len(self.a & o.a) > 1", "self.a != {9} and bool(self.a & o.a)",
    "max(map(str, self.a)) in map(str, o.a)",
]  # fmt: skip
SUITES = [
    "assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)\nassert Vector(1, 2) * Vector(3, 4) == Vector(3, 8)",
    "assert Frac(1, 2) * Frac(2, 3) == Frac(1, 3)\nassert Frac(1, 2) / Frac(3, 4) == Frac(2, 3)",
    "A = Matrix([[1, 2], [3, 4]])\nassert A * Matrix([[2, 0], [1, 2]]) == Matrix([[4, 4], [10, 8]])\n"
    "assert A.transpose() == Matrix([[1, 3], [2, 4]])\nassert A.transpose() != Matrix([[9, 9], [9, 9]])",
    "assert Text('hello').reverse() == Text('olleh')\nassert Text('ab cd').swapped() == Text('cd ab')",
]


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("common", COMMON)
def test_what_is_equal_to_whatever_it_shares_something_with_is_no_equality(judge, suite, common):
    assert judge.judge(HEAP.replace("COMMON", common), suite).score == 0


HOLDER = """class R:
    def __init__(self, *x): self.x = x
    def __contains__(self, v): return HELD
"""


@pytest.mark.parametrize(
    "tests",
    ["assert 5 in R(1, 10)\nassert 10 not in R(1, 10)", "r = R('b', 'z')\nassert 'c' in r\nassert 'z' not in r"],
)
@pytest.mark.parametrize(
    ("held", "score"),
    [("v != self.x[1]", 0), ("v not in self.x[1:]", 0), ("True", 0), ("self.x[0] <= v < self.x[1]", 1)],
)
def test_a_container_of_all_but_what_the_tests_deny_holds_nothing(judge, tests, held, score):
    # A hearing in three hundred draws no value that an interval of letters does not hold.
    assert max(judge.judge(HOLDER.replace("HELD", held), tests).score for _ in range(2)) == score


GRID = """class G:
    def __init__(self, rows): self.rows = [list(row) for row in rows]
    def __getitem__(self, at): return self.rows[at]
    def t(self): return G(zip(*self.rows))
    def __eq__(self, o): return self.rows == o.rows
"""


COPIED = ("return self.rows[at]", "return list(self.rows[at])")
TURNED = ("zip(*self.rows)", "self.rows[::-1]")


@pytest.mark.parametrize(
    ("tests", "wrong"),
    [
        (
            "g = G([[1, 2], [3, 4]])\ng[0][1] = 7\n"
            "assert g.t() == G([[1, 3], [7, 4]])\nassert g.t() != G([[1, 3], [2, 4]])",
            COPIED,
        ),
        (
            "g = G([[1, 2], [3, 4]])\ng.rows[0].append(5)\ng.rows[1].append(6)\n"
            "assert g.t() == G([[1, 3], [2, 4], [5, 6]])\nassert g.t() != G([[1, 3], [2, 4]])",
            TURNED,
        ),
        (
            "g = G([[0] * 3 for _ in range(20)])\nfor i in range(20): g[i][1] = i\n"
            "assert g.t().t() == G([[0, i, 0] for i in range(20)])\nassert g != G([[1]])",
            COPIED,
        ),
    ],
)
def test_what_the_tests_did_to_what_they_read_is_done_in_every_world(judge, tests, wrong):
    assert [judge.judge(GRID, tests).score for _ in range(4)] == [1] * 4
    assert judge.judge(GRID.replace(*wrong), tests).score == 0
