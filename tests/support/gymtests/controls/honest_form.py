"""What one honest program is, and how it is judged."""

from typing import Any, NamedTuple


class Control(NamedTuple):
    name: str
    source: str
    tests: Any
    entry: str | None = None
