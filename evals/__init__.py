"""The held-out harness: runs engines through environments and says how sure a score is."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.console.python import evaluate, profile
    from evals.evaluator import EvalSettings, Evaluator
    from evals.results.comparison import compare
    from evals.results.frames import load_eval, load_rollouts, load_run, load_summaries, runs_table
    from grpo.rollouts.sampler import Sampled

_HOMES = {
    "EvalSettings": "evals.evaluator",
    "Evaluator": "evals.evaluator",
    "Sampled": "grpo.rollouts.sampler",
    "compare": "evals.results.comparison",
    "evaluate": "evals.console.python",
    "load_eval": "evals.results.frames",
    "load_rollouts": "evals.results.frames",
    "load_run": "evals.results.frames",
    "load_summaries": "evals.results.frames",
    "profile": "evals.console.python",
    "runs_table": "evals.results.frames",
}

__all__ = [
    "EvalSettings",
    "Evaluator",
    "Sampled",
    "compare",
    "evaluate",
    "load_eval",
    "load_rollouts",
    "load_run",
    "load_summaries",
    "profile",
    "runs_table",
]


def __getattr__(name: str) -> Any:
    """Imports what is asked for: pandas and scipy cost what `grpo --help` must not."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
