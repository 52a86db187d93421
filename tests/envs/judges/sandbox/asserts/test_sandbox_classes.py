# ruff: noqa: E501
"""Objects of classes that the tests name, by what their classes define: as in plain Python, and nothing else is paid."""

import pytest

CASES = [
    (
        "in is asked of __contains__",
        "class G:\n  def __init__(s,x): s.x=x\n  def __iter__(s): return iter(s.x)\n  def __contains__(s,k): return False",
        "assert 1 in G([1,2])",
        0,
    ),
    (
        "a dict without case",
        "class CI(dict):\n  def __contains__(s,k): return dict.__contains__(s,k.lower())\n  def __setitem__(s,k,v): dict.__setitem__(s,k.lower(),v)\n  def __getitem__(s,k): return dict.__getitem__(s,k.lower())",
        "d=CI()\nd['Ab']=1\nassert 'AB' in d\nassert d['aB']==1",
        1,
    ),
    (
        "endless, alone: one object has one answer",
        "class Evens:\n  def __iter__(s):\n    i=0\n    while True:\n      yield i\n      i+=2\n  def __contains__(s,k): return k%2==0",
        "assert 3 not in Evens()\nassert 4 in Evens()",
        0,
    ),
    (
        "endless, beside data",
        "class Evens:\n  n=1\n  def __iter__(s):\n    i=0\n    while True:\n      yield i\n      i+=2\n  def __contains__(s,k): return k%2==0",
        "assert 3 not in Evens()\nassert 4 in Evens()\nassert Evens().n==1",
        1,
    ),
    (
        "a prefix tree",
        "class T:\n  def __init__(s): s.w=set()\n  def add(s,w): s.w.add(w)\n  def __iter__(s): return iter(s.w)\n  def __contains__(s,p): return any(w.startswith(p) for w in s.w)",
        "t=T(); t.add('apple')\nassert 'app' in t\nassert list(t)==['apple']\nassert 'b' not in t",
        1,
    ),
    (
        "a deque",
        "from collections import deque\nclass D(deque): pass",
        "d=D([1,2]); assert 1 in d\nassert 3 not in d",
        1,
    ),
    (
        "iterated",
        "class S:\n  def __init__(s,*x): s.x=x\n  def __iter__(s): return iter(s.x)",
        "assert 1 in S(1,2)\nassert 3 not in S(1)",
        1,
    ),
    (
        "a dataclass without eq",
        "from dataclasses import dataclass\n@dataclass(eq=False)\nclass P: x:int\ndef mk(x): return P(x)",
        "assert mk(1)==mk(1)",
        0,
    ),
    (
        "a dataclass whose eq is broken",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n  x:int\n  def __eq__(s,o): return False\ndef mk(x): return P(x)",
        "assert mk(1)==mk(1)",
        0,
    ),
    (
        "a dataclass",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n  x:int\n  y:int=3\ndef mk(x): return P(x)",
        "assert mk(1)==mk(1)\nassert mk(2)!=mk(1)\nassert mk(2).x==2",
        1,
    ),
    (
        "pytest that was not imported, faked",
        "def f(x): return 1\nclass pytest:\n  approx=staticmethod(lambda *a,**k:1)",
        "assert f(2)==pytest.approx(4.0)",
        0,
    ),
    (
        "pytest that was not imported",
        "def f(x): return x*2.0\nclass pytest:\n  approx=staticmethod(lambda *a,**k:1)",
        "assert f(2)==pytest.approx(4.0)",
        1,
    ),
    (
        "math that was not imported",
        "def f(x): return 1\nclass math:\n  isclose=staticmethod(lambda *a,**k:1)",
        "assert math.isclose(f(2),4.0)",
        0,
    ),
    (
        "an object called like a module",
        "class queue:\n  def put(s): return 4\nqueue=queue()\ntime=queue",
        "assert time.put()==4",
        1,
    ),
]

