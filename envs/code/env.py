"""The `code` environment: procedural functions, hidden calls, and the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from envs.code.tasks import DEFAULT_LEVELS, ProceduralCode
from envs.code.verifier import CodeVerifier
from envs.environment import TextEnv

PARTS = {"correct": "1 where every hidden test passes", "tests": "the share of hidden tests that pass"}


class CodeEnv(TextEnv):
    """Python functions to write, judged by calls in the sandbox."""

    summary = "Procedural Python functions, judged by hidden calls in a sandbox"
    parts = PARTS

    def close(self) -> None:
        """Ends the sandbox's processes."""
        if isinstance(self.verifier, CodeVerifier):
            self.verifier.close()


def make(
    split: str = "train",
    levels: int | Sequence[int] = DEFAULT_LEVELS,
    timeout: float = 3.0,
    partial_credit: bool = False,
    level: str | None = None,
    unsafe_exec: str | None = None,
    render_mode: str | None = None,
) -> CodeEnv:
    """Builds the environment.

    Args:
        split: `train`, `dev` or `test`.
        levels: Difficulties to draw from, 1 to 5; one or several.
        timeout: Seconds for all hidden tests of a completion.
        partial_credit: Whether the score is the share of hidden tests passed.
        level: The level of isolation; the best to be had where omitted.
        unsafe_exec: `"i-accept"` to run completions without isolation where there is none.
        render_mode: Gymnasium's; None is the only one.
    """
    levels = [levels] if isinstance(levels, int) else levels
    options: dict[str, Any] = {"level": level, "unsafe_exec": unsafe_exec}
    verifier = CodeVerifier(timeout, partial_credit=partial_credit, **options)
    return CodeEnv(ProceduralCode(split, levels), verifier, render_mode=render_mode)
