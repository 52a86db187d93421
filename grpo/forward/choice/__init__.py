"""Which forward path a run takes: the fastest that gives what each sequence gives alone, gradients included."""

from grpo.forward.choice.choose import PATHS, choose_path

__all__ = ["PATHS", "choose_path"]
