"""An object is no answer: nothing it says of itself passes a test, and what is plain crosses by its value."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envs.judges.sandbox import CodeJudge, probe
from gymtests.attacks.attacks_by_objects import FORMS, HONEST, LIARS, NOT_FOR_NUMBERS, OTHERS
from gymtests.controls.honest_objects import CONTROLS

LEVELS = [
    pytest.param(level, marks=[] if level == "full" else pytest.mark.slow)
    for level in ("full", "no-namespaces", "bubblewrap")
    if probe(level).level == level
]
EVERY_SEVENTH = [(liar, form) for a, liar in enumerate(LIARS) for b, form in enumerate(FORMS) if (a + b) % 7 == 0]
TIMEOUT = 1.0
SECONDS = 20


@pytest.fixture(scope="module", params=LEVELS)
def judge(request):
    with CodeJudge(level=request.param, timeout=SECONDS) as judge:
        yield judge


def earns_nothing(judge, liar, form):
    for entry in ("solve", None):
        if form != "check" or entry:
            verdict = judge.judge(LIARS[liar], FORMS[form], entry, timeout=TIMEOUT)
            assert verdict.score == 0, (liar, form, entry, verdict)


@pytest.mark.parametrize("liar", LIARS)
def test_no_object_passes_for_a_number(judge, liar):
    for name, form in EVERY_SEVENTH:
        if name == liar:
            earns_nothing(judge, liar, form)


@pytest.mark.slow
@pytest.mark.parametrize("liar", LIARS)
def test_no_object_passes_in_any_form_of_test(judge, liar):
    for form in FORMS:
        earns_nothing(judge, liar, form)


@pytest.mark.parametrize("form", FORMS)
def test_the_honest_function_passes_every_form(judge, form):
    assert judge.judge(HONEST, FORMS[form], "solve").score == (form not in NOT_FOR_NUMBERS)


@pytest.mark.parametrize(("name", "source", "tests"), OTHERS, ids=[name for name, _, _ in OTHERS])
def test_no_trick_passes(judge, name, source, tests):
    verdict = judge.judge(source, tests, timeout=TIMEOUT)
    assert verdict.score == 0, verdict


@pytest.mark.parametrize(("name", "source", "tests", "entry"), CONTROLS, ids=[control[0] for control in CONTROLS])
def test_honest_objects_pass(judge, name, source, tests, entry):
    verdict = judge.judge(source, tests, entry)
    assert verdict.score == 1, verdict


@pytest.fixture(scope="module")
def full():
    with CodeJudge(timeout=SECONDS) as judge:
        yield judge


SPECIAL = """
eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv floordiv mod rmod pow xor and or neg pos
abs invert round trunc floor ceil int float index bool len contains getitem iter hash str repr format call getattr
""".split()
SAYS = [
    "0",
    "0.0",
    "True",
    "5",
    "10",
    "''",
    "'5'",
    "self",
    "other",
    "[5]",
    "iter([5, 10])",
    "type(self)()",
    "NotImplemented",
]
BASES = ["object", "int", "float", "str", "list", "dict", "tuple", "set", "complex", "Exception"]


@given(
    st.dictionaries(st.sampled_from(SPECIAL), st.sampled_from(SAYS), min_size=1, max_size=12),
    st.sampled_from(BASES),
    st.sampled_from(sorted(FORMS)),
    st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_object_with_any_special_methods_passes_nothing(full, methods, base, form, tuned):
    body = "".join(f"    def __{name}__(self, other=None, *rest): return {says}\n" for name, says in methods.items())
    made = "X()" if base != "Exception" else "X('x')"
    source = f"class X({base}):\n{body}seen = {{}}\ndef solve(n):\n    return {made}\n"
    if tuned:  # the class itself under the name of the function
        source += "solve = X\n"
    verdict = full.judge(source, FORMS[form], "solve", timeout=TIMEOUT)
    assert verdict.score == 0, (source, form, verdict)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(plain)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_result_crosses_equal_to_its_plain_value(full, value):
    source = f"inf = float('inf')\ndef f(): return {value!r}\n"
    tests = f"inf = float('inf')\nr = f()\nassert r == {value!r}\nassert type(r) is type({value!r})"
    assert full.judge(source, tests).score == 1


@pytest.mark.parametrize(
    "tests",
    [
        "for x in f(0):\n    assert x > 0",
        "f(1)",
        "x = f(1)\nassert True",
        "def helper():\n    assert f(1) == 1",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self): f(1)",
        "try:\n    f(1)\nexcept ValueError:\n    pass",
        "import pytest\n@pytest.mark.skip\ndef test(): assert f(1) == 1",
    ],
)
def test_nothing_asserted_is_no_pass(full, tests):
    verdict = full.judge("def f(x): return []", tests)
    assert verdict.score == 0
    assert "no assertion" in verdict.reason or "never used" in verdict.reason


def test_hearsay_is_counted_and_does_not_count_alone(full):
    source = "class V:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return self.x == o.x\n"
    alone = full.judge(source, "assert V(1) == V(1)")
    assert (alone.score, alone.hearsay) == (1, 1)  # it stands up when asked again
    nothing_to_ask = full.judge(source.replace("(self, x): self.x = x", "(self): self.x = 0"), "assert V() == V()")
    assert nothing_to_ask.score == 0 and "says of itself" in nothing_to_ask.reason
    beside = full.judge(source, "assert V(1) == V(1)\nassert V(2).x == 2")
    assert (beside.score, beside.hearsay) == (1, 1)
    liar = (
        "class V:\n    def __init__(self, *x): pass\n    def __add__(self, o): return self\n"
        "    __eq__ = lambda s, o: True\n"
    )
    honest = (
        "class V:\n    def __init__(self, *x): self.x = x\n"
        "    def __add__(self, o): return V(*(a + b for a, b in zip(self.x, o.x)))\n"
        "    def __eq__(self, o): return self.x == o.x\n    def __lt__(self, o): return self.x < o.x\n"
        "    def __contains__(self, k): return k in self.x\n"
    )
    alone = "assert V(1, 2) + V(3, 4) == V(4, 6)"
    assert full.judge(liar, alone).score == 0
    assert full.judge(honest, alone).score == 1
    assert full.judge(honest, "assert V(1) < V(2)\nassert 3 in V(3)").score == 1
    assert full.judge(honest.replace("self.x < o.x", "True"), "assert V(1) < V(2)").score == 0
    assert full.judge(honest.replace("k in self.x", "True"), "assert 3 in V(3)").score == 0
    scaled = honest + "    def __mul__(self, k): return V(*(a * k for a in self.x))\n"
    assert full.judge(scaled, "v = V(1, 2) * 3\nassert v.x == (3, 6)").score == 1
    assert full.judge(scaled.replace("a * k", "3 * a"), "v = V(1, 2) * 3\nassert v.x == (3, 6)").score == 0
    both_answers = full.judge(source, "assert V(1) == V(1)\nassert not V(1) == V(2)")
    assert both_answers.score == 1


@pytest.mark.parametrize(
    "asked", ["5 in f(2)", "len(f(2)) == 2", "int(f(2)) == 5", "f(2) < f(3)", "f(2)[0] == 5", "-f(2) == 5"]
)
def test_an_object_that_no_test_names_has_no_operators_even_beside_a_right_answer(full, asked):
    methods = (
        "__contains__ = __lt__ = lambda s, o: True\n    __len__ = lambda s: 2\n    __int__ = __neg__ = lambda s: 5\n"
    )
    source = f"class E:\n    {methods}    __getitem__ = lambda s, i: 5\ndef f(x): return 3 if x == 1 else E()\n"
    verdict = full.judge(source, f"assert f(1) == 3\nassert {asked}")
    assert (verdict.score, verdict.passed) == (0, 1), verdict
    named = full.judge(source, f"assert f(1) == 3\nassert isinstance(f(2), E)\nassert {asked}")
    says_yes = asked in ("f(2) < f(3)", "5 in f(2)")  # to everything, and is found out
    assert named.score == (not says_yes), named
