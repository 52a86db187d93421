"""Calls in a section of their own, each between special tokens: DeepSeek, Kimi, and the channels of harmony."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from envs.tools.calls.turn import (
    MAX_NAME,
    THINK,
    Broken,
    Budget,
    Call,
    Fault,
    Item,
    dumped,
    named,
    past_blanks,
    read_object,
)


class _Section:
    """A section of calls; one that is not closed holds none, as its last call may be cut."""

    think = THINK
    marks = ("", "")
    _section: tuple[str, str]
    _call: tuple[str, str]

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        budget = Budget()
        opened, closed = self._section
        place = text.find(opened)
        while place >= 0:
            end = text.find(closed, place)
            if end < 0:
                yield Fault(f"the calls are not closed with {closed}")
                return
            yield from self._calls(text, place + len(opened), end, budget)
            place = text.find(opened, end)

    def _calls(self, text: str, place: int, end: int, budget: Budget) -> Iterator[Item]:
        opened, closed = self._call
        place = text.find(opened, place, end)
        while place >= 0:
            place += len(opened)
            over = text.find(closed, place, end)
            try:
                if over < 0:
                    raise Broken(f"{closed} is missing")
                yield self._one(text, place, over, budget)
                place = over
            except Broken as error:
                yield Fault(str(error))
            place = text.find(opened, place, end)

    def _one(self, text: str, place: int, end: int, budget: Budget) -> Call:
        raise NotImplementedError

    def _body(self, call: Call, number: int) -> str:
        raise NotImplementedError

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        bodies = [self._call[0] + self._body(call, number) + self._call[1] for number, call in enumerate(calls)]
        return self._section[0] + self._between.join(bodies) + self._section[1]

    _between = ""


def _head(text: str, mark: str, place: int, end: int) -> tuple[str, int]:
    """Returns what stands before a mark that must come soon, and where it goes on behind it."""
    found = text.find(mark, place, min(end, place + 2 * MAX_NAME))
    if found < 0:
        raise Broken(f"{mark} is missing")
    return text[place:found], found + len(mark)


class DeepSeekV31(_Section):
    """`<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>{"x": 1}<｜tool▁call▁end｜><｜tool▁calls▁end｜>`."""

    _section = ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")
    _call = ("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>")
    _separator = "<｜tool▁sep｜>"

    def _one(self, text: str, place: int, end: int, budget: Budget) -> Call:
        name, place = _head(text, self._separator, place, end)
        return Call(named(name.strip()), read_object(text, place, budget, end)[0])

    def _body(self, call: Call, number: int) -> str:
        return f"{call.name}{self._separator}{dumped(call.arguments)}"


class DeepSeekV3(DeepSeekV31):
    """As V3.1, but for `function` before the name, and the arguments in a fence for JSON."""

    _between = "\n"

    def _one(self, text: str, place: int, end: int, budget: Budget) -> Call:
        kind, place = _head(text, self._separator, place, end)
        if kind.strip() != "function":
            raise Broken("it is no function")
        name, place = _head(text, "```json", place, end)
        over = text.rfind("```", place, end)
        if over < 0 or past_blanks(text, over + 3) != end:
            raise Broken("its fence is not closed with ```")
        return Call(named(name.strip()), read_object(text, place, budget, over)[0])

    def _body(self, call: Call, number: int) -> str:
        return f"function{self._separator}{call.name}\n```json\n{dumped(call.arguments)}\n```"


class Kimi(_Section):
    """`<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"x": 1}<|tool_call_end|>` in a section."""

    _section = ("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>")
    _call = ("<|tool_call_begin|>", "<|tool_call_end|>")
    _separator = "<|tool_call_argument_begin|>"

    def _one(self, text: str, place: int, end: int, budget: Budget) -> Call:
        header, place = _head(text, self._separator, place, end)
        name, colon, number = header.strip().partition(":")
        if not colon or not number.isdigit():
            raise Broken("its head is not written as functions.NAME:NUMBER")
        return Call(named(name.removeprefix("functions.")), read_object(text, place, budget, end)[0])

    def _body(self, call: Call, number: int) -> str:
        return f"functions.{call.name}:{number}{self._separator}{dumped(call.arguments)}"


_HEAD_MARK = re.compile(r"<\|(message|start|channel|end|call|return)\|>")
_BODY_END = re.compile(r"<\|(end|call|return|start)\|>")
_RECIPIENT = re.compile(r"\bto=([^\s<|]{1,160}+)")


class Harmony:
    """`<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"x": 1}<|call|>`.

    A message is a call where its head names a function and `<|call|>` ends it; the analysis channel is thinking, and
    whatever stands in the body of a message opens nothing.
    """

    think = ()
    marks = ("<|start|>", "<|call|>")

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        budget = Budget()
        place = start = 0
        while mark := _HEAD_MARK.search(text, place):
            place = mark.end()
            if mark[1] != "message":
                start = mark.start() if mark[1] == "start" else start
                continue
            head = text[max(start, mark.start() - 512) : mark.start()]
            over = _BODY_END.search(text, place)
            end = over.start() if over else len(text)
            recipient = _RECIPIENT.search(head)
            if recipient and recipient[1].startswith("functions."):
                try:
                    if not over or over[1] != "call":
                        raise Broken("<|call|> does not end it")
                    yield Call(named(recipient[1].removeprefix("functions.")), read_object(text, place, budget, end)[0])
                except Broken as error:
                    yield Fault(str(error))
            place = start = end if not over or over[1] == "start" else over.end()

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        head = "<|channel|>commentary to=functions.{} <|constrain|>json<|message|>{}<|call|>"
        return "<|start|>assistant".join(head.format(call.name, dumped(call.arguments)) for call in calls)
