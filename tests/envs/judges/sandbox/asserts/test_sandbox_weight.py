"""What an assertion weighs: only data of the candidate's that could have been otherwise holds hearsay up."""

import ast

import pytest

from envs.judges.sandbox.guest.work.asserts.weighing import doubtful, weight

NEIGHBOURS = """class K:
    n = 0
    def __init__(self, v): self.i = K.n; K.n += 1
    def __eq__(self, o): return abs(self.i - o.i) <= 1
    def __hash__(self): return 1
"""
EQUAL = ["assert K(1) == K(1)\nassert K(2) == K(2)", "a, b, c = K(1), K(2), K(1)\nassert a == b or a == c"]
IDLE = r"""assert 1 == 1
import math; assert math.pi > 3
assert callable(K)
assert K is not None
assert isinstance(K(1), K)
assert type(K(1)) is K
assert type(K(1)) == K
k = K(1); assert k is k
k = K(1); assert k == k
assert K.__name__ == 'K'
assert id(K(1))
assert str(K(1))
assert bool(K(1))
assert not isinstance(K(1), int) and callable(K)
n = 3; assert n == 3
assert all(isinstance(k, K) for k in [K(1), K(2)])
assert hash(K(1)) == hash(K(1))
assert hasattr(K(1), 'i')
assert f'{K(1)}'
if not callable(K): raise AssertionError
import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertIsInstance(K(1), K)
import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(1, 1); self.assertTrue(callable(K))
import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertIsNotNone(K(1))""".splitlines()


@pytest.mark.parametrize("idle", [line.replace("\\n", "\n") for line in IDLE])
def test_what_is_so_whatever_is_computed_holds_up_no_hearsay(judge, idle):
    for tests in EQUAL:
        for text in (f"{tests}\n{idle}", f"{idle}\n{tests}"):
            verdict = judge.judge(NEIGHBOURS, text)
            assert verdict.score == 0 and "says of itself" in verdict.reason, (text, verdict)


def test_a_sum_that_says_it_equals_everything_is_not_paid_for_its_class(judge):
    source = (
        "class V:\n    k = 0\n    def __init__(self, x, y): self.x, self.y = x, y\n"
        "    def __add__(self, o):\n        v = V(0, 0)\n        v.k = 1\n        return v\n"
        "    def __eq__(self, o): return self.k != o.k\n"
    )
    assert judge.judge(source, "assert isinstance(V(1, 2), V)\nassert V(1, 2) + V(3, 4) == V(4, 6)").score == 0


FIRM = [
    "x = f(2)\nassert x == 4",
    "assert f(2) is not False",
    "assert V(3).x == 3",
    "assert V(3).double() == 6",
    "assert V(3).push(1) is None",
    "assert str(V(3)) == 'V3'",
    "r = []\nfor i in range(3): r.append(f(i))\nassert r == [0, 1, 4]",
    "import pytest\ndef test_raises():\n    with pytest.raises(ValueError): V(-1)",
    "try:\n    V(-1)\n    assert False\nexcept ValueError: pass",
    "def test_printed(capsys):\n    V(1).show()\n    assert capsys.readouterr().out == 'V1\\n'",
    "from unittest.mock import Mock\nm = Mock()\nV(1).tell(m)\nm.assert_called_once_with(1)",
    "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(f(2), 4)",
    "l = [3, 1]\norder(l)\nassert l == [1, 3]",
]


@pytest.mark.parametrize("firm", FIRM)
def test_what_the_code_computed_holds_hearsay_up(judge, firm):
    source = """class V:
    def __init__(self, x):
        if x < 0: raise ValueError(x)
        self.x = x
    def double(self): return 2 * self.x
    def push(self, y): pass
    def show(self): print(self)
    def tell(self, who): who(self.x)
    def __str__(self): return f'V{self.x}'
    def __eq__(self, o): return self.__dict__ == o.__dict__
class S(V):
    def __init__(self, given): self.x = 7
def f(x): return x * x
def order(l): l.sort()
"""
    alone = judge.judge(
        source, "assert S(lambda: 1) == S(lambda: 2)"
    )  # a lambda of the tests' cannot be handed over again
    beside = judge.judge(source, "assert S(lambda: 1) == S(lambda: 2)\n" + firm)
    assert (alone.score, beside.score) == (0, 1), (alone, beside)


