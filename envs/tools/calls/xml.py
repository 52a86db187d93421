"""Calls as tags around text without types: Qwen3-coder and Qwen3.5, GLM."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from envs.tools.calls.turn import MAX_CHARS, MAX_NAME, THINK, Broken, Call, Fault, Item, named, past_blanks, written

_TOO_LONG = f"it is longer than {MAX_CHARS:,} characters"
_QWEN_OPEN = re.compile(r"<tool_call>(?:[ \t\r\n]*+<function=)?|<function=")


def _upto(text: str, mark: str, place: int, most: int = MAX_CHARS) -> tuple[str, int]:
    """Returns the text up to a mark, and where it goes on behind it.

    Raises:
        Broken: The mark does not come, or too late.
    """
    end = text.find(mark, place, place + most + len(mark))
    if end < 0:
        raise Broken(_TOO_LONG if len(text) - place > MAX_CHARS and most == MAX_CHARS else f"{mark} is missing")
    return text[place:end], end + len(mark)


def _expect(text: str, mark: str, place: int) -> int:
    place = past_blanks(text, place)
    if not text.startswith(mark, place):
        raise Broken(f"{mark} is missing")
    return place + len(mark)


class QwenXml:
    """`<tool_call><function=f><parameter=x>1</parameter></function></tool_call>`.

    The line breaks that the models write around a value are taken off, one on each side. `<tool_call>` may be
    missing, as these models often leave it out; nothing that closes may be.
    """

    think = THINK
    marks = ("<tool_call>", "</tool_call>")

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        opened = _QWEN_OPEN.search(text)
        while opened:
            place = opened.end()
            try:
                if not opened[0].endswith("="):
                    raise Broken("<function= does not follow <tool_call>")
                call, place = _qwen_call(text, place, wrapped=opened[0][1] == "t")
                yield call
            except Broken as error:
                yield Fault(str(error))
            opened = _QWEN_OPEN.search(text, place)

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        return "\n".join(_qwen_text(call) for call in calls)


def _qwen_call(text: str, place: int, wrapped: bool) -> tuple[Call, int]:
    start = place
    name, place = _upto(text, ">", place, MAX_NAME)
    arguments: dict[str, str] = {}
    while text.startswith("<parameter=", place := past_blanks(text, place)):
        key, place = _upto(text, ">", place + len("<parameter="), MAX_NAME)
        value, place = _upto(text, "</parameter>", place)
        if key in arguments:
            raise Broken("it has a parameter twice")
        arguments[key] = value.removeprefix("\n").removesuffix("\n")
        if place - start > MAX_CHARS:
            raise Broken(_TOO_LONG)
    place = _expect(text, "</function>", place)
    if wrapped:
        place = _expect(text, "</tool_call>", place)
    return Call(named(name.strip()), arguments, raw=True), place


def _qwen_text(call: Call) -> str:
    arguments = "".join(f"<parameter={key}>\n{written(value)}\n</parameter>\n" for key, value in call.arguments.items())
    return f"<tool_call>\n<function={call.name}>\n{arguments}</function>\n</tool_call>"


class Glm:
    """`<tool_call>f<arg_key>x</arg_key><arg_value>1</arg_value></tool_call>`."""

    think = THINK
    marks = ("<tool_call>", "</tool_call>")

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        place = text.find("<tool_call>")
        while place >= 0:
            place += len("<tool_call>")
            try:
                call, place = _glm_call(text, place)
                yield call
            except Broken as error:
                yield Fault(str(error))
            place = text.find("<tool_call>", place)

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        return "\n".join(_glm_text(call) for call in calls)


def _glm_call(text: str, place: int) -> tuple[Call, int]:
    start = place = past_blanks(text, place)
    end = text.find("<", place, place + MAX_NAME + 8)
    if end < 0:
        raise Broken("it names no tool")
    name, place = text[place:end].strip(), end
    arguments: dict[str, str] = {}
    while text.startswith("<arg_key>", place := past_blanks(text, place)):
        key, place = _upto(text, "</arg_key>", place + len("<arg_key>"), MAX_NAME)
        place = _expect(text, "<arg_value>", place)
        value, place = _upto(text, "</arg_value>", place)
        if key.strip() in arguments:
            raise Broken("it has an argument twice")
        arguments[key.strip()] = value
        if place - start > MAX_CHARS:
            raise Broken(_TOO_LONG)
    return Call(named(name), arguments, raw=True), _expect(text, "</tool_call>", place)


def _glm_text(call: Call) -> str:
    arguments = "".join(
        f"<arg_key>{key}</arg_key>\n<arg_value>{written(value)}</arg_value>\n" for key, value in call.arguments.items()
    )
    return f"<tool_call>{call.name}\n{arguments}</tool_call>"
