"""Calls as a list of Python calls: Llama 3.2 and 4, LFM2. Read by a reader of literals; nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from envs.tools.calls.literals import Reader, literal
from envs.tools.calls.turn import MAX_CHARS, THINK, Broken, Budget, Call, Fault, Item, named, past_blanks

_BEGINS = re.compile(r"[ \t\r\n]*+\[[ \t\r\n]*+[A-Za-z_][\w.]*+\(")
_TAIL = re.compile(r"(?:[ \t\r\n]|<\|[a-z_]{1,24}\|>|</s>)*+")


class Pythonic:
    """`[f(x=1), g()]` as the whole turn.

    A turn that only begins like a list of calls is an answer, unless it breaks off or breaks inside a call.
    """

    think = THINK
    marks = ("", "")

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        if not _BEGINS.match(text):
            return
        try:
            calls, place = _calls(text, past_blanks(text, 0), Budget())
            rest = _TAIL.match(text, place)
            if rest and rest.end() < len(text):
                raise Broken("something follows the list of calls; a turn holds calls or an answer")
        except Broken as error:
            yield Fault(str(error))
        else:
            yield from calls

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        return f"[{', '.join(map(_text, calls))}]"


class Llama4Pythonic(Pythonic):
    """As `Pythonic`, also between `<|python_start|>` and `<|python_end|>`."""

    _open, _close = "<|python_start|>", "<|python_end|>"

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        place = text.find(self._open)
        if place < 0:
            yield from super().read(text)
            return
        end = text.find(self._close, place)
        if end < 0:
            yield Fault(f"{self._close} is missing")
            return
        yield from _between(text, place + len(self._open), end, Budget())

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        return f"{self._open}{super().write(calls)}{self._close}"


class Lfm2(Pythonic):
    """`<|tool_call_start|>[f(x=1)]<|tool_call_end|>`."""

    _open, _close = "<|tool_call_start|>", "<|tool_call_end|>"

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        budget, place = Budget(), text.find(self._open)
        while place >= 0:
            start = place + len(self._open)
            end = text.find(self._close, start)
            if end < 0:
                yield Fault(f"{self._close} is missing")
                return
            yield from _between(text, start, end, budget)
            place = text.find(self._open, end)

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        return f"{self._open}{super().write(calls)}{self._close}"


def _between(text: str, place: int, end: int, budget: Budget) -> Iterator[Item]:
    """Reads a list of calls that is all that stands between two marks."""
    try:
        inner = text[place:end].strip()
        if not inner.startswith("["):
            raise Broken("no list of calls stands between the marks")
        calls, over = _calls(inner, 0, budget)
        if over < len(inner):
            raise Broken("something follows the list of calls")
    except Broken as error:
        yield Fault(str(error))
    else:
        yield from calls


def _calls(text: str, place: int, budget: Budget) -> tuple[list[Item], int]:
    """Reads `[f(x=1), ...]`; a call is broken as a whole list is, as there is no telling where the next begins.

    Returns:
        The calls, and where the list ends.
    """
    reader = Reader(text, place, budget)
    reader.expect("[")
    found: list[Item] = []
    while not (reader.kind == "mark" and reader.token == "]"):
        found.append(_one(reader))
        if reader.kind == "mark" and reader.token == "]":
            break
        reader.expect(",")
    return found, reader.place  # behind the bracket: what follows it is no token of ours


def _one(reader: Reader) -> Item:
    start = reader.start
    name = reader.word()
    if name is None:
        raise Broken("it is cut off" if reader.kind == "end" else "it is not written as NAME(ARGUMENT=VALUE)")
    reader.expect("(")
    arguments: dict[str, Any] = {}
    while not reader.take(")"):
        key = reader.word()
        if key is None or "." in key:
            raise Broken("it is cut off" if reader.kind == "end" else "its arguments are not all written as NAME=VALUE")
        reader.expect("=")
        if key in arguments:
            raise Broken("it has an argument twice")
        arguments[key] = reader.value()
        if not reader.take(","):
            reader.expect(")")
            break
    if reader.start - start > MAX_CHARS:
        return Fault(f"it is longer than {MAX_CHARS:,} characters")
    return Call(named(name), arguments)


def _text(call: Call) -> str:
    return f"{call.name}({', '.join(f'{key}={literal(value)}' for key, value in call.arguments.items())})"
