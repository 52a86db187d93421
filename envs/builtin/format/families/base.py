"""What a family of constraints is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from envs.builtin.format.plan import Plan


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of constraint on a reply.

    Attributes:
        name: As in task ids and reward parts.
        aspects: What it is about, in words separated by blanks; no two constraints of a task share one.
        space: The choices of each parameter; none of them holds one of the characters `,;=/`.
        says: The instruction, a template over the parameters.
        check: Whether a reply, without thoughts and the space around it, meets it.
        shape: Changes a plan so that the reply it gives meets it.
    """

    name: str
    aspects: str
    space: tuple[Sequence[Any], ...]
    says: str
    check: Callable[..., bool]
    shape: Callable[..., Plan]
