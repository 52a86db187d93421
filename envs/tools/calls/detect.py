"""Which syntax a chat template writes calls in: found by having it write one, not by its name.

Nothing here knows a tokenizer: whoever has one hands in how it renders.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from envs.tools.calls.formats import FORMATS, scan, write
from envs.tools.calls.turn import Call, Fault

_ASKED = "sentinel question"
_CALL = Call("sentinel_tool", {"sentinel_argument": "sentinel value"})
_TOOL = {
    "type": "function",
    "function": {
        "name": _CALL.name,
        "description": "A sentinel.",
        "parameters": {
            "type": "object",
            "properties": {"sentinel_argument": {"type": "string", "description": "A sentinel."}},
            "required": ["sentinel_argument"],
        },
    },
}
_IDS = (f"functions.{_CALL.name}:0", "sentinel0")
"""Of calls: one that Kimi's template takes the name from, one of nine letters for Mistral's."""


class Render(Protocol):
    """Writes a chat, as `apply_chat_template(messages, tools=..., add_generation_prompt=...)` does."""

    def __call__(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]] | None, add_generation_prompt: bool
    ) -> str:
        """Returns the chat as text; may raise anything."""
        ...


@dataclass(frozen=True, slots=True)
class Detected:
    """What a template does with tools.

    Attributes:
        tool_format: The syntax of its calls; empty where it writes none that is known.
        shows_tools: Whether a prompt tells of the tools that it is given.
        renders_results: Whether a message with the role `tool` is to be seen in what it writes.
    """

    tool_format: str = ""
    shows_tools: bool = False
    renders_results: bool = False


def detect(render: Render) -> Detected:
    """Returns what a template does with tools, by what comes of sentinels.

    Args:
        render: Writes a chat; what it raises says that the template cannot do it.
    """
    asked = [{"role": "user", "content": _ASKED}]
    prompt = _tried(render, asked, True)
    if prompt is None or _CALL.name not in prompt:
        return Detected()
    for message in _messages():
        written = _tried(render, [*asked, message], False)
        if written is None or not (tool_format := _read(written, prompt)):
            continue
        result = {
            "role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "name": _CALL.name,
            "content": "sentinel result",
        }  # fmt: skip
        told = _tried(render, [*asked, message, result], True)
        return Detected(tool_format, True, told is not None and "sentinel result" in told)
    return Detected(shows_tools=True)


def _tried(render: Render, messages: Sequence[dict[str, Any]], prompts: bool) -> str | None:
    try:
        return render(messages, [_TOOL], prompts)
    except Exception:  # a template raises what its author chose
        return None


def _messages() -> Iterator[dict[str, Any]]:
    """Yields a call as the message that some template or other takes."""
    for content in ("", None):
        for arguments in (dict(_CALL.arguments), json.dumps(_CALL.arguments)):
            for call_id in _IDS:
                function = {"name": _CALL.name, "arguments": arguments}
                call = {"id": call_id, "type": "function", "function": function}
                yield {"role": "assistant", "content": content, "tool_calls": [call]}


def _read(written: str, prompt: str) -> str:
    """Returns the format that reads the call back; of several, the one that would write it so."""
    turn = written[len(prompt) :] if written.startswith(prompt) else written.rpartition(_ASKED)[2]
    fitting = [name for name in FORMATS if _reads(turn, name)]
    exact = [name for name in fitting if _bare(write([_CALL], name)) in _bare(turn)]
    return next(iter([*exact, *fitting]), "")


def _reads(turn: str, name: str) -> bool:
    items = scan(turn, name, ended=True).items
    if any(isinstance(item, Fault) for item in items):
        return False
    return [(call.name, dict(call.arguments)) for call in items if isinstance(call, Call)] == [
        (_CALL.name, dict(_CALL.arguments))
    ]


def _bare(text: str) -> str:
    return "".join(text.split())
