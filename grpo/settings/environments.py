"""Which environments a run trains on: however they are said, one plain name, or a list of tables.

`math`, `math:2,code:1`, a list of names, `[[env]]` tables and what flags say beside them (weights, `math.levels=1`) all
mean a list of tables. A list of one is written out as what it is: a name, its arguments, the run's own limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from envs.builtin.datasets.place import anchored
from envs.core.errors import did_you_mean
from envs.core.registry import EnvSpec, codeless

WEIGHTS, OWN = "weights", "env_own"
"""What may be said beside `env` and is no setting of its own: it becomes part of the tables."""
_WEIGHTED = re.compile(r"(.+):([-+]?[\d.]+(?:e[-+]?\d+)?)", re.IGNORECASE)


class EnvTable(BaseModel):
    """One of a run's environments; what is left out is the run's."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: str
    """A name from `grpo env list`, or the path of a .py file."""
    label: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][\w./+-]*$")
    """What it is called in metrics, rollouts and evals; its name if left out."""
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """How often its groups are drawn, beside the other weights."""
    args: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the environment."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Longest completion, in tokens."""
    max_prompt_tokens: int | None = Field(default=None, ge=0)
    """Longest prompt, in tokens."""
    system: str | None = None
    """System message put before every prompt."""
    verify_deadline: float | None = Field(default=None, gt=0)
    """Seconds one completion may take to verify."""

    @field_validator("args")
    @classmethod
    def _arguments_travel(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        return anchored(arguments)


OWN_SETTINGS = ("max_tokens", "max_prompt_tokens", "system", "verify_deadline")
"""What a table may set for its environment alone."""
_NO_DIFFERENCE = {"weight", "label"}


@dataclass(frozen=True, slots=True)
class Environment:
    """One of a run's environments with all that decides how it is trained on.

    Attributes:
        label: What it is called in metrics, rollouts and evals; empty where a run has no other.
        weight: Its share of the groups, beside the other weights.
        spec: How it is built, on the training split.
        max_tokens: Longest completion; in episodes of several turns, the longest turn.
        max_prompt_tokens: Longest prompt; 0 for whatever fits.
        system: System message put before every prompt.
        verify_deadline: Seconds one completion may take to verify.
    """

    label: str
    weight: float
    spec: EnvSpec
    max_tokens: int
    max_prompt_tokens: int
    system: str
    verify_deadline: float

    def told(self, line: str) -> str:
        """Returns a line on this environment, which says whose it is where there are several."""
        return f"{self.label}: {line}" if self.label else line


def folded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings with everything said of environments in its place.

    Of several, `env` is a list of tables that hold all of it; of one, `env` is its name and `env_args` its arguments.

    Raises:
        ValueError: It says nothing that can be trained on; one line.
    """
    left = dict(values)
    weights, own = left.pop(WEIGHTS, None), dict(left.pop(OWN, None) or {})
    arguments = left.get("env_args") or {}
    said = left.get("env", "math")
    if not isinstance(arguments, Mapping) or not isinstance(said, str | list | tuple):
        return left  # pydantic says what is wrong with it
    tables = _tables(said, weights)
    labels = labels_of(tables)
    beside = [_own(arguments, tables, labels, len(tables) == 1), _own(own, tables, labels, False)]
    for place, label in enumerate(labels):
        for target, found in zip((tables[place].setdefault("args", {}), tables[place]), beside, strict=True):
            target.update({key: value for key, value in found[""].items() if key not in target})
            target.update(found[label])
    checked = [_checked(table) for table in tables]
    if len(checked) == 1:
        return {**left, **_alone(checked[0], "env" in left, "env_args" in left)}
    _check_different(checked, labels)
    return {**left, "env": checked, "env_args": {}}


def beside_tables(given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings without what is said of environments that a run has already: on resume its tables are there."""
    return {name: value for name, value in given.items() if name not in (WEIGHTS, OWN, "env_args")}


def _alone(table: EnvTable, named: bool, argued: bool) -> dict[str, Any]:
    """Returns the settings of a run that mean its one environment; of what nobody said nothing."""
    limits = {name: value for name in OWN_SETTINGS if (value := getattr(table, name)) is not None}
    return {
        **({"env": table.name} if named else {}),
        **({"env_args": table.args} if argued or table.args else {}),
        **limits,
    }


def _tables(said: str | Sequence[Any], weights: Any) -> list[dict[str, Any]]:
    """Returns a table for each environment, with its weight."""
    tables, written = [], False
    given = [said] if isinstance(said, str) else said
    for part in [part for one in given for part in (one.split(",") if isinstance(one, str) else [one])]:
        if not isinstance(part, str):
            tables.append(_plain(part))
        elif name := part.strip():
            match = _WEIGHTED.fullmatch(name)
            written |= match is not None
            tables.append({"name": match[1], "weight": _number(match[2], name)} if match else {"name": name})
    if not tables:
        raise ValueError("name at least one environment, such as env = math")
    if weights is not None:
        numbers = _weights(weights)
        if written:
            raise ValueError("weights are said twice: beside the names of env, and in weights; leave out one of them")
        if len(numbers) != len(tables):
            raise ValueError(
                f"weights has {_counted(len(numbers), 'number')} and env has "
                f"{_counted(len(tables), 'environment')}: give each one"
            )
        for table, weight in zip(tables, numbers, strict=True):
            table["weight"] = weight
    return tables


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _plain(table: Any) -> dict[str, Any]:
    if isinstance(table, EnvTable):
        table = table.model_dump()
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        raise ValueError('an environment is a name, or a table with one, such as {name = "math", weight = 2}')
    if not isinstance(arguments := table.get("args") or {}, Mapping):
        raise ValueError(f"args of {table['name']} = {arguments!r}: a table of arguments belongs here")
    return {**table, "args": dict(arguments)}


def _weights(given: Any) -> list[float]:
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, Sequence):
        parts = [parts]
    return [_number(part, given) for part in parts]


