"""Arguments of a call: which fit what a tool takes, and how text without a type is read."""

import pytest

from envs.tools.arguments import WrongArgument, fitted
from envs.tools.schema import schema_of
from gymtests.toolcalls.signatures import unions

PARAMETERS = schema_of(unions)["function"]["parameters"]


def fit(key, value, raw=False):
    kind = {"properties": {key: PARAMETERS["properties"][key]}}
    return fitted(kind, {key: value}, raw)[key]


@pytest.mark.parametrize(
    ("key", "value", "taken"),
    [
        ("a", 3, 3), ("a", 3.0, 3), ("a", None, None), ("b", "x", "x"), ("b", None, None), ("c", 1, 1),
        ("c", "1", "1"), ("d", 1.5, 1.5), ("e", [1, 2.0], [1, 2]), ("e", "x", "x"), ("f", "a", "a"), ("f", None, None),
        ("g", None, None),
        ("g", 1, 1), ("h", [1], [1]), ("i", True, True), ("i", 7, 7),
    ],
)  # fmt: skip
def test_arguments_that_fit_are_taken(key, value, taken):
    assert fit(key, value) == taken and type(fit(key, value)) is type(taken)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("a", "3"), ("a", True), ("a", 3.5), ("a", 1e300), ("b", 3), ("c", None), ("c", [1]), ("d", True), ("e", ["x"]),
        ("f", "c"), ("f", 1), ("g", True), ("g", 1.0), ("h", {}), ("i", False), ("i", "7"),
    ],
)  # fmt: skip
def test_arguments_of_another_type_are_refused(key, value):
    with pytest.raises(WrongArgument, match=f"the argument '{key}' must be "):
        fit(key, value)


@pytest.mark.parametrize(
    ("key", "text", "taken"),
    [
        ("a", "3", 3), ("a", " 3\n", 3), ("a", "null", None), ("a", "None", None), ("b", "3", "3"),
        ("b", '"x"', '"x"'), ("b", "True", "True"), ("c", "3", 3), ("c", "x", "x"), ("c", '"3', '"3'),
        ("d", "1.5", 1.5),
        ("e", "[1, 2]", [1, 2]),
        ("e", "[1, x]", "[1, x]"), ("f", "a", "a"), ("g", "1", 1), ("g", "x", "x"), ("i", "True", True),
        ("i", "true", True),
    ],
)  # fmt: skip
def test_text_without_a_type_is_read_as_what_is_wanted(key, text, taken):
    assert fit(key, text, raw=True) == taken and type(fit(key, text, raw=True)) is type(taken)


@pytest.mark.parametrize(
    ("key", "text"), [("a", "x"), ("a", "3.5"), ("a", "[3]"), ("a", "9" * 5000), ("f", "c"), ("i", "1e999"), ("a", "")]
)
def test_text_that_cannot_be_read_as_that_is_refused(key, text):
    with pytest.raises(WrongArgument):
        fit(key, text, raw=True)


def test_a_float_takes_a_whole_number_and_nothing_endless():
    kind = {"properties": {"x": {"type": "number"}}}
    assert type(fitted(kind, {"x": 2})["x"]) is float
    for value in (float("nan"), float("inf"), 10**400, True, "2"):
        with pytest.raises(WrongArgument):
            fitted(kind, {"x": value})
