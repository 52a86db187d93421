"""What is laid around every chat: a system message, solved examples, arguments of the template. Knows no tokenizer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from typing import Any

Messages = list[dict[str, str]]
Played = tuple[tuple[str, str], ...]
"""A solved task: what was said to the policy and what it answers, turn by turn."""
DATE_FUNCTION = "strftime_now"
"""What chat templates call for today's date, by convention of transformers."""


@dataclass(frozen=True, slots=True)
class ChatForm:
    """How chats are written beyond what the environment says; recorded in a run, used again by evals of it.

    Attributes:
        system: System message put before every prompt; one of the environment's own follows it in the same message.
        system_in_user: Whether the system message is joined to the first turn of the user, for templates without one.
        arguments: What the chat template is told, such as `enable_thinking`.
        stop: Strings that end a completion; its text is without them.
        template: A chat template in place of the tokenizer's own; empty for that.
        date: Day, as 2026-01-31, that a template writes as today's; empty for the clock's.
    """

    system: str = ""
    system_in_user: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    stop: tuple[str, ...] = ()
    template: str = ""
    date: str = ""

    def facts(self) -> dict[str, Any]:
        """Returns what departs from a form that says nothing, as plain data, for summaries and identities."""
        said = {name: value for name, value in asdict(self).items() if value}
        return {**said, "stop": list(self.stop)} if self.stop else said

    def template_values(self, tokenizer: Any) -> dict[str, Any]:
        """Returns what `apply_chat_template` is given beside the chat: arguments, and the template with its date."""
        if not self.date:
            return dict(self.arguments)
        return {**self.arguments, "chat_template": _on(self.date) + tokenizer.get_chat_template()}

    def arranged(self, messages: Sequence[Mapping[str, str]], shots: Shots | None = None) -> Messages:
        """Returns the whole chat of a prompt: the system message, the examples, and what the environment says."""
        own = [dict(message) for message in messages]
        said = [self.system] if self.system else []
        while own and own[0]["role"] == "system":
            said.append(own.pop(0)["content"])
        chat = [*(shots.beside(own) if shots else ()), *own]
        if not said:
            return chat
        system = "\n\n".join(said)
        if not self.system_in_user:
            return [{"role": "system", "content": system}, *chat]
        first = next((place for place, message in enumerate(chat) if message["role"] == "user"), None)
        if first is None:
            return [{"role": "user", "content": system}, *chat]
        chat[first] = {**chat[first], "content": f"{system}\n\n{chat[first]['content']}"}
        return chat


@dataclass(frozen=True, slots=True)
class Shots:
    """Solved tasks shown before every prompt; never the prompt's own.

    Attributes:
        count: How many are shown.
        played: Those there are to choose from, the first ones preferred: one more than are shown, where there is one.
    """

    count: int = 0
    played: tuple[Played, ...] = ()

    def __bool__(self) -> bool:
        return self.count > 0

    def beside(self, messages: Sequence[Mapping[str, str]]) -> Messages:
        """Returns the examples for a prompt as messages, leaving out the one that asks what the prompt asks."""
        asked = {message["content"].strip() for message in messages if message["role"] == "user"}
        others = [played for played in self.played if played[0][0].strip() not in asked]
        return [
            {"role": role, "content": content}
            for played in others[: self.count]
            for exchange in played
            for role, content in zip(("user", "assistant"), exchange, strict=True)
        ]


def _on(day: str) -> str:
    """Returns what, in front of a template, makes its today this day.

    A macro and no function of ours: newer releases of transformers hand text, numbers and lists on, and nothing else.
    """
    midnight = datetime.combine(date.fromisoformat(day), time())
    written = {f"%{letter}": midnight.strftime(f"%{letter}") for letter in "aAbBcdHIjmMpSUwWxXyYfGuV"}
    pairs = ", ".join(f"({json.dumps(code)}, {json.dumps(text)})" for code, text in {**written, "%%": "%"}.items())
    return (
        f"{{%- macro {DATE_FUNCTION}(format) -%}}{{%- set said = namespace(text=format) -%}}"
        f"{{%- for code, text in [{pairs}] -%}}{{%- set said.text = said.text.replace(code, text) -%}}{{%- endfor -%}}"
        "{{- said.text -}}{%- endmacro %}{{ '' }}"  # which keeps blanks at the template's beginning
    )
