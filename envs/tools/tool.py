"""A tool: a typed function with a docstring, which a policy may call."""

from __future__ import annotations

import importlib
import inspect
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, overload

from envs.core.errors import UsageError, did_you_mean
from envs.tools.arguments import WrongArgument, checked, fitted, shown
from envs.tools.calls.turn import Call
from envs.tools.schema import schema_of

DEFAULT_SECONDS = 5.0
MAX_SECONDS = 600.0
DEFAULT_CHARS = 4000
LEAST_CHARS, MAX_OUTPUT_CHARS = 100, 50_000


class ToolError(Exception):
    """What a tool raises to tell the policy something: its text is the call's result.

    Of any other error the policy reads no word, as there may be in it what it must not know.
    """


@dataclass(frozen=True)
class Tool:
    """What `tool` makes of a function; calling it calls the function.

    Attributes:
        name: As the policy calls it.
        function: What is run, in a process of its own for every call.
        schema: What the policy is told, as transformers' `get_json_schema` would write it.
        seconds: Most that a call may take.
        output_chars: Most characters of a result that the policy reads; of a longer one, its head and its tail.
    """

    name: str
    function: Callable[..., Any]
    schema: Mapping[str, Any]
    seconds: float = DEFAULT_SECONDS
    output_chars: int = DEFAULT_CHARS

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function, here and without limits."""
        return self.function(*args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles by name where the name is the tool's, as the function behind it has none any more."""
        module, name = self.function.__module__, self.function.__qualname__
        if module != "__main__" and getattr(sys.modules.get(module), name, None) is self:
            return _recall, (module, name)
        return Tool, (self.name, self.function, self.schema, self.seconds, self.output_chars)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The schema of its arguments."""
        return self.schema["function"]["parameters"]

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return self.schema["function"]["description"].partition("\n")[0]


def _recall(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...
@overload
def tool(*, seconds: float = ..., output_chars: int = ...) -> Callable[[Callable[..., Any]], Tool]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    seconds: float = DEFAULT_SECONDS,
    output_chars: int = DEFAULT_CHARS,
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Makes a tool of a function with types and a docstring in Google's style.

    Args:
        function: The function, where the decorator is written without brackets.
        seconds: Most that a call may take.
        output_chars: Most characters of a result that the policy reads.

    Raises:
        UsageError: A parameter without a type or a line in the docstring, `*args`, a default of another type than the
            parameter's, or a limit out of range.
    """
    if function is None:
        return lambda found: _made(found, seconds, output_chars)
    return _made(function, seconds, output_chars)


def _made(function: Callable[..., Any], seconds: float, output_chars: int) -> Tool:
    if not callable(function):
        raise UsageError(f"a tool is a function, not {type(function).__name__}")
    schema = schema_of(function)
    name = schema["function"]["name"]
    if not 0 < seconds <= MAX_SECONDS:
        raise UsageError(f"tool {name!r}: seconds={seconds} is not between 0 and {MAX_SECONDS:g}")
    if not LEAST_CHARS <= output_chars <= MAX_OUTPUT_CHARS:
        raise UsageError(
            f"tool {name!r}: output_chars={output_chars} is not between {LEAST_CHARS} and {MAX_OUTPUT_CHARS:,}"
        )
    properties = schema["function"]["parameters"]["properties"]
    for one in inspect.signature(function).parameters.values():
        if one.default is not one.empty:
            _check_default(name, one, properties[one.name])
    return Tool(name, function, schema, float(seconds), output_chars)


def _check_default(name: str, one: inspect.Parameter, schema: Mapping[str, Any]) -> None:
    default = list(one.default) if isinstance(one.default, tuple) else one.default
    try:
        checked(schema, default, one.name)
    except WrongArgument as error:
        hint = f": write {one.name}: ... | None = None" if default is None else ""
        raise UsageError(f"tool {name!r}: the default of {error}, not {one.default!r}{hint}") from None


def toolbox(tools: Iterable[Tool | Callable[..., Any]]) -> dict[str, Tool]:
    """Returns tools by name; functions become tools with the limits that are usual.

    Raises:
        UsageError: Two have one name, or one is no tool.
    """
    found: dict[str, Tool] = {}
    for one in tools:
        made = one if isinstance(one, Tool) else tool(one)
        if made.name in found:
            raise UsageError(f"two tools are called {made.name!r}: rename one of the functions")
        found[made.name] = made
    return found


def prepared(call: Call, tools: Mapping[str, Tool]) -> tuple[Tool, dict[str, Any]]:
    """Returns the tool that a call names and the arguments as it takes them.

    Raises:
        WrongArgument: There is no such tool, or the arguments are not what it takes; one sentence for the policy.
    """
    if call.name not in tools:
        offered = did_you_mean(call.name, tools).removesuffix("?").replace("'", "")
        raise WrongArgument(f"no tool {shown(call.name)!r}: {offered}")
    found = tools[call.name]
    try:
        return found, fitted(found.parameters, call.arguments, call.raw)
    except WrongArgument as error:
        raise WrongArgument(f"{found.name}: {error}") from None


def said(value: Any) -> str:
    """Returns a result as the policy reads it: text as it is, plain data as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(value)


def cut(text: str, most: int) -> str:
    """Returns a result with its middle left out where it is too long, and says how much that was."""
    if len(text) <= most:
        return text
    head = most // 2
    tail = most - head
    return f"{text[:head]}\n[{len(text) - most:,} characters left out]\n{text[-tail:]}"
