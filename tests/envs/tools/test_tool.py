"""What is a tool and what is none, what a model is told of it, and which arguments it takes."""

import pickle
from typing import Any, Literal, Optional, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import UsageError
from envs.tools import Tool, ToolError, tool
from envs.tools.arguments import WrongArgument
from envs.tools.box import calculator
from envs.tools.calls.turn import Call
from envs.tools.schema import schema_of
from envs.tools.tool import cut, prepared, said, toolbox
from gymtests.toolcalls.signatures import unions


def weather(city: str, days: int = 1, *, unit: Literal["C", "F"] = "C") -> str:
    """Says the weather.

    More on it, over
    two lines.

    Args:
        city: Its name,
            with the country.
        days: How many.

        unit: Of the temperature.

    Returns:
        A sentence.
    """
    return f"{city} {days} {unit}"


def every_type(a: int, b: float, c: bool, d: str, e: list, f: dict, g: tuple, h: Any) -> dict[str, int]:
    """Takes everything.

    Args:
        a: One.
        b: Two.
        c: Three.
        d: Four.
        e: Five.
        f: Six.
        g: Seven.
        h: Eight.
    """
    return {}


def nested(
    a: list[int], b: dict[str, float], c: list[dict[str, list[str]]], d: tuple[int, str], e: list[tuple[int, int]]
) -> None:
    """Takes what is nested.

    Args:
        a: One: with a colon.
        b: Two
        c: Three (choices: [1, 2])
        d: Four
        e: Five
    """


def bare() -> None:
    """Takes nothing."""


def written_types(a: "int", b: "list[str] | None" = None):
    """Has types that are written as text.

    Args:
        a: One.
        b: Two (choices: ["x", "y"])

    Raises:
        ValueError: Never.
    """


def no_result(a: int):
    """A summary
    of two lines.
    Args:
        a: One.
    """


class Place:
    def method(self, a: int) -> int:
        """Is a method.

        Args:
            a: One.
        """
        return a


SIGNATURES = [weather, every_type, nested, unions, bare, written_types, no_result, Place().method, calculator.function]


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda one: one.__name__)
def test_the_schema_is_that_of_transformers(function):
    utils = pytest.importorskip("transformers.utils", reason="transformers is not installed")
    assert schema_of(function) == utils.get_json_schema(function)


_HINTS = st.recursive(
    st.sampled_from(
        [int, float, str, bool, list, dict, tuple, Any, Literal["a"], Literal[1, "b"], Literal[True, None]]
    ),
    lambda inner: (
        inner.map(lambda one: list[one])
        | inner.map(lambda one: dict[str, one])
        | st.tuples(inner, inner).map(lambda two: tuple[two])
        | st.tuples(inner, inner).map(lambda two: Union[two])  # noqa: UP007
        | inner.map(lambda one: Optional[one])  # noqa: UP045
    ),
    max_leaves=5,
)


@given(hints=st.lists(_HINTS, max_size=4))
def test_any_types_have_the_schema_of_transformers(hints):
    utils = pytest.importorskip("transformers.utils", reason="transformers is not installed")

    lines = "\n".join(f"    a{number}: Number {number}." for number in range(len(hints)))
    scope: dict[str, Any] = {}
    exec(f"def made({', '.join(f'a{number}' for number in range(len(hints)))}): pass", scope)
    made = scope["made"]
    made.__annotations__ = {f"a{number}": hint for number, hint in enumerate(hints)}
    made.__doc__ = f"Is made.\n\nArgs:\n{lines}\n" if hints else "Is made."
    assert schema_of(made) == utils.get_json_schema(made)


def _no_type(a):
    """Says.

    Args:
        a: One.
    """


def _no_line(a: int):
    """Says."""


def _no_doc(a: int):
    pass


def _stars(*a: int):
    """Says.

    Args:
        a: One.
    """


def _stars2(**a: int):
    """Says.

    Args:
        a: One.
    """


def _nameless(a: int, /):
    """Says.

    Args:
        a: One.
    """


def _default(a: int = "x"):  # type: ignore[assignment]
    """Says.

    Args:
        a: One.
    """


def _none(a: int = None):  # type: ignore[assignment]  # noqa: RUF013
    """Says.

    Args:
        a: One.
    """


def _class(a: Place):
    """Says.

    Args:
        a: One.
    """


def _unknown(a: "Nothing"):  # type: ignore[name-defined]  # noqa: F821
    """Says.

    Args:
        a: One.
    """


def _endless(a: tuple[int, ...]):
    """Says.

    Args:
        a: One.
    """


