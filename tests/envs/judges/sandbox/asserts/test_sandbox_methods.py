# ruff: noqa: E501 - cases are short programs on one line
"""Objects that a function returns, of classes no test names: they keep the methods that their classes define."""

import pytest

DATA = "from dataclasses import dataclass\n@dataclass{}\nclass P:\n    x: int\n    y: int = 2\n"
# name: (code, tests, a part of the code, what makes it wrong)
KEPT = {
    "method": (DATA.format("") + "    def area(self): return self.x * self.y\ndef f(x): return P(x)", "p = f(3)\nassert p.x == 3 and p.area() == 6\np.x = 5\nassert p.area() == 10", "self.x * self.y", "self.x"),
    "nested": (DATA.format("") + "    def area(self): return self.x * self.y\ndef f(x): return {'p': [P(x)]}", "assert f(3)['p'][0].area() == 6", "self.x * self.y", "self.x"),
    "changed": (DATA.format("") + "    def grow(self): self.x += 1\ndef f(x): return P(x)", "p = f(3)\np.grow()\nassert p.x == 4", "+= 1", "+= 2"),
    "property": (DATA.format("(frozen=True)") + "    @property\n    def neg(self): return -self.x\ndef f(x): return P(x)", "assert f(3).neg == -3 and len({f(3), f(3), f(4)}) == 2", "-self.x", "self.x"),
    "text": (DATA.format("") + "    def __str__(self): return f'P<{self.x}>'\ndef f(x): return P(x)", "assert str(f(3)) == 'P<3>' and f'{f(4)}' == 'P<4>'", "P<", "Q<"),
    "iterated": (DATA.format("") + "    def __iter__(self): return iter([self.x, self.y])\ndef f(x): return P(x)", "assert list(f(3)) == [3, 2]\na, b = f(5)\nassert (a, b) == (5, 2)", "self.x, self.y", "self.y, self.x"),
    "equal": (DATA.format("") + "    def area(self): return self.x * self.y\ndef f(x): return P(x % 4)", "assert f(3) == f(7) and f(3) != f(4) and f(3) in [f(1), f(3)] and f(1).area() == 2", "x % 4", "x"),
    "handed_back": (DATA.format("") + "    def area(self): return self.x * self.y\ndef f(x): return P(x)\ndef g(p): return p.area() + 1", "assert g(f(3)) == 7 and f(3).area() == 6", "+ 1", "+ 2"),
    "no_methods": (DATA.format("") + "def f(x): return P(x)", "assert f(3) == f(3) != f(4) and f(3).y == 2 and 'x=3' in repr(f(3))", "= 2", "= 3"),
    "named_tuple": ("from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    def dbl(self): return self.x * 2\n    @property\n    def neg(self): return -self.x\ndef f(x): return P(x)", "assert f(3).dbl() == 6 and f(3).neg == -3 and f(3) == (3,) and f(3).x == 3 and isinstance(f(3), tuple)", "* 2", "* 3"),
    "text_with_method": ("class S(str):\n    def shout(self): return self.upper() + '!'\ndef f(x): return S(x)", "assert f('a').shout() == 'A!' and f('a') == 'a' and f('a').upper() == 'A' and f('b') + 'c' == 'bc'", "'!'", "'?'"),
    "list_with_method": ("class L(list):\n    def second(self): return self[1]\ndef f(x): return L(x)", "assert f([1, 2]).second() == 2 and f([1]) == [1] and len(f([1, 2])) == 2 and sorted(f([2, 1])) == [1, 2]", "self[1]", "self[0]"),
    "dict_with_attributes": ("class D(dict):\n    __getattr__ = dict.__getitem__\ndef f(x): return D(x)", "assert f({'a': 1}).a == 1 and f({'a': 1})['a'] == 1 and f({'b': 2}) == {'b': 2}", "dict.__getitem__", "lambda self, name: 0"),
    "held_beside": ("class L(list): pass\ndef f(x):\n    found = L(x)\n    found.total = sum(x)\n    return found", "assert f([1, 2]).total == 3 and f([1, 2]) == [1, 2]", "sum(x)", "len(x)"),
    "number_of_names": ("from enum import IntEnum\nclass C(IntEnum):\n    RED = 1\n    BLUE = 2\ndef f(x): return C[x.upper()]", "assert f('red').name == 'RED' and f('blue').value == 2 and f('blue') == 2 and f('red') < 2", "BLUE = 2", "BLUE = 3"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_a_returned_object_keeps_its_methods(judge, name):
    code, tests, part, wrong = KEPT[name]
    verdict = judge.judge(code, tests)
    assert verdict.score == 1, verdict
    assert part in code
    verdict = judge.judge(code.replace(part, wrong), tests)
    assert verdict.score == 0, verdict


ASKED = {
    "int": ("assert f(3) == 10", "assert 10 == f(3)", "assert not f(3) != 10", "assert abs(f(3) - 10) < 1", "assert f(3) in [10]", "assert f(3) in {10}", "assert f(3) >= 10 and f(3) <= 10", "assert f(3) + 1 == 11"),
    "float": ("assert f(3) == 10.0", "assert abs(f(3) - 10.0) < 1e-6", "assert -1e-6 < f(3) - 10 < 1e-6", "assert math.isclose(f(3), 10)", "assert [f(3)] == [10.0]"),
    "str": ("assert f(3) == 'ten'", "assert f(3) in ('ten',)", "assert 'ten' == f(3)", "assert {f(3): 1} == {'ten': 1}", "assert f(3) + 'x' == 'tenx'"),
    "tuple": ("assert f(3) == (1, 0)", "assert (1, 0) == f(3)", "assert [f(3)] == [(1, 0)]", "assert f(3) + (1,) == (1, 0, 1)"),
    "list": ("assert f(3) == [1, 0]", "assert [1, 0] == f(3)", "assert not f(3) != [1, 0]", "assert (f(3),) == ([1, 0],)"),
    "dict": ("assert f(3) == {1: 0}", "assert {1: 0} == f(3)", "assert [f(3)] == [{1: 0}]"),
    "set": ("assert f(3) == {1, 0}", "assert {1, 0} == f(3)", "assert not f(3) - {1, 0} and f(3) == {1, 0}"),
}  # fmt: skip
ANY = "\n".join(f"    def __{name}__(self, *o): return {value}" for name, value in (
    ("eq", True), ("ne", False), ("le", True), ("ge", True), ("lt", True), ("gt", True), ("sub", "self"), ("rsub", "self"),
    ("add", "self"), ("abs", "self"), ("contains", True), ("bool", False), ("hash", "hash(10)"),
))  # fmt: skip


@pytest.mark.parametrize("kind", ASKED)
def test_what_has_an_attribute_the_tests_ask_for_decides_nothing_by_it(judge, kind):
    code = f"class V({kind}):\n    isclose = pi = 1\n{ANY}\ndef f(x): return V()"
    for asked in ASKED[kind]:
        verdict = judge.judge(code, f"import math\n{asked}\nassert math.pi > 3")
        assert verdict.score == 0, (asked, verdict)


def test_fields_that_change_make_no_object_equal_to_a_value(judge):
    code = (
        DATA.format("")
        + "    def __getattribute__(self, name): return 3\n    def area(self): return 3\ndef f(x): return P(x)"
    )
    for asked in ("f(3) == 3", "f(3) == (3, 3)", "[f(3)] == [3]", "f(3) in [3, 4]", "f(3) == {'x': 3, 'y': 3}"):
        assert judge.judge(code, f"assert {asked}").score == 0