def _number(text: Any, said: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        raise ValueError(f"weights {said!r}: write numbers above 0, such as 2,1") from None


def labels_of(tables: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns what environments are called: by label or name, a file by its stem; a second `math` is `math-2`."""
    labels: list[str] = []
    for table in tables:
        name = str(table["name"])
        first = table.get("label") or (Path(name).stem.replace("_", "-") if name.endswith(".py") else name)
        label, count = first, 2
        while label in labels:
            label, count = f"{first}-{count}", count + 1
        labels.append(label)
    return labels


def _own(
    given: Mapping[str, Any], tables: Sequence[Mapping[str, Any]], labels: Sequence[str], keep: bool
) -> dict[str, dict[str, Any]]:
    """Sorts `LABEL.key` by environment; what names none is for all of them, under the empty label.

    Args:
        given: Keys with or without a label; a file's environment may be named by its path too.
        tables: The environments.
        labels: What they are called.
        keep: Leave a key with a dot that names none as it is, for the environment to judge.

    Raises:
        ValueError: A key names an environment that is not there.
    """
    found: dict[str, dict[str, Any]] = {label: {} for label in ["", *labels]}
    called = {str(table["name"]): label for table, label in zip(reversed(tables), reversed(labels), strict=True)}
    called |= {label: label for label in labels}
    for key, value in given.items():
        names = [name for name in called if key.startswith(f"{name}.") and key != f"{name}."]
        name = max(names, key=len, default="")
        if not name and "." in key and not keep:
            other = key.partition(".")[0]
            raise ValueError(
                f"{key}={value}: {other!r} is not among env {', '.join(labels)}: {did_you_mean(other, labels)}"
            )
        found[called[name] if name else ""][key[len(name) + 1 :] if name else key] = value
    return found


def _checked(table: Mapping[str, Any]) -> EnvTable:
    try:
        return EnvTable(**table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise ValueError(f"env {table['name']}: no setting {key!r}: {_hint(key)}") from None
        text = first["msg"].removeprefix("Value error, ")
        more = "; leave out an environment that is not to be trained on" if key == "weight" else ""
        raise ValueError(
            f"env {table['name']}: {key} = {first['input']!r}: {text[0].lower() + text[1:]}{more}"
        ) from None


def _hint(key: str) -> str:
    return did_you_mean(key, EnvTable.model_fields)


def _check_different(tables: Sequence[EnvTable], labels: Sequence[str]) -> None:
    for place, table in enumerate(tables):
        for before in tables[:place]:
            if table.model_dump(exclude=_NO_DIFFERENCE) == before.model_dump(exclude=_NO_DIFFERENCE):
                raise ValueError(
                    f"env has {table.name} twice, and nothing tells the two apart: give one other arguments (the "
                    f"second is {labels[place]}, as in {labels[place]}.levels=2), or the first a larger weight"
                )


def title_of(env: Any) -> str:
    """Returns a run's environments in a few words, from `env` as its config holds it: `math:2, code:1`."""
    if not isinstance(env, list):
        return str(env)
    tables = [table.model_dump() if isinstance(table, EnvTable) else table for table in env]
    labels = labels_of(tables)
    return ", ".join(f"{label}:{table.get('weight', 1.0):g}" for label, table in zip(labels, tables, strict=True))


def codeless_setting(value: Any) -> Any:
    """Returns a setting as it is compared and shown: of rewards that travel by value, what their code does."""
    if isinstance(value, list):
        return [codeless_setting(one) for one in value]
    if isinstance(value, EnvTable):
        return {**value.model_dump(exclude_none=True), "args": codeless(value.args)}
    return codeless(value) if isinstance(value, dict) else value
