"""Verdicts that were paid for, kept on disk, and a budget that every process of a run shares."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BudgetSpent(Exception):
    """No further call may be made; the message says which limit was reached."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a judge may cost; the counts live in the cache's folder, so that workers and resumed runs share them.

    Attributes:
        max_calls: Requests, retries included.
        max_tokens: Tokens the endpoint says it used, prompts and replies together; the last call may overshoot.
    """

    max_calls: int = 100_000
    max_tokens: int = 100_000_000


class Ledger:
    """A folder with one file for each verdict, by content hash, and one that counts.

    Args:
        folder: Made when first written to.
        budget: The limits.
    """

    def __init__(self, folder: Path, budget: Budget):
        self.folder = folder
        self.budget = budget

    def find(self, key: str) -> dict[str, Any] | None:
        """Returns the verdict kept under a key, or None; a file that was damaged counts as none."""
        try:
            found = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def keep(self, key: str, verdict: dict[str, Any]) -> None:
        """Keeps a verdict; two processes that write the same one do no harm."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(verdict, stream)
        os.replace(name, path)

    def reserve_call(self) -> None:
        """Counts a call that is about to be made.

        Raises:
            BudgetSpent: It may not be made.
        """
        with self._counts() as counts:
            for what, limit in (("calls", self.budget.max_calls), ("tokens", self.budget.max_tokens)):
                if counts[what] >= limit:
                    raise BudgetSpent(f"the judge's budget of {limit:,} {what} is spent")
            counts["calls"] += 1

    def add_tokens(self, tokens: int) -> None:
        """Counts the tokens a call used."""
        with self._counts() as counts:
            counts["tokens"] += max(0, tokens)

    def spent(self) -> dict[str, int]:
        """Returns the calls and tokens so far."""
        with self._counts() as counts:
            return dict(counts)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"

    @contextmanager
    def _counts(self) -> Iterator[dict[str, int]]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "spent.json", "a+", encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.seek(0)
            text = stream.read()
            before = json.loads(text) if text else {"calls": 0, "tokens": 0}
            counts = dict(before)
            yield counts
            if counts != before:
                stream.truncate(0)
                stream.write(json.dumps(counts))
