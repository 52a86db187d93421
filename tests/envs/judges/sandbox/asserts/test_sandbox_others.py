"""Other objects than the tests': of classes that read text, that have no values, that are one object throughout."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.judges.sandbox.guest.work.hearing.literals import TRIES, Literals
from envs.judges.sandbox.guest.work.hearing.order import merged

READER = """import re, datetime
class R:
    def __init__(self, text): self.v = self.read(text)
    def __eq__(self, o): return EQUAL
    def __lt__(self, o): return LESS
    def __hash__(self): return hash(self.v)
    def read(self, text):
        READ
"""
READERS = {
    "return datetime.date.fromisoformat(text)": ("2024-02-29", "2024-02-29", "2024-03-01"),
    "return tuple(map(int, text.split('.')))": ("1.2", "01.2", "1.10"),
    "return {'I': 1, 'II': 2, 'III': 3, 'IV': 4, 'V': 5, 'VI': 6, 'IX': 9, 'X': 10, 'XI': 11}[text]": (
        "IV", "IV", "VI",
    ),
    "return int(re.fullmatch('#([0-9a-f]{6})', text.lower())[1], 16)": ("#ff00aa", "#FF00AA", "#ffffff"),
    "m = re.fullmatch(r'(\\d+)(cm|m)', text); return int(m[1]) * {'cm': 1, 'm': 100}[m[2]]": ("1m", "100cm", "2m"),
    "import json; return json.loads(text)[0]": ("[1, 2]", "[1,2]", "[3]"),
    "h, m = map(int, text.split(':')); assert h < 24 and m < 60; return h * 60 + m": ("09:05", "9:5", "10:30"),
    "d = [int(c) for c in text if c != '-']; assert sum(d) % 10 == 0; return tuple(d)": ("12-34", "1234", "5555"),
}  # fmt: skip


@pytest.mark.parametrize("read", READERS)
def test_who_reads_text_is_asked_about_other_text_that_it_can_read(judge, read):
    one, again, more = READERS[read]
    code = READER.replace("READ", read)
    equal = f"assert R({one!r}) == R({again!r})"
    less = f"assert [r.v for r in sorted([R({one!r}), R({more!r})])] == [R({one!r}).v, R({more!r}).v]"
    data = f"assert R({one!r}).v == R({again!r}).v"
    for tests in (equal, f"{equal}\n{data}", less):
        assert judge.judge(code.replace("EQUAL", "self.v == o.v").replace("LESS", "self.v < o.v"), tests).score == 1
    for said in ("True", "isinstance(o, R)"):
        for tests in (equal, f"{equal}\n{data}"):
            assert judge.judge(code.replace("EQUAL", said).replace("LESS", "False"), tests).score == 0, tests


@pytest.mark.parametrize("known", ["'a'", "'a', 'b'"])
def test_who_refuses_all_but_the_tests_values_is_not_believed_beside_data(judge, known):
    source = (
        f"class V:\n    def __init__(self, x):\n        if x not in ({known},): raise ValueError\n        self.x = x\n"
    )
    source += "    def __eq__(self, o): return True\n    def __lt__(self, o): return False\n"
    assert judge.judge(source, "assert V('a') == V('a')\nassert V('a').x == 'a'").score == 0
    if "b" in known:
        assert judge.judge(source, "assert sorted([V('a'), V('b')])[0].x == 'a'\nassert V('a').x == 'a'").score == 0


STACK = """class S:
    def __init__(self, *items): self.items = list(items)
    def push(self, x): self.items.append(x)
    def top(self): return self.items[-1]
    def __eq__(self, o): return self.items == o.items
    def __add__(self, o): return S(*self.items, *o.items)
"""


@pytest.mark.parametrize(
    "tests",
    [
        "assert S() == S()\na, b = S(), S()\na.push(1)\nassert a != b",
        "assert S() == S()\ns = S()\ns.push(1)\nassert s.top() == 1",
        "assert S() + S() == S()\nassert S(1) != S()",
        "s = S()\ns.push(4)\nassert s == S(4)",
        "assert S(1) + S(2) == S(1, 2)\nassert S(1).top() == 1",
    ],
)
@pytest.mark.parametrize("wrong", ["True", "self is not o", "getattr(self, 'w', 0) or getattr(o, 'w', 0) or same"])
def test_objects_without_values_are_asked_about_others(judge, tests, wrong):
    assert judge.judge(STACK, tests).score == 1
    liar = STACK.replace("return self.items == o.items", f"same = self.items == o.items; return {wrong}")
    liar = liar.replace("return S(*self.items, *o.items)", "v = S(); v.w = 1; return v")
    if "+" in tests or (wrong != "getattr(self, 'w', 0) or getattr(o, 'w', 0) or same" and "!=" in tests):
        assert judge.judge(liar, tests).score == 0


ONE = """class V:
    def __new__(cls, *x):
        cls.one = getattr(cls, 'one', None) or object.__new__(cls)
        return cls.one
    def __init__(self, *x): self.x = x
    def __add__(self, o): return self
    def get(self): return self.x
