"""Adapters as vLLM takes them: a folder as peft writes it, under a new number for every version.

vLLM never looks at a number's folder twice and keeps a prefix under its adapter's name, so nothing of an older version
answers for a newer one. Neither batch nor memory ever holds more than one of them.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError
from grpo.engines.base import NamedTensors

_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM makes room for, since 0.28."""


def adapter_arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments of vLLM that make room for an adapter.

    Args:
        config: peft's.

    Raises:
        UsageError: Its rank is above what vLLM has room for.
    """
    rank = max([config["r"], *(config.get("rank_pattern") or {}).values()])
    room = next((room for room in _RANKS if room >= rank), None)
    if room is None:
        raise UsageError(
            f"--lora-rollouts native: vLLM takes adapters up to rank {_RANKS[-1]}, and this one has {rank}: "
            "take --lora-rollouts merged"
        )
    return {"enable_lora": True, "max_lora_rank": room, "max_loras": 1, "max_cpu_loras": 1}


class ServedAdapter:
    """The newest version of an adapter, in a vLLM that lives in this process.

    Args:
        engine: vLLM's `LLMEngine`.
        config: peft's config of the adapter.
    """

    def __init__(self, engine: Any, config: dict[str, Any]):
        self._engine = engine
        self._config = config
        self._version = 0
        self.request: Any = None
        """What a request for completions names it by; None before there is a version."""

    def replace(self, weights: NamedTensors) -> None:
        """Has vLLM take a version, and forget the one before.

        Args:
            weights: Under the names of peft's checkpoints.

        Raises:
            Exception: Whatever vLLM has to say of an adapter that it cannot serve.
        """
        from safetensors.torch import save_file
        from vllm.lora.request import LoRARequest

        if self.request is not None:
            self._engine.remove_lora(self._version)
        self._version += 1
        with tempfile.TemporaryDirectory(prefix="adapter-") as folder:
            (Path(folder) / "adapter_config.json").write_text(json.dumps(self._config), encoding="utf-8")
            held = {name: tensor.detach().cpu().contiguous() for name, tensor in weights}
            save_file(held, Path(folder) / "adapter_model.safetensors")
            self.request = LoRARequest(f"version-{self._version}", self._version, folder)
            self._engine.add_lora(self.request)  # read here and now: the folder is not needed again
