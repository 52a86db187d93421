"""The `code` environment: procedural functions, hidden calls, and the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from envs.builtin.code.tasks import DEFAULT_FAMILIES, DEFAULT_LEVELS, ProceduralCode
from envs.core.environment import TextEnv
from envs.judges.code.verifier import CodeVerifier

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
    families: str | Sequence[str] | None = DEFAULT_FAMILIES,
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
        families: Kinds of functions to draw from, one or several; "all" or None for all of them. Left out, those that
            take a letter from the description.
        timeout: Seconds for all hidden tests of a completion.
        partial_credit: Whether the score is the share of hidden tests passed.
        level: The level of isolation; the best to be had where omitted.
        unsafe_exec: `"i-accept"` to run completions without isolation where there is none.
        render_mode: Gymnasium's; None is the only one.
    """
    levels = [levels] if isinstance(levels, int) else levels
    if isinstance(families, str):
        families = None if families == "all" else [families]
    options: dict[str, Any] = {"level": level, "unsafe_exec": unsafe_exec}
    verifier = CodeVerifier(timeout, partial_credit=partial_credit, **options)
    return CodeEnv(ProceduralCode(split, levels, families), verifier, render_mode=render_mode)
