"""The labelled development rows of the judge, and hostile texts too long to write down.

`judge_rows.jsonl` holds one row a line: a category, a gold, and a whole `completion` or an `answer` that is judged
inside a box. `want` is 1 for a row that earns the point, 0 for one that must not, or the one status that is right.
Labels are by reasoning about what a careful mathematician would sign under the default policy of `docs/math-
judge.md`, not by what the judge says.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled row."""

    category: str
    gold: str
    completion: str
    want: int | str

    @property
    def label(self) -> int:
        """The score it should get."""
        return int(self.want == 1)


def load() -> list[Labelled]:
    """Returns the rows of the file."""
    text = Path(__file__).with_suffix(".jsonl").read_text(encoding="utf-8")
    return [_row(json.loads(line)) for line in text.splitlines()]


def _row(row: dict) -> Labelled:
    completion = row.get("completion") or f"We find that the result is $\\boxed{{{row.get('answer', '')}}}$."
    if row.get("completion") == "":
        completion = ""
    return Labelled(row["category"], row["gold"], completion, row["want"])


def giants() -> list[Labelled]:
    """Returns texts that are long, deep or endless; the gold is 5 throughout."""
    worthless = [
        r"\boxed{" + "(" * 5000 + "5" + ")" * 5000 + "}",
        r"\boxed{" + "{" * 900 + "5" + "}" * 900 + "}",
        r"\boxed{" + "-" * 1999 + "5}",
        r"\boxed{" + "1+" * 900 + "1}",
        r"\boxed{" + r"\frac{1}{" * 200 + "5" + "}" * 200 + "}",
        r"\boxed{" + r"\sqrt{" * 200 + "5" + "}" * 200 + "}",
        r"\boxed{" + r"\sin(" * 40 + "x" + ")" * 40 + "}",
        r"\boxed{" + "x_" * 500 + "5}",
        r"\boxed{" + r"\pm " * 300 + "5}",
        r"\boxed{" + "5," * 900 + "5}",
        r"\boxed{" + "9" * 100_000 + "}",
        r"\boxed{" * 20_000,
        "<answer>" * 20_000,
        "answer is " * 20_000,
        "the answer is 5? " * 10_000,
        "#### " * 20_000,
        "\n#### 4" * 20_000,
        "{" * 100_000,
        "(" * 100_000,
        "5 or " * 50_000,
        "wait, " * 50_000,
        "<think>" * 30_000 + "5",
        "$" * 100_000 + "5",
        " " * 300_000 + "6",
        "\n" * 300_000 + "6",
        "a " * 150_000,
        "answer: " + "a" * 200_000,
        r"\boxed{" + "\\text{" * 300 + "5" + "}" * 300 + "}",
        "\\boxed{\ud800}",
        r"\boxed{" + "\u0305" * 1500 + "}",
    ]
    rows = [Labelled("giant", "5", text, 0) for text in worthless]
    return [
        *rows,
        Labelled("giant", "5", "\\boxed{5}" * 20_000, 1),
        Labelled("giant", "5", "either " * 50_000 + r"\boxed{5}", 1),
    ]
