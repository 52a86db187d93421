"""How a policy is sampled, whatever is made of it: what `grpo eval` and `grpo profile` have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grpo.rollouts.schedule import Rollouts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a policy is run and its completions are scored.

    Attributes:
        engine: `auto`, `vllm` or `transformers`.
        dtype: Of the weights.
        device: `auto`, `cpu` or `cuda`.
        workers: Verifier processes; 0 for as many as suit the environment.
        deadline_s: Seconds one completion may take to verify.
        per_minute: Most requests to an endpoint started in a minute; 0 for no limit.
        request_timeout: Seconds one request to an endpoint may take before it is tried again.
        chat: Settings of `grpo.settings.chats` that were asked for; the others are those a policy was trained with.
        out: Where to write; None for a folder named after what is sampled.
        fresh: Sample anew even what is there.
        rollouts: Whether turns go in rounds, or as they come.
    """

    engine: str = "auto"
    dtype: str = "float32"
    device: str = "auto"
    workers: int = 0
    deadline_s: float = 10.0
    per_minute: int = 0
    request_timeout: float = 120.0
    chat: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    fresh: bool = False
    rollouts: Rollouts = "exact"


def chat_settings(args: list[str] | None, **said: Any) -> dict[str, Any]:
    """Returns the settings of a chat that a command line says: those that are not None.

    Args:
        args: Arguments of the chat template, as `name=value`.
        **said: The others, by their names in `grpo.settings.chats`.

    Raises:
        UsageError: An argument is not written so.
    """
    from grpo.settings.chats import parse_chat_args

    found = {"chat_args": parse_chat_args(args or []), **said}
    return {name: value for name, value in found.items() if value is not None}
