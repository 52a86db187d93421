"""Python literals out of hostile text: strings, numbers, constants, lists, tuples, dicts; one pass, bounded depth."""

from __future__ import annotations

import math
import re
from typing import Any

from envs.tools.calls.turn import Broken, Budget

_MAX_DEPTH = 64
_MAX_DIGITS = 400
_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:
    (?P<mark>[][(){},:=])
    |(?P<text>[uU]?(?:'(?!'')[^'\\]*+(?:\\[\s\S][^'\\]*+)*+'|"(?!"")[^"\\]*+(?:\\[\s\S][^"\\]*+)*+"
      |'''[^'\\]*+(?:(?:\\[\s\S]|'(?!''))[^'\\]*+)*+'''|\"{3}[^"\\]*+(?:(?:\\[\s\S]|"(?!""))[^"\\]*+)*+\"{3}))
    |(?P<number>[+-]?(?:[0-9][0-9_]*+(?:\.[0-9_]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,5}+)?(?![\w.]))
    |(?P<word>[A-Za-z_][\w.]*+)
    |(?P<end>\Z)
    )""",
    re.VERBOSE,
)
_CONSTANTS = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|[\s\S])")
_SIMPLE = {
    "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "v": "\v",
    "\n": "",
}  # fmt: skip


class Reader:
    """A place in a text: the token that is next, and what can be read from there.

    Attributes:
        kind: Of the next token: `mark`, `text`, `number`, `word` or `end`.
        token: It, as it stands.
        start: Where it begins, with the blanks before it.
        place: Where it ends.
    """

    def __init__(self, text: str, place: int, budget: Budget):
        self.text = text
        self.place = place
        self.budget = budget
        self.step()

    def step(self) -> None:
        """Goes to the next token.

        Raises:
            Broken: What follows is none, such as a string that does not end, or the budget is spent.
        """
        self.budget.spend_tokens(1)
        self.start = self.place
        found = _TOKEN.match(self.text, self.place)
        if found is None:
            raise Broken("one of its values is no literal, or is cut off")
        self.place = found.end()
        self.kind = found.lastgroup
        self.token = found[self.kind or 0]

    def take(self, mark: str) -> bool:
        """Takes a mark where it is the next."""
        if self.token != mark or self.kind != "mark":
            return False
        self.step()
        return True

    def expect(self, mark: str) -> None:
        """Takes a mark that must be the next.

        Raises:
            Broken: It is not.
        """
        if not self.take(mark):
            raise Broken("it is cut off" if self.kind == "end" else f"{mark} is missing")

    def word(self) -> str | None:
        """Takes a name where it is the next."""
        if self.kind != "word":
            return None
        token = self.token
        self.step()
        return token

    def value(self, depth: int = 0) -> Any:
        """Reads one literal.

        Raises:
            Broken: There is none, or it is nested too deeply.
        """
        kind, token = self.kind, self.token
        if kind == "text":
            return self._strings()
        if kind == "number":
            self.step()
            return _number(token)
        if kind == "word" and token in _CONSTANTS:
            self.step()
            return _CONSTANTS[token]
        if depth > _MAX_DEPTH:
            raise Broken("its values are nested too deeply")
        if kind == "mark" and token in "[(":
            return self._list("]" if token == "[" else ")", depth)
        if kind == "mark" and token == "{":
            return self._dict(depth)
        raise Broken("it is cut off" if kind == "end" else "one of its values is no literal")

    def _strings(self) -> str:
        parts = []
        while self.kind == "text":  # `'a' 'b'` is one string
            body = self.token.lstrip("uU")
            self.budget.spend_tokens(body.count("\\"))
            wide = 3 if body.startswith(("'''", '"""')) and len(body) >= 6 else 1
            parts.append(_unescaped(body[wide:-wide]))
            self.step()
        return parts[0] if len(parts) == 1 else "".join(parts)

    def _list(self, closing: str, depth: int) -> Any:
        self.step()
        values: list[Any] = []
        comma = False
        while not self.take(closing):
            values.append(self.value(depth + 1))
            comma = self.take(",")
            if not comma:
                self.expect(closing)
                break
        return values[0] if closing == ")" and len(values) == 1 and not comma else values

    def _dict(self, depth: int) -> dict[str, Any]:
        self.step()
        values: dict[str, Any] = {}
        while not self.take("}"):
            key = self.value(depth + 1)
            if not isinstance(key, str):
                raise Broken("a key of one of its values is no text")
            if key in values:
                raise Broken("one of its values has a key twice")
            self.expect(":")
            values[key] = self.value(depth + 1)
            if not self.take(","):
                self.expect("}")
                break
        return values


def _number(text: str) -> int | float:
    if len(text) > _MAX_DIGITS:
        raise Broken("a number is too long")
    try:
        value = int(text) if text.lstrip("+-").replace("_", "").isdigit() else float(text)
    except ValueError:
        raise Broken("one of its values is no number") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise Broken("a number is too large")
    return value


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escape, text) if "\\" in text else text


def _escape(found: re.Match[str]) -> str:
    mark = found[1]
    if mark in _SIMPLE:
        return _SIMPLE[mark]
    if len(mark) > 1 and mark[0] in "xuU":
        code = int(mark[1:], 16)
        return chr(code) if code < 0x110000 else found[0]
    if mark[0] in "01234567":
        return chr(int(mark, 8))
    return found[0]


def literal(value: Any) -> str:
    """Returns a JSON value as a Python literal."""
    return repr(value)
