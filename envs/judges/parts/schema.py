"""The reply is JSON that a schema accepts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.strict_json import read_json
from envs.core.task import Task
from envs.core.text import reply_of


class JsonSchema:
    """1 where the reply is strict JSON that a JSON Schema accepts (see `read_json`).

    Needs the package `jsonschema`. Schemas that refer to others over the network are not resolved.

    Args:
        schema: The schema, draft 2020-12 unless it says otherwise; None to take each task's, from `field` of its gold.
        field: The field of a mapping gold that holds the task's schema.

    Raises:
        UsageError: The schema is none, or the package is not installed.
    """

    def __init__(self, schema: Mapping[str, Any] | bool | None = None, field: str = "schema"):
        self.schema = schema
        self.field = field
        if schema is not None:
            _validator(schema)

    def __getstate__(self) -> dict[str, Any]:
        return {"schema": self.schema, "field": self.field}

    @cached_property
    def _fixed(self) -> Any:
        return None if self.schema is None else _validator(self.schema)

    def __call__(self, task: Task, completion: str) -> Reward:
        """Validates the reply, which is the completion without its thinking block."""
        validator = self._fixed or _validator(task.gold[self.field])
        try:
            value = read_json(reply_of(completion))
        except ValueError as error:
            return Reward(0.0, outcome="not_json", reason=str(error)[:200])
        fault = next(validator.iter_errors(value), None)
        if fault is not None:
            return Reward(0.0, outcome="invalid", reason=str(fault.message)[:200])
        return Reward(1.0, outcome="valid")


def _validator(schema: Any) -> Any:
    try:
        import jsonschema
        from jsonschema.validators import validator_for
        from referencing import Registry
    except ImportError as error:
        raise UsageError("JsonSchema needs the package jsonschema: pip install jsonschema") from error
    kind = validator_for(schema, jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise UsageError(f"this is no JSON Schema: {error.message}") from error
    return kind(schema, registry=Registry())  # an empty registry: nothing is fetched