CONSTANT = "class V:\n    def __init__(self, *x): self.x = x\n    def __add__(self, o): return V(0)\n"
TRUE = CONSTANT.replace("V(0)", "V(*(a + b for a, b in zip(self.x, o.x)))")


@pytest.mark.parametrize("asked", ["repr", "hash", "str", "format"])
@pytest.mark.parametrize("form", ["assert {0}(V(1, 2) + V(3, 4)) == {0}(V(4, 6))", "unittest"])
def test_what_objects_describe_themselves_by_is_hearsay_where_nothing_else_is_compared(judge, asked, form):
    if form == "unittest":
        form = (
            "import unittest\nclass T(unittest.TestCase):\n"
            "    def test(self): self.assertEqual({0}(V(1, 2) + V(3, 4)), {0}(V(4, 6)))"
        )
    says = "    def __hash__(self): return 7\n    def __repr__(self): return 'V'\n    __str__ = __repr__\n"
    says += "    def __format__(self, how): return 'V'\n"
    told = says.replace("7", "hash(self.x)").replace("return 'V'", "return 'V' + repr(self.x)")
    tests = form.format(asked)
    for text in (tests, "assert V(1).x == (1,)\n" + tests):
        false, true = judge.judge(CONSTANT + says, text), judge.judge(TRUE + told, text)
        assert (false.score, true.score, true.hearsay) == (0, 1, 1), (text, false, true)
    literal = judge.judge(TRUE + told, "assert repr(V(1)) == 'V(1,)'")
    assert (literal.score, literal.hearsay) == (1, 0)


def test_names_that_may_hold_something_of_the_candidates_are_found():
    text = "import math\nfrom solution import g\na = 1\nb = a\nc = f(a)\nd = []\nd.append(c)\nfor e in d: pass\nh = [a]"
    assert doubtful(ast.parse(text), {"sum"}) == {"sum", "f", "g", "a", "b", "c", "d", "e", "h"}
    text = "a = 1\nb = a\nc = f(2)\nx = [i for i in range(a)]\nassert all(f(i) for i in x)"
    assert doubtful(ast.parse(text), ()) == {"f", "c"}


@pytest.mark.parametrize(
    ("test", "weighs"),
    [
        ("f(2) == 4", ""), ("f(2) is True", ""), ("f(2)", ""), ("f(2) is None", "none"), ("f(2) is not None", "light"),
        ("isinstance(f(2), int) and f(2) == 4", ""), ("isinstance(f(2), int) or f(2) == 4", "light"),
        ("len(str(f(2))) == 1", ""), ("str(f(2))", "light"), ("str(f(2)) == str(f(3))", "described"),
        ("str(f(2)) == '4'", ""), ("all(isinstance(x, int) for x in f(2))", "light"), ("2 + 2 == 4", "light"),
    ],
)  # fmt: skip
def test_the_text_of_an_assertion_tells_its_weight(test, weighs):
    assert weight(ast.parse(test, mode="eval").body, {"f"}) == weighs


@pytest.mark.parametrize(
    "tests",
    [
        "assert sorted([P('a', 3), P('b', 1)])[0].n == 'b'",
        "assert min(P('a', 3), P('b', 1)).n == 'b'",
        "from heapq import *\nh = [P('a', 3), P('b', 1)]\nheapify(h)\nassert heappop(h).n == 'b'",
        "xs = sorted([P('a', 3), P('b', 1)])\nassert [x.n for x in xs] == ['b', 'a']",
    ],
)
def test_an_order_is_hearsay_whoever_asks_for_it(judge, tests):
    source = (
        "class P:\n    def __init__(self, n, k): self.n, self.k = n, k\n    def __lt__(self, o): return self.k < o.k\n"
    )
    honest = judge.judge(source, tests)
    assert (honest.score, honest.hearsay) == (1, 1), honest
    for wrong in ("True", "self.n > o.n and False", "id(self) % 2 == 0"):
        verdict = judge.judge(source.replace("self.k < o.k", wrong), tests)
        assert verdict.score == 0, (wrong, verdict)
