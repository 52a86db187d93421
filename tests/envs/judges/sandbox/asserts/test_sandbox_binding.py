# ruff: noqa: E501 - cases are short programs on one line
"""What the code defines inside classes of the tests: functions bind, descriptors are asked, as Python does."""

import pytest

LOG = "import functools\ndef log(f):\n    @functools.wraps(f)\n    def w(*a, **k): return f(*a, **k)\n    return w"
HELD = "class A:\n    def __init__(self, k=3): self.k = k\n"
VALIDATED = "class Pos:\n    def __set_name__(self, owner, name): self.name = {name}\n    def __get__(self, o, owner=None): return self if o is None else {get}\n    def __set__(self, o, value):\n        if value < 0: raise ValueError(value)\n        {set}"
ASKED = "import pytest\nclass A:\n    x = Pos()\n    y = Pos()\n    def __init__(self, x, y): self.x, self.y = x, y\nclass T:\n    def check(self): return 1\ndef test():\n    a, b = A(1, 2), A(3, 4)\n    a.x = 5\n    assert (a.x, a.y, b.x, b.y) == (5, 2, 3, 4)\n    with pytest.raises(ValueError): A(-1, 1)"
# name: (code, tests, a part of the code, what makes it wrong)
BOUND = {
    "decorated": (LOG, HELD + "    @log\n    def g(self, x): return self.k + x\nassert A().g(1) == 4 and A(5).g(x=2) == 7 and A.g(A(1), 1) == 2", "return f(*a, **k)", "return 0"),
    "decorated_in_a_test": (LOG, "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        class A:\n            @log\n            def g(self): return 5\n        self.assertEqual(A().g(), 5)", "return f(*a, **k)", "return 4"),
    "with_self": ("def memo(f):\n    c = {}\n    def w(self, n):\n        if n not in c: c[n] = f(self, n)\n        return c[n]\n    return w", "class F:\n    @memo\n    def fib(self, n): return n if n < 2 else self.fib(n - 1) + self.fib(n - 2)\nassert F().fib(20) == 6765", "c[n] = f", "c[n] = 1 + f"),
    "with_arguments": ("def retry(n):\n    def d(f):\n        def w(*a):\n            for i in range(n):\n                try: return f(*a)\n                except KeyError: pass\n            raise KeyError\n        return w\n    return d", "class S:\n    c = 0\n    @retry(3)\n    def go(self):\n        self.c += 1\n        if self.c < 3: raise KeyError\n        return self.c\ns = S()\nassert s.go() == 3", "range(n)", "range(n - 1)"),
    "cached": ("import functools\ndef cached(f): return functools.lru_cache(f)", "n = []\nclass A:\n    @cached\n    def g(self, x):\n        n.append(x)\n        return x + 1\na = A()\nassert a.g(2) == a.g(2) == 3 and n == [2]", "functools.lru_cache(f)", "f"),
    "mixed_in": ("def dbl(self): return self.x * 2", "class A:\n    x = 4\n    double = dbl\nassert A().double() == 8", "* 2", "* 3"),
    "not_bound": (LOG, "class A:\n    @staticmethod\n    @log\n    def g(x): return x\n    @classmethod\n    @log\n    def h(cls, x): return cls.__name__ + x\nassert A.g(1) == A().g(1) == 1 and A.h('x') == 'Ax'", "return f(*a, **k)", "return 1"),
    "classproperty": ("class cp:\n    def __init__(self, f): self.f = f\n    def __get__(self, o, owner): return self.f(owner)", "class A:\n    @cp\n    def name(cls): return cls.__name__\nassert A.name == 'A' and A().name == 'A'", "self.f(owner)", "'B'"),
    "property": ("def shown(f): return property(lambda self: f(self) + 1)", "class A:\n    @shown\n    def v(self): return 4\nassert A().v == 5", "+ 1", "+ 2"),
    "validated": (VALIDATED.format(name="'_' + name", get="getattr(o, self.name)", set="setattr(o, self.name, value)"), ASKED, "value < 0", "value < -9"),
    "validated_in_dict": (VALIDATED.format(name="name", get="o.__dict__.get(self.name, 0)", set="o.__dict__[self.name] = value"), ASKED, "value < 0", "value < -9"),
    "no_call_of_its_own": ("class A:\n    def g(self): return 1", "assert not callable(A()) and callable(A().g) and A().g() == 1", "def g", "__call__ = lambda self: 1\n    def g"),
    "lazy": ("class lazy:\n    def __init__(self, f): self.f = f\n    def __get__(self, o, t=None):\n        v = self.f(o)\n        o.__dict__[self.f.__name__] = v\n        return v", "n = []\nclass A:\n    @lazy\n    def v(self):\n        n.append(1)\n        return 7\na = A()\nassert a.v == 7 and a.v == 7 and n == [1]", "o.__dict__[self.f.__name__] = v", "pass"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUND)
def test_what_a_class_of_the_tests_holds_is_bound_to_it(judge, name):
    code, tests, part, wrong = BOUND[name]
    verdict = judge.judge(code, tests)
    assert verdict.score == 1, verdict
    assert part in code
    verdict = judge.judge(code.replace(part, wrong), tests)
    assert verdict.score == 0, verdict


@pytest.mark.parametrize(
    "done",
    ["o._secret", "o.__dict__['_secret']", "setattr(o, '_secret', 1)", "setattr(o, 'check', int)", "setattr(o, '__class__', int)",
     "o.__dict__.__setitem__('check', int)", "o.__dict__.__setitem__('_secret', 1)", "setattr(type(o), '_new', 1)", "o.__dict__['__class__']"],
)  # fmt: skip
def test_a_descriptor_reaches_nothing_the_tests_keep_to_themselves(judge, done):
    code = f"class D:\n    def __get__(self, o, t=None):\n        try: {done}\n        except (AttributeError, KeyError): return 'no'\n        return 'yes'"
    tests = "class A:\n    x = D()\n    def __init__(self): self._secret = 42\n    def check(self): return 1\na = A()\nassert a.x == 'no' and a._secret == 42 and a.check() == 1"
    assert judge.judge(code, tests).score == 1
    assert judge.judge(code.replace(done, "o.check"), tests).score == 0
