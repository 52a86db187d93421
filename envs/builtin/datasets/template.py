"""Templates over the fields of a record: `Question: {question}`."""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from typing import Any

from envs.core.errors import UsageError, did_you_mean


class MissingValue(ValueError):
    """A record has nothing to put where a template names a field."""


class Template:
    """Text with fields in braces; doubled braces are braces.

    A field is a name, or a path into nested objects and lists: `{answers.text.0}`. Nothing else of Python's format
    language is understood, so no template reaches an attribute of anything.

    Args:
        text: The template.

    Raises:
        UsageError: The braces do not match, a field is empty or carries a conversion, or there is no field.
    """

    def __init__(self, text: str):
        if not isinstance(text, str):
            raise UsageError(f"a template is text such as '{{question}}', not {text!r}: quote it as JSON text")
        self.text = text
        try:
            self._pieces = [self._checked(*piece) for piece in string.Formatter().parse(text)]
        except ValueError as error:
            raise UsageError(f"the template {text!r} is none: {error}; write {{{{ for a brace") from error
        self.fields = [field for _, field in self._pieces if field is not None]
        if not self.fields:
            raise UsageError(f"the template {text!r} names no field: write it as '{{question}}'")

    @staticmethod
    def _checked(literal: str, field: str | None, layout: str | None, conversion: str | None) -> tuple[str, str | None]:
        if field == "":
            raise ValueError("a field has no name")
        if layout or conversion:
            raise ValueError(f"field {field!r} carries a format, which is not understood")
        return literal, field

    def value(self, record: dict[str, Any]) -> Any:
        """Returns the record's own value where the template is one field and nothing else, and text otherwise.

        Raises:
            MissingValue: The record lacks a field, or it is None there.
        """
        if len(self._pieces) == 1 and not self._pieces[0][0]:
            return _lookup(record, self.fields[0])
        return self.render(record)

    def render(self, record: dict[str, Any]) -> str:
        """Returns the text with each field filled in; what is neither text nor a number is written as JSON.

        Raises:
            MissingValue: The record lacks a field, or it is None there.
        """
        return "".join(
            literal + ("" if field is None else as_text(_lookup(record, field))) for literal, field in self._pieces
        )

    def check(self, known: Iterable[str]) -> None:
        """Makes sure that every field can be one of the records'.

        Raises:
            UsageError: A field is in no record; the message names the fields there are.
        """
        names = sorted(set(known))
        for field in self.fields:
            if field not in names and field.partition(".")[0] not in names:
                close = did_you_mean(field, names)
                fields = f"fields: {', '.join(names)}"
                hint = f"{close} ({fields})" if close.startswith("did") else f"write one of its {fields}, in the braces"
                raise UsageError(f"the template {self.text!r} has an unknown field {field!r}: {hint}")


def as_text(value: Any) -> str:
    """Returns text as it is, a number in digits, and everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _lookup(record: dict[str, Any], field: str) -> Any:
    value: Any = record
    steps = [field] if field in record else field.split(".")
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise MissingValue(f"no field {field!r}")
    if value is None:
        raise MissingValue(f"nothing in field {field!r}")
    return value
