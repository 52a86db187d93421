"""How much memory the keys and values of an engine's sequences take."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from envs.core.errors import GymError, RunError, UsageError

GIB = 2**30
_BLOCK_TOKENS = 128
"""vLLM's largest default block: a sequence takes whole blocks."""
_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "fp8": 1}
_SPARING = ("kv_lora_rank", "sliding_window", "layer_types", "attention_chunk_size", "layers_block_type")
"""What in a config says that some layers keep less than each token's keys and values."""
_REFUSED = re.compile(r"larger than the available KV cache memory|No available memory for the cache blocks")
_NEEDED, _FITS = re.compile(r"\(([\d.]+) GiB KV"), re.compile(r"maximum model length is (\d+)")
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


def check_kv_gib(config: Any, kv_gib: float, max_model_len: int, dtype: str, kv_dtype: str = "auto") -> None:
    """Refuses a space for keys and values that holds no sequence, before an engine is started to say so.

    Where layers keep less than every token's, which only the engine knows to the byte, nothing is refused.

    Args:
        config: A model's text config.
        kv_gib: The space; 0 is the engine's own choice.
        max_model_len: Longest prompt plus completion, in tokens.
        dtype: Of the engine's weights.
        kv_dtype: Of keys and values; `auto` for the weights'.

    Raises:
        UsageError: With the smallest space that does.
    """
    kinds = getattr(config, "layer_types", None) or ()
    spared = [name for name in _SPARING if name != "layer_types" and getattr(config, name, None)]
    if not kv_gib or spared or any(kind != "full_attention" for kind in kinds):
        return
    token = bytes_per_token(config, _BYTES[dtype if kv_dtype == "auto" else kv_dtype])
    if token * max_model_len <= kv_gib * GIB:
        return
    blocks = -(-(max_model_len + 1) // _BLOCK_TOKENS)
    enough = f"{math.ceil(1000 * blocks * _BLOCK_TOKENS * token / GIB) / 1000:.3f}".rstrip("0").rstrip(".")
    raise UsageError(
        f"--kv-gib {kv_gib:g} holds the keys and values of {int(kv_gib * GIB / token)} tokens and one sequence has up "
        f"to {max_model_len}: take at least --kv-gib {enough}, leave it out, or lower --max-tokens or --context"
    )


def refused_space(said: str, kv_gib: float, max_model_len: int) -> GymError | None:
    """Returns what to say where vLLM refuses its space for keys and values; None where it refuses something else.

    Args:
        said: What it says.
        kv_gib: The space it was given; 0 for its own choice.
        max_model_len: Longest prompt plus completion, in tokens.
    """
    if not _REFUSED.search(said):
        return None
    needed, fits = _NEEDED.search(said), _FITS.search(said)
    takes = f" take {needed[1]} GiB and" if needed and float(needed[1]) else ""
    less = f"take {f'--context {fits[1]}' if fits else 'a shorter --context'} or fewer --max-tokens"
    told = f"keys and values of one sequence of {max_model_len} tokens{takes} do not fit"
    if kv_gib:
        return UsageError(f"{told} --kv-gib {kv_gib:g}: raise it, leave it out, or {less}")
    return RunError(f"{told} the engine's memory: raise --gpu-share, or {less}")


def free_main_memory() -> int | None:
    """Returns the bytes of main memory that can be had, or None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return None
