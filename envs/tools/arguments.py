"""Arguments of a call, compared with what a tool takes: typed where the syntax has none, refused in one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from envs.core.errors import did_you_mean
from envs.tools.calls.turn import Broken, Budget, read_value

_WORDS = {"True": True, "False": False, "None": None}
_MAX_SHOWN = 40
_KINDS = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "an object", "null": "null",
}  # fmt: skip


class WrongArgument(ValueError):
    """A call does not fit its tool; the message is one sentence for the policy."""


def fitted(parameters: Mapping[str, Any], arguments: Mapping[str, Any], raw: bool = False) -> dict[str, Any]:
    """Returns the arguments as the tool takes them.

    A number is taken where a float is wanted and a whole float where an int is, as JSON knows one kind of number;
    nothing else is turned into anything.

    Args:
        parameters: Of the tool's schema.
        arguments: By name.
        raw: Whether they are text without types, each to be read as what is wanted there.

    Raises:
        WrongArgument: One is missing, unknown or of another type.
    """
    known: Mapping[str, Any] = parameters.get("properties", {})
    for name in arguments:
        if name not in known:
            offered = did_you_mean(shown(name), known) if known else "it takes none"
            raise WrongArgument(f"there is no argument {shown(name)!r}: {offered.removesuffix('?')}")
    for name in parameters.get("required", ()):
        if name not in arguments:
            raise WrongArgument(f"the argument {name!r} is missing")
    return {
        name: (from_text(known[name], value, name) if raw else checked(known[name], value, name))
        for name, value in arguments.items()
    }


def shown(text: str) -> str:
    """Returns a name that a policy wrote so that it can be said back: short, and on one line."""
    return "".join(char if char.isprintable() else "?" for char in text[:_MAX_SHOWN])


def checked(schema: Mapping[str, Any], value: Any, name: str) -> Any:
    """Returns a JSON value as the tool takes it.

    Raises:
        WrongArgument: It is of another type.
    """
    fits, taken = _fit(schema, value)
    if not fits:
        raise WrongArgument(f"the argument {name!r} must be {wanted(schema)}")
    return taken


def from_text(schema: Mapping[str, Any], text: Any, name: str) -> Any:
    """Returns text without a type as what is wanted of it: as it is where that is text, else as the JSON that it is.

    Raises:
        WrongArgument: It cannot be read as that.
    """
    value = _meant(text) if isinstance(text, str) else text
    if value is None and schema.get("nullable"):
        return None
    readings = (text, value) if _takes_text_alone(schema) else (value, text)
    for reading in readings:
        fits, taken = _fit(schema, reading)
        if fits:
            return taken
    raise WrongArgument(f"the argument {name!r} must be {wanted(schema)}")


def _meant(text: str) -> Any:
    """Returns the JSON value that a text is, or Python's word for one; the text itself where it is none."""
    bare = text.strip()
    if bare in _WORDS:
        return _WORDS[bare]
    try:
        value, end = read_value(bare, 0, Budget())
    except Broken:
        return text
    return text if isinstance(value, str) or end < len(bare) else value


def _takes_text_alone(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" or any(isinstance(one, str) for one in schema.get("enum", ()))


def _fit(schema: Mapping[str, Any], value: Any) -> tuple[bool, Any]:
    """Returns whether a value fits, and what is taken for it."""
    if "enum" in schema:
        same = [one for one in schema["enum"] if type(one) is type(value) and one == value]
        return (True, same[0]) if same else (value is None and bool(schema.get("nullable")), None)
    if value is None and schema.get("nullable"):
        return True, None
    if "anyOf" in schema:
        return next((found for kind in schema["anyOf"] if (found := _fit(kind, value))[0]), (False, None))
    kinds = schema.get("type")
    if kinds is None:
        return True, value
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        fits, taken = _fit_kind(kind, schema, value)
        if fits:
            return True, taken
    return False, None


def _fit_kind(kind: str, schema: Mapping[str, Any], value: Any) -> tuple[bool, Any]:
    if kind == "integer" and isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return True, int(value)
    if kind == "number" and isinstance(value, int) and not isinstance(value, bool):
        return (True, float(value)) if abs(value) < 2**1023 else (False, None)
    if kind == "array" and isinstance(value, list):
        return _fit_list(schema, value)
    if kind == "object" and isinstance(value, dict):
        inner = schema.get("additionalProperties")
        return (True, value) if inner is None else _all(value.keys(), (_fit(inner, one) for one in value.values()))
    is_bool = isinstance(value, bool)
    fits = {
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not is_bool,
        "number": isinstance(value, float) and math.isfinite(value),
        "boolean": is_bool,
        "null": value is None,
    }.get(kind, False)
    return fits, value


def _fit_list(schema: Mapping[str, Any], value: list[Any]) -> tuple[bool, Any]:
    if "items" in schema:
        found = [_fit(schema["items"], one) for one in value]
    elif "prefixItems" in schema:
        if len(value) != len(schema["prefixItems"]):
            return False, None
        found = [_fit(kind, one) for kind, one in zip(schema["prefixItems"], value, strict=True)]
    else:
        return True, value
    return all(fits for fits, _ in found), [taken for _, taken in found]


def _all(keys: Any, found: Iterator[tuple[bool, Any]]) -> tuple[bool, Any]:
    pairs = list(found)
    return all(fits for fits, _ in pairs), dict(zip(keys, (taken for _, taken in pairs), strict=True))


def wanted(schema: Mapping[str, Any]) -> str:
    """Returns what a schema asks for, in words."""
    if "enum" in schema:
        text = "one of " + ", ".join(map(str, schema["enum"]))
    elif "anyOf" in schema:
        text = " or ".join(dict.fromkeys(wanted(kind) for kind in schema["anyOf"]))
    else:
        kinds = schema.get("type", [])
        kinds = kinds if isinstance(kinds, list) else [kinds]
        text = " or ".join(_KINDS.get(str(kind), str(kind)) for kind in kinds) or "a JSON value"
        if kinds == ["array"] and "items" in schema:
            text += f" (each {wanted(schema['items'])})"
        if kinds == ["array"] and "prefixItems" in schema:
            text += f" of {len(schema['prefixItems'])}: {', '.join(map(wanted, schema['prefixItems']))}"
    return text + (" or null" if schema.get("nullable") else "")
