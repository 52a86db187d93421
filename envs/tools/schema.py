"""What a model is told of a tool: a JSON schema out of a function's types and its docstring.

The result is that of transformers' `get_json_schema`, which chat templates are written for, without importing it; a
test compares the two. What could not be called or checked is refused where that would let it pass.
"""

from __future__ import annotations

import inspect
import json
import re
import types
from collections.abc import Callable
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from envs.core.errors import UsageError

_PLAIN: dict[Any, dict[str, Any]] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    dict: {"type": "object"},
    Any: {},
}
_SECTION = r"(Args:|Returns:|Raises:|\Z)"
_SUMMARY = re.compile(rf"^(.*?)[\n\s]*{_SECTION}", re.DOTALL)
_ARGS = re.compile(r"\n\s*Args:\n\s*(.*?)[\n\s]*(Returns:|Raises:|\Z)", re.DOTALL)
_RETURNS = re.compile(r"\n\s*Returns:\n\s*(.*?)[\n\s]*(Raises:|\Z)", re.DOTALL)
_ARG = re.compile(r"(?:^|\n)\s*(\w+):\s*(.*?)\s*(?=\n\s*\w+:|\Z)", re.DOTALL)
_CHOICES = re.compile(r"\(choices:\s*(.*?)\)\s*$", re.IGNORECASE)
_NAMELESS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)


def schema_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Returns a tool's schema, in the form that chat templates take.

    Raises:
        UsageError: A parameter has no type, no line in the docstring, a type that JSON does not have, or no name.
    """
    name = getattr(function, "__name__", type(function).__name__)
    if not name.isidentifier():
        raise UsageError(f"a tool needs a name: write it as a function with def, not as {name}")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise UsageError(f"tool {name!r} is async: write it with def, as each call runs in a process of its own")
    doc = (inspect.getdoc(function) or "").strip()
    if not doc:
        raise UsageError(f"tool {name!r} has no docstring: write what it does, and a line on each argument under Args:")
    summary, meanings, returns = _read_doc(doc)
    parameters = _parameters(name, function, meanings)
    output = {"name": name, "description": summary, "parameters": parameters}
    returned = parameters["properties"].pop("return", None)
    if returned is not None:
        output["return"] = returned | ({} if returns is None else {"description": returns})
    return {"type": "function", "function": output}


def _read_doc(doc: str) -> tuple[str, dict[str, str], str | None]:
    """Returns the summary, the line on each argument and that on the result of a docstring in Google's style."""
    summary, args, returns = _SUMMARY.search(doc), _ARGS.search(doc), _RETURNS.search(doc)
    body = "\n".join(line for line in args[1].strip().split("\n") if line.strip()) if args else ""
    meanings = {name: re.sub(r"\s*\n+\s*", " ", text.strip()) for name, text in _ARG.findall(body)}
    return (summary[1].strip() if summary else ""), meanings, (returns[1].strip() if returns else None)


def _parameters(name: str, function: Callable[..., Any], meanings: dict[str, str]) -> dict[str, Any]:
    try:
        hints = get_type_hints(function)
    except Exception as error:  # whatever a type written as text raises
        raise UsageError(f"tool {name!r}: its types cannot be read: {error}") from error
    known = list(inspect.signature(function).parameters.values())
    if known and known[0].name in ("self", "cls") and known[0].annotation is known[0].empty:
        known = known[1:]
    for one in known:
        _check(name, one, hints, meanings)
    wanted = {one.name for one in known} | {"return"}
    properties = {key: _typed(name, key, hint) for key, hint in hints.items() if key in wanted}
    for key, schema in properties.items():
        if key != "return":
            _describe(name, key, schema, meanings[key])
    required = [one.name for one in known if one.default is one.empty]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _check(name: str, one: inspect.Parameter, hints: dict[str, Any], meanings: dict[str, str]) -> None:
    if one.kind in _NAMELESS:
        stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        raise UsageError(f"tool {name!r}: {stars}{one.name} has no name to call it by: give each argument its own")
    if one.name not in hints:
        raise UsageError(f"tool {name!r}: argument {one.name!r} has no type: write it as {one.name}: str")
    if one.name not in meanings:
        raise UsageError(f"tool {name!r}: the docstring has no line on {one.name!r}: write one under Args:")


def _describe(name: str, key: str, schema: dict[str, Any], meaning: str) -> None:
    choices = _CHOICES.search(meaning)
    if choices:
        try:
            values = json.loads(choices[1])
        except ValueError:
            values = None
        if not isinstance(values, list):
            raise UsageError(f'tool {name!r}: write the choices of {key!r} as JSON, such as (choices: ["a", "b"])')
        schema["enum"] = [value.strip() if isinstance(value, str) else value for value in values]
        meaning = meaning[: choices.start()].strip()
    schema["description"] = meaning


def _typed(name: str, key: str, hint: Any) -> dict[str, Any]:
    """Returns the schema of a type.

    Raises:
        UsageError: JSON has nothing like it.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin is None and _is_plain(hint):
        return dict(_PLAIN[hint])
    if origin is Union or origin is types.UnionType:
        return _union([_typed(name, key, one) for one in inner if one is not type(None)], type(None) in inner)
    if origin is Literal:
        return _literal(name, key, inner)
    if origin is list and len(inner) == 1:
        return {"type": "array", "items": _typed(name, key, inner[0])}
    if origin is tuple and len(inner) > 1 and ... not in inner:
        return {"type": "array", "prefixItems": [_typed(name, key, one) for one in inner]}
    if origin is dict and len(inner) == 2 and inner[0] is str:
        return {"type": "object", "additionalProperties": _typed(name, key, inner[1])}
    what = "result" if key == "return" else f"argument {key!r}"
    shown = inspect.formatannotation(hint)
    offered = "a list" if origin is tuple else "int, float, str, bool, list, dict[str, ...] or Literal"
    raise UsageError(f"tool {name!r}: {what} has the type {shown}, which JSON has not: take {offered}")


def _is_plain(hint: Any) -> bool:
    try:
        return hint in _PLAIN
    except TypeError:
        return False


def _union(kinds: list[dict[str, Any]], nullable: bool) -> dict[str, Any]:
    if len(kinds) == 1:
        found = kinds[0]
    elif all(kind.keys() == {"type"} and isinstance(kind["type"], str) for kind in kinds):
        names = sorted({kind["type"] for kind in kinds})
        found = {"type": names[0] if len(names) == 1 else names}
    else:
        found = {"anyOf": kinds}
    return found | {"nullable": True} if nullable else found


def _literal(name: str, key: str, values: tuple[Any, ...]) -> dict[str, Any]:
    kinds = []
    for value in values:
        if type(value) not in (int, float, str, bool, type(None)):
            raise UsageError(f"tool {name!r}: argument {key!r} has the choice {value!r}, which JSON has not")
        if (kind := _PLAIN[type(value)]["type"]) not in kinds:
            kinds.append(kind)
    return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": list(values)}
