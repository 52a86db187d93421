"""How much memory the keys and values of an engine's sequences take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from envs.core.errors import RunError

GIB = 2**30
_BLOCK_TOKENS = 128
"""vLLM's largest default block: a sequence takes whole blocks."""
_LEAST = GIB
_MOST_OF_FREE = 0.5


def bytes_per_token(config: Any, element_bytes: int) -> int:
    """Returns what one token's keys and values take over all layers, at most: windows and compression only save.

    Args:
        config: A model's text config.
        element_bytes: Of one number.
    """
    heads = getattr(config, "num_attention_heads", 1)
    kv_heads = _largest(getattr(config, "num_key_value_heads", None) or heads)
    size = _largest(getattr(config, "head_dim", None) or getattr(config, "hidden_size", 0) // _largest(heads))
    size = max(size, _largest(getattr(config, "global_head_dim", None) or 0))
    return 2 * getattr(config, "num_hidden_layers", 1) * kv_heads * size * element_bytes


def _largest(value: Any) -> int:
    """Some models list a number for each layer."""
    return max(value) if isinstance(value, list | tuple) else int(value)


def kv_space(token_bytes: int, max_model_len: int, sequences: int, free: int | None) -> int:
    """Returns the bytes for keys and values on a CPU, never less than one sequence takes.

    That is room for all sequences at full length, where half of what is free gives it.

    Args:
        token_bytes: From `bytes_per_token`.
        max_model_len: Longest prompt plus completion, in tokens.
        sequences: Most sequences decoded at once.
        free: Bytes of memory free, None where the system does not say.

    Raises:
        RunError: Not even one sequence fits.
    """
    one = -(-(max_model_len + 1) // _BLOCK_TOKENS) * _BLOCK_TOKENS * token_bytes
    wanted = max(_LEAST, one * sequences)
    if free is None:
        return wanted
    room = int(free * _MOST_OF_FREE)
    if one > room:
        raise RunError(
            f"keys and values of one sequence of {max_model_len} tokens take {one / GIB:.2f} GiB and "
            f"{free / GIB:.2f} GiB are free, of which the engine takes half: lower --max-tokens or --context"
        )
    return min(wanted, room)


def free_main_memory() -> int | None:
    """Returns the bytes of main memory that can be had, or None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return None
