"""Questions and answers out of records, with every bad row named by its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from envs.builtin.datasets.records import Record, Rejected
from envs.core.errors import UsageError

QUESTION_FIELDS = ("question", "problem", "prompt", "query", "input")
ANSWER_FIELDS = ("answer", "final_answer", "expected_answer", "gold", "target", "label", "solution", "output")


@dataclass(frozen=True, slots=True)
class Row:
    """One question and its answer, as the file has them."""

    line: int
    question: str
    answer: str


def rows_of(
    records: Iterable[tuple[int, Record | str]], place: str, question: str | None = None, answer: str | None = None
) -> Iterator[Row | Rejected]:
    """Yields one entry for each record, in order.

    Args:
        records: Lines and records, as `read_records` yields them.
        place: Where they are from, for messages.
        question: Name of the question's field; found among the usual names when None.
        answer: Name of the answer's field; found among the usual names when None.

    Raises:
        UsageError: The records cannot be read, or lack the fields.
    """
    names: tuple[str, str] | None = None
    for line, record in records:
        if isinstance(record, str):
            yield Rejected(line, record)
            continue
        if names is None:
            names = _field_names(place, record, question, answer)
        yield _row(line, record, names)


def _field_names(place: str, record: dict[str, Any], question: str | None, answer: str | None) -> tuple[str, str]:
    found = []
    for asked, usual, flag in ((question, QUESTION_FIELDS, "question"), (answer, ANSWER_FIELDS, "answer")):
        name = asked or next((name for name in usual if name in record), None)
        if name is None or name not in record:
            what = f"no field {asked!r}" if asked else f"no {flag} field"
            raise UsageError(f"{place} has {what}: it has {', '.join(record)}; name it with {flag}_field=...")
        found.append(name)
    return found[0], found[1]


def _row(line: int, record: dict[str, Any], names: tuple[str, str]) -> Row | Rejected:
    values = []
    for name in names:
        value = record.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            return Rejected(line, f"no text in field {name!r}")
        values.append(value)
    return Row(line, values[0], values[1])