DERIVED = [
    ("class Money(int):\n  def __add__(s,o): return Money(0)", "assert Money(1)+Money(2)==Money(3)", 0),
    ("class Money(int):\n  def __add__(s,o): return Money(0)", "assert Money(1)+2==3", 0),
    (
        "class Money(int):\n  def __add__(s,o): return Money(int(s)+int(o))",
        "assert Money(1)+2==3\nassert Money(1)+Money(2)==Money(3)\nassert isinstance(Money(1)+2, Money)",
        1,
    ),
    ("class S(str):\n  def upper(s): return 'x'", "assert S('a').upper()=='A'", 0),
    ("class S(str):\n  def upper(s): return 'x'", "assert S('a').upper()=='x'\nassert S('a').lower()=='a'", 1),
    ("class M(int):\n  def __eq__(s,o): return False", "assert M(1)==M(1)", 0),
    ("class M(int):\n  def __bool__(s): return False", "assert M(1)", 0),
    ("class M(int):\n  def __abs__(s): return 7", "assert abs(M(-1))==1", 0),
    ("class M(int):\n  def __lt__(s,o): return False", "assert M(1)<M(2)", 0),
    ("class F(float):\n  def __mul__(s,o): return F(0)", "assert F(1)*F(2)==F(2)", 0),
    ("class F(float):\n  def __round__(s,n=None): return 0", "assert round(F(2.6))==3", 0),
    ("class S(str):\n  def __len__(s): return 0", "assert len(S('ab'))==2", 0),
    ("class S(str):\n  def __iter__(s): return iter('xx')", "assert list(S('ab'))==['a','b']", 0),
    ("class S(str):\n  def __getitem__(s,i): return 'q'", "assert S('ab')[0]=='a'", 0),
    ("class S(str):\n  def __contains__(s,i): return False", "assert 'a' in S('ab')", 0),
    ("class S(str):\n  def __add__(s,o): return S('')", "assert S('a')+S('b')==S('ab')", 0),
    ("class S(str):\n  def __add__(s,o): return S('')", "assert S('a')+'b'=='ab'", 0),
    ("class S(str):\n  def __mul__(s,o): return S('')", "assert S('a')*3=='aaa'", 0),
    ("class T(tuple):\n  def __len__(s): return 0", "assert len(T([1,2]))==2", 0),
    ("class T(tuple):\n  def __getitem__(s,i): return 0", "assert T([1,2])[0]==1", 0),
    ("class T(tuple):\n  def __add__(s,o): return T()", "assert T([1,2])+T([3])==T([1,2,3])", 0),
    ("class B(bytes):\n  def __len__(s): return 0", "assert len(B(b'ab'))==2", 0),
    ("class L(list):\n  def __contains__(s,k): return False", "assert 1 in L([1])", 0),
    ("class L(list):\n  def __eq__(s,k): return False", "assert L([1])==L([1])", 0),
    ("class D(dict):\n  def __eq__(s,k): return False", "assert D(a=1)==D(a=1)", 0),
    ("class Z(frozenset):\n  def __contains__(s,k): return False", "assert 1 in Z([1])", 0),
    ("from enum import IntEnum\nclass P(IntEnum):\n  A=1\n  B=2\n  def __lt__(s,o): return False", "assert P.A<P.B", 0),
    (
        "from enum import IntEnum\nclass P(IntEnum):\n  A=1\n  B=2",
        "assert P.A<P.B\nassert P.A==1\nassert P.B.name=='B'\nassert P.A in (P.A,)\nassert {P.A:1}[P.A]==1\nassert P.B+1==3\nassert repr(P.A)=='<P.A: 1>'\nassert str(P.A)=='1'",
        1,
    ),
    (
        "from collections import namedtuple\nclass V(namedtuple('V','x y')):\n  def __eq__(s,o): return False",
        "assert V(1,2)==V(1,2)",
        0,
    ),
    (
        "from typing import NamedTuple\nclass V(NamedTuple):\n  x:int\n  y:int\n  def __add__(s,o): return V(s.x+o.x,s.y+o.y)",
        "assert V(1,2)+V(3,4)==V(4,6)",
        1,
    ),
    (
        "from typing import NamedTuple\nclass V(NamedTuple):\n  x:int\n  y:int\n  def __add__(s,o): return V(0,0)",
        "assert V(1,2)+V(3,4)==V(4,6)",
        0,
    ),
    (
        "class V(tuple):\n  def __new__(c,*a): return tuple.__new__(c,a)\n  def __add__(s,o): return V(*(a+b for a,b in zip(s,o)))",
        "assert V(1,2)+V(3,4)==V(4,6)\nassert V(1,2)+V(3,4)==(4,6)",
        1,
    ),
    (
        "class Md(int):\n  def __new__(c,v): return int.__new__(c,v%7)\n  def __add__(s,o): return Md(int(s)+int(o))",
        "assert Md(5)+Md(4)==Md(2)\nassert Md(5)+4==Md(2)\nassert Md(2)==Md(5)+4",
        1,
    ),
    ("class R(int):\n  def __lt__(s,o): return int(s)>int(o)", "assert sorted([R(1),R(3),R(2)])==[3,2,1]", 1),
    (
        "class CI(str):\n  def __eq__(s,o): return s.lower()==o.lower()\n  def __hash__(s): return hash(s.lower())",
        "assert CI('Ab')==CI('aB')\nassert CI('a')!=CI('b')\nassert len({CI('x'),CI('X')})==1",
        1,
    ),
    (
        "class St(str):\n  def __sub__(s,o): return St(s.replace(o,''))",
        "assert St('abc')-St('b')==St('ac')\nassert St('abc')-'b'==St('ac')",
        1,
    ),
    ("class St(str):\n  def __sub__(s,o): return s.replace(o,'')", "assert St('abc')-'b'=='ac'", 1),
    ("class St(str):\n  def __sub__(s,o): return ''", "assert St('abc')-'b'=='ac'", 0),
    (
        "class MyList(list):\n  def first(s): return s[0]",
        "assert MyList([1,2])+[4]==[1,2,4]\nm=MyList([1,2])\nassert m*2==[1,2,1,2]\nm+=[3]\nassert len(m)==3 and m==[1,2,3]\nassert MyList([1])+MyList([2])==[1,2]\nassert 2*m==[1,2,3,1,2,3]",
        1,
    ),
    (
        "class S(set):\n  pass",
        "assert S([1,2])|{3}=={1,2,3}\nassert S([1,2])&{1}=={1}\nassert {1,2,3}-S([1])=={2,3}\nassert 1 in S([1])",
        1,
    ),
    (
        "class F(float):\n  def __sub__(s,o): return 0.0\ndef f(x): return F(9)",
        "assert isinstance(f(2),F)\nassert abs(f(2)-4.0)<1e-6",
        0,
    ),
    (
        "class F(float):\n  def __sub__(s,o): return F(0.0)\n  __rsub__=__sub__\ndef f(x): return F(9)",
        "assert isinstance(f(2),F)\nassert abs(f(2)-4.0)<1e-6",
        0,
    ),
    (
        "class F(float):\n  def __sub__(s,o): return F(0.0)\n  __rsub__=__sub__\ndef f(x): return F(9)",
        "import math\nassert isinstance(f(2),F)\nassert math.isclose(f(2)-4.0,0,abs_tol=1)",
        0,
    ),
    (
        "class M(int):\n  pass",
        "assert M(3)+4==7\nassert M(3)==3\nassert M(3)<4\nassert sum([M(1),M(2)])==3\nassert abs(M(-2))==2\nassert {M(1):2}[1]==2",
        1,
    ),
    (
        "class T(str):\n  def shout(s): return s.upper()+'!'",
        "assert T('a').shout()=='A!'\nassert T('a')+'b'=='ab'\nassert T('ab')[0]=='a'\nassert len(T('ab'))==2\nassert 'a' in T('ab')\nassert T('a,b').split(',')==['a','b']",
        1,
    ),
]


