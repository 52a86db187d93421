"""Handing weights to vLLM in the process that it lives in.

vLLM's own transports (NCCL, CUDA IPC) are for engines elsewhere. Here the tensors lie in this process's memory and are
passed by reference, through the layer-wise reload that vLLM provides for online updates. The direct ways are wrong on
CPU: `model.load_weights` meets weights that were packed away, and a bare `reload_weights` leaves a tied output layer
stale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from vllm.distributed.weight_transfer import WeightTransferEngineFactory
from vllm.distributed.weight_transfer.base import (
    WeightTransferEngine,
    WeightTransferInitInfo,
    WeightTransferUpdateInfo,
)
from vllm.model_executor.layers.attention import is_deferred_attention_layer
from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead, VocabParallelEmbedding
from vllm.model_executor.model_loader.reload import finalize_layerwise_reload, initialize_layerwise_reload
from vllm.model_executor.model_loader.reload.layerwise import get_layerwise_info

BACKEND = "grpo_in_process"


@dataclass
class InProcessInit(WeightTransferInitInfo):
    """Nothing has to be agreed on."""


@dataclass
class InProcessUpdate(WeightTransferUpdateInfo):
    """The new weights, under their checkpoint names."""

    weights: list[tuple[str, torch.Tensor]] = field(default_factory=list)


class InProcessWeights(WeightTransferEngine[InProcessInit, InProcessUpdate]):
    """Loads tensors of this very process into the engine's model."""

    init_info_cls = InProcessInit
    update_info_cls = InProcessUpdate
    incomplete: Sequence[str] = ()
    """Layers that the last update left without some of their numbers."""

    def init_transfer_engine(self, init_info: InProcessInit) -> None:
        """Does nothing: both ends are here."""

    def start_weight_update(self) -> None:
        """Opens the layers for new weights."""
        initialize_layerwise_reload(self.model)

    def update_weights(self, update_info: dict[str, Any]) -> None:
        """Loads the tensors; on CPU there is no accelerator to wait for."""
        self.receive_weights(self.parse_update_info(update_info))
        if self.device.type != "cpu":
            torch.accelerator.synchronize()

    def receive_weights(self, update_info: InProcessUpdate) -> None:
        """Loads the tensors into the model."""
        self.model.load_weights(update_info.weights)  # type: ignore[operator]

    def finish_weight_update(self) -> None:
        """Packs the layers again, a tied output layer too.

        A tied output layer receives no weights of its own, so the reload leaves alone what was packed from the old
        embedding.
        """
        self.incomplete = _incomplete(self.model)
        finalize_layerwise_reload(self.model, self.model_config)
        for layer in self.model.modules():
            if isinstance(layer, ParallelLMHead):
                layer.quant_method.process_weights_after_loading(layer)

    def shutdown(self) -> None:
        """Does nothing: no resource is held."""


def _incomplete(model: torch.nn.Module) -> list[str]:
    """Returns the layers that have not got all their numbers, each with how many of how many came.

    What the checkpoint never holds is left out: buffers made from the config, attention's scales, an output layer tied
    to the embedding, and the rows that pad a vocabulary, which are why a table that got some counts as whole here.
    """
    tied = {id(layer) for layer in model.modules() if isinstance(layer, ParallelLMHead)} if _is_tied(model) else set()
    found = []
    for name, layer in model.named_modules():
        info = get_layerwise_info(layer)
        total = sum(p.numel() for p in layer.parameters(recurse=False)) if info.can_load() else 0
        padded = isinstance(layer, VocabParallelEmbedding) and info.load_numel > 0
        if info.load_numel < total and not (padded or id(layer) in tied or is_deferred_attention_layer(layer)):
            found.append(f"{name} ({info.load_numel} of {total} numbers)")
    return found


def _is_tied(model: Any) -> bool:
    config = getattr(model, "config", None)
    text = config.get_text_config() if config is not None else None
    return bool(getattr(config, "tie_word_embeddings", False) or getattr(text, "tie_word_embeddings", False))


def register() -> str:
    """Makes the transport known to vLLM and returns its name; safe to call again."""
    if BACKEND not in WeightTransferEngineFactory._registry:
        WeightTransferEngineFactory.register_engine(BACKEND, InProcessWeights)
    return BACKEND
