# ruff: noqa: E501
"""Objects of classes that the tests name, by what their classes define: as in plain Python, and nothing else is paid."""

import pytest

from envs.judges.sandbox import CodeJudge

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


@pytest.fixture(scope="module")
def judge():
    with CodeJudge(timeout=20) as judge:
        yield judge


@pytest.mark.parametrize(("name", "source", "tests", "score"), CASES, ids=[case[0] for case in CASES])
def test_classes_are_judged_by_what_they_define(judge, name, source, tests, score):
    verdict = judge.judge(source, tests)
    assert verdict.score == score, verdict