"""


def test_one_object_for_all_calls_of_a_class_is_equal_to_nothing_but_hearsay(judge):
    for form in ("{} == {}", "{} in [{}]", "[{}] == [{}]", "{{{}}} == {{{}}}"):
        tests = "assert " + form.format("V(1, 2) + V(3, 4)", "V(4, 6)")
        assert judge.judge(ONE, tests).score == 0, tests
    assert judge.judge(ONE, "assert V(1) is V(2)\nassert V(3).get() == (3,)").score == 1


def test_a_question_again_that_ends_the_process_is_no_pass_beside_data(judge):
    source = "class V:\n    def __init__(self, x):\n        x == 1 or __import__('os')._exit(0)\n        self.x = x\n"
    source += "    def __eq__(self, o): return True\n"
    assert judge.judge(source, "assert V(1) == V(1)\nassert V(1).x == 1").score == 0


REGISTER = """class C:
    d = {}
    def set(self, k, v): C.d[k] = v
    def get(self, k): return C.d[k]
    def __contains__(self, k): return k in C.d
"""


@pytest.mark.parametrize("key", ["'a'", "'top'", "3", "0", "(1, 2)"])
def test_members_of_a_register_that_all_share_are_not_taken_for_yes_to_everything(judge, key):
    tests = f"c = C()\nc.set({key}, 1)\nassert {key} in c\nassert c.get({key}) == 1"
    assert [judge.judge(REGISTER, tests).score for _ in range(3)] == [1, 1, 1]
    for wrong in ("True", "k != 'no'", "len(C.d) > 0"):
        assert judge.judge(REGISTER.replace("k in C.d", wrong), tests).score == 0


@pytest.mark.parametrize("bounds", ["(0, 1000)", "(2, 9)"])
def test_members_of_an_interval_that_holds_all_that_looks_alike_are_heard(judge, bounds):
    source = "class Span:\n    def __init__(self, low, high): self.low, self.high = low, high\n"
    source += "    def __contains__(self, k): return self.low <= k <= self.high\n"
    source += "    def width(self): return self.high - self.low\n"
    tests = f"s = Span{bounds}\nassert s.width() == {bounds}[1] - {bounds}[0]\nassert 5 in s\nassert 5000 not in s"
    # A hearing in eighty draws hardly anything that a wide interval does not hold.
    assert sum(judge.judge(source, tests).score for _ in range(4)) >= 2


@given(st.lists(st.integers(0, 99), min_size=2, max_size=4, unique=True), st.integers())
def test_values_that_differ_stay_different_and_what_was_refused_is_another(numbers, seed):
    literals = Literals(random.Random(seed), 1.0)
    found = [literals.of(number, shown=False) for number in numbers]
    assert all(one != other for at, one in enumerate(found) for other in found[:at])
    literals.begin()
    literals.of(100, shown=False)
    for _ in range(TRIES - 1):
        assert literals.again()
        assert literals.of(100, shown=False) != 100
    assert literals.again() and literals.stuck and literals.of(100, shown=False) == 100
    assert not literals.again()


class Step:
    """As much of an entry of a record as an order reads."""

    def __init__(self, touched, made):
        self.touched, self.made = touched, made


@given(st.integers())
def test_what_a_step_uses_was_made_before_it_in_any_order_of_groups(seed):
    read, call = Step([], [1]), Step([1], [2])
    for groups in ([[read], [call]], [[call], [read]]):
        assert merged(random.Random(seed), groups) == [read, call]


def test_a_text_that_ignores_case_is_heard_and_one_with_a_constant_hash_is_not(judge):
    source = "class T:\n    def __init__(self, s): self.s = s\n    def __hash__(self): return HASH\n"
    source += "    def __eq__(self, o): return isinstance(o, T) and self.s.lower() == o.s.lower()\n"
    source += "    def __contains__(self, k): return k.lower() in self.s.lower()\n"
    tests = "assert T('Hello') == T('hELLO')\nassert T('a') != T('b')\nassert 'ELL' in T('hello')\n"
    tests += "assert 'xyz' not in T('hello')\nassert hash(T('AB')) == hash(T('ab'))\nassert T('No') == T('nO')\n"
    tests += "assert T('c') != T('d')\nassert 'q' not in T('r')"
    assert [judge.judge(source.replace("HASH", "hash(self.s.lower())"), tests).score for _ in range(3)] == [1, 1, 1]
    assert judge.judge(source.replace("HASH", "7"), tests).score == 0
