"""What passes between a policy and a server: actions made of its text, and text made of observations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from envs.bridges.openenv.remote import told
from envs.builtin.dialogues.tags import only_tag
from envs.core.errors import UsageError
from envs.core.strict_json import read_json
from envs.core.text import reply_of

_TEXT = "{text}"
_OBSERVATION = "{observation}"
_NAMES = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


class NoAction(Exception):
    """The policy's turn is no action; the message tells it why."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How a policy and a server understand each other.

    Attributes:
        action: An action with `{text}` where the policy's text goes; None for what the schema asks.
        tag: The tag that holds the policy's text; the whole reply where it is empty.
        observation: Where in an observation the text is that the policy reads; empty for what there is.
        prompt: A template around what a reset shows; empty for that alone.

    Raises:
        UsageError: An argument is of the wrong kind, or has no place for what belongs in it.
    """

    action: Mapping[str, Any] | None
    tag: str
    observation: str
    prompt: str

    def __post_init__(self) -> None:
        if self.action is not None and (not isinstance(self.action, dict) or _TEXT not in _leaves(self.action)):
            raise UsageError(
                f'openenv\'s action is JSON with "{_TEXT}" as one of its values, such as {{"message": "{_TEXT}"}}'
            )
        for name in ("tag", "observation", "prompt"):
            if not isinstance(getattr(self, name), str):
                raise UsageError(f"openenv's {name} is text, not {getattr(self, name)!r}")

    def text(self, observation: Mapping[str, Any]) -> str:
        """Returns what the policy reads of an observation; of several fields, JSON."""
        if self.observation:
            found = _at(observation, self.observation)
            if found is not None:
                return _clean(found if isinstance(found, str) else _json(found))
        fields = {name: value for name, value in observation.items() if name != "metadata" and not _empty(value)}
        only = next(iter(fields.values())) if len(fields) == 1 else None
        return _clean(only if isinstance(only, str) else _json(fields) if fields else "")

    def asked(self, observation: Mapping[str, Any], form: ActionForm) -> str:
        """Returns the prompt of a task: what its reset shows, in the template, and how an action is written."""
        shown = self.text(observation)
        template = self.prompt or "\n\n".join(filter(None, (_OBSERVATION, form.asked)))
        return template.replace(_OBSERVATION, shown).strip()


@dataclass(frozen=True, slots=True)
class ActionForm:
    """How a turn of the policy becomes an action.

    Attributes:
        template: An action with `{text}` in it; None where the policy writes the whole action as JSON.
        kind: JSON's type of what `{text}` stands for.
        tag: The tag that holds the policy's text, or empty.
        asked: What the policy is told of it; empty where there is nothing to tell.
    """

    template: Mapping[str, Any] | None
    kind: str = "string"
    tag: str = ""
    asked: str = ""

    def action(self, turn: str) -> Mapping[str, Any]:
        """Returns the action that a turn is.

        Raises:
            NoAction: It is none.
        """
        said = only_tag(turn, self.tag) if self.tag else reply_of(turn)
        if said is None:
            raise NoAction(f"there is not one <{self.tag}></{self.tag}> in it")
        said = _encodable(said)
        if self.template is not None and self.kind == "string":
            return _filled(self.template, said.strip())
        try:
            value = read_json(said)
        except ValueError as error:
            raise NoAction(told(f"it is no JSON: {error}")) from error
        if self.template is not None:
            return _filled(self.template, value)
        if not isinstance(value, dict):
            raise NoAction("it is JSON, but no object")
        return value


def action_form(speech: Speech, schema: Mapping[str, Any]) -> ActionForm:
    """Returns how actions are made, by the server's schema where the user does not say.

    Raises:
        UsageError: The schema alone does not say what a text would be.
    """
    if speech.action is not None:
        return ActionForm(speech.action, tag=speech.tag)
    fields = {name: about for name, about in schema.get("properties", {}).items() if name != "metadata"}
    if {"tool_name", "arguments"} <= set(fields):
        example = {"type": "call_tool", "tool_name": "NAME", "arguments": {"FIELD": _TEXT}}
        raise UsageError(f"the server's actions call its tools: say which, as --env-arg 'action={json.dumps(example)}'")
    listed = schema.get("required")
    required = [name for name in listed if name in fields] if isinstance(listed, list) else []
    one = required[0] if len(required) == 1 else next(iter(fields)) if len(fields) == 1 else None
    if one is not None:
        kind = str(fields[one].get("type", "any")) if isinstance(fields[one], dict) else "any"
        told_of = "" if kind == "string" else f"Answer with {_NAMES.get(kind, 'JSON')} and nothing else."
        return ActionForm({one: _TEXT}, kind, speech.tag, told_of)
    if not fields:
        raise UsageError('the server\'s schema names no field of an action: --env-arg \'action={"FIELD": "{text}"}\'')
    names = ", ".join(f'"{told(name)}"{_typed(about)}' for name, about in list(fields.items())[:20])
    return ActionForm(None, "object", speech.tag, f"Answer with one JSON object and nothing else. Its fields: {names}.")


def _typed(about: Any) -> str:
    kind = about.get("type") if isinstance(about, dict) else None
    return f" ({_NAMES.get(kind, kind)})" if isinstance(kind, str) and kind.isalpha() else ""


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    return [leaf for part in value for leaf in _leaves(part)] if isinstance(value, list) else [value]


def _filled(template: Any, said: Any) -> Any:
    if isinstance(template, dict):
        return {name: _filled(part, said) for name, part in template.items()}
    if isinstance(template, list):
        return [_filled(part, said) for part in template]
    return said if template == _TEXT else template


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part[:9]) < len(value):
            value = value[int(part[:9])]
        else:
            return None
    return value


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _clean(text: str) -> str:
    """Returns text that a tokenizer and a terminal take: no half of a character, no control characters."""
    plain = "".join(char for char in text if char in "\n\t" or not (ord(char) < 32 or 127 <= ord(char) < 160))
    return _encodable(plain)
