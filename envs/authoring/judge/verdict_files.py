"""What every `grpo judge` command shares: where verdicts go, and the summary of a file on standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console
from rich.table import Table

from envs.core.errors import UsageError

MAX_BAD_SHOWN = 20

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="JSONL of verdicts; standard output when left out.")
]


@contextlib.contextmanager
def verdict_sink(path: Path | None) -> Iterator[IO[str]]:
    """Yields standard output, or a file that appears under its name only when it is complete.

    Raises:
        UsageError: The file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def print_summary(
    title: str, counts: Mapping[str, int], bad: Sequence[tuple[int, object]], accuracy: float | None = None
) -> None:
    """Prints how many rows met which verdict, and the first lines that could not be judged.

    Args:
        title: Above the table.
        counts: Rows by verdict, in the order to print them.
        bad: Line numbers, each with why that line was not judged.
        accuracy: Share of the judged rows that are right, for a last row of all of them.
    """
    console = Console(stderr=True)
    total = sum(counts.values())
    table = Table("status", "rows", "share", title=title)
    for status, count in counts.items():
        table.add_row(status, str(count), f"{count / total:.1%}")
    if total and accuracy is not None:
        table.add_section()
        table.add_row("all", str(total), f"accuracy {accuracy:.1%}")
    if total:
        console.print(table)
    for number, reason in bad[:MAX_BAD_SHOWN]:
        console.print(f"line {number}: {reason}", style="yellow", markup=False)
    if len(bad) > MAX_BAD_SHOWN:
        console.print(f"and {len(bad) - MAX_BAD_SHOWN} more rows that cannot be read", style="yellow")
