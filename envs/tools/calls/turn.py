"""What a turn holds: calls, and sentences about what was meant as a call and is none.

Every syntax reads the same way. It goes through the text once, from left to right; a marker that opens a call is
followed by a call or by one sentence for the policy, after which reading goes on at the next marker. Nothing is run,
evaluated or guessed: a call that is not complete is none, because what is missing might have been half of its path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from envs.core.strict_json import DECODER, FINITE_DECODER

MAX_CALLS = 16
"""Calls, whole or broken, that are read of one turn."""
MAX_CHARS = 64 * 1024
"""Characters of one call."""
MAX_TURN_CHARS = 3 * MAX_CHARS
"""Characters of JSON in all calls of one turn together."""
MAX_TURN_TOKENS = 10_000
"""Tokens of Python, or objects of JSON, in all calls of one turn together."""
MAX_NAME = 128
THINK = (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷"))
"""How thinking is marked beside calls in any syntax but that of channels."""
_BLANK = re.compile(r"[ \t\r\n]*+")
_NAME = re.compile(r"[A-Za-z_][\w.-]*+")
_EXPONENT = re.compile(r"[eE]\+?[0-9]{3}")
_LONG_NUMBER = re.compile(r"(?<![0-9])[0-9]++(?<=[0-9]{300})")
"""What may be a number too large for a float."""
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Call:
    """A complete call.

    Attributes:
        name: Of the tool, as the policy wrote it.
        arguments: By name. JSON values, not yet compared with what the tool takes.
        raw: Whether the arguments are text without types, as the XML syntaxes have them.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was meant as a call and is none.

    Attributes:
        text: Why, as a sentence for the policy. Nothing of what the policy wrote is in it.
    """

    text: str


Item = Call | Fault


class Syntax(Protocol):
    """How one family of models writes calls; a module's object of this kind is one line of the table of formats."""

    @property
    def think(self) -> tuple[tuple[str, str], ...]:
        """What opens and closes thinking, for each way to mark it."""
        ...

    @property
    def marks(self) -> tuple[str, str]:
        """What opens and closes a call, where a turn that breaks off inside its last one may hold others before it."""
        ...

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        ...

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls and nothing else."""
        ...


class Broken(ValueError):
    """A call is none; the message is fit for the policy to read."""


class Budget:
    """How much of a turn is still read, so that the work is bounded for all its calls together."""

    def __init__(self) -> None:
        self.chars = MAX_TURN_CHARS
        self.tokens = MAX_TURN_TOKENS

    def spend_chars(self, count: int) -> None:
        """Takes off what JSON was read.

        Raises:
            Broken: It was more than a turn may hold.
        """
        self.chars -= count
        if self.chars < 0:
            raise Broken(f"the calls of the turn are longer than {MAX_TURN_CHARS:,} characters together")

    def spend_tokens(self, count: int) -> None:
        """Takes off tokens of Python, where an escape in a string is one, or objects of JSON: what costs about that.

        Raises:
            Broken: It was more than a turn may hold.
        """
        self.tokens -= count
        if self.tokens < 0:
            raise Broken(f"the calls of the turn hold more than {MAX_TURN_TOKENS:,} values together")


def past_blanks(text: str, place: int) -> int:
    """Returns where the next character stands that is no blank."""
    found = _BLANK.match(text, place)
    return found.end() if found else place


def read_value(text: str, place: int, budget: Budget) -> tuple[Any, int]:
    """Reads one JSON value, and no further.

    Returns:
        The value, and where it ends.

    Raises:
        Broken: There is none: it is cut, broken, nested too deeply, has a key twice, NaN or an endless number.
    """
    part = text[place : place + MAX_CHARS]  # what is longer is not even looked at
    if part.count("{") > MAX_TURN_TOKENS:
        raise Broken(f"it holds more than {MAX_TURN_TOKENS:,} objects")
    try:
        value, end = FINITE_DECODER.raw_decode(part)
        if _EXPONENT.search(part, 0, end) or (end > 300 and _LONG_NUMBER.search(part, 0, end)):
            value, end = DECODER.raw_decode(part)
    except RecursionError:
        raise Broken("its JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        budget.spend_chars(error.pos)
        if len(part) == MAX_CHARS:
            raise Broken(_LONG) from None
        raise Broken("its JSON is cut off" if error.pos >= len(part) else "its JSON is broken") from None
    except ValueError as error:
        raise Broken(f"its JSON is none: {error}" if len(str(error)) < 60 else "its JSON is none") from None
    budget.spend_chars(end)
    budget.spend_tokens(part.count("{", 0, end))
    return value, place + end


_LONG = f"it is longer than {MAX_CHARS:,} characters"


def read_object(text: str, place: int, budget: Budget, end: int | None = None) -> tuple[dict[str, Any], int]:
    """As `read_value`, of an object; with `end`, one that ends there, blanks apart.

    Raises:
        Broken: There is none.
    """
    if end is not None and end - place > MAX_CHARS:
        raise Broken(_LONG)
    value, place = read_value(text, past_blanks(text, place), budget)
    if not isinstance(value, dict):
        raise Broken("its arguments are no JSON object")
    if end is not None and past_blanks(text, place) != end:
        raise Broken("something follows its JSON")
    return value, place


def named(name: Any) -> str:
    """Returns a tool's name.

    Raises:
        Broken: It is none.
    """
    if not isinstance(name, str) or len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise Broken("it names no tool")
    return name


def call_of(value: Any, budget: Budget) -> Call:
    """Returns the call that an object such as `{"name": ..., "arguments": {...}}` is.

    Arguments may be called parameters, be left out where there are none, and be JSON in a string: models write all
    of that, and it can mean one thing only.

    Raises:
        Broken: It is none.
    """
    if not isinstance(value, dict):
        raise Broken("it is no JSON object with a name and arguments")
    name = named(value.get("name"))
    if "arguments" in value and "parameters" in value:
        raise Broken("it has both arguments and parameters")
    arguments = value.get("arguments", value.get("parameters"))
    if isinstance(arguments, str):
        arguments = read_object(arguments, 0, budget, len(arguments))[0] if arguments.strip() else None
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise Broken("its arguments are no JSON object")
    return Call(name, arguments)


def sound(call: Call) -> Call:
    """Returns a call whose text can be sent on.

    Raises:
        Broken: Half a surrogate pair is in it, which no encoding holds.
    """
    try:
        json.dumps([call.name, call.arguments], ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Broken("half a character is in it (a lone surrogate)") from None
    except RecursionError:
        raise Broken("its JSON is nested too deeply") from None
    return call


def suspicious(text: str) -> bool:
    """Whether half a surrogate pair may be in a turn: only then are its calls looked at one by one."""
    if _ESCAPED_HALF.search(text) or "\\U" in text:
        return True
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def dumped(value: Any) -> str:
    """Returns a value as models write JSON."""
    return json.dumps(value, ensure_ascii=False)


def written(value: Any) -> str:
    """Returns a value as the XML syntaxes write it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else dumped(value)
