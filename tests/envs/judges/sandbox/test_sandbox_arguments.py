"""What tests hand to the code and get from it: views, iterators and containers of the standard library."""

import pytest

ITERATED = """
{'a': 1, 'b': 2}.keys(); {'a': 1, 'b': 2}.values(); {'a': [1], 'b': [2]}.items(); reversed([1, 2]);
reversed({'a': 1}); iter({'a': 1}); iter({'a': 1}.items()); iter({'a': 1}.values()); iter('ab');
iter(b'ab'); iter(range(3)); iter([5, 6, 7].pop, 5); itertools.islice(itertools.count(), 3);
itertools.islice(itertools.cycle('ab'), 5); itertools.repeat(1, 2); itertools.chain([1], [2]);
itertools.permutations([1, 2, 3]); itertools.combinations('abc', 2); itertools.product('ab', [1]);
itertools.accumulate([1, 2]); itertools.zip_longest([1], [2, 3]); itertools.tee([1, 2])[0];
itertools.takewhile(bool, [1, 0]); itertools.starmap(max, [(1, 2)]); array.array('i', [1, 2]);
array.array('d'); iter(array.array('i', [3])); collections.UserList([1, 2]); collections.UserDict(a=1);
iter(collections.deque([1])); collections.ChainMap({'a': 1}, {'b': 2}); types.MappingProxyType({'a': 1});
memoryview(b'ab'); collections.deque([1, 2]); collections.OrderedDict(a=1).items();
collections.Counter('aab').values(); (i for i in range(3)); map(abs, [-1])
"""
IMPORTS = "import array, collections, itertools, types\n"
CASES = [part.strip() for part in ITERATED.split(";")]


@pytest.mark.parametrize("made", CASES)
def test_what_the_standard_library_iterates_can_be_handed_over(judge, made):
    tests = f"{IMPORTS}assert f({made}) == list({made})\nassert f(iter({made})) == list({made})"
    assert judge.judge("def f(xs): return list(xs)", tests).score == 1
    assert judge.judge("def f(xs): return list(xs) + [0]", tests).score == 0


# made: what is asked of it on either side, whether it is handed over or returned
ASKED = {
    "{'a': 1, 'b': 2}.values()": "len(x) == 2 and max(x) == 2 and 1 in x",
    "{'a': 1, 'b': 2}.items()": "len(x) == 2 and ('a', 1) in x and x == {'b': 2, 'a': 1}.items()",
    "collections.UserList([3, 1])": "x[0] == 3 and sorted(x) == [1, 3] and isinstance(x, collections.UserList)",
    "collections.UserDict(a=1)": "x['a'] == 1 and x.get('b', 5) == 5 and 'a' in x",
    "collections.ChainMap({'a': 1}, {'a': 2, 'b': 3})": "x['a'] == 1 and x['b'] == 3 and len(x.maps) == 2",
    "types.MappingProxyType({'a': 1})": "x['a'] == 1 and dict(x) == {'a': 1}",
    "array.array('i', [1, 2])": "x[1] == 2 and x.typecode == 'i' and x == array.array('i', [1, 2])",
    "memoryview(bytearray(b'abcd')).cast('h')": "bytes(x) == b'abcd' and len(x) == 2 and not x.readonly",
}


@pytest.mark.parametrize("made", ASKED)
def test_containers_of_the_standard_library_cross_as_what_they_are(judge, made):
    told, asked = f"{IMPORTS}def f(x): return bool({ASKED[made]})", f"{IMPORTS}assert f({made}) is True"
    assert judge.judge(told, asked).score == 1
    assert judge.judge(told.replace("bool(", "not ("), asked).score == 0
    given, asks = f"{IMPORTS}def f(): return {made}", f"{IMPORTS}x = f()\nassert {ASKED[made]}"
    assert judge.judge(given, asks).score == 1
    assert judge.judge(given.replace("1", "7").replace("abcd", "abce"), asks).score == 0


@pytest.mark.parametrize(
    ("made", "change", "then"),
    [
        ("{'a': [1]}.values()", "[v.append(2) for v in x]", "list(x) == [[1, 2]]"),
        ("{'a': [1]}.items()", "[v.append(2) for _, v in x]", "list(x) == [('a', [1, 2])]"),
        ("collections.UserList([2])", "x.append(3)", "x == [2, 3]"),
        ("collections.UserDict()", "x.update(a=1)", "x == {'a': 1}"),
        ("collections.ChainMap({}, {'a': 1})", "x.update(a=2)", "x.maps == [{'a': 2}, {'a': 1}]"),
        ("collections.defaultdict(list)", "x['a'].append(1)", "x == {'a': [1]} and x['b'] == []"),
        ("array.array('i', [2, 1])", "x.append(3)", "x.tolist() == [2, 1, 3]"),
        ("memoryview(bytearray(b'ab'))", "x[:] = b'cd'", "bytes(x) == b'cd'"),
    ],
)
def test_what_is_done_to_an_argument_is_done_to_the_tests_own(judge, made, change, then):
    tests = f"{IMPORTS}x = {made}\nf(x)\nassert {then}"
    assert judge.judge(f"def f(x):\n    {change}", tests).score == 1
    assert judge.judge("def f(x): pass", tests).score == 0


def test_an_iterator_is_used_up_by_whoever_iterates_it(judge):
    tests = (
        "xs = iter({'a': 1, 'b': 2, 'c': 3}.items())\nassert f(xs) == ('a', 1)\nassert list(xs) == [('b', 2), ('c', 3)]"
    )
    assert judge.judge("def f(xs): return next(xs)", tests).score == 1
    assert judge.judge("def f(xs): return list(xs)[0]", tests).score == 0


@pytest.mark.parametrize("reach", ["xs.gi_frame", "xs.__self__", "xs.f", "xs.throw(KeyError)", "setattr(xs, 'f', 1)"])
def test_an_iterator_shows_what_it_yields_and_nothing_else(judge, reach):
    code = f"def f(xs):\n    try: {reach}\n    except Exception: return 'no'\n    return 'yes'"
    tests = "assert f(iter(lambda: 1, 1)) == 'no'\nassert f(i for i in [1]) == 'no'"
    assert judge.judge(code, tests).score == 1
    assert judge.judge(code.replace(reach, "next(xs, 0)"), tests).score == 0
