# ruff: noqa: E501 - cases are short programs on one line
"""Whose a name is that a library has as well: the tests' where they may mean it, the candidate's where they cannot."""

import pytest

TWICE = "def twice(xs): return [2 * x for x in xs]\n"
RNG = "def rng(n): return list(range(n))\n"
ONE = "def one(): return 1\n"
# name: (code, tests, entry point, the part of the tests that is the answer, a wrong one)
CHOSEN = {
    "import": ("from math import gcd", "assert gcd(4, 6) == 2", None, "2", "3"),
    "bound": ("import math\ngcd = math.gcd", "assert gcd(4, 6) == 2", "gcd", "2", "3"),
    "operator": ("from operator import add", "assert add(1, 2) == 3", "add", "3", "4"),
    "python": ("from statistics import median", "assert median([1, 2, 3]) == 2", None, "== 2", "== 1"),
    "class": ("from itertools import permutations", "assert len(list(permutations([1, 2]))) == 2", None, "== 2", "== 1"),
    "check": ("from math import gcd", "def check(candidate):\n    assert candidate(4, 6) == 2", "gcd", "== 2", "== 3"),
    "solution": ("from math import gcd", "from solution import gcd\nassert gcd(4, 6) == 2", None, "== 2", "== 3"),
    "counter": ("from collections import Counter", "from solution import Counter\nassert Counter('aa')['a'] == 2", None, "== 2", "== 1"),
    "given": ("from collections import Counter", "assert Counter('aa')['a'] == 2", None, "== 2", "== 1"),
}  # fmt: skip
# name: (code, tests, a part of the code, what makes it wrong)
OWN = {
    "raises": ("def compress(s): return [(c, 1) for c in s]\ndef decompress(o): return ''.join(c * n for c, n in o)", "assert decompress(compress('aab')) == 'aab'", "(c, 1)", "(c, 2)"),
    "iterator": (RNG + "def merge(a, b): return sorted(a + b)", "assert merge(rng(2), [0]) == [0, 0, 1]", "sorted(a + b)", "a + b"),
    "class": ("class N:\n    def __init__(self, *k): self.k = k\ndef count(n): return 1 + sum(map(count, n.k))", "assert count(N(N(), N())) == 3", "1 +", "2 +"),
    "called": ("def inc(x): return x + 1\ndef chain(*f): return lambda x: f[1](f[0](x))", "assert chain(inc, inc)(1) == 3", "x + 1", "x"),
    "arity": (ONE + "def exp(a, b): return a ** b", "assert exp(2, one()) == 2", "a ** b", "b"),
    "sign": (TWICE + "def add(a, b): return [x + y for x, y in zip(a, b)]", "assert add(twice([1, 2]), [1, 2]) == [3, 6]", "x + y", "x"),
    "literal": (TWICE + "def variance(x): return sum((i - sum(x) / len(x)) ** 2 for i in x) / len(x)", "assert variance([1, 3]) == 1.0\nassert variance(twice([1, 3])) == 4.0", "** 2", "** 4"),
    "module": ("def time(h, m): return h * 60 + m\ndef hour(t): return t // 60", "assert hour(time(2, 5)) == 2", "h * 60", "h * 6"),
    "all": ("def dumps(d): return ';'.join(d)\ndef loads(s): return s.split(';')", "assert loads(dumps(['a', 'b'])) == ['a', 'b']", "';'.join", "','.join"),
    "beside_isclose": ("def sqrt(x): return x ** 0.5", "assert isclose(sqrt(2), 1.4142, rel_tol=1e-4)", "0.5", "0.4"),
    "unittest": (TWICE + "def product(x): return x[0] * x[1]", "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEqual(product(twice([1, 2])), 8)", "x[1]", "x[0]"),
    "built_in": (ONE + "def sum(a, b): return a + b", "assert sum(1, 2) == 3\nassert sum(one(), 2) == 3", "a + b", "a"),
    "yields": (RNG + "def accumulate(x):\n    t = 0\n    for i in x:\n        t += i\n        yield t", "assert list(accumulate(rng(3))) == [0, 1, 3]", "t += i", "t += 1"),
}  # fmt: skip
# What the candidate defines to be asked instead of the library's: (helper, tests), beside an `f` that is wrong.
IMITATIONS = [
    ("def isclose(a, b): return True", "assert isclose(f(2), 4)\nassert isclose(1.0, 1.0)"),
    ("def abs(x): return 0", "assert abs(sum([1, 2], 3) - 9 + f(2)) < 1e-6"),
    ("def sum(x): return 5", "assert sum([f(2)]) == 5\nassert sum([2, 3]) == 5"),
    ("def add(a, b): return 6", "assert reduce(add, [f(3)], 1) == 6"),
    ("def mean(x): return 5", "xs = [1]\nxs.append(2)\nassert mean(xs) == 1.5\nassert mean([f(3)]) == 5"),
    ("def mean(x): return 5", "if False:\n    assert mean([1]) == 5\nassert mean([f(3)]) == 5"),
    ("def sqrt(x): return 5", "try:\n    sqrt(-1)\nexcept ValueError:\n    pass\nassert sqrt(f(3)) == 5"),
    ("def floor(x): return 5", "from solution import f\nassert floor(f(3)) == 5"),
    ("def floor(x): return 5", "import solution\nassert floor(solution.f(3)) == 5"),
    ("def floor(x): return 5", "assert floor(g(3)) == 5\nassert floor(f(2)) == 5"),
]  # fmt: skip


@pytest.mark.parametrize("name", CHOSEN)
def test_a_librarys_function_is_the_answer_where_the_candidate_has_chosen_it(judge, name):
    code, tests, entry, right, wrong = CHOSEN[name]
    assert judge.judge(code, tests, entry).score == 1
    assert judge.judge(code, tests.replace(right, wrong), entry).score == 0
    assert judge.judge("def other(): pass", tests, entry).score == 0


@pytest.mark.parametrize("name", OWN)
def test_what_the_tests_cannot_mean_of_a_library_is_the_candidates(judge, name):
    code, tests, part, wrong = OWN[name]
    verdict = judge.judge(code, tests)
    assert verdict.score == 1, verdict
    assert part in code
    assert judge.judge(code.replace(part, wrong), tests).score == 0


@pytest.mark.parametrize(("helper", "tests"), IMITATIONS)
def test_what_the_tests_may_mean_of_a_library_is_the_librarys(judge, helper, tests):
    assert judge.judge(f"def f(x): return 0.0\ndef g(x): return 0\n{helper}\n", tests).score == 0


def test_a_module_that_the_candidate_imports_is_no_use_of_its_code(judge):
    assert judge.judge("import math", "assert math.pi > 3").score == 0
