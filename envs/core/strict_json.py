"""Reads JSON that a model wrote, and nothing that only looks like it."""

from __future__ import annotations

import json
from typing import Any

_MAX_DIGITS = 400
_FENCE = "```"


def read_json(text: str, max_chars: int = 100_000) -> Any:
    """Reads strict JSON: no key twice, no NaN or Infinity, no endless numbers, no text around it.

    One Markdown fence around the whole is taken off.

    Raises:
        ValueError: It is none; the message says why.
    """
    text = text.strip()
    if len(text) > max_chars:
        raise ValueError(f"{len(text)} characters are over {max_chars}")
    if text.startswith(_FENCE) and text.endswith(_FENCE) and "\n" in text:
        first, _, rest = text.partition("\n")
        if first in (_FENCE, _FENCE + "json"):
            text = rest.removesuffix(_FENCE)
    try:
        return _STRICT.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a key twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("a number is too long")
    return int(text)


def _decimal(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value


_HOOKS: dict[str, Any] = {
    "object_pairs_hook": _once,
    "parse_constant": _no_constant,
    "parse_int": _whole,
    "parse_float": _decimal,
}
_STRICT = json.JSONDecoder(**_HOOKS)
DECODER = json.JSONDecoder(strict=False, **{**_HOOKS, "parse_int": None})
"""For `raw_decode` of short text: as `read_json`, but for line breaks and tabs inside of strings, which models write in
code, and with Python's own limit of digits, which costs no call for every number."""
FINITE_DECODER = json.JSONDecoder(strict=False, **{**_HOOKS, "parse_int": None, "parse_float": None})
"""As `DECODER`, for text that is known to hold no number too large for a float: no call for any number."""
