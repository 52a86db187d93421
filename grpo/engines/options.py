"""What vLLM is opened with, on whichever side of the process border it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field

from grpo.settings.engine import EngineConfig


class VllmOptions(BaseModel):
    """A model, and how vLLM serves it.

    Attributes:
        model_dir: A Hugging Face model folder.
        max_model_len: Longest prompt plus completion, in tokens.
        eos_ids: Every id that ends a completion.
        dtype: Of weights and activations.
        settings: Memory, batch and further arguments of vLLM's own.
        adapter: peft's config of the adapter that is served over the model as it is; None where there is none, or where
            it is merged into the weights.
        threads: Of the CPU; this process's own number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_dir: Path
    max_model_len: int
    eos_ids: tuple[int, ...]
    dtype: str = "float32"
    settings: EngineConfig
    adapter: dict[str, Any] | None = None
    threads: int = Field(default_factory=torch.get_num_threads)
