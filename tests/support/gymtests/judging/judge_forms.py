r"""Golds of every form people train on, with answers that are right and answers that only look so.

`judge_forms.txt` holds one gold a line: `gold ;; right ;; right || wrong ;; wrong`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Form:
    """One gold, what answers it and what does not."""

    gold: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def forms() -> list[Form]:
    """Returns the rows of the file; every gold is among its right answers."""
    lines = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    return [_form(line) for line in lines if line and not line.startswith("#")]


def _form(line: str) -> Form:
    right, _, wrong = line.partition(" || ")
    answers = [part.strip() for part in right.split(" ;; ")]
    return Form(answers[0], tuple(answers), tuple(part.strip() for part in wrong.split(" ;; ") if part.strip()))
