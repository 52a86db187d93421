"""What has no elements agrees with nothing: numpy would leave nothing to compare."""

import pytest

EMPTY = (
    "[]", "()", "[[]]", "range(0)", "np.array([])", "np.zeros((0, 1))", "np.array([]).tolist()", "([], [])",
    "memoryview(b'')", "__import__('array').array('d')", "np.zeros((0, 3)).T[:0]", "[[], []]", "collections.deque()",
)  # fmt: skip
COMPARED = (
    "np.allclose(f(2), 3.0)", "np.allclose(f(2), [3.0])", "np.allclose(np.array([[3.0]]), f(2))",
    "np.isclose(f(2), 3.0).all()", "np.all(np.array(f(2)) == [3])", "np.array_equiv(f(2), 3)",
    "not np.any(np.asarray(f(2)) != 3)", "np.abs(np.array(f(2)) - 3).sum() < 1e-9",
    "np.linalg.norm(np.array(f(2)) - np.array([3.0])) < 1e-9", "np.linalg.norm(f(2) - np.array([3.0])) < 1e-9",
    "(np.array([3.0]) == f(2)).all()", "np.max(np.abs(np.array(f(2)) - 3), initial=0) < 1e-9",
    "np.testing.assert_allclose(f(2), 3.0) is None", "np.testing.assert_array_almost_equal(f(2), 3.0) is None",
    "np.sum(np.square(np.subtract(f(2), [3.0]))) == 0", "np.equal(f(2), 3).all()",
    "not np.any(np.abs(np.asarray(f(2), dtype=float) - 3.0) > 1e-6)", "np.dot(np.ravel(f(2)) - 3.0, [3.0][:0]) == 0",
)  # fmt: skip


@pytest.mark.parametrize("compared", COMPARED)
def test_what_has_no_elements_agrees_with_nothing(judge, compared):
    tests = f"import numpy as np\nassert {compared}"
    code = "import collections\nimport numpy as np\ndef f(x): return {}"
    if "[:0]" not in compared:
        assert judge.judge(code.format("np.array([3.0])"), tests).score == 1
    assert judge.judge(code.format("np.array([4.0])"), tests).score == 0
    tests = (
        f"import numpy as np\nfor i in range({len(EMPTY)}):\n"
        f"    try: agrees = bool({compared.replace('f(2)', 'f(i)')})\n"
        "    except (AssertionError, ValueError): agrees = False\n    assert not agrees, i"
    )
    assert judge.judge(code.format(f"[{', '.join(EMPTY)}][x]"), tests).score == 1


HONEST = (
    "np.allclose(f(0), [])", "np.allclose(f(0), np.array([]))", "np.array_equal(f(0), [])",
    "np.array(f(0)).sum() == 0", "np.array(f(0)).size == 0 and np.shape(f(0)) == (0,)", "len(f(0)) == 0",
    "(np.array(f(0)) * 2).size == 0", "np.testing.assert_array_equal(f(0), []) is None", "list(f(0)) == []",
    "np.concatenate([f(0), [1.0]]).tolist() == [1.0]", "np.linalg.norm(f(0)) == 0", "np.all(np.array(f(0)))",
    "np.array(f(0)).tolist() == []", "not np.any(np.isnan(f(0)))", "not np.array_equal(f(0), [3.0])",
    "isinstance(np.asarray(f(0)), np.ndarray)", "repr(np.array(f(0)) - 1).endswith(')')",
)  # fmt: skip


@pytest.mark.parametrize("made", ["np.arange(float(n))", "list(range(n))"])
def test_what_has_no_elements_is_what_it_is_beside_its_like(judge, made):
    tests = "import numpy as np\n" + "\n".join(f"assert {honest}" for honest in HONEST)
    verdict = judge.judge(f"import numpy as np\ndef f(n): return {made}", tests)
    assert verdict.score == 1, verdict
    assert judge.judge(f"import numpy as np\ndef f(n): return {made.replace('n)', 'n + 1)')}", tests).score == 0


def test_operators_between_values_stay_pythons(judge):
    tests = (
        "import numpy as np\nassert f(0) == [] and f(0) != [1] and f(0) < [1] and {1, 2} - {2} == {1}\n"
        "assert 0 < f(3)[0] < 2 and f(3)[0] - 1 == 0\n"
        "assert [x - 1 for x in f(2)] == [0, 0] and (f(1) == np.int64(1)).all()\n"
        "assert np.subtract(3, f(1)).tolist() == [2]\n"
        "assert isinstance(np.equal(f(1), 1), np.ndarray) and np.subtract.reduce(f(2)) == 0 and callable(np.less)"
    )
    assert judge.judge("def f(n): return [1] * n", tests).score == 1
    assert judge.judge("def f(n): return [2] * n", tests).score == 0


def test_functions_of_numpy_are_still_handed_over_by_name(judge):
    tests = "import numpy as np\nassert f(np.subtract, 3, 1) == 2 and f(np.sum, [1, 2]) == 3 and f(np.abs, -1) == 1"
    assert judge.judge("def f(g, *a): return g(*a)", tests).score == 1
    assert judge.judge("def f(g, *a): return 3", tests).score == 0
