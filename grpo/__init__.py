"""The trainer: engines, rollouts, advantages, losses, checkpoints. Knows environments only through their contract.

From Python this is its door: `train` runs what `grpo train` runs, `dataset` makes an environment of a file and a reward
of one's own, `Run` is what is left of a run. What evaluates comes from `evals`, which knows the trainer and not the
other way round; the door alone hands it out, lazily.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.console.python import profile
    from evals.console.run import Run, train
    from grpo.console.callbacks import Callback
    from grpo.console.python import audit, dataset
    from grpo.settings.config import TrainConfig

_HOMES = {
    "Callback": "grpo.console.callbacks",
    "Run": "evals.console.run",
    "TrainConfig": "grpo.settings.config",
    "audit": "grpo.console.python",
    "dataset": "grpo.console.python",
    "profile": "evals.console.python",
    "train": "evals.console.run",
}

__all__ = ["Callback", "Run", "TrainConfig", "audit", "dataset", "profile", "train"]


def __getattr__(name: str) -> Any:
    """Imports what is asked for: torch costs what `grpo --help` must not."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
