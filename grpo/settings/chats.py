"""What can be chosen of prompts and chats; `grpo.policy.form` says what is made of it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from envs.core.errors import UsageError
from grpo.policy.form import ChatForm
from grpo.policy.template import template_text

_WORDS = {"true": True, "false": False}
_NAME = re.compile(r"[A-Za-z_]\w*")


class ChatConfig(BaseModel):
    """The settings of prompts and chats; every one is a flag of `grpo train`."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    max_prompt_tokens: int = Field(0, ge=0)
    """Longest prompt, in tokens; tasks with longer ones are left out. 0 keeps all that fit beside max_tokens."""
    system: str = ""
    """System message put before every prompt; one of the environment's own follows it in the same message."""
    system_in_user: bool = False
    """Join the system message to the first turn of the user, for chat templates without one."""
    chat_args: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the chat template, such as enable_thinking=false."""
    stops: list[str] = Field(default_factory=list)
    """Strings that end a completion; they are trained on, and are no part of the text that is judged."""
    chat_template: str = ""
    """File with a Jinja chat template in place of the tokenizer's; the run keeps its text."""
    chat_date: str = ""
    """Day, as 2026-01-31, that a chat template writes as today's; the first day of the run where it writes one."""

    @property
    def chat_form(self) -> ChatForm:
        """What is laid around every chat."""
        return ChatForm(
            self.system, self.system_in_user, self.chat_args, tuple(self.stops), self.chat_template, self.chat_date
        )

    @field_validator("chat_args")
    @classmethod
    def _arguments_are_plain(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        for name, value in arguments.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of an argument: letters, digits and _")
            if not _is_plain(value):
                raise ValueError(f"{name} must be text, a number, true, false, or a list or table of these")
        return arguments

    @field_validator("stops")
    @classmethod
    def _stops_say_something(cls, stops: list[str]) -> list[str]:
        if "" in stops:
            raise ValueError("an empty stop string would end every completion at once")
        return list(dict.fromkeys(stops))

    @field_validator("chat_template")
    @classmethod
    def _template_travels(cls, given: str) -> str:
        return template_text(given)

    @field_validator("chat_date")
    @classmethod
    def _date_is_one(cls, text: str) -> str:
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError as error:
            raise ValueError("that is no day: write it as 2026-01-31") from error


def parse_chat_args(pairs: list[str]) -> dict[str, Any]:
    """Reads `enable_thinking=false`: values are JSON where they are JSON, text where they are not.

    Raises:
        UsageError: A pair without `=`.
    """
    import json

    parsed = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--chat-arg {pair!r}: write it as NAME=VALUE, such as enable_thinking=false")
        try:
            parsed[name.strip()] = _WORDS[text.lower()] if text.lower() in _WORDS else json.loads(text)
        except ValueError:
            parsed[name.strip()] = text
    return parsed


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(one) for key, one in value.items())
    return isinstance(value, str | bool | int | float)
