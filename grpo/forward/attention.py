"""How a row of trees gets into the attention of any transformers model.

Models that use transformers' attention interface ask it, by the name in their config, for an attention function and
for the masks of their layers. Under the name of the implementation a model had, with a prefix, we register a pair that
hands on every ordinary call, and that takes over while `laid_out` holds: the mask then carries the row's layout, and
the sliding window of the layers it is for.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface

from grpo.forward.kernel import tree_attention
from grpo.forward.layout import Layout
from grpo.forward.portable import portable_attention
from grpo.policy.adapter import unwrapped

PREFIX = "grpo_"
_UNSUPPORTED = ("s_aux", "position_bias", "cache")
_ROW: ContextVar[Layout | None] = ContextVar("row", default=None)


class UnsupportedModelError(Exception):
    """The model's attention cannot be given a row of trees."""


@dataclass(frozen=True, slots=True)
class TreeMask:
    """Stands where a model expects an attention mask.

    Attributes:
        layout: The row.
        window: Tokens a token sees back, itself included; None for all of them.
    """

    layout: Layout
    window: int | None


@contextlib.contextmanager
def laid_out(layout: Layout) -> Iterator[None]:
    """Gives every mask made inside the row's layout. The masks outlive it, as recomputed layers need."""
    token = _ROW.set(layout)
    try:
        yield
    finally:
        _ROW.reset(token)


def admit(model: Any) -> None:
    """Makes a model's attention accept rows of trees; ordinary calls are left as they were.

    Raises:
        UnsupportedModelError: It does not use the attention interface, or runs an implementation without one.
    """
    bare = unwrapped(model)
    current = bare.config._attn_implementation
    if current.startswith(PREFIX):
        return
    if not bare._can_set_attn_implementation():
        raise UnsupportedModelError(f"{type(bare).__name__} does not use transformers' attention interface")
    kinds = set(getattr(bare.config.get_text_config(), "layer_types", None) or ["full_attention"])
    if other := kinds - {"full_attention", "sliding_attention"}:
        raise UnsupportedModelError(f"{type(bare).__name__} has layers of kind {', '.join(sorted(other))}")
    _register(current)
    bare.set_attn_implementation(PREFIX + current)


def _eager(module: torch.nn.Module, *args: Any, **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Calls the eager attention of a model, which every modelling file defines for itself."""
    return sys.modules[type(module).__module__].eager_attention_forward(module, *args, **kwargs)


def _register(base: str) -> None:
    attend = _eager if base == "eager" else AttentionInterface()[base]
    make_mask = AttentionMaskInterface()[base]

    def attention(
        module: torch.nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: Any,
        dropout: float = 0.0,
        scaling: float | None = None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        if not isinstance(attention_mask, TreeMask):
            return attend(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs)
        if dropout or any(kwargs.get(name) is not None for name in _UNSUPPORTED):
            raise UnsupportedModelError(f"{type(module).__name__} asks for more than plain attention")
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        args = (query[0], key[0], value[0], attention_mask.layout, scale, attention_mask.window)
        softcap = kwargs.get("softcap")
        if query.device.type == "cpu" and softcap is None and query.shape[-1] == value.shape[-1]:
            return tree_attention(*args)[None], None
        return portable_attention(*args, softcap)[None], None

    def mask(*args: Any, local_size: int | None = None, **kwargs: Any) -> Any:
        layout = _ROW.get()
        if layout is not None:
            return TreeMask(layout, local_size)
        if local_size is not None:
            kwargs["local_size"] = local_size
        return make_mask(*args, **kwargs)

    AttentionInterface.register(PREFIX + base, attention)
    AttentionMaskInterface.register(PREFIX + base, mask)
