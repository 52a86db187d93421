"""Which dtype a policy computes in where the user leaves it open."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from grpo.policy.adapter import adapter_base
from grpo.policy.hub import fetched
from grpo.policy.model import gguf
from grpo.policy.place import ADAPTER_FILE, resolve_model

AUTO = "auto"
_LEAST_WIDTH = 512
"""Below this hidden size the products of a model are too small to gain by a shorter dtype."""
_GAIN = 1.25
"""How much faster bfloat16 must be on a CPU to be worth its eight bits."""
_PROBE_S = 0.2
_ROWS = 512


def dtype_for(dtype: str, model: str, device: str) -> str:
    """Returns the dtype that a setting stands for.

    Args:
        dtype: A name, or `auto`: on GPUs bfloat16 where they have it; on CPUs bfloat16 where its products are faster,
            which is measured and may come out differently on another day: whoever asks writes the answer down.
        model: The policy, by name or path.
        device: Where it will be.

    Raises:
        UsageError: `auto`, and no such model.
    """
    if dtype != AUTO:
        return dtype
    if device.startswith("cuda"):
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    width = _hidden_size(model)
    return "bfloat16" if width >= _LEAST_WIDTH and bfloat16_gain(width) >= _GAIN else "float32"


def _hidden_size(model: str) -> int:
    """Returns a model's hidden size, or 0 where its config cannot be read: loading it will say why."""
    from transformers import AutoConfig

    path = fetched(resolve_model(model))
    if (Path(path) / ADAPTER_FILE).is_file():
        path = fetched(resolve_model(adapter_base(Path(path))))
    try:
        return int(getattr(AutoConfig.from_pretrained(path, **gguf(path)).get_text_config(), "hidden_size", 0))
    except Exception:  # whatever a config of unknown make raises
        return 0


@torch.no_grad()
def bfloat16_gain(width: int) -> float:
    """Returns how many times faster than in float32 this CPU multiplies in bfloat16, at a model's width."""
    seconds = []
    for dtype in (torch.float32, torch.bfloat16):
        rows, matrix = torch.ones(_ROWS, width, dtype=dtype), torch.ones(width, 4 * width, dtype=dtype)
        best, end = float("inf"), time.perf_counter() + _PROBE_S
        while best == float("inf") or time.perf_counter() < end:
            start = time.perf_counter()
            torch.mm(rows, matrix)
            best = min(best, time.perf_counter() - start)
        seconds.append(best)
    return seconds[0] / seconds[1]
