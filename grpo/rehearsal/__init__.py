"""What a run tries before its first step, and undoes: the engine, new weights, the longest update, a checkpoint."""

from grpo.rehearsal.rehearse import Rehearsal, rehearse

__all__ = ["Rehearsal", "rehearse"]
