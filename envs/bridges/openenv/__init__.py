"""The environment `openenv`: a reset/step server in OpenEnv's form as an environment, and ours served in that form.

Both sides speak OpenEnv's protocol themselves: its package cannot be installed beside vLLM (it needs `mcp<2`), and a
verifier worker stays small without it. See `docs/bridges.md`.
"""

from __future__ import annotations

from typing import Any

from envs.bridges.openenv.acting import Speech
from envs.bridges.openenv.env import OpenEnv, Worth
from envs.bridges.openenv.remote import Remote
from envs.core.errors import UsageError


def make(
    split: str = "train",
    url: str = "",
    seeds: int = 256,
    max_turns: int = 8,
    action: dict[str, Any] | None = None,
    tag: str = "",
    observation: str = "",
    prompt: str = "",
    reward: str = "sum",
    low: float | None = None,
    high: float | None = None,
    divide: str = "prompt",
    reset: dict[str, Any] | None = None,
    timeout: float = 30.0,
    keep: bool = False,
    probe: str = "",
    key_variable: str = "OPENENV_TOKEN",
    render_mode: str | None = None,
) -> OpenEnv:
    """Builds the environment; the server is asked once, so that one that is down is told now.

    Args:
        split: `train`, `dev` or `test`.
        url: The server's address, such as http://127.0.0.1:8000.
        seeds: How many tasks: the server is reset with the seeds 0 .. seeds-1.
        max_turns: Most steps in an episode; one that goes on after them is cut off with what it has earned.
        action: An action with the policy's text in it, such as {"message": "{text}"}; otherwise the server's schema
            decides: the text for its one field, JSON from the policy for several.
        tag: Takes the policy's text from the only tag of this name, such as answer.
        observation: Which field the policy reads, such as messages.0.content; otherwise the only one, or JSON.
        prompt: A template around what a reset shows, such as "Play well. {observation}".
        reward: An episode's is the sum of its steps' rewards, or the last step's: sum or last.
        low: What is worth 0; with `high`, rewards are cut to between them and scaled. Otherwise they lie in [0, 1].
        high: What is worth 1.
        divide: Whether the splits are divided by what a reset shows (prompt) or by its seed (seed).
        reset: Further fields of a reset, such as {"difficulty": "hard"}.
        timeout: Seconds that connecting, a reset and a step may take, each.
        keep: Whether a worker keeps its session between answers: faster where the server allows as many sessions.
        probe: A turn to play twice at the seed 0 when the server is first asked: one that answers it in two ways is
            refused, since it cannot be replayed.
        key_variable: The environment variable with the server's bearer token, where it wants one.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: An argument is wrong, or the server is down or shows nothing that can be asked.
    """
    remote = Remote(url, reset or {}, timeout, key_variable)
    speech = Speech(action, tag, observation, prompt)
    worth = Worth(reward, low, high)
    if not isinstance(probe, str):
        raise UsageError(f"openenv's probe is text, not {probe!r}")
    return OpenEnv(split, remote, speech, worth, seeds=seeds, max_turns=max_turns, divide=divide, keep=keep,
                   probe=probe, render_mode=render_mode)  # fmt: skip
