"""One figure over several environments: the average of a run's held-out evaluations, weighed as they are trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from envs.core.errors import UsageError
from evals.results.result import read_summary
from evals.statistics.intervals import Interval, weighted_interval
from grpo.runs.atomic import write_atomic

AVERAGE_FILE = "average.json"


def average(summaries: Mapping[str, Mapping[str, Any]], weights: Mapping[str, float]) -> dict[str, Any]:
    """Returns the average of evaluations on different environments, as plain data.

    Args:
        summaries: By label, as `EvalResult.brief` gives them.
        weights: Of each label: how often its groups are drawn in training.

    Returns:
        Every metric that all of them have, with `intervals`; `mean_tokens`; the `weights`, which sum to 1; and
        `by_env`, the summaries themselves.
    """
    whole = sum(weights.values())
    shares = {label: weights[label] / whole for label in summaries}
    first, *others = summaries.values()
    names = [name for name in first["intervals"] if all(name in other["intervals"] for other in others)]
    shares_E = np.array(list(shares.values()))

    def mean(name: str) -> float:
        return float(shares_E @ [summary[name] for summary in summaries.values()])

    return {
        **{name: mean(name) for name in names},
        "intervals": {
            name: [*weighted_interval(*_measured(summaries, name), shares_E)] for name in names
        },
        "mean_tokens": mean("mean_tokens"),
        "unscorable": sum(summary["unscorable"] for summary in summaries.values()),
        "weights": shares,
        "by_env": {label: dict(summary) for label, summary in summaries.items()},
    }  # fmt: skip


def _measured(summaries: Mapping[str, Mapping[str, Any]], name: str) -> tuple[np.ndarray, list[Interval]]:
    found = summaries.values()
    return np.array([one[name] for one in found]), [Interval(*one["intervals"][name]) for one in found]


def save_average(folder: Path, averaged: Mapping[str, Any]) -> None:
    """Writes `average.json` into a folder of evaluations, whole or not at all.

    Raises:
        RunError: The disk refuses.
    """
    text = json.dumps(averaged, indent=2, allow_nan=False)
    write_atomic(folder / AVERAGE_FILE, lambda path: _write_text(path, text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def read_headline(folder: Path) -> dict[str, Any]:
    """Reads the average of the evaluations in a folder, or the summary of the one that is there.

    Raises:
        UsageError: There is neither, or it cannot be read.
    """
    path = folder / AVERAGE_FILE
    if not path.is_file():
        return read_summary(folder)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