def _keys(a: dict[int, str]):
    """Says.

    Args:
        a: One.
    """


async def _waits(a: int):
    """Says.

    Args:
        a: One.
    """


def _choices(a: str):
    """Says.

    Args:
        a: One (choices: a, b)
    """


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (_no_type, "tool '_no_type': argument 'a' has no type: write it as a: str"),
        (_no_line, "tool '_no_line': the docstring has no line on 'a': write one under Args:"),
        (_no_doc, "tool '_no_doc' has no docstring"),
        (_stars, "tool '_stars': \\*a has no name to call it by"),
        (_stars2, "tool '_stars2': \\*\\*a has no name to call it by"),
        (_nameless, "tool '_nameless': a has no name to call it by"),
        (_default, "tool '_default': the default of the argument 'a' must be a whole number, not 'x'"),
        (_none, "tool '_none': .* not None: write a: ... \\| None = None"),
        (_class, "tool '_class': argument 'a' has the type .*Place, which JSON has not"),
        (_unknown, "tool '_unknown': its types cannot be read: name 'Nothing' is not defined"),
        (_endless, "tool '_endless': argument 'a' has the type .* take a list"),
        (_keys, "tool '_keys': argument 'a' has the type dict\\[int, str\\]"),
        (_waits, "tool '_waits' is async"),
        (_choices, "tool '_choices': write the choices of 'a' as JSON"),
        (lambda a: a, "a tool needs a name: write it as a function with def, not as <lambda>"),
        (3, "a tool is a function, not int"),
    ],
)
def test_what_is_no_tool_is_refused_where_it_is_written(function, line):
    with pytest.raises(UsageError, match=line) as error:
        tool(function)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"seconds": 1e6}, {"output_chars": 1}, {"output_chars": 10**7}])
def test_a_limit_out_of_range_is_refused(limits):
    with pytest.raises(UsageError, match=rf"tool 'bare': {next(iter(limits))}=.* is not between"):
        tool(**limits)(bare)


def test_a_tool_is_still_its_function():
    made = tool(seconds=2, output_chars=300)(weather)
    assert isinstance(made, Tool) and made("Rome", unit="F") == "Rome 1 F"
    assert (made.name, made.seconds, made.output_chars, made.summary) == ("weather", 2, 300, "Says the weather.")
    assert pickle.loads(pickle.dumps(made))("Rome") == "Rome 1 C"
    assert pickle.loads(pickle.dumps(calculator)) is calculator


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(UsageError, match="two tools are called 'weather'"):
        toolbox([weather, tool(weather)])


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (Call("wether", {}), "no tool 'wether': did you mean weather"),
        (Call("w\n" * 100, {}), "no tool 'w?w?w?w?w?w?w?w?w?w?w?w?w?w?w?w?w?w?w?w?': "),
        (Call("weather", {}), "weather: the argument 'city' is missing"),
        (Call("weather", {"city": 3}), "weather: the argument 'city' must be text"),
        (Call("weather", {"citi": "x"}), "weather: there is no argument 'citi': did you mean 'city'"),
        (Call("weather", {"city": "x", "unit": "K"}), "weather: the argument 'unit' must be one of C, F"),
        (Call("bare", {"x": 1}), "bare: there is no argument 'x': it takes none"),
    ],
)
def test_a_wrong_call_costs_one_sentence(call, line):
    with pytest.raises(WrongArgument) as error:
        prepared(call, toolbox([weather, bare]))
    assert str(error.value).startswith(line) and "\n" not in str(error.value)


def test_a_result_is_said_as_text_or_json():
    told = [said(one) for one in ("a", 3, 1.5, None, True, [1, "ä"], {"a": 1}, float("nan"), {1, 2}, object)]
    assert told == ["a", "3", "1.5", "null", "true", '[1, "ä"]', '{"a": 1}', "nan", "{1, 2}", "<class 'object'>"]


@given(text=st.text(max_size=400), most=st.integers(100, 300))
def test_a_result_that_is_cut_keeps_head_and_tail_and_says_so(text, most):
    shown = cut(text, most)
    if len(text) <= most:
        assert shown == text
    else:
        assert shown.startswith(text[: most // 2]) and shown.endswith(text[-(most - most // 2) :])
        assert f"[{len(text) - most:,} characters left out]" in shown


def test_the_calculator_says_why_not():
    assert calculator("12*(3+4)") == "84"
    with pytest.raises(ToolError, match="Error: division by zero."):
        calculator("1/0")
