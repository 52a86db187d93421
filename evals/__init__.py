"""The held-out harness: runs engines through environments and says how sure a score is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.comparison import compare
    from evals.frames import load_eval, load_rollouts, load_run, load_summaries, runs_table

__all__ = ["compare", "load_eval", "load_rollouts", "load_run", "load_summaries", "runs_table"]


def __getattr__(name: str) -> Any:
    """Imports the public functions when they are asked for: pandas and scipy cost what `grpo --help` must not."""
    if name == "compare":
        from evals.comparison import compare

        return compare
    if name in __all__:
        from evals import frames

        return getattr(frames, name)
    raise AttributeError(f"module 'evals' has no attribute {name!r}")
