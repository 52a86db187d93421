"""Calls as JSON behind a marker: Hermes and Qwen, Mistral, Llama."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from envs.tools.calls.turn import (
    MAX_CALLS,
    THINK,
    Broken,
    Budget,
    Call,
    Fault,
    Item,
    call_of,
    dumped,
    named,
    past_blanks,
    read_object,
    read_value,
)

_NOT_CLOSED = "its list is not closed with ]"
_LONGEST_LIST = 4 * MAX_CALLS


class Hermes:
    """`<tool_call>{"name": "f", "arguments": {"x": 1}}</tool_call>`, once for every call."""

    think = THINK
    marks = ("<tool_call>", "</tool_call>")

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        budget = Budget()
        opened, closed = self.marks
        place = text.find(opened)
        while place >= 0:
            start = place + len(opened)
            try:
                value, end = read_value(text, past_blanks(text, start), budget)
                end = past_blanks(text, end)
                if not text.startswith(closed, end):
                    raise Broken(f"{closed} does not follow its JSON")
                start = end + len(closed)
                yield call_of(value, budget)
            except Broken as error:
                yield Fault(str(error))
            place = text.find(opened, start)

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        bodies = (dumped({"name": call.name, "arguments": call.arguments}) for call in calls)
        return "\n".join(f"<tool_call>\n{body}\n</tool_call>" for body in bodies)


_MISTRAL_NAME = re.compile(r"[ \t\r\n]*+([\w.-]++)[ \t\r\n]*+(?:\[CALL_ID\]([\w-]++))?(?:\[ARGS\])?[ \t\r\n]*+(?=\{)")


class Mistral:
    """`[TOOL_CALLS]f{"x": 1}`, also with `[ARGS]` and `[CALL_ID]`; before v11 `[TOOL_CALLS][{"name": "f", ...}]`."""

    think = THINK
    marks = ("[TOOL_CALLS]", "")
    _open = "[TOOL_CALLS]"

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        budget = Budget()
        place = text.find(self._open)
        while place >= 0:
            place = past_blanks(text, place + len(self._open))
            try:
                if text.startswith("[", place):
                    found, place = _list(text, place + 1, budget)
                    yield from found
                else:
                    head = _MISTRAL_NAME.match(text, place)
                    if not head:
                        raise Broken("no name and JSON object follow [TOOL_CALLS]")
                    arguments, place = read_object(text, head.end(), budget)
                    yield Call(named(head[1]), arguments)
            except Broken as error:
                yield Fault(str(error))
            place = text.find(self._open, place)

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        return "".join(f"{self._open}{call.name}[ARGS]{dumped(call.arguments)}" for call in calls)


class MistralList(Mistral):
    """As `Mistral` reads, written as it was before v11."""

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        return self._open + dumped([{"name": call.name, "arguments": call.arguments} for call in calls])


def _list(text: str, place: int, budget: Budget) -> tuple[list[Item], int]:
    """Reads a list of call objects to its bracket; one that is not closed holds no calls.

    Raises:
        Broken: It is broken or cut.
    """
    found: list[Item] = []
    place = past_blanks(text, place)
    while not text.startswith("]", place):
        if len(found) == _LONGEST_LIST:
            raise Broken(f"its list holds more than {_LONGEST_LIST} calls")
        value, place = read_value(text, place, budget)
        try:
            found.append(call_of(value, budget))
        except Broken as error:
            found.append(Fault(str(error)))
        place = past_blanks(text, place)
        if text.startswith(",", place):
            place = past_blanks(text, place + 1)
        elif not text.startswith("]", place):
            raise Broken(_NOT_CLOSED)
    return found, place + 1


_MEANT = re.compile(r'\{[ \t\r\n]*+"name"')
_SPECIALS = re.compile(r"(?:[ \t\r\n]|<\|[a-z_]{1,24}\|>|</s>)*+")


class LlamaJson:
    """`{"name": "f", "parameters": {"x": 1}}` as the whole turn or behind `<|python_tag|>`; several with `;` between.

    An object without a name and arguments is no call and no fault: a task may ask for JSON.
    """

    think = THINK
    marks = ("; {", "")
    _open = "<|python_tag|>"

    def read(self, text: str) -> Iterator[Item]:
        """Yields what there is, in order."""
        budget = Budget()
        marked = text.find(self._open)
        place = past_blanks(text, 0 if marked < 0 else marked + len(self._open))
        calls = 0
        while text.startswith("{", place):
            try:
                value, end = read_value(text, place, budget)
            except Broken as error:
                if marked >= 0 or calls or _MEANT.match(text, place):
                    yield Fault(str(error))
                return
            if marked < 0 and not calls and not _is_call(value):
                return
            try:
                yield call_of(value, budget)
            except Broken as error:
                yield Fault(str(error))
            calls += 1
            place = past_blanks(text, end)
            if text.startswith(";", place):
                place = past_blanks(text, place + 1)
        rest = _SPECIALS.match(text, place)
        if calls and rest and rest.end() < len(text):
            yield Fault("something follows the calls that is none; a turn holds calls or an answer")
        if not calls and marked >= 0:
            yield Fault(f"no JSON object follows {self._open}")

    def write(self, calls: Sequence[Call]) -> str:
        """Returns a turn that holds these calls."""
        return "; ".join(dumped({"name": call.name, "parameters": call.arguments}) for call in calls)


def _is_call(value: object) -> bool:
    return isinstance(value, dict) and "name" in value and ("parameters" in value or "arguments" in value)