@pytest.mark.parametrize(("name", "source", "tests", "score"), CASES, ids=[case[0] for case in CASES])
def test_classes_are_judged_by_what_they_define(judge, name, source, tests, score):
    verdict = judge.judge(source, tests)
    assert verdict.score == score, verdict


@pytest.mark.parametrize(("source", "tests", "score"), DERIVED, ids=range(len(DERIVED)))
def test_a_class_derived_from_a_plain_type_is_asked_what_it_defines(judge, source, tests, score):
    verdict = judge.judge(source, tests)
    assert verdict.score == score, verdict


ERROR = """
class Bad(Exception):
    status = 500
    def __init__(self, code, detail='none'): self.code, self.detail = code, detail
    def told(self): return {'code': self.code}
    @property
    def again(self): return self.code >= 500
    def __str__(self): return f'[{self.code}] {self.detail}'
    @classmethod
    def missing(cls): return cls(404)
class Worse(Bad): status = 600
def f(x):
    try: return int(x)
    except ValueError as error: raise Worse(503, 'down') from error
"""
STACK = """
class {name}:
    def __init__(self): self.d = []
    def push(self, x): self.d.append(x)
    def pop(self): return self.d.pop()
    def __len__(self): return len(self.d)
"""
MADE = """
def made(name):
    class Kind:
        kind = name
        def __init__(self, v): self.v = v
        def get(self): return self.v
        def __eq__(self, o): return isinstance(o, Kind) and self.v == o.v
    Kind.__name__ = name
    return Kind
"""
USED = {
    "made_error": (ERROR, "e = Bad(400)\nassert e.code == 400\nassert not e.again\nassert str(e) == '[400] none'", "code == 400", "code == 401"),
    "by_name": (ERROR, "e = Bad(code=1, detail='x')\nassert (e.code, e.detail) == (1, 'x')", "(1, 'x')", "(1, 'y')"),
    "method": (ERROR, "try: f('x')\nexcept Bad as e: told = e.told()\nassert told == {'code': 503}", "503", "504"),
    "class_attribute": (ERROR, "assert Bad.status == 500\nassert Worse(1).status == 600", "600", "500"),
    "classmethod": (ERROR, "assert Bad.missing().code == 404", "404", "405"),
    "cause": (ERROR, "try: f('x')\nexcept Bad as e: cause = e.__cause__\nassert isinstance(cause, ValueError)", "ValueError", "KeyError"),
    "own": (ERROR, "class Own(Bad):\n    def __init__(self): super().__init__(7)\nassert Own().told()['code'] == 7 or Own().code == 7", "== 7", "== 8"),
    "lower": (STACK.format(name="stack"), "s = stack()\ns.push(1)\ns.push(2)\nassert len(s) == 2\nassert s.pop() == 2", "pop() == 2", "pop() == 1"),
    "lower_self": (
        STACK.format(name="stack"),
        "import unittest\nclass T(unittest.TestCase):\n    def setUp(self): self.s = stack()\n    def test(self):\n        self.s.push(1)\n        self.assertEqual(len(self.s), 1)",
        ", 1)",
        ", 2)",
    ),
    "lower_fixture": (
        STACK.format(name="stack"),
        "import pytest\n@pytest.fixture\ndef s(): return stack()\ndef test(s):\n    s.push(1)\n    assert len(s) == 1",
        "== 1",
        "== 2",
    ),
    "library_name": (STACK.format(name="Counter"), "c = Counter()\nc.push(4)\nassert c.pop() == 4", "== 4", "== 5"),
    "factory": (MADE, "Dog = made('Dog')\nassert Dog(3).get() == 3\nassert Dog.kind == 'Dog'\nassert isinstance(Dog(1), Dog)", "== 3", "== 4"),
    "typed_dict": (
        "from typing import TypedDict\nclass M(TypedDict):\n    n: int\ndef f(n): return M(n=n)",
        "assert M(n=1)['n'] == 1\nassert f(2) == {'n': 2}",
        "'n': 2",
        "'n': 3",
    ),
    "sequence": (
        "from collections.abc import Sequence\nclass Deck(Sequence):\n    def __len__(self): return 2\n    def __getitem__(self, i): return [5, 6][i]",
        "from collections.abc import Sequence\nd = Deck()\nassert isinstance(d, Sequence)\nassert d.index(6) == 1",
        "== 1",
        "== 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", USED)
def test_classes_are_used_as_in_one_process(judge, name):
    code, tests, right, wrong = USED[name]
    verdict = judge.judge(code, tests)
    assert verdict.score == 1, verdict
    assert right in tests
    assert judge.judge(code, tests.replace(right, wrong)).score == 0


@pytest.mark.parametrize(
    "tests", ["assert add(1, 2) == 3", "x = add(1, 2)\nassert x + 1 == 4", "assert add(1, 2).real == 3"]
)
def test_a_function_that_is_a_class_is_still_asked_for_data(judge, tests):
    code = "class add:\n    def __init__(s, *a): s.real = s\n    def __eq__(s, o): return True\n    def __add__(s, o): return s"
    assert judge.judge(code, tests).score == 0


FAMILY = """
class Shape:
    def area(self): return 1
class Sq(Shape):
    def __init__(self, s): self.s = s
    def area(self): return self.s ** 2
"""


@pytest.mark.parametrize("names", ["Shape, Sq", "Sq, Shape", "*"])
@pytest.mark.parametrize("base", ["Shape", "Sq"])
def test_a_class_and_its_base_are_both_named_in_whatever_order_the_tests_import_them(judge, names, base):
    made = f"class Tri({base}):\n    def __init__(self): pass\n    def area(self): return 7\n"
    asked = f"assert isinstance(Tri(), {base}) and issubclass(Tri, {base})\nassert Tri().area() == 7\n"
    assert judge.judge(FAMILY, f"from solution import {names}\n{made}{asked}assert Sq(3).area() == 9\n").score == 1
